//! Places for values in statements, as PostgreSQL writes them.

/// The statement with `$1`, `$2`, … in place of each `?` that stands outside quotes.
pub(super) fn numbered(statement: &str) -> String {
    let mut numbered = String::with_capacity(statement.len() + 16);
    let (mut quote, mut number) = (None, 0);
    for character in statement.chars() {
        match (character, quote) {
            ('?', None) => {
                number += 1;
                numbered.push('$');
                numbered.push_str(&number.to_string());
                continue;
            }
            ('\'' | '"', None) => quote = Some(character),
            (character, Some(open)) if character == open => quote = None,
            _ => {}
        }
        numbered.push(character);
    }
    numbered
}

#[cfg(test)]
mod tests {
    #[test]
    fn values_are_numbered_outside_quotes() {
        let check = |statement: &str, expect: &str| assert_eq!(super::numbered(statement), expect);
        check("a = ? AND b IN (?, ?)", "a = $1 AND b IN ($2, $3)");
        check("'?' || ? || \"?'\" || ?", "'?' || $1 || \"?'\" || $2");
        check("'it''s ?' = ?", "'it''s ?' = $1");
        check("", "");
    }
}
