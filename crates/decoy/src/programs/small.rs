//! Small ones: sleep, seq, yes, echo, printf, expr, tty, clear, sync.

use super::{
    context::{Done, number},
    options::Spec,
    regex::{Regex, Syntax},
};
use crate::shell::{Exit, Process};

pub(super) async fn succeed(_: &mut Process) -> Done {
    Ok(Exit::SUCCESS)
}

/// Whether others may write to the terminal.
pub(super) async fn mesg(process: &mut Process) -> Done {
    if process.tty().is_none() {
        return Ok(Exit::Code(2));
    }
    match process.arguments().first().map(Vec::as_slice) {
        None => process.print("is y\n").await?,
        Some(b"n") => return Ok(Exit::FAILURE),
        Some(b"y") => {}
        Some(word) => {
            let word = String::from_utf8_lossy(word).into_owned();
            process.complain(format!("mesg: invalid argument: {word}\n")).await;
            return Ok(Exit::Code(2));
        }
    }
    Ok(Exit::SUCCESS)
}

pub(super) async fn renice(process: &mut Process) -> Done {
    let words: Vec<String> =
        process.arguments().iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !matches!(*word, "-n" | "-p" | "--priority"))
        .collect();
    let [priority, pids @ ..] = words.as_slice() else {
        process.complain("renice: not enough arguments\nTry 'renice --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    };
    let Ok(priority) = priority.parse::<i64>() else {
        process
            .complain(format!(
                "renice: invalid priority '{priority}'\nTry 'renice --help' for more information.\n"
            ))
            .await;
        return Ok(Exit::FAILURE);
    };
    if pids.is_empty() {
        process.complain("renice: not enough arguments\nTry 'renice --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    }
    let tasks = process.machine.tasks(process.files.source());
    let mut good = true;
    for pid in pids.iter().take(256) {
        let found = pid.parse::<u32>().map(|pid| tasks.iter().any(|task| task.pid == pid));
        match found {
            Ok(true) => {
                let new = priority.clamp(-20, 19);
                process.print(format!("{pid} (process ID) old priority 0, new priority {new}\n")).await?;
            }
            Ok(false) => {
                good = false;
                process
                    .complain(format!(
                        "renice: failed to get priority for {pid} (process ID): No such process\n"
                    ))
                    .await;
            }
            Err(_) => {
                good = false;
                process.complain(format!("renice: bad process ID value: {pid}\n")).await;
            }
        }
    }
    Ok(if good { Exit::SUCCESS } else { Exit::FAILURE })
}

pub(super) async fn fail(_: &mut Process) -> Done {
    Ok(Exit::FAILURE)
}

pub(super) async fn sleep(process: &mut Process) -> Done {
    let words = process.arguments().to_vec();
    if words.is_empty() {
        return Ok(process.misused("missing operand", 1).await);
    }
    let mut total = std::time::Duration::ZERO;
    for word in words {
        let factor = if process.name() == b"usleep" { 1_000_000 } else { 1 };
        match super::running::duration(&word) {
            Some(duration) => total += duration / factor,
            None => {
                let text =
                    format!("invalid time interval {}", String::from_utf8_lossy(&process.quote(&word)));
                return Ok(process.misused(&text, 1).await);
            }
        }
    }
    tokio::time::sleep(total).await;
    Ok(Exit::SUCCESS)
}

pub(super) async fn seq(process: &mut Process) -> Done {
    let given = process
        .options(
            Spec {
                short: "+f:s:w0123456789",
                long: &[("separator=", 's'), ("equal-width", 'w'), ("format=", 'f')],
            },
            1,
        )
        .await;
    let given = match given {
        Ok(given) if !given.options.iter().any(|(l, _)| l.is_ascii_digit()) => given,
        _ => super::options::Parsed { options: Vec::new(), operands: process.arguments().to_vec() },
    };
    let mut numbers = Vec::new();
    for word in &given.operands {
        match std::str::from_utf8(word).ok().and_then(|w| w.parse::<f64>().ok()) {
            Some(number) => numbers.push(number),
            None => {
                let text = format!(
                    "invalid floating point argument: {}",
                    String::from_utf8_lossy(&process.quote(word))
                );
                return Ok(process.misused(&text, 1).await);
            }
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return Ok(process.misused("missing operand", 1).await),
    };
    if step == 0.0 {
        return Ok(process.misused("invalid Zero increment value: '0'", 1).await);
    }
    let places = given
        .operands
        .iter()
        .map(|w| w.iter().position(|b| *b == b'.').map_or(0, |at| w.len() - at - 1))
        .max()
        .unwrap_or(0)
        .min(20);
    let separator = given.value('s').unwrap_or(b"\n").to_vec();
    let wide = given.operands.iter().map(Vec::len).max().unwrap_or(0);
    let mut at = 0_u64;
    let mut out = Vec::new();
    loop {
        let value = first + step * at as f64;
        if step > 0.0 && value > last + 1e-9 || step < 0.0 && value < last - 1e-9 {
            break;
        }
        if at > 0 {
            out.extend_from_slice(&separator);
        }
        let text = match given.value('f') {
            Some(format) => super::awk::printf(format, &[format!("{value}").into_bytes()]),
            None if given.has('w') => format!("{value:0wide$.places$}").into_bytes(),
            None => format!("{value:.places$}").into_bytes(),
        };
        out.extend(text);
        at += 1;
        if out.len() > 16 * 1_024 {
            process.print(std::mem::take(&mut out)).await?;
        }
        if at > 5_000_000 {
            break;
        }
    }
    if at > 0 {
        out.push(b'\n');
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn yes(process: &mut Process) -> Done {
    let words = process.arguments().to_vec();
    match words.first().map(Vec::as_slice) {
        Some(b"--version") => return Ok(super::about::version(process).await),
        Some(b"--help") => return Ok(super::about::help(process).await),
        _ => {}
    }
    let text = if words.is_empty() { b"y".to_vec() } else { words.join(&b' ') };
    let line = [text.as_slice(), b"\n"].concat();
    let piece = line.repeat((8_192 / line.len()).max(1));
    loop {
        process.print(&piece).await?;
        tokio::task::yield_now().await;
    }
}

/// Escapes of `echo -e`; true when `\c` ended the output.
fn escapes(text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut at = 0;
    while let Some(byte) = text.get(at).copied() {
        at += 1;
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        let Some(letter) = text.get(at).copied() else {
            out.push(b'\\');
            break;
        };
        at += 1;
        let digits = |most: usize, radix: u32| {
            text.iter().skip(at).take(most).take_while(|b| char::from(**b).is_digit(radix)).count()
        };
        match letter {
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'c' => return true,
            b'e' => out.push(27),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' => out.push(b'\\'),
            b'x' if digits(2, 16) > 0 => {
                let count = digits(2, 16);
                let text =
                    std::str::from_utf8(text.get(at..at + count).unwrap_or_default()).unwrap_or_default();
                out.push(u8::from_str_radix(text, 16).unwrap_or(0));
                at += count;
            }
            b'0' => {
                let count = digits(3, 8);
                let text =
                    std::str::from_utf8(text.get(at..at + count).unwrap_or_default()).unwrap_or_default();
                out.push(u32::from_str_radix(text, 8).unwrap_or(0).to_le_bytes()[0]);
                at += count;
            }
            b'1'..=b'7' => {
                let count = digits(2, 8);
                let text =
                    std::str::from_utf8(text.get(at - 1..at + count).unwrap_or_default()).unwrap_or_default();
                out.push(u32::from_str_radix(text, 8).unwrap_or(0).to_le_bytes()[0]);
                at += count;
            }
            other => out.extend([b'\\', other]),
        }
    }
    false
}

pub(super) async fn echo(process: &mut Process) -> Done {
    let (mut newline, mut escaped) = (true, false);
    let words = process.arguments();
    let is_flag = |word: &&Vec<u8>| {
        word.len() > 1 && word.starts_with(b"-") && word.iter().skip(1).all(|b| b"neE".contains(b))
    };
    let flags: Vec<Vec<u8>> = words.iter().take_while(is_flag).cloned().collect();
    for letter in flags.iter().flat_map(|flag| flag.iter().skip(1)) {
        match letter {
            b'n' => newline = false,
            b'e' => escaped = true,
            _ => escaped = false,
        }
    }
    let text = words.get(flags.len()..).unwrap_or_default().join(&b' ');
    let mut out = Vec::new();
    if escaped {
        newline &= !escapes(&text, &mut out);
    } else {
        out = text;
    }
    if newline {
        out.push(b'\n');
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn printf(process: &mut Process) -> Done {
    let mut words = process.arguments().to_vec();
    if words.is_empty() {
        return Ok(process.misused("missing operand", 1).await);
    }
    let mut format = Vec::new();
    escapes(&words.remove(0), &mut format);
    let places = format.windows(2).filter(|pair| pair.starts_with(b"%") && pair != b"%%").count();
    let mut out = Vec::new();
    loop {
        let count = places.min(words.len());
        let values: Vec<Vec<u8>> = words.drain(..count).collect();
        out.extend(super::awk::printf(&format, &values));
        if words.is_empty() || places == 0 || out.len() > crate::caps::PROGRAM_INPUT {
            break;
        }
    }
    process.print(out).await?;
    Ok(Exit::SUCCESS)
}

/// A calculation of `expr`.
struct Expression<'a> {
    words: &'a [Vec<u8>],
    at: usize,
    depth: usize,
}

const LEVELS: &[&[&str]] =
    &[&["|"], &["&"], &["<", "<=", "=", "==", "!=", ">=", ">"], &["+", "-"], &["*", "/", "%"], &[":"]];

impl Expression<'_> {
    fn level(&mut self, level: usize) -> Result<Vec<u8>, String> {
        let Some(signs) = LEVELS.get(level) else { return self.primary() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) =
            self.words.get(self.at).and_then(|word| signs.iter().find(|sign| sign.as_bytes() == word))
        {
            self.at += 1;
            let right = self.level(level + 1)?;
            left = combine(sign, &left, &right)?;
        }
        Ok(left)
    }

    fn next(&mut self) -> Result<Vec<u8>, String> {
        let word = self.words.get(self.at).cloned();
        self.at += 1;
        word.ok_or_else(|| {
            let last = self.words.last().map(|w| String::from_utf8_lossy(w).into_owned()).unwrap_or_default();
            format!("syntax error: missing argument after '{last}'")
        })
    }

    fn primary(&mut self) -> Result<Vec<u8>, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("syntax error".into());
        }
        let word = self.next()?;
        let several = self.words.len() > 1;
        let out = match word.as_slice() {
            b"(" => {
                let inside = self.level(0)?;
                if self.words.get(self.at).is_none_or(|word| word != b")") {
                    return Err("syntax error: expecting ')' instead of end".into());
                }
                self.at += 1;
                inside
            }
            b"length" if several => self.primary()?.len().to_string().into_bytes(),
            b"match" if several => {
                let (text, pattern) = (self.primary()?, self.primary()?);
                combine(":", &text, &pattern)?
            }
            b"substr" if several => {
                let text = self.primary()?;
                let (from, length) = (self.primary()?, self.primary()?);
                let value = |t: &[u8]| number(t).and_then(|(n, _)| usize::try_from(n).ok()).unwrap_or(0);
                text.iter().skip(value(&from).saturating_sub(1)).take(value(&length)).copied().collect()
            }
            b"index" if several => {
                let (text, set) = (self.primary()?, self.primary()?);
                text.iter().position(|b| set.contains(b)).map_or(0, |at| at + 1).to_string().into_bytes()
            }
            _ => word,
        };
        self.depth -= 1;
        Ok(out)
    }
}

fn integer(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn combine(sign: &str, left: &[u8], right: &[u8]) -> Result<Vec<u8>, String> {
    let empty = |text: &[u8]| text.is_empty() || integer(text) == Some(0);
    let order = match (integer(left), integer(right)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => left.cmp(right),
    };
    let truth = |is: bool| Ok(if is { b"1".to_vec() } else { b"0".to_vec() });
    match sign {
        "|" => {
            return Ok(if empty(left) {
                if empty(right) { b"0".to_vec() } else { right.to_vec() }
            } else {
                left.to_vec()
            });
        }
        "&" => return Ok(if empty(left) || empty(right) { b"0".to_vec() } else { left.to_vec() }),
        "<" => return truth(order.is_lt()),
        "<=" => return truth(order.is_le()),
        "=" | "==" => return truth(order.is_eq()),
        "!=" => return truth(order.is_ne()),
        ">=" => return truth(order.is_ge()),
        ">" => return truth(order.is_gt()),
        ":" => {
            let regex = Regex::new(&[b"^", right].concat(), Syntax::Basic, false)?;
            let found = regex.find(left, 0);
            let grouped = right.windows(2).any(|pair| pair == b"\\(");
            return Ok(match found {
                Some(found) if grouped => found.group(1, left).to_vec(),
                Some(found) => found.end().to_string().into_bytes(),
                None if grouped => Vec::new(),
                None => b"0".to_vec(),
            });
        }
        _ => {}
    }
    let (Some(a), Some(b)) = (integer(left), integer(right)) else {
        return Err("non-integer argument".into());
    };
    let value = match sign {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        _ if b == 0 => return Err("division by zero".into()),
        "/" => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    value.map(|value| value.to_string().into_bytes()).ok_or_else(|| "Numerical result out of range".into())
}

pub(super) async fn expr(process: &mut Process) -> Done {
    let words = process.arguments().to_vec();
    if words.is_empty() {
        return Ok(process.misused("missing operand", 2).await);
    }
    let mut expression = Expression { words: &words, at: 0, depth: 0 };
    let result = expression.level(0);
    let left = words.get(expression.at).map(|w| String::from_utf8_lossy(w).into_owned());
    match (result, left) {
        (Ok(value), None) => {
            process.print([value.as_slice(), b"\n"].concat()).await?;
            Ok(Exit::Code(u8::from(value.is_empty() || integer(&value) == Some(0))))
        }
        (Ok(_), Some(word)) => {
            process.complain(format!("expr: syntax error: unexpected argument '{word}'\n")).await;
            Ok(Exit::Code(2))
        }
        (Err(text), _) => {
            process.complain(format!("expr: {text}\n")).await;
            Ok(Exit::Code(2))
        }
    }
}

pub(super) async fn tty(process: &mut Process) -> Done {
    let device =
        process.input.is_terminal().then(|| process.seat.tty().map(|tty| tty.device().to_owned())).flatten();
    match device {
        Some(device) => {
            process.print(format!("/dev/{device}\n")).await?;
            Ok(Exit::SUCCESS)
        }
        None => {
            process.print("not a tty\n").await?;
            Ok(Exit::FAILURE)
        }
    }
}

pub(super) async fn clear(process: &mut Process) -> Done {
    if process.variable("TERM").is_none() {
        process.complain("TERM environment variable not set.\n").await;
        return Ok(Exit::FAILURE);
    }
    let text: &[u8] = if process.name() == b"reset" { b"\x1bc\x1b]R" } else { b"\x1b[H\x1b[2J\x1b[3J" };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn stty(process: &mut Process) -> Done {
    if !process.input.is_terminal() {
        process.complain("stty: 'standard input': Inappropriate ioctl for device\n").await;
        return Ok(Exit::FAILURE);
    }
    let size = process.seat.tty().map(|tty| tty.size());
    match process.arguments().first().map(Vec::as_slice) {
        Some(b"size") => {
            let (rows, columns) = size.map_or((24, 80), |size| (size.rows, size.columns));
            process.print(format!("{rows} {columns}\n")).await?;
        }
        None => process.print("speed 38400 baud; line = 0;\n-brkint -imaxbel\n").await?,
        Some(b"-a") => {
            let (rows, columns) = size.map_or((24, 80), |size| (size.rows, size.columns));
            process.print(format!("speed 38400 baud; rows {rows}; columns {columns}; line = 0;\nintr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>; eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R; werase = ^W; lnext = ^V; discard = ^O; min = 1; time = 0;\n-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff -iuclc -ixany -imaxbel iutf8\nopost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0\nisig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt echoctl echoke -flusho -extproc\n")).await?;
        }
        Some(_) => {}
    }
    Ok(Exit::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_echo() {
        let check = |text: &str, expect: &[u8]| {
            let mut out = Vec::new();
            escapes(text.as_bytes(), &mut out);
            assert_eq!(out, expect, "{text}");
        };
        check("\\x7fELF\\x01", b"\x7fELF\x01");
        check("\\0101\\101\\n", b"AA\n");
        check("\\147\\141\\171\\146\\147\\164", b"gayfgt");
        check("a\\cb", b"a");
        check("\\q\\", b"\\q\\");
    }

    #[test]
    fn expressions_are_those_of_expr() {
        let check = |text: &str, expect: &str| {
            let words: Vec<Vec<u8>> = text.split(' ').map(|w| w.as_bytes().to_vec()).collect();
            let out =
                Expression { words: &words, at: 0, depth: 0 }.level(0).unwrap_or_else(String::into_bytes);
            assert_eq!(String::from_utf8_lossy(&out), expect, "{text}");
        };
        check("1 + 2 * 3", "7");
        check("( 1 + 2 ) * 3", "9");
        check("abc : a\\(.*\\)", "bc");
        check("abc : b", "0");
        check("10 / 0", "division by zero");
        check("a = a", "1");
        check("length abcd", "4");
        check("5 % 3", "2");
    }
}
