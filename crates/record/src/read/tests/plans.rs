use super::{
    fixture::{Fixture, Made},
    model::BEGIN,
};
use crate::{
    Search,
    read::{period::Span, plan::Plan, visit},
    text::{Index, Sought},
};

#[test]
fn the_rarest_word_leads() {
    if !crate::scratch::in_files() {
        return;
    }
    let mut events = vec![Made { address: "10.0.0.90", ..Made::command(BEGIN, b"x") }];
    events.extend((0..20).map(|at| Made { decky: "db", ..Made::command(BEGIN + at, b"x") }));
    events.extend((0..5).map(|at| Made { decky: "web-2", ..Made::command(BEGIN + at, b"x") }));
    let mut fixture = Fixture::with(&events);
    let mut check = |search: &str, wanted: &[(i64, i64)]| {
        let search = Search::parse(search).unwrap();
        let plan = Plan::make(&mut fixture.writer, &search, Span::ALL).unwrap().unwrap();
        assert_eq!(visit::runs(&mut fixture.writer, &plan).unwrap(), wanted, "{search}");
    };
    // A block has four events here.
    check("", &[(i64::MIN, i64::MAX)]);
    check("service:ssh decky:db attacker:10.0.0.90", &[(0, 3)]);
    check("attacker:10.0.0.9 decky:web-2", &[(20, 27)]);
    check("-decky:web-2 service:ssh", &[(0, 27)]);
    check("session:1", &[(1, 1)]);
}

#[test]
fn blocks_without_the_word_are_passed_over() {
    let rare = |at| if at % 40 == 7 { "db" } else { "web-1" };
    let events: Vec<_> =
        (0..4000).map(|at| Made { decky: rare(at), ..Made::command(BEGIN + at, b"x") }).collect();
    let mut fixture = Fixture::with(&events);
    let search = Search::parse("decky:db").unwrap();
    let plan = Plan::make(&mut fixture.writer, &search, Span::ALL).unwrap().unwrap();
    let wanted: Vec<_> = (0..100).rev().map(|at| (40 * at + 8, 40 * at + 11)).collect();
    assert_eq!(visit::runs(&mut fixture.writer, &plan).unwrap(), wanted);
}

#[test]
fn only_words_that_tell_are_asked_for() {
    if !crate::scratch::in_files() {
        return;
    }
    let events: Vec<_> =
        (0..24).map(|at| Made::command(BEGIN, format!("common rare{}", at % 12).as_bytes())).collect();
    let mut fixture = Fixture::with(&events);
    fixture.index(9);
    let mut check = |texts: &[&str], wanted: &[&str]| {
        let sought = |texts: &[&str]| {
            let mut sought = Sought::default();
            texts.iter().for_each(|text| sought.says(text));
            sought
        };
        let telling = Index::Fts5.telling(&mut fixture.writer, (1, 25), &sought(texts)).unwrap();
        assert_eq!(telling, sought(wanted), "{texts:?}");
    };
    check(&["common ", "rare7 "], &["rare7 "]);
    check(&["common rare7"], &["rare7"]);
    check(&["rare7 com"], &["rare7 "]);
    check(&["common "], &["common "]);
    check(&["common ", "ssh "], &["common ", "ssh "]);
    check(&["nothing ", "web "], &["nothing "]);
}
