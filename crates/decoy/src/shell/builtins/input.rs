//! `read` and `mapfile`.

use std::time::Duration;

use super::{
    super::{
        interpreter::{Flow, Shell, Stop},
        language::is_name,
        state::Content,
        terminal::Mode,
    },
    number,
};
use crate::caps;

/// What `read` is asked for.
#[derive(Clone, Debug, Default)]
struct Wish {
    raw: bool,
    silent: bool,
    delimiter: Option<u8>,
    count: Option<usize>,
    exact: bool,
    prompt: Option<Vec<u8>>,
    timeout: Option<f64>,
    descriptor: i32,
    array: Option<Vec<u8>>,
    names: Vec<Vec<u8>>,
}

impl Shell {
    /// Reads a line of a descriptor; a signal of the terminal ends the wait.
    pub(crate) async fn read_line(&mut self, descriptor: i32) -> Result<Vec<u8>, Stop> {
        let reader = self.descriptors.reader(descriptor);
        let read = async move { reader.read_line(caps::SHELL_LINE).await };
        self.or_signal(read).await
    }

    /// Waits for something, or for a signal of the terminal.
    pub(crate) async fn or_signal<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Stop> {
        use super::super::signals::Signal;
        tokio::pin!(future);
        loop {
            tokio::select! {
                biased;
                value = &mut future => return Ok(value),
                signal = self.listener.next() => {
                    if signal != Signal::Stop {
                        return Err(self.interrupted(signal.name()));
                    }
                }
            }
        }
    }
}

pub(super) async fn read(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let Some(wish) = wish(shell, arguments).await? else { return Ok(()) };
    for name in &wish.names {
        if !is_name(name.split(|byte| *byte == b'[').next().unwrap_or_default()) {
            return bad_name(shell, name).await;
        }
    }
    if shell.descriptors.get(wish.descriptor).is_none() {
        return shell
            .fails("read", format!("{}: invalid file descriptor: Bad file descriptor", wish.descriptor))
            .await;
    }
    let reader = shell.descriptors.reader(wish.descriptor);
    let tty = shell.seat.tty().cloned().filter(|_| reader.is_terminal());
    if let Some(prompt) = &wish.prompt
        && (tty.is_some() || !shell.dialect.is_bash())
    {
        shell.print_error(prompt).await;
    }
    let before = tty.as_ref().map(|tty| {
        let cooked = wish.count.is_none() && wish.delimiter.is_none();
        let mode = Mode { canonical: cooked, echo: !wish.silent, signals: true };
        tty.set_mode(mode)
    });
    let gathered = gather(shell, &wish).await;
    if let (Some(tty), Some(mode)) = (&tty, before) {
        tty.set_mode(mode);
    }
    let (line, status) = gathered?;
    assign(shell, &wish, line).await?;
    if shell.status == 0 {
        shell.status = status;
    }
    Ok(())
}

async fn wish(shell: &mut Shell, arguments: &[Vec<u8>]) -> Result<Option<Wish>, Stop> {
    let mut wish = Wish::default();
    let mut rest = arguments.iter().skip(1).peekable();
    while let Some(argument) = rest.next_if(|argument| argument.len() > 1 && argument.starts_with(b"-")) {
        if argument == b"--" {
            break;
        }
        let mut letters = argument.iter().skip(1);
        while let Some(letter) = letters.next() {
            if b"adinNptu".contains(letter) {
                let own = letters.clone().copied().collect::<Vec<u8>>();
                let Some(value) = Some(own).filter(|own| !own.is_empty()).or_else(|| rest.next().cloned())
                else {
                    let text = format!("-{}: option requires an argument", char::from(*letter));
                    shell.complain(Some("read"), text).await;
                    shell.usage("read").await;
                    shell.status = 2;
                    return Ok(None);
                };
                valued(&mut wish, *letter, value);
                break;
            }
            match letter {
                b'r' => wish.raw = true,
                b's' => wish.silent = true,
                b'e' => {}
                _ => {
                    shell.bad_letter("read", *letter).await?;
                    return Ok(None);
                }
            }
        }
    }
    wish.names = rest.cloned().collect();
    if wish.names.is_empty() && shell.dialect.is_dash() {
        shell.complain(Some("read"), "arg count").await;
        return Err(shell.fatal(2));
    }
    Ok(Some(wish))
}

