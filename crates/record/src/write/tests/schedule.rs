//! Any schedule of batches, with repeats and with crashes between them, gives what the model has.

use proptest::prelude::*;

use super::{model::Model, *};

const ADDRESSES: [&str; 3] = ["192.0.2.1", "192.0.2.2", "2001:db8::1"];

fn line() -> impl Strategy<Value = Line> {
    let words = (
        prop::sample::select(vec!["", "w1"]),
        prop::sample::select(vec!["d1", "d2"]),
        prop::sample::select(vec!["ssh", "ftp"]),
    );
    let secret = (prop::sample::select(vec!["root", "admin"]), "[a-c]", prop::bool::ANY);
    let attempt = |(name, password, accepted): (&str, String, bool)| {
        attempt(name, &password, if accepted { "accepted" } else { "rejected" })
    };
    let kind = prop_oneof![Just(Kind::Connect {}), Just(command("ls")), secret.prop_map(attempt)];
    let session = prop::option::of(0..3_u64);
    (words, 1..3_u64, 1..12_u64, session, -QUARTER..QUARTER, kind).prop_map(
        |((worker, decky, service), boot, seq, session, time, kind)| {
            // A conversation has one address.
            let session = session.map(|name| (name, ADDRESSES[name as usize]));
            Line { worker, decky, service, boot, seq, session, time, kind }
        },
    )
}

const QUARTER: i64 = 900_000_000;

/// What the record says, as the model would.
fn check(connection: &mut Connection, model: &Model) -> Result<(), TestCaseError> {
    let blocks = rows(connection, BLOCKS_OF_EVENTS);
    let mut check = |statement: &str, expect: Vec<String>| {
        prop_assert_eq!(rows(connection, statement), expect, "{}", statement);
        Ok(())
    };
    let noon = NOON;
    check(
        &format!(
            "SELECT e.id, e.time - {noon}, w.text, d.text, s.text, k.text, a.text FROM events e
             LEFT JOIN words w ON w.id = worker LEFT JOIN words d ON d.id = decky LEFT JOIN words s ON s.id = service
             LEFT JOIN words k ON k.id = kind LEFT JOIN words a ON a.id = address ORDER BY e.id"
        ),
        model.event_rows(),
    )?;
    check(
        "SELECT COALESCE(sort, 0) AS s, text, quarter, events FROM tallies LEFT JOIN words ON id = word
         ORDER BY s, text, quarter",
        model.tally_rows(0),
    )?;
    check(
        &format!(
            "SELECT COALESCE(w.text, ''), d.text, t.boot, s.name, s.first - {noon}, s.last - {noon}, first_event,
             last_event, events, commands, username FROM sessions s JOIN streams t ON t.id = s.stream
             LEFT JOIN words w ON w.id = t.worker JOIN words d ON d.id = t.decky
             ORDER BY COALESCE(w.text, ''), d.text, t.boot, s.name"
        ),
        model.session_rows(),
    )?;
    check(
        &format!(
            "SELECT text, first - {noon}, last - {noon}, events, deckies, services, bounties, credentials, commands,
             proven FROM attackers a JOIN words w ON w.id = a.id ORDER BY text"
        ),
        model.attacker_rows(),
    )?;
    check(
        &format!(
            "SELECT a.text, d.text, s.text, first - {noon}, last - {noon}, events FROM contacts
             JOIN words a ON a.id = attacker JOIN words d ON d.id = decky JOIN words s ON s.id = service
             ORDER BY 1, 2, 3"
        ),
        model.contact_rows(),
    )?;
    check(
        &format!(
            "SELECT principal, secret, first - {noon}, last - {noon}, uses FROM credentials
             ORDER BY principal, secret"
        ),
        model.credential_rows(),
    )?;
    check(
        &format!(
            "SELECT a.text, principal, secret, u.first - {noon}, u.last - {noon}, u.uses FROM bounties b
             JOIN sightings u ON u.digest = b.digest JOIN words a ON a.id = attacker JOIN credentials c ON c.id = credential
             ORDER BY a.text, principal, secret"
        ),
        model.bounty_rows(),
    )?;
    check(BLOCKS, blocks)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::scratch::cases(48)))]

    #[test]
    fn any_schedule_gives_what_the_model_has(
        batches in prop::collection::vec((prop::collection::vec(line(), 0..20), 0..4_u8), 1..8),
    ) {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let (mut writer, mut model) = (open(folder.path()), Model::default());
        for (lines, what) in batches {
            let batch = batch(&lines);
            lines.iter().for_each(|line| model.take(line));
            writer.apply(&batch, &[]).unwrap();
            match what {
                // The process is killed, what memory knew is lost, or the batch comes once more.
                0 => {
                    drop(writer);
                    writer = open(folder.path());
                }
                1 => writer.known = None,
                2 => prop_assert_eq!(writer.apply(&batch, &[]).unwrap().events, 0),
                _ => {}
            }
        }
        check(writer.connection(), &model)?;
    }
}
