//! Licence expressions of SPDX, as far as crates use them.

use std::collections::BTreeSet;

/// Whether the allowed licences satisfy an expression: one side of an `OR`, both sides of
/// an `AND`. An exception (`WITH`) is part of the licence's name; `/` is an old `OR`.
pub(super) fn is_allowed(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut parser = Parser { words: &words, allowed };
    parser.either() && parser.words.is_empty()
}

struct Parser<'a> {
    words: &'a [&'a str],
    allowed: &'a BTreeSet<String>,
}

impl Parser<'_> {
    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if *first == word => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    // Both sides are read in any case, so that the words are used up.
    fn either(&mut self) -> bool {
        let mut holds = self.both();
        while self.take("OR") {
            holds |= self.both();
        }
        holds
    }

    fn both(&mut self) -> bool {
        let mut holds = self.one();
        while self.take("AND") {
            holds &= self.one();
        }
        holds
    }

    fn one(&mut self) -> bool {
        if self.take("(") {
            let holds = self.either();
            return self.take(")") && holds;
        }
        let Some((name, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        let mut name = (*name).to_owned();
        if self.take("WITH")
            && let Some((exception, rest)) = self.words.split_first()
        {
            self.words = rest;
            name = format!("{name} WITH {exception}");
        }
        self.allowed.contains(&name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expect: bool) {
        let allowed = ["MIT", "Apache-2.0 WITH LLVM-exception", "ISC"].map(str::to_owned).into();
        assert_eq!(is_allowed(expression, &allowed), expect, "{expression}");
    }

    #[test]
    fn expressions_are_satisfied() {
        check("MIT", true);
        check("MIT/GPL-3.0", true);
        check("GPL-3.0 OR MIT", true);
        check("GPL-3.0 AND MIT", false);
        check("ISC AND (MIT OR GPL-3.0)", true);
        check("ISC AND (BSL-1.0 OR GPL-3.0)", false);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("Apache-2.0", false);
        check("none", false);
        check("(MIT", false);
    }
}
