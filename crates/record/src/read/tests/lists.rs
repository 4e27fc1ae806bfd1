use std::collections::BTreeMap;

use decnet_event::{Kind, Timestamp};
use decnet_proto::record::{BountyRow, Page};
use uuid::Uuid;

use super::{
    fixture::{Fixture, Made},
    model::BEGIN,
};
use crate::{
    AttackerSort, Attackers, Bounties, Paging, RecordError, Sessions,
    limits::{COUNTED, ROWS},
    sql::Value,
};

const HOUR: i64 = 3_600_000_000;

/// Three attackers that touch deckies in several orders, and what was learnt of them.
fn fixture() -> Fixture {
    let commands = [
        (1, "web-1", "ssh", "10.0.0.9"),
        (0, "db", "http", "10.0.0.9"),
        (2, "web-1", "ssh", "10.0.0.90"),
        (3, "web-2", "ssh", "10.0.0.9"),
        (4, "db", "http", "2001:db8::1"),
    ];
    let made = commands.map(|(hour, decky, service, address)| Made {
        decky,
        service,
        address,
        ..Made::command(BEGIN + hour * HOUR, format!("arg{hour}").as_bytes())
    });
    let mut fixture = Fixture::with(&made);
    fixture.extend(&[Made { kind: Kind::UnknownCommand { command: b"what?".to_vec() }, ..made[0].clone() }]);
    let attackers = [("10.0.0.9", 3, 3, 2), ("10.0.0.90", 2, 1, 1), ("2001:db8::1", 4, 1, 1)];
    for (address, last, events, deckies) in attackers {
        let id = fixture.word(5, address);
        let uuid = uuid(id);
        let numbers = [BEGIN, BEGIN + last * HOUR, events, deckies, 2, 5, 4, 3, 2, 1].map(Value::Int);
        let columns = &[
            "id",
            "uuid",
            "first",
            "last",
            "events",
            "deckies",
            "services",
            "bounties",
            "credentials",
            "commands",
            "artifacts",
            "proven",
        ];
        fixture.insert(
            "attackers",
            columns,
            &[&[Value::Int(id), Value::Bytes(uuid.as_bytes())], &numbers[..]].concat(),
        );
    }
    contacts(&mut fixture, &commands);
    fixture
}

fn contacts(fixture: &mut Fixture, commands: &[(i64, &str, &str, &str)]) {
    for (at, (hour, decky, service, address)) in commands.iter().enumerate() {
        let [decky, service, address] =
            [(2, decky), (3, service), (5, address)].map(|(sort, text)| fixture.word(sort, text));
        let (event, time) = (at as i64 + 1, BEGIN + hour * HOUR);
        let columns = &["attacker", "decky", "service", "first", "last", "events"];
        fixture.insert("contacts", columns, &[address, decky, service, time, time, 1].map(Value::Int));
        fixture.insert(
            "commands",
            &["event", "attacker", "service"],
            &[event, address, service].map(Value::Int),
        );
        let columns = &[
            "event",
            "time",
            "attacker",
            "decky",
            "service",
            "size",
            "truncated",
            "sha256",
            "name",
            "source",
        ];
        let numbers = [event, time, address, decky, service, 17, event % 2].map(Value::Int);
        let texts = [Value::Text("ab12"), Value::Text("/tmp/x"), Value::Text("upload")];
        fixture.insert("artifacts", columns, &[&numbers[..], &texts].concat());
    }
}

fn uuid(id: i64) -> Uuid {
    Uuid::from_u128(id.cast_unsigned().into())
}

/// Every row of a list, by pages of two, each of which knows the total.
fn all<T>(total: u64, mut ask: impl FnMut(Paging) -> Page<T>) -> Vec<T> {
    let (mut paging, mut rows) = (Paging::first(2), Vec::new());
    for _ in 0..=total {
        let page = ask(paging);
        assert_eq!((page.total, page.total_exact, page.limit), (total, true, 2));
        rows.extend(page.data);
        let Some(next) = page.next else { break };
        paging.after = Some(next.parse().unwrap());
    }
    // By places there are as many.
    let by_offset: usize =
        (0..=total).map(|offset| ask(Paging { offset, ..Paging::first(1) }).data.len()).sum();
    assert_eq!((by_offset, rows.len()), (total as usize, total as usize));
    rows
}

