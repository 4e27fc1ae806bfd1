//! The shell against the real ones.
//!
//! `real.jsonl` holds what bash, dash and BusyBox's shell said and did for each text of
//! `cases.txt`; `RECORD_SHELLS=1` asks the real ones again, where they are installed.

mod bounds;
mod harness;
mod hostile;
mod jobs;
mod visits;

use super::dialect::Dialect;

/// Texts for which a shell of ours is known to differ, and why.
const KNOWN: &[(Dialect, &str, &str)] = &[
    (
        Dialect::Ash,
        "[[ -n x && ( 1 -lt 2 || -z x ) ]] && echo ok",
        "BusyBox takes `&&` in `[[` for an argument, and names the parenthesis after it",
    ),
    (Dialect::Ash, "type -t echo cat if nosuch; echo $?", "cat is in another directory of Alpine"),
    (
        Dialect::Bash,
        "enable -n echo; type -t echo; enable echo; type -t echo",
        "the recording had no /bin/echo",
    ),
];

fn compare(dialect: Dialect) {
    let mut differ = Vec::new();
    let mut compared = 0;
    for case in harness::recorded() {
        let expect = case.of(dialect);
        let ours = harness::run(dialect, &case.text);
        compared += 1;
        if ours != *expect && !KNOWN.iter().any(|(shell, text, _)| *shell == dialect && *text == case.text) {
            differ.push(format!("--- {}\nreal {expect:?}\nours {ours:?}", case.text));
        }
    }
    println!("{dialect:?}: {} of {compared} as the real one", compared - differ.len());
    assert!(differ.is_empty(), "{} of {compared} differ:\n{}", differ.len(), differ.join("\n"));
}

#[test]
fn bash_is_bash() {
    compare(Dialect::Bash);
}

#[test]
fn dash_is_dash() {
    compare(Dialect::Dash);
}

#[test]
fn ash_is_that_of_busybox() {
    compare(Dialect::Ash);
}

#[test]
fn recordings_are_of_the_cases() {
    if std::env::var_os("RECORD_SHELLS").is_some() {
        harness::record();
    }
    let texts: Vec<String> = harness::recorded().into_iter().map(|case| case.text).collect();
    assert_eq!(texts, harness::cases());
    assert!(texts.len() >= 300);
}
