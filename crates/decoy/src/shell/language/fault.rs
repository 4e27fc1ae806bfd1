//! What is wrong with a text, and how each shell says so.

/// Why a text is not a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) problem: Problem,
    /// The line on which it was found, counted from 1.
    pub(crate) line: u32,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A token stands where it cannot; `word` when it is an ordinary word.
    Unexpected { token: Vec<u8>, word: bool, expecting: Option<&'static str> },
    /// The text ends inside a construct.
    End { expecting: Option<&'static str> },
    /// The text ends inside quotes or brackets that this byte closes.
    Unclosed(u8),
    /// dash and ash: `${…` without its end.
    MissingBrace,
    /// A name that `for` cannot set.
    LoopVariable(Vec<u8>),
    /// In `[[ … ]]`: the words of bash.
    Condition(Vec<u8>),
    /// More nested than [`crate::caps::SHELL_DEPTH`].
    TooDeep,
}

impl Fault {
    /// Whether more text could mend it.
    pub(crate) fn is_incomplete(&self) -> bool {
        matches!(self.problem, Problem::End { .. } | Problem::Unclosed(_) | Problem::MissingBrace)
    }

    /// What dash says after `Syntax error: `; the BusyBox shell says the same without capitals.
    pub(crate) fn posix_text(&self, dash: bool) -> Vec<u8> {
        let expecting = |expecting: &Option<&str>| match expecting {
            Some(word) if *word == "word" => " (expecting word)".to_owned(),
            Some(word) => format!(" (expecting \"{word}\")"),
            None => String::new(),
        };
        match &self.problem {
            Problem::Unexpected { token, word, expecting: wanted } => {
                let shown = if *word { b"word".to_vec() } else { [b"\"", &token[..], b"\""].concat() };
                let shown = if matches!(token.as_slice(), b"newline" | b"redirection") {
                    token.clone()
                } else {
                    shown
                };
                let tail = expecting(wanted);
                if dash {
                    [&shown[..], b" unexpected", tail.as_bytes()].concat()
                } else {
                    [b"unexpected ", &shown[..], tail.as_bytes()].concat()
                }
            }
            Problem::End { expecting: wanted } => {
                let tail = expecting(wanted);
                let head = if dash { "end of file unexpected" } else { "unexpected end of file" };
                format!("{head}{tail}").into_bytes()
            }
            Problem::Unclosed(b')') => {
                let head = if dash { "end of file unexpected" } else { "unexpected end of file" };
                format!("{head} (expecting \")\")").into_bytes()
            }
            Problem::Unclosed(b'`') if dash => b"EOF in backquote substitution".to_vec(),
            Problem::Unclosed(_) => {
                if dash {
                    b"Unterminated quoted string".to_vec()
                } else {
                    b"unterminated quoted string".to_vec()
                }
            }
            Problem::MissingBrace => {
                if dash {
                    b"Missing '}'".to_vec()
                } else {
                    b"missing '}'".to_vec()
                }
            }
            Problem::LoopVariable(_) => {
                if dash {
                    b"Bad for loop variable".to_vec()
                } else {
                    b"bad for loop variable".to_vec()
                }
            }
            Problem::Condition(_) | Problem::TooDeep => b"out of memory".to_vec(),
        }
    }
}