fn check_attackers(wanted: &Attackers, addresses: &[&str]) {
    let reader = fixture().reader();
    let rows = all(addresses.len() as u64, |paging| reader.attackers(wanted, paging).unwrap());
    assert_eq!(rows.iter().map(|row| &*row.ip).collect::<Vec<_>>(), addresses, "{wanted:?}");
}

#[test]
fn attackers_come_in_the_order_that_is_wanted() {
    let by = |sort| Attackers { sort, ..Attackers::default() };
    check_attackers(&by(AttackerSort::Recent), &["2001:db8::1", "10.0.0.9", "10.0.0.90"]);
    check_attackers(&by(AttackerSort::Active), &["10.0.0.9", "2001:db8::1", "10.0.0.90"]);
    check_attackers(&by(AttackerSort::Traversals), &["10.0.0.9", "2001:db8::1", "10.0.0.90"]);
}

#[test]
fn attackers_are_found_by_address_and_service() {
    let search = |text: &str| Attackers { search: Some(text.to_owned()), ..Attackers::default() };
    check_attackers(&search("0.9"), &["10.0.0.9", "10.0.0.90"]);
    check_attackers(&search("DB8"), &["2001:db8::1"]);
    for nothing in ["%", "_", "!", "10.0.0.91"] {
        check_attackers(&search(nothing), &[]);
    }
    let service = |text: &str| Attackers { service: Some(text.to_owned()), ..Attackers::default() };
    check_attackers(&service("http"), &["2001:db8::1", "10.0.0.9"]);
    check_attackers(&service("smtp"), &[]);
    check_attackers(&Attackers { search: Some("10.".to_owned()), ..service("http") }, &["10.0.0.9"]);
}

#[test]
fn an_attacker_is_told_whole() {
    let mut fixture = fixture();
    let id = fixture.word(5, "10.0.0.9");
    let row = fixture.reader().attacker(uuid(id)).unwrap().unwrap();
    assert_eq!((row.uuid, &*row.ip), (uuid(id).to_string(), "10.0.0.9"));
    assert_eq!(
        (row.first_seen, row.last_seen),
        (Timestamp(BEGIN).to_string(), Timestamp(BEGIN + 3 * HOUR).to_string())
    );
    assert_eq!((row.event_count, row.decky_count, row.service_count), (3, 2, 2));
    assert_eq!((row.bounty_count, row.credential_count, row.command_count, row.artifact_count), (5, 4, 3, 2));
    assert_eq!(
        (row.services, row.deckies),
        (vec!["http".into(), "ssh".into()], vec!["db".into(), "web-1".into(), "web-2".into()])
    );
    assert_eq!(
        (row.traversal_path.as_deref(), row.is_traversal, row.is_proven),
        (Some("db → web-1 → web-2"), true, true)
    );
    let id = fixture.word(5, "10.0.0.90");
    let row = fixture.reader().attacker(uuid(id)).unwrap().unwrap();
    assert_eq!((row.traversal_path, row.is_traversal), (None, false));
    assert_eq!(fixture.reader().attacker(uuid(77)).unwrap(), None);
    assert_eq!(fixture.reader().stats().unwrap().unique_attackers, 3);
}

#[test]
fn commands_of_an_attacker_are_what_was_typed() {
    let mut fixture = fixture();
    let id = fixture.word(5, "10.0.0.9");
    let reader = fixture.reader();
    let ask = |service, paging| reader.attacker_commands(uuid(id), service, paging).unwrap().unwrap();
    let rows = all(3, |paging| ask(None, paging));
    assert_eq!(
        rows.iter().map(|row| &*row.command).collect::<Vec<_>>(),
        ["run arg3", "run arg0", "run arg1"]
    );
    assert_eq!((&*rows[0].decky, &*rows[0].service, &*rows[0].event_type), ("web-2", "ssh", "command"));
    assert_eq!((&rows[0].timestamp, rows[0].session), (&Timestamp(BEGIN + 3 * HOUR).to_string(), Some(4)));
    let rows = all(2, |paging| ask(Some("ssh"), paging));
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [4, 1]);
    assert_eq!(ask(Some("smtp"), Paging::default()).total, 0);
    assert!(reader.attacker_commands(uuid(77), None, Paging::default()).unwrap().is_none());
}

