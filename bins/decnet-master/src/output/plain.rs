//! Texts of others on a terminal.

/// The text with blanks for all characters that would move the cursor, end the line or change
/// colours: what a host says of itself must not draw on the operator's terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn nothing_draws_on_the_terminal() {
        assert_eq!(plain("a\u{1b}[2Jb\nc\u{9b}d\u{7f}"), "a [2Jb c d ");
        assert_eq!(plain("größer – 3 ms"), "größer – 3 ms");
    }
}