fn valued(wish: &mut Wish, letter: u8, value: Vec<u8>) {
    match letter {
        b'a' => wish.array = Some(value),
        b'd' => wish.delimiter = Some(value.first().copied().unwrap_or(0)),
        b'n' | b'N' => {
            wish.count = number(&value).and_then(|count| usize::try_from(count).ok());
            wish.exact = letter == b'N';
        }
        b'p' => wish.prompt = Some(value),
        b't' => wish.timeout = std::str::from_utf8(&value).ok().and_then(|text| text.parse().ok()),
        b'u' => wish.descriptor = number(&value).and_then(|number| i32::try_from(number).ok()).unwrap_or(0),
        _ => {}
    }
}

async fn bad_name(shell: &mut Shell, name: &[u8]) -> Flow {
    use super::super::dialect::Dialect;
    match shell.dialect {
        Dialect::Bash => shell.fails("read", [b"`", name, b"': not a valid identifier"].concat()).await,
        Dialect::Dash => {
            shell.complain(Some("read"), [name, b": bad variable name"].concat()).await;
            Err(shell.fatal(2))
        }
        Dialect::Ash => {
            let line = [&shell.name[..], b": read: '", name, b"': bad variable name\n"].concat();
            shell.print_error(line).await;
            shell.status = 1;
            Ok(())
        }
    }
}

/// What is read, each byte with whether a backslash quoted it, and the status of `read`.
async fn gather(shell: &mut Shell, wish: &Wish) -> Result<(Vec<(u8, bool)>, u8), Stop> {
    let reader = shell.descriptors.reader(wish.descriptor);
    let whole = wish.delimiter.is_none() && wish.count.is_none();
    let deadline = wish.timeout.filter(|seconds| seconds.is_finite() && *seconds >= 0.0);
    let deadline =
        deadline.map(|seconds| tokio::time::Instant::now() + Duration::from_secs_f64(seconds.min(86_400.0)));
    let delimiter = wish.delimiter.unwrap_or(b'\n');
    let mut line = Vec::new();
    let mut pending: Vec<u8> = Vec::new();
    let mut quoted = false;
    loop {
        if pending.is_empty() {
            let read =
                async { if whole { reader.read_line(caps::SHELL_LINE).await } else { reader.read(1).await } };
            let read = async {
                match deadline {
                    Some(deadline) => tokio::time::timeout_at(deadline, read).await.ok(),
                    None => Some(read.await),
                }
            };
            match shell.or_signal(read).await? {
                None => return Ok((line, 142)),
                Some(piece) if piece.is_empty() => return Ok((line, 1)),
                Some(piece) => pending = piece,
            }
        }
        for byte in std::mem::take(&mut pending) {
            if quoted {
                quoted = false;
                if byte != b'\n' {
                    line.push((byte, true));
                }
            } else if byte == b'\\' && !wish.raw {
                quoted = true;
            } else if byte == delimiter && !wish.exact {
                return Ok((line, 0));
            } else if byte != 0 {
                line.push((byte, false));
            }
            if wish.count.is_some_and(|count| line.len() >= count) {
                return Ok((line, 0));
            }
        }
        if line.len() > caps::SHELL_EXPANSION {
            return Ok((line, 0));
        }
    }
}