#[test]
fn artifacts_are_found_by_who_brought_them_and_what_they_are() {
    let mut fixture = fixture();
    let id = fixture.word(5, "10.0.0.9");
    let reader = fixture.reader();
    let rows = all(5, |paging| reader.artifacts(paging).unwrap());
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
    let row = &rows[4];
    assert_eq!((&*row.decky, &*row.service, &*row.attacker_ip), ("web-1", "ssh", "10.0.0.9"));
    assert_eq!(
        (&*row.sha256, row.size, &*row.name, &*row.source, row.truncated),
        ("ab12", 17, "/tmp/x", "upload", true)
    );
    let rows = all(3, |paging| reader.attacker_artifacts(uuid(id), paging).unwrap().unwrap());
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [4, 2, 1]);
    assert_eq!(reader.artifacts_of("AB12", Paging::default()).unwrap().total, 5);
    assert_eq!(reader.artifacts_of("ab", Paging::default()).unwrap().total, 0);
    assert!(reader.attacker_artifacts(uuid(77), Paging::default()).unwrap().is_none());
}

#[test]
fn sessions_are_found_by_what_they_are_of() {
    let reader = fixture().reader();
    let check = |wanted: &Sessions, ids: &[i64]| {
        let rows = all(ids.len() as u64, |paging| reader.sessions(wanted, paging).unwrap());
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{wanted:?}");
    };
    let some = |text: &str| Some(text.to_owned());
    check(&Sessions::default(), &[5, 4, 3, 2, 1]);
    check(&Sessions { attacker_ip: some("10.0.0.9"), ..Sessions::default() }, &[4, 2, 1]);
    check(&Sessions { decky: some("db"), ..Sessions::default() }, &[5, 2]);
    check(&Sessions { service: some("ssh"), attacker_ip: some("10.0.0.9"), decky: some("web-1") }, &[1]);
    check(&Sessions { service: some("smtp"), ..Sessions::default() }, &[]);
    let session = reader.session(1).unwrap().unwrap();
    assert_eq!(
        (&*session.name, &*session.decky, &*session.attacker_ip),
        ("ffffffffffffffff", "web-1", "10.0.0.9")
    );
    assert_eq!((session.event_count, session.bytes_in, session.bytes_out, session.src_port), (2, 1, 2, 4000));
    assert_eq!((session.ended, session.username, session.source_worker), (None, None, None));
    let events = all(2, |paging| reader.session_events(1, paging).unwrap());
    assert_eq!(events.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 6]);
    assert!(reader.session(77).unwrap().is_none());
    assert_eq!(reader.session_events(77, Paging::default()).unwrap().total, 0);
}

