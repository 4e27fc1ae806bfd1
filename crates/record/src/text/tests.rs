use proptest::prelude::*;

use super::{
    Line, Needle, Sought,
    words::{MARK, Words},
};
use crate::limits::{SEARCHED_WORD, WORDS_OF_A_LINE};

const LINE: &str = "<134>1 2025-11-26T10:47:13.987654+00:00 Web-1 ssh - command [relay@55555 \
     boot=\"00000000000000b0\" seq=\"77\" session=\"00000000000000c5\" src_ip=\"10.0.0.9\" src_port=\"40000\" \
     dst_ip=\"10.0.0.1\" dst_port=\"22\" command=\"WGET\" args=\"http://x.io/a\\\"b /etc/passwd \u{130}x \u{212a}a\"] \
     Sent über ssh";

fn words_of(line: &str) -> Vec<String> {
    let mut words = Words::default();
    words.of(&Line::of(line.as_bytes())).split_whitespace().map(str::to_owned).collect()
}

/// A line whose message is `text`.
fn message(text: &str) -> String {
    format!("<134>1 - - - - - - {text}")
}

fn check(needle: &str, is_in: bool) {
    assert_eq!(Needle::new(needle).is_in(&Line::of(LINE.as_bytes())), is_in, "{needle}");
}

#[test]
fn words_of_a_line_are_each_there_once() {
    let wanted = [
        "web",
        "1",
        "ssh",
        "command",
        "10",
        "0",
        "10\u{b7}0",
        "0\u{b7}0",
        "9",
        "0\u{b7}9",
        "0\u{b7}1",
        "wget",
        "http",
        "x",
        "io",
        "a",
        "b",
        "etc",
        "passwd",
        "i",
        "ka",
        "sent",
        "über",
    ];
    assert_eq!(words_of(LINE), wanted);
}

#[test]
fn a_line_that_is_none_is_a_message() {
    assert_eq!(words_of("Oh no: <0> \u{0}[x"), ["oh", "no", "0", "x"]);
    let bytes = Line::of(b"\xff\xfe x");
    assert!(Needle::new("x").is_in(&bytes) && bytes.message().contains('\u{fffd}'));
}

#[test]
fn words_are_bounded() {
    let long = "ü".repeat(SEARCHED_WORD);
    assert_eq!(words_of(&message(&long)), ["ü".repeat(SEARCHED_WORD / 2)]);
    let just: Vec<_> = (0..WORDS_OF_A_LINE).map(|number| format!("w{number}")).collect();
    assert_eq!(words_of(&message(&just.join(" "))), just);
    assert_eq!(words_of(&message(&format!("{0} {0}", just.join(" ")))), just);
    let marked = words_of(&message(&format!("{} one", just.join(" "))));
    assert_eq!((marked.len(), marked.last().map(String::as_str)), (WORDS_OF_A_LINE + 1, Some(MARK)));
}

#[test]
fn a_text_is_found_from_the_beginning_of_a_word_on() {
    for said in [
        "wget",
        "WGet",
        "wg",
        "/etc/pass",
        "10.0.0.",
        "http://X.io/a\"b /etc",
        "sent Ü",
        "\u{130}X",
        "ka",
        "-1",
        " über",
        ".",
    ] {
        check(said, true);
    }
    for not in [
        "get",
        "asswd",
        "0.0.0.9",
        "etc/x",
        "wget http",
        "40000",
        "77",
        "c5",
        "b0",
        "ent über",
        "ber",
        "ssh  ",
    ] {
        check(not, false);
    }
}

#[test]
fn counters_are_fields_all_the_same() {
    let line = Line::of(LINE.as_bytes());
    assert_eq!(line.field("src_port").as_deref(), Some("40000"));
    assert_eq!(line.field("nothing"), None);
    let twice = Line::of(b"<134>1 - - - - - [relay@55555 a=\"1\" a=\"2\" b=\"\xff\"]");
    assert_eq!((twice.field("a").as_deref(), twice.field("b").as_deref()), (Some("2"), Some("\\xff")));
}

#[test]
fn what_is_sought_is_words_of_which_the_last_may_go_on() {
    let check = |text: &str, wanted: &[(&str, bool)]| {
        let mut sought = Sought::default();
        sought.says(text);
        let wanted: Vec<_> = wanted.iter().map(|(word, goes_on)| ((*word).to_owned(), *goes_on)).collect();
        assert_eq!(sought.words, wanted, "{text}");
    };
    check("Wget", &[("wget", true)]);
    check("/etc/pass", &[("etc", false), ("pass", true)]);
    check("10.0.0.", &[("10\u{b7}0", false), ("0\u{b7}0", false)]);
    check("10.0.0.9", &[("10\u{b7}0", false), ("0\u{b7}0", false), ("9", true)]);
    check("1 x 2..3 4567 ", &[("1", false), ("x", false), ("2", false), ("3", false), ("4567", false)]);
    check("7.", &[("7", false)]);
    check("ü1.2ü 7", &[("ü1", false), ("2ü", false), ("7", true)]);
    check("*\"(", &[]);
    check("a NEAR( a", &[("a", false), ("near", false), ("a", true)]);
    let mut sought = Sought::default();
    sought.has("username", "Root x");
    sought.has("src_port", "4711");
    sought.has("target", "1.2");
    let wanted = ["root", "x", "1\u{b7}2"].map(|word| (word.to_owned(), false));
    assert_eq!(sought.words, wanted);
}

/// Whether the words of `line` make it a candidate.
fn is_candidate(line: &Line<'_>, sought: &Sought) -> bool {
    let mut words = Words::default();
    let words: Vec<_> = words.of(line).split_whitespace().collect();
    let has = |(sought, goes_on): &(String, bool)| {
        words.iter().any(|word| word == sought || *goes_on && word.starts_with(sought.as_str()))
    };
    words.contains(&MARK) || sought.words.iter().all(has)
}

proptest! {
    #[test]
    fn what_a_line_says_makes_it_a_candidate(
        text in "([aAbBkK\u{212a}\u{130}üÜß1 ./-]|wget|1\\.2){0,90}", start in 0..40_usize, length in 1..80_usize,
    ) {
        let part: String = text.chars().skip(start).take(length).collect();
        let line = message(&text);
        let (line, needle) = (Line::of(line.as_bytes()), Needle::new(&part));
        let mut sought = Sought::default();
        sought.says(&part);
        if needle.is_in(&line) {
            prop_assert!(is_candidate(&line, &sought));
        }
        let begins = start == 0 || text.chars().nth(start - 1).is_some_and(|before| before == ' ');
        prop_assert!(!begins || needle.is_said(&text), "{:?} in {:?}", part, text);
    }

    #[test]
    fn ascii_is_looked_for_as_anything_else_is(text in "[aAb.@ ]{0,12}", needle in "[aAb.@ ]{1,4}") {
        let needle = Needle::new(&needle);
        prop_assert_eq!(needle.is_said(&text), needle.is_said(&format!("{text}ü")));
    }

    #[test]
    fn any_line_has_words(line in proptest::collection::vec(any::<u8>(), 0..200), text in ".{0,20}") {
        let line = Line::of(&line);
        Words::default().of(&line);
        Needle::new(&text).is_in(&line);
    }
}
