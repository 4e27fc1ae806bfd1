//! The grammar, by what it makes of texts.

use proptest::prelude::*;

use super::{
    Fault, Parsed, Parser, Problem,
    ast::{Command, Compound},
};
use crate::shell::dialect::Dialect;

fn parse(text: &str, dialect: Dialect) -> Result<Parsed, Fault> {
    Parser::new(text.as_bytes(), 1, dialect, true).parse()
}

fn commands(text: &str) -> usize {
    parse(text, Dialect::Bash).unwrap().list.items.len()
}

#[test]
fn one_call_reads_one_complete_command() {
    assert_eq!(commands("a; b & c"), 3);
    assert_eq!(parse("a\nb", Dialect::Bash).unwrap().consumed, 2);
    assert_eq!(parse("if a\nthen b\nfi\nc", Dialect::Bash).unwrap().consumed, 15);
    assert_eq!(commands("  # nothing"), 0);
    let parsed = parse("cat <<E; x\n1\n2\nE\ny", Dialect::Bash).unwrap();
    assert_eq!((parsed.consumed, parsed.line), (17, 5));
}

#[test]
fn texts_that_go_on_are_told_from_wrong_ones() {
    let open = |text: &str| {
        Parser::new(text.as_bytes(), 1, Dialect::Bash, false).parse().unwrap_err().is_incomplete()
    };
    for text in
        ["if", "echo 'a", "echo \"a", "echo $(", "echo ${x", "a |", "a &&", "cat <<E\nx\n", "f() {", "( a"]
    {
        assert!(open(text), "{text}");
    }
    for text in ["fi", "a;;", "echo )", "| a"] {
        assert!(!open(text), "{text}");
    }
}

#[test]
fn dialects_differ() {
    let body = |text: &str, dialect| match &*parse(text, dialect).unwrap().list.items[0].first.commands[0] {
        Command::Compound { body, .. } => Some(body.clone()),
        _ => None,
    };
    assert!(matches!(body("((1+2))", Dialect::Bash), Some(Compound::Arithmetic(_))));
    assert!(matches!(body("((a); b)", Dialect::Bash), Some(Compound::Subshell(_))));
    assert!(matches!(body("((a))", Dialect::Dash), Some(Compound::Subshell(_))));
    assert!(body("[[ a ]]", Dialect::Dash).is_none());
    assert!(parse("x=(1 2)", Dialect::Bash).is_ok());
    assert!(parse("x=(1 2)", Dialect::Dash).is_err());
    assert!(parse("a |& b", Dialect::Dash).is_err());
}

#[test]
fn depth_has_a_bound() {
    for nested in ["(", "$(", "{ ", "`", "\"$(", "${x-", "[[ ( ", "! ", "$((", "((", "$(( $(("] {
        let text = nested.repeat(100_000);
        let _ = parse(&text, Dialect::Bash);
        let echo = format!("echo {text}");
        let _ = parse(&echo, Dialect::Bash);
    }
    let fault = parse(&"(".repeat(1_000), Dialect::Dash).unwrap_err();
    assert_eq!(fault.problem, Problem::TooDeep);
}

#[test]
fn aliases_are_expanded_where_commands_begin() {
    let aliases = |name: &[u8]| match name {
        b"ll" => Some(b"ls -l ".to_vec()),
        b"ls" => Some(b"ls --color".to_vec()),
        b"x" => Some(b"y; z".to_vec()),
        _ => None,
    };
    let words = |text: &str| {
        let parsed =
            Parser::new(text.as_bytes(), 1, Dialect::Bash, true).with_aliases(&aliases).parse().unwrap();
        let words = |command: &Command| match command {
            Command::Simple(simple) => simple
                .words
                .iter()
                .map(|w| String::from_utf8_lossy(w.plain().unwrap()).into_owned())
                .collect(),
            _ => Vec::new(),
        };
        let all: Vec<Vec<String>> =
            parsed.list.items.iter().flat_map(|i| i.first.commands.iter().map(|c| words(c))).collect();
        all.iter().map(|w| w.join(" ")).collect::<Vec<_>>().join(";")
    };
    assert_eq!(words("ls a"), "ls --color a");
    assert_eq!(words("ll ls"), "ls --color -l ls --color");
    assert_eq!(words("echo ls"), "echo ls");
    assert_eq!(words("a | x"), "a;y;z");
}

const PIECES: &[&str] = &[
    "if ",
    "then ",
    "fi",
    "for ",
    "in ",
    "do ",
    "done",
    "case ",
    "esac",
    "while ",
    "{ ",
    "}",
    "(",
    ")",
    "((",
    "))",
    "[[ ",
    "]]",
    "&&",
    "||",
    "|",
    ";",
    ";;",
    "&",
    "<",
    ">",
    "<<E\n",
    "E\n",
    "<<<",
    "$(",
    "${",
    "$((",
    "`",
    "'",
    "\"",
    "\\",
    "$x",
    "${x:-",
    "${x/",
    "a",
    "b=",
    "c[1]=",
    "=(",
    " ",
    "\n",
    "#",
    "!",
    "*",
    "?(",
    "2>&1",
    "f()",
    "function ",
    "time ",
    "$'",
    "=~ ",
    "-n ",
];

proptest! {
    #[test]
    fn any_bytes_are_parsed_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), last: bool) {
        for dialect in [Dialect::Bash, Dialect::Dash, Dialect::Ash] {
            let _ = Parser::new(&bytes, 1, dialect, last).parse();
        }
    }

    #[test]
    fn any_pieces_of_the_grammar_are_parsed_or_refused(
        pieces in proptest::collection::vec(0..PIECES.len(), 0..40), last: bool,
    ) {
        let text: String = pieces.iter().map(|at| PIECES[*at]).collect();
        for dialect in [Dialect::Bash, Dialect::Dash, Dialect::Ash] {
            if let Ok(parsed) = Parser::new(text.as_bytes(), 1, dialect, last).parse() {
                prop_assert!(parsed.consumed <= text.len());
                prop_assert!(parsed.consumed > 0 || text.is_empty());
            }
        }
    }
}
