//! Colour where a person looks on.

use std::io::IsTerminal;

/// Whether colour is wanted: on a terminal, unless `NO_COLOR` says otherwise.
pub(crate) fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

fn paint(code: &str, text: &str) -> String {
    if is_coloured() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// For what failed.
pub(crate) fn red(text: &str) -> String {
    paint("1;31", text)
}

/// For what went well.
pub(crate) fn green(text: &str) -> String {
    paint("1;32", text)
}

/// For what one should look at.
pub(crate) fn yellow(text: &str) -> String {
    paint("33", text)
}

/// For names.
pub(crate) fn cyan(text: &str) -> String {
    paint("36", text)
}

/// For headings.
pub(crate) fn bold(text: &str) -> String {
    paint("1", text)
}

/// For what stands aside.
pub(crate) fn dim(text: &str) -> String {
    paint("2", text)
}
