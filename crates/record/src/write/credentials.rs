//! Secrets that were shown, each once.

use std::collections::HashMap;

use super::{
    events::Event,
    keys::{Lookup, change_or_add, look_up},
    known::{Known, next},
};
use crate::{
    RecordError,
    derive::{Credential, Digest, Finding},
    sql::{Connection, Insert, Value},
};

const CREDENTIALS: Insert = Insert {
    table: "credentials",
    columns: &["id", "digest", "kind", "principal", "secret", "first", "last", "uses"],
};

const UPDATE: &str = "UPDATE credentials SET \
    first = CASE WHEN first > ? THEN ? ELSE first END, last = CASE WHEN last < ? THEN ? ELSE last END, \
    uses = uses + ? WHERE id = ?";

const BY_DIGEST: Lookup =
    Lookup { select: "SELECT id, digest FROM credentials", condition: "digest = ?", width: 1 };

/// A secret that was shown in a batch.
#[derive(Debug)]
struct Shown<'b> {
    id: i64,
    credential: &'b Credential,
    first: i64,
    last: i64,
    uses: i64,
}

/// Keeps secrets, and answers with their ids.
pub(super) fn keep<'b>(
    connection: &mut Connection,
    known: &mut Known,
    events: &[Event<'b>],
) -> Result<HashMap<Digest, i64>, RecordError> {
    let mut all = gather(events);
    give_ids(connection, known, &mut all)?;
    let change = |shown: &Shown<'_>| {
        [shown.first, shown.first, shown.last, shown.last, shown.uses, shown.id].map(Value::Int)
    };
    let changes: Vec<_> = all.iter().flat_map(change).collect();
    let row = |at: usize| all.get(at).map(Shown::row);
    change_or_add(connection, UPDATE, (6, &changes), CREDENTIALS, row)?;
    Ok(all.iter().map(|shown| (shown.credential.digest, shown.id)).collect())
}

impl<'b> Shown<'b> {
    fn row(&self) -> [Value<'b>; 8] {
        let Credential { digest, kind, principal, secret, .. } = self.credential;
        let [id, first, last, uses] = [self.id, self.first, self.last, self.uses].map(Value::Int);
        let principal = principal.as_deref().map_or(Value::Null, Value::Text);
        [id, Value::Bytes(digest), Value::Text(kind), principal, Value::Text(secret), first, last, uses]
    }
}

fn gather<'b>(events: &[Event<'b>]) -> Vec<Shown<'b>> {
    let (mut all, mut places) = (Vec::<Shown<'_>>::new(), HashMap::new());
    for event in events {
        let (row, time) = (event.row, event.row.time);
        for finding in &row.findings {
            let Finding::Credential(credential) = finding else { continue };
            let place = *places.entry(credential.digest).or_insert_with(|| {
                all.push(Shown { id: 0, credential, first: time, last: time, uses: 0 });
                all.len() - 1
            });
            if let Some(shown) = all.get_mut(place) {
                shown.first = shown.first.min(time);
                shown.last = shown.last.max(time);
                shown.uses += 1;
            }
        }
    }
    all
}

fn give_ids(
    connection: &mut Connection,
    known: &mut Known,
    all: &mut [Shown<'_>],
) -> Result<(), RecordError> {
    let mut unknown = Vec::new();
    for shown in all.iter_mut() {
        match known.credentials.get(&shown.credential.digest) {
            Some(id) => shown.id = *id,
            None => unknown.push(Value::Bytes(&shown.credential.digest)),
        }
    }
    let mut found = HashMap::new();
    look_up(connection, BY_DIGEST, &unknown, &mut |row| {
        let digest: Digest = row.bytes(1)?.try_into().map_err(|_| RecordError::Row { what: "a digest" })?;
        found.insert(digest, row.int(0)?);
        Ok(())
    })?;
    for shown in all.iter_mut().filter(|shown| shown.id == 0) {
        let digest = shown.credential.digest;
        shown.id = found.get(&digest).copied().unwrap_or_else(|| next(&mut known.last.credential));
        known.credentials.insert(digest, shown.id);
    }
    Ok(())
}
