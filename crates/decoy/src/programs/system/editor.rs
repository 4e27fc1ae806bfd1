//! vi and nano, as far as somebody needs them who changes a line and leaves.

mod buffer;
mod modes;

use std::sync::Arc;

use self::{
    buffer::Buffer,
    modes::{Editor, Kind, Step},
};
use super::super::context::Done;
use crate::{
    caps,
    machine::Errno,
    shell::{
        Exit, Process,
        terminal::{Mode, Tty},
    },
};

/// A terminal that takes every key, until this is dropped.
struct Raw(Arc<Tty>, Mode);

impl Drop for Raw {
    fn drop(&mut self) {
        self.0.set_mode(self.1);
    }
}

pub(super) async fn vi(process: &mut Process) -> Done {
    if process.arguments().iter().any(|argument| argument == b"--version") && !process.is_busybox() {
        process.print("VIM - Vi IMproved 9.0 (2022 Jun 28, compiled Sep 14 2024 05:31:55)\n").await?;
        return Ok(Exit::SUCCESS);
    }
    if process.tty().is_none() || !process.input.is_terminal() || !process.output.is_terminal() {
        if process.is_busybox() {
            return Ok(Exit::SUCCESS);
        }
        process
            .complain(
                "Vim: Warning: Output is not to a terminal\nVim: Warning: Input is not from a terminal\n",
            )
            .await;
        process.print("\x1b[24;1H\nVim: Error reading input, exiting...\nVim: Finished.\n\x1b[24;1H").await?;
        return Ok(Exit::FAILURE);
    }
    edit(process, Kind::Vi).await
}

pub(super) async fn nano(process: &mut Process) -> Done {
    if process.arguments().iter().any(|argument| argument == b"--version" || argument == b"-V") {
        process
            .print(
                " GNU nano, version 7.2\n (C) 2023 the Free Software Foundation and various contributors\n",
            )
            .await?;
        return Ok(Exit::SUCCESS);
    }
    if process.tty().is_none() || !process.input.is_terminal() || !process.output.is_terminal() {
        process.complain("Standard input is not a terminal\n").await;
        return Ok(Exit::FAILURE);
    }
    edit(process, Kind::Nano).await
}

/// Reads the file, shows it, and takes keys until the visitor leaves.
async fn edit(process: &mut Process, kind: Kind) -> Done {
    let Some(tty) = process.tty().cloned() else { return Ok(Exit::FAILURE) };
    let path = process
        .arguments()
        .iter()
        .find(|argument| !argument.starts_with(b"-") && !argument.starts_with(b"+"));
    let path = path.cloned().unwrap_or_default();
    let found = if path.is_empty() { Err(Errno::Missing) } else { process.files.read(&path) };
    let (content, new) = match found {
        Ok(content) => (content, false),
        Err(Errno::Missing) => (Vec::new(), true),
        Err(error) => {
            let text = [b"\"", path.as_slice(), b"\" ", error.text().as_bytes(), b"\n"].concat();
            process.complain(text).await;
            return Ok(Exit::FAILURE);
        }
    };
    let mut editor = Editor::new(kind, path, Buffer::new(&content), new);
    let before = tty.set_mode(Mode::RAW);
    let raw = Raw(Arc::clone(&tty), before);
    let size = |tty: &Tty| (usize::from(tty.size().rows), usize::from(tty.size().columns));
    let _ = tty.show(b"\x1b[?1049h\x1b[H\x1b[2J").await;
    let mut shown = tty.show(&editor.screen(size(&tty))).await;
    while shown.is_ok() {
        let keys = tty.read(caps::TERMINAL_AHEAD.min(256)).await;
        if keys.is_empty() {
            break;
        }
        let mut over = false;
        for key in modes::keys(&keys) {
            match editor.press(key) {
                Step::On => {}
                Step::Write(path) => save(process, &mut editor, &path),
                Step::WriteAndLeave(path) => {
                    save(process, &mut editor, &path);
                    over = !editor.is_changed();
                }
                Step::Leave => over = true,
            }
            if over {
                break;
            }
        }
        if over {
            break;
        }
        shown = tty.show(&editor.screen(size(&tty))).await;
    }
    let bottom = format!("\x1b[{};1H\x1b[K\x1b[?1049l", tty.size().rows);
    let _ = tty.show(bottom.as_bytes()).await;
    drop(raw);
    Ok(Exit::SUCCESS)
}

fn save(process: &Process, editor: &mut Editor, path: &[u8]) {
    let content = editor.content();
    match process.files.write(path, &content, 0o644) {
        Ok(()) => editor.saved(path, content.len()),
        Err(error) => editor.failed(error.text()),
    }
}

/// Takes bytes as keys of both editors; for fuzzing.
#[cfg(any(test, feature = "testing"))]
pub(super) fn takes(bytes: &[u8]) {
    for kind in [Kind::Vi, Kind::Nano] {
        let mut editor = Editor::new(kind, b"x".to_vec(), Buffer::new(b"a\nb\n"), false);
        for key in modes::keys(bytes.get(..512).unwrap_or(bytes)) {
            let _ = editor.press(key);
        }
        let _ = editor.screen((24, 80));
    }
}