async fn assign(shell: &mut Shell, wish: &Wish, line: Vec<(u8, bool)>) -> Flow {
    let bytes = |pieces: &[(u8, bool)]| pieces.iter().map(|(byte, _)| *byte).collect::<Vec<u8>>();
    let separators = shell.separators();
    if let Some(array) = &wish.array {
        let fields = split(&line, &separators, usize::MAX);
        let values = fields.iter().enumerate().map(|(at, field)| (at as i64, bytes(field))).collect();
        shell.variables.change(array, |variable| variable.content = Content::Indexed(values));
        return Ok(());
    }
    if wish.names.is_empty() {
        let assigned = shell.variables.set(b"REPLY", bytes(&line));
        return shell.assigned(b"REPLY", assigned).await;
    }
    let fields = if wish.exact { vec![line] } else { split(&line, &separators, wish.names.len()) };
    for (at, name) in wish.names.iter().enumerate() {
        let value = fields.get(at).map(|field| bytes(field)).unwrap_or_default();
        let assigned = shell.variables.set(name, value);
        shell.assigned(name, assigned).await?;
    }
    Ok(())
}

/// Splits a line into at most `most` fields, of which the last takes the rest.
fn split(line: &[(u8, bool)], separators: &[u8], most: usize) -> Vec<Vec<(u8, bool)>> {
    let is_separator = |piece: &(u8, bool)| !piece.1 && separators.contains(&piece.0);
    let is_space = |piece: &(u8, bool)| is_separator(piece) && matches!(piece.0, b' ' | b'\t' | b'\n');
    let mut fields = Vec::new();
    let mut rest = line;
    let skip = |rest: &mut &[(u8, bool)]| {
        let spaces = rest.iter().take_while(|piece| is_space(piece)).count();
        *rest = rest.get(spaces..).unwrap_or_default();
    };
    skip(&mut rest);
    while !rest.is_empty() {
        if fields.len() + 1 == most {
            let mut last = rest.to_vec();
            while last.last().is_some_and(is_space) {
                last.pop();
            }
            // A separator that ends the line and nothing else is not part of the field.
            let only = last.iter().filter(|piece| is_separator(piece)).count() == 1;
            if only && last.last().is_some_and(is_separator) {
                last.pop();
            }
            fields.push(last);
            return fields;
        }
        let length = rest.iter().take_while(|piece| !is_separator(piece)).count();
        let (field, after) = rest.split_at(length);
        fields.push(field.to_vec());
        rest = after;
        skip(&mut rest);
        if rest.first().is_some_and(is_separator) {
            rest = rest.get(1..).unwrap_or_default();
            skip(&mut rest);
        }
    }
    fields
}

pub(super) async fn mapfile(shell: &mut Shell, arguments: &[Vec<u8>]) -> Flow {
    let (mut trim, mut most, mut skip, mut delimiter, mut descriptor) = (false, usize::MAX, 0, b'\n', 0);
    let mut rest = arguments.iter().skip(1).peekable();
    while let Some(option) = rest.next_if(|argument| argument.len() > 1 && argument.starts_with(b"-")) {
        let letter = option.get(1).copied().unwrap_or_default();
        if letter == b't' {
            trim = true;
            continue;
        }
        let own = option.get(2..).filter(|own| !own.is_empty()).map(<[u8]>::to_vec);
        let value = own.or_else(|| rest.next().cloned()).unwrap_or_default();
        let count = number(&value).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        match letter {
            b'n' => most = if count == 0 { usize::MAX } else { count },
            b's' => skip = count,
            b'd' => delimiter = value.first().copied().unwrap_or(0),
            b'u' => descriptor = i32::try_from(count).unwrap_or(0),
            _ => {}
        }
    }
    let name = rest.next().cloned().unwrap_or_else(|| b"MAPFILE".to_vec());
    let reader = shell.descriptors.reader(descriptor);
    let all = shell.or_signal(async move { reader.read_to_end(caps::SHELL_EXPANSION).await }).await?;
    let lines = all.split_inclusive(|byte| *byte == delimiter).skip(skip).take(most.min(caps::SHELL_WORDS));
    let lines = lines.map(|line| match line.strip_suffix(&[delimiter]) {
        Some(bare) if trim => bare.to_vec(),
        _ => line.to_vec(),
    });
    let values = lines.enumerate().map(|(at, line)| (at as i64, line)).collect();
    let assigned = shell.variables.change(&name, |variable| variable.content = Content::Indexed(values));
    shell.assigned(&name, assigned).await
}