/// Adds bounties and credentials, the later ones used earlier.
fn loot(fixture: &mut Fixture) {
    let payloads = [
        ("credential", r#"{"username":"root","password":"T\u00f6ast \"%\""}"#, "10.0.0.9"),
        ("fingerprint", r#"{"value":"libssh","n":7,"none":null}"#, "10.0.0.90"),
        ("credential", "no JSON", ""),
    ];
    for (at, (of_type, payload, address)) in payloads.iter().enumerate() {
        let [decky, service, address] =
            [(2, "web-1"), (3, "ssh"), (5, *address)].map(|(sort, text)| fixture.word(sort, text));
        let (id, digest) = (at as i64 + 1, [at as u8; 16]);
        let columns = &["id", "attacker", "decky", "service", "credential", "digest", "type", "payload"];
        let numbers = [id, address, decky, service, id % 2].map(Value::Int);
        let texts = [Value::Bytes(&digest), Value::Text(of_type), Value::Text(payload)];
        fixture.insert("bounties", columns, &[&numbers[..], &texts].concat());
        let numbers = [BEGIN, BEGIN + id, 3].map(Value::Int);
        let columns = &["first", "last", "uses", "digest"];
        fixture.insert("sightings", columns, &[&numbers[..], &[Value::Bytes(&digest)]].concat());
        let columns = &["id", "first", "last", "uses", "digest", "kind", "principal", "secret"];
        let numbers = [id, BEGIN, BEGIN + 60 - id / 2, 9].map(Value::Int);
        let principal = if id == 2 { Value::Null } else { Value::Text("Root") };
        let texts = [Value::Bytes(&digest), Value::Text("password"), principal, Value::Text(payload)];
        fixture.insert("credentials", columns, &[&numbers[..], &texts].concat());
    }
}

#[test]
fn bounties_are_found_by_type_and_text() {
    let mut fixture = Fixture::new();
    loot(&mut fixture);
    let reader = fixture.reader();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let check = |of_type: &str, search: &str, ids: &[i64]| {
        let wanted = Bounties { of_type: some(of_type), search: some(search) };
        let rows = all(ids.len() as u64, |paging| reader.bounties(&wanted, paging).unwrap());
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{of_type} {search}");
        rows
    };
    check("credential", "", &[3, 1]);
    check("fingerprint", "ssh", &[2]);
    check("", "LIBssh", &[2]);
    check("", "web-1", &[3, 2, 1]);
    check("", "10.0.0.9", &[2, 1]);
    check("", "%", &[1]);
    check("payload", "", &[]);
    let rows = check("", "", &[3, 2, 1]);
    let payload = |row: &BountyRow| row.payload.clone().into_iter().collect::<Vec<_>>();
    let text = |text: &str| text.to_owned();
    assert_eq!(
        payload(&rows[2]),
        [(text("password"), text("Töast \"%\"")), (text("username"), text("root"))]
    );
    assert_eq!(payload(&rows[1]), [(text("n"), text("7")), (text("value"), text("libssh"))]);
    assert_eq!(rows[0].payload, BTreeMap::new());
    assert_eq!((&*rows[0].attacker_ip, rows[0].credential, rows[1].credential), ("Unknown", Some(1), None));
    assert_eq!((rows[0].uses, &rows[0].last_seen), (3, &Timestamp(BEGIN + 3).to_string()));
}

#[test]
fn credentials_come_in_the_order_of_their_use() {
    let mut fixture = Fixture::new();
    loot(&mut fixture);
    let reader = fixture.reader();
    let check = |search: Option<&str>, ids: &[i64]| {
        let rows = all(ids.len() as u64, |paging| reader.credentials(search, paging).unwrap());
        assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), ids, "{search:?}");
        rows
    };
    check(Some("rOOt"), &[1, 3]);
    check(Some("libssh"), &[2]);
    check(Some("nothing"), &[]);
    let rows = check(None, &[1, 3, 2]);
    assert_eq!((rows[2].principal.as_deref(), &*rows[2].kind, rows[2].uses), (None, "password", 9));
    assert!(!format!("{:?}", rows[2]).contains("libssh"));
}

#[test]
fn totals_of_long_lists_are_bounded() -> Result<(), RecordError> {
    let mut fixture = Fixture::new();
    let digests: Vec<_> = (1..10_002_i64).map(i64::to_be_bytes).collect();
    let columns = &["id", "digest", "kind", "principal", "secret", "first", "last", "uses"];
    let row = |digest: &'static [u8; 8]| {
        let [id, first, last] = [i64::from_be_bytes(*digest); 3].map(Value::Int);
        let [kind, principal, secret] = ["password", "a", "b"].map(Value::Text);
        [id, Value::Bytes(digest), kind, principal, secret, first, last, Value::Int(1)]
    };
    let rows: Vec<_> = digests.leak().iter().flat_map(row).collect();
    fixture.insert("credentials", columns, &rows);
    let reader = fixture.reader();
    let page = reader.credentials(None, Paging::first(u32::MAX))?;
    assert_eq!((page.total, page.total_exact), (COUNTED, false));
    assert_eq!((page.data.len(), page.limit), (ROWS as usize, ROWS));
    let page = reader.credentials(Some("a"), Paging::first(1))?;
    assert!(!page.total_exact && page.total < COUNTED);
    let deep = Paging { offset: 10_000, ..Paging::first(5) };
    let page = reader.credentials(None, deep)?;
    assert_eq!((page.total, page.total_exact, page.data.len()), (10_001, true, 1));
    Ok(())
}
