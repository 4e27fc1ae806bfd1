//! less and more: on a terminal a page at a time, elsewhere as cat.

use std::sync::Arc;

use super::super::{
    context::Done,
    options::{Spec, parse},
};
use crate::{
    machine::Errno,
    shell::{
        Exit, Process,
        terminal::{Mode, Tty},
    },
};

pub(in crate::programs) async fn less(process: &mut Process) -> Done {
    let long = &[("version", 'V'), ("quit-if-one-screen", 'F'), ("no-init", 'X'), ("RAW-CONTROL-CHARS", 'R')];
    let spec = Spec { short: "aAb:BcCdeEfFgGh:iIj:JKLmMnNo:p:P:qQrRsSt:T:uUVwWx:Xy:z:~", long };
    let Ok(given) = parse(process.arguments(), spec) else {
        let word =
            process.arguments().iter().find(|word| word.starts_with(b"-")).cloned().unwrap_or_default();
        let letter = String::from_utf8_lossy(word.get(1..2).unwrap_or_default()).into_owned();
        process.complain(format!("There is no {letter} option (\"less --help\" for help)\n")).await;
        return Ok(Exit::FAILURE);
    };
    if given.has('V') {
        process.print("less 590 (GNU regular expressions)\nCopyright (C) 1984-2021  Mark Nudelman\n\nless comes with NO WARRANTY, to the extent permitted by law.\nFor information about the terms of redistribution,\nsee the file named README in the less distribution.\nHome page: https://greenwoodsoftware.com/less\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if given.operands.is_empty() && process.input.is_terminal() {
        process.print("Missing filename (\"less --help\" for help)\n").await?;
        return Ok(Exit::FAILURE);
    }
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands[..] };
    let mut text = Vec::new();
    let mut good = false;
    for name in names {
        if process.files.stat(name).is_ok_and(|m| m.is_directory()) {
            process.complain([&name[..], b" is a directory\n"].concat()).await;
            continue;
        }
        match process.read_input(name).await {
            Ok(more) => {
                good = true;
                text.extend(more);
            }
            Err(error) => {
                let text = [&name[..], b": ", error.text().as_bytes(), b"\n"].concat();
                process.print(text).await?;
            }
        }
    }
    let short = given.has('F') && rows(&text, process) <= height(process);
    if !process.output.is_terminal() || short {
        process.print(text).await?;
        return Ok(Exit::SUCCESS);
    }
    if !good {
        return Ok(Exit::FAILURE);
    }
    let name = names.first().filter(|name| *name != b"-").cloned().unwrap_or_default();
    if !given.has('X') {
        process.print("\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\r").await?;
    }
    pages(process, &text, &name, b":").await?;
    let end: &[u8] =
        if given.has('X') { b"\r\x1b[K" } else { b"\r\x1b[K\x1b[?1l\x1b>\x1b[?1049l\x1b[23;0;0t" };
    process.print(end).await?;
    Ok(Exit::SUCCESS)
}

fn height(process: &Process) -> usize {
    process.tty().map_or(24, |tty| usize::from(tty.size().rows)).max(2) - 1
}

/// Rows that a text takes on the screen.
fn rows(text: &[u8], process: &Process) -> usize {
    let width = process.columns();
    text.split(|byte| *byte == b'\n').map(|line| line.len().div_ceil(width).max(1)).sum()
}

/// A terminal whose keys come as they are pressed.
struct Keys(Arc<Tty>, Mode);

impl Keys {
    fn of(tty: &Arc<Tty>) -> Self {
        Self(Arc::clone(tty), tty.set_mode(Mode::RAW))
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.0.set_mode(self.1);
    }
}

/// Shows a text a page at a time, until `q` or the end of the input.
async fn pages(process: &Process, text: &[u8], name: &[u8], prompt: &[u8]) -> Result<(), Exit> {
    let Some(tty) = process.seat.tty().cloned() else { return Ok(()) };
    let lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').collect();
    let page = height(process);
    let mut at = 0;
    let mut step = page;
    let keys = Keys::of(&tty);
    loop {
        let end = (at + step).min(lines.len());
        for line in lines.get(at..end).unwrap_or_default() {
            process.print([line, &b"\r\n"[..]].concat()).await?;
        }
        at = end;
        let standing: &[u8] = if at >= lines.len() {
            b"(END)"
        } else if at <= page && !name.is_empty() {
            name
        } else {
            prompt
        };
        let shown =
            if standing == b":" { standing.to_vec() } else { [b"\x1b[7m", standing, b"\x1b[27m"].concat() };
        process.print(shown).await?;
        let key = keys.0.read(1).await.first().copied();
        process.print("\r\x1b[K").await?;
        step = match key {
            None | Some(b'q' | b'Q' | 3) => break,
            Some(b'\r' | b'\n' | b'j' | b'e') => 1,
            Some(b'G' | b'>') => lines.len(),
            Some(b'g' | b'<') => {
                at = 0;
                page
            }
            Some(b'b') => {
                at = at.saturating_sub(2 * page);
                page
            }
            Some(b' ' | b'f') => page,
            Some(_) => 0,
        };
    }
    Ok(())
}

pub(in crate::programs) async fn more(process: &mut Process) -> Done {
    let spec = Spec { short: "dflcpsun:eV0123456789", long: &[("version", 'V')] };
    let given = process.options(spec, 1).await?;
    if given.operands.is_empty() && process.input.is_terminal() {
        process.complain("more: bad usage\nTry 'more --help' for more information.\n").await;
        return Ok(Exit::FAILURE);
    }
    let standard = [b"-".to_vec()];
    let names = if given.operands.is_empty() { &standard[..] } else { &given.operands[..] };
    for name in names {
        let text = match process.read_input(name).await {
            Ok(text) => text,
            Err(Errno::IsDirectory) => {
                process.print([b"\n*** ", &name[..], b": directory ***\n\n"].concat()).await?;
                continue;
            }
            Err(error) => {
                process
                    .complain(
                        [b"more: cannot open ", &name[..], b": ", error.text().as_bytes(), b"\n"].concat(),
                    )
                    .await;
                continue;
            }
        };
        if names.len() > 1 {
            process.print([b"::::::::::::::\n", &name[..], b"\n::::::::::::::\n"].concat()).await?;
        }
        if process.output.is_terminal() && rows(&text, process) > height(process) {
            pages(process, &text, b"--More--", b"--More--").await?;
        } else {
            process.print(text).await?;
        }
    }
    Ok(Exit::SUCCESS)
}
