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
    let mut check = |search: &str, wanted: &str| {
        let search = Search::parse(search).unwrap();
        let plan = Plan::make(&mut fixture.writer, &search, Span::ALL).unwrap().unwrap();
        let steps = visit::explain(&mut fixture.writer, &plan).unwrap();
        assert_eq!(steps, [wanted], "{search}");
    };
    check("", "SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)");
    check(
        "service:ssh decky:db attacker:10.0.0.90",
        "SEARCH events USING INDEX events_address (address=? AND rowid>? AND rowid<?)",
    );
    check(
        "attacker:10.0.0.9 decky:web-2",
        "SEARCH events USING INDEX events_decky (decky=? AND rowid>? AND rowid<?)",
    );
    check(
        "-decky:web-2 service:ssh",
        "SEARCH events USING INDEX events_service (service=? AND rowid>? AND rowid<?)",
    );
    check("session:1", "SEARCH events USING INDEX events_address (address=? AND rowid>? AND rowid<?)");
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
