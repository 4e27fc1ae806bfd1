use proptest::prelude::*;

use super::{Condition, Dimension, Search, SearchError, Term};

fn is(dimension: Dimension, name: &str) -> Condition {
    Condition::Is(dimension, name.to_owned())
}

fn field(name: &str, value: &str) -> Condition {
    Condition::Field(name.to_owned(), value.to_owned())
}

fn says(text: &str) -> Condition {
    Condition::Says(text.to_owned())
}

fn check(text: &str, conditions: &[Condition]) {
    let search = Search::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let wanted: Vec<_> =
        conditions.iter().map(|condition| Term { condition: condition.clone(), excluded: false }).collect();
    assert_eq!(search.terms(), wanted, "{text}");
}

fn check_excluded(text: &str, condition: &Condition) {
    let search = Search::parse(text).unwrap();
    assert_eq!(search.terms(), [Term { condition: condition.clone(), excluded: true }], "{text}");
}

fn check_error(text: &str, error: &SearchError) {
    assert_eq!(Search::parse(text).as_ref(), Err(error), "{text}");
}

#[test]
fn terms_stand_beside_each_other() {
    check("", &[]);
    check(" \t ", &[]);
    check("  wget   curl ", &[says("wget"), says("curl")]);
    check("service:ssh wget", &[is(Dimension::Service, "ssh"), says("wget")]);
}

#[test]
fn keys_of_dimensions_have_their_other_names() {
    let keys = [
        (Dimension::Worker, &["worker", "source_worker"][..]),
        (Dimension::Decky, &["decky"]),
        (Dimension::Service, &["service"]),
        (Dimension::Kind, &["event", "event_type", "kind"]),
        (Dimension::Address, &["attacker", "attacker-ip", "attacker_ip", "src_ip"]),
    ];
    for (dimension, names) in keys {
        names.iter().for_each(|name| check(&format!("{name}:x"), &[is(dimension, "x")]));
    }
    check("session:17", &[is(Dimension::Session, "17")]);
    check("session:00000000000000aF", &[is(Dimension::Session, "00000000000000aF")]);
    check("attacker:::FFFF:10.0.0.1", &[is(Dimension::Address, "10.0.0.1")]);
    check("attacker:2001:DB8:0::1", &[is(Dimension::Address, "2001:db8::1")]);
}

#[test]
fn any_other_name_is_a_field() {
    check("username:root", &[field("username", "root")]);
    check("body.len:17", &[field("body.len", "17")]);
    check("x-y_z.9:a:b", &[field("x-y_z.9", "a:b")]);
    check("path:\"/a b\"", &[field("path", "/a b")]);
    check("path:'/a \"b'", &[field("path", "/a \"b")]);
    check("password:\"\"", &[field("password", "")]);
}

#[test]
fn what_only_looks_like_a_filter_is_text() {
    let texts = [
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fe80::/10",
        "2001:db8::",
        "de:ad:be:ef:00:01",
        "fe80:1:2:",
        "http://x/y:z",
        "c:\\windows",
        "User:root",
        "9p:x",
        ":x",
        "$(a):b",
        "don't",
        "a\"b",
        "x=\"y\"",
        "-",
        "a'",
    ];
    texts.iter().for_each(|text| check(text, &[says(text)]));
    let long = format!("{}:x", "a".repeat(65));
    check(&long, &[says(&long)]);
    check(&long[1..], &[field(&"a".repeat(64), "x")]);
    check("\"user:root\" 'decky:a'", &[says("user:root"), says("decky:a")]);
    check(r#""a \"b\" \\ \n""#, &[says("a \"b\" \\ \\n")]);
}

#[test]
fn a_dash_excludes() {
    check_excluded("-wget", &says("wget"));
    check_excluded("-\"a b\"", &says("a b"));
    check_excluded("-service:ssh", &is(Dimension::Service, "ssh"));
    check_excluded("-username:\"a b\"", &field("username", "a b"));
    check_excluded("--x", &says("-x"));
    check_excluded("-fe80::1", &says("fe80::1"));
    check("\"-x\"", &[says("-x")]);
}

#[test]
fn errors_name_the_place() {
    check_error("ab  user:", &SearchError::NoValue { at: 10, name: "user".to_owned() });
    check_error("ü \"x", &SearchError::Unclosed { at: 3, quote: '"' });
    check_error("k:'x", &SearchError::Unclosed { at: 3, quote: '\'' });
    check_error("\"x\\\"", &SearchError::Unclosed { at: 1, quote: '"' });
    check_error("\"x\"y", &SearchError::NoSpace { at: 4 });
    check_error("a \"\"", &SearchError::Nothing { at: 3 });
    check_error("session:x", &SearchError::NoSession { at: 9, name: "x".to_owned() });
    check_error(
        "session:99999999999999999999",
        &SearchError::NoSession { at: 9, name: "99999999999999999999".to_owned() },
    );
    check_error(&"x".repeat(513), &SearchError::TooLong { length: 513 });
    check_error(&"x ".repeat(33), &SearchError::TooMany { at: 65 });
    assert!(Search::parse(&"x".repeat(512)).is_ok() && Search::parse(&"x ".repeat(32)).is_ok());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,80}") {
        let _ = Search::parse(&text);
    }

    #[test]
    fn what_looks_like_a_search_reads_back(text in r#"([-:"'\\a-c1 ]|key:|event:){0,24}"#) {
        if let Ok(search) = Search::parse(&text) {
            prop_assert_eq!(Search::parse(&search.to_string()), Ok(search));
        }
    }

    #[test]
    fn any_value_can_be_looked_for(value in "(?s).{1,40}", excluded: bool, name in "[a-z][a-z0-9_.-]{0,9}x") {
        for condition in [says(&value), field(&name, &value), is(Dimension::Decky, &value)] {
            let search = Search { terms: vec![Term { condition, excluded }] };
            prop_assert_eq!(Search::parse(&search.to_string()), Ok(search));
        }
    }
}
