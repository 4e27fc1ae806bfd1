//! What was learnt of attackers, each once.

use std::collections::HashMap;

use super::{
    credentials,
    events::Event,
    hash::ById,
    keys::change_or_add,
    known::{Known, next},
    words,
};
use crate::{
    RecordError,
    derive::{Digest, Finding, identify},
    sql::{Connection, Insert, Value},
};

const BOUNTIES: Insert = Insert {
    table: "bounties",
    columns: &["id", "digest", "type", "attacker", "decky", "service", "credential", "payload"],
};

const SIGHTINGS: Insert = Insert { table: "sightings", columns: &["digest", "first", "last", "uses"] };

const UPDATE: &str = "UPDATE sightings SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    uses = uses + ? WHERE digest = ?";

/// How much was learnt of an attacker that was not known before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Of all sorts.
    pub(super) bounties: i64,
    /// Credentials among them.
    pub(super) credentials: i64,
}

/// Something that was learnt in a batch.
#[derive(Debug)]
struct Bounty<'b> {
    digest: Digest,
    sort: &'static str,
    payload: &'b str,
    /// When it was learnt here first.
    begin: Event<'b>,
    credential: i64,
    first: i64,
    last: i64,
    uses: i64,
}

/// How much was learnt by attacker, and the events that showed secrets of which an attacker had not been known.
type Learnt<'b> = (HashMap<i64, Found, ById>, Vec<Event<'b>>);

/// Keeps what was learnt, and answers with what of it is new.
pub(super) fn keep<'b>(
    connection: &mut Connection,
    known: &mut Known,
    words: &words::Ids<'_>,
    events: &[Event<'b>],
) -> Result<Learnt<'b>, RecordError> {
    let credentials = credentials::keep(connection, known, events)?;
    let all = gather(words, events, &credentials);
    let changes: Vec<_> = all.iter().flat_map(Bounty::changes).collect();
    let sighting = |at: usize| all.get(at).map(Bounty::sighting);
    let added = change_or_add(connection, UPDATE, (6, &changes), SIGHTINGS, sighting)?;
    let mut added: Vec<_> = added.into_iter().filter_map(|at| all.get(at)).collect();
    added.sort_unstable_by_key(|bounty| bounty.begin.id);
    let rows: Vec<_> = added.iter().flat_map(|bounty| bounty.row(next(&mut known.last.bounty))).collect();
    connection.insert(BOUNTIES, &rows)?;
    let (mut found, mut shown) = (HashMap::<i64, Found, ById>::default(), Vec::new());
    for bounty in added {
        let found = found.entry(bounty.begin.address).or_default();
        found.bounties += 1;
        found.credentials += i64::from(bounty.credential > 0);
        shown.extend((bounty.credential > 0).then_some(bounty.begin));
    }
    Ok((found, shown))
}

fn gather<'b>(
    words: &words::Ids<'_>,
    events: &[Event<'b>],
    credentials: &HashMap<Digest, i64>,
) -> Vec<Bounty<'b>> {
    let (mut all, mut places) = (Vec::<Bounty<'_>>::new(), HashMap::new());
    for event in events.iter().filter(|event| event.address > 0) {
        let (row, time) = (event.row, event.row.time);
        for finding in &row.findings {
            let (sort, what, payload) = match finding {
                Finding::Credential(credential) => ("credential", &credential.digest, &*credential.payload),
                Finding::Fingerprint(fingerprint) => {
                    ("fingerprint", &fingerprint.digest, &*fingerprint.payload)
                }
                _ => continue,
            };
            let digest = digest(event.address, &[sort.as_bytes(), words.text(row.address).as_bytes(), what]);
            let place = *places.entry(digest).or_insert_with(|| {
                let credential = credentials.get(what).copied().filter(|_| sort == "credential").unwrap_or(0);
                let (first, last) = (time, time);
                all.push(Bounty { digest, sort, payload, begin: *event, credential, first, last, uses: 0 });
                all.len() - 1
            });
            if let Some(bounty) = all.get_mut(place) {
                bounty.first = bounty.first.min(time);
                bounty.last = bounty.last.max(time);
                bounty.uses += 1;
            }
        }
    }
    // In the order of their table, which is the quickest.
    all.sort_unstable_by_key(|bounty| bounty.digest);
    all
}

/// What identifies a bounty, behind the end of the attacker's id: so what is of one attacker is in one
/// place of the table, and what comes together changes few pages of it.
fn digest(attacker: i64, parts: &[&[u8]]) -> Digest {
    let mut digest = identify(parts);
    let [.., a, b, c, d] = attacker.to_be_bytes();
    digest.iter_mut().zip([a, b, c, d]).for_each(|(byte, of_id)| *byte = of_id);
    digest
}

impl Bounty<'_> {
    fn changes(&self) -> [Value<'_>; 6] {
        let [first, again, last, last_again, uses] =
            [self.first, self.first, self.last, self.last, self.uses].map(Value::Int);
        [first, again, last, last_again, uses, Value::Bytes(&self.digest)]
    }

    fn sighting(&self) -> [Value<'_>; 4] {
        let [first, last, uses] = [self.first, self.last, self.uses].map(Value::Int);
        [Value::Bytes(&self.digest), first, last, uses]
    }

    fn row(&self, id: i64) -> [Value<'_>; 8] {
        let Event { address, decky, service, .. } = self.begin;
        let [id, attacker, decky, service, credential] =
            [id, address, decky, service, self.credential].map(Value::Int);
        let (digest, sort, payload) =
            (Value::Bytes(&self.digest), Value::Text(self.sort), Value::Text(self.payload));
        [id, digest, sort, attacker, decky, service, credential, payload]
    }
}
