//! Leaves out lines that came before.

use std::collections::HashMap;

use super::{
    batch::{Batch, Row},
    keys::{Lookup, change_or_add, look_up},
    known::{Known, StreamKey, next},
    stream::Stream,
    words,
};
use crate::{
    RecordError,
    sql::{Connection, Insert, Value},
};

const STREAMS: Insert =
    Insert { table: "streams", columns: &["next", "holes", "seen", "id", "worker", "decky", "boot"] };

const UPDATE: &str =
    "UPDATE streams SET next = ?, holes = ?, seen = CASE WHEN seen < ? THEN ? ELSE seen END WHERE id = ?";

const BY_KEY: Lookup = Lookup {
    select: "SELECT id, worker, decky, boot, next, holes FROM streams",
    condition: "(worker = ? AND decky = ? AND boot = ?)",
    width: 3,
};

/// A row that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'b> {
    pub(super) row: &'b Row,
    /// Its stream; 0 where it has none.
    pub(super) stream: i64,
}

/// A stream that the batch has lines of.
#[derive(Debug)]
struct Touched {
    key: StreamKey,
    stream: Stream,
    /// The time of its newest line here that is kept.
    seen: Option<i64>,
}

/// Every stream that the batch has lines of.
#[derive(Debug)]
pub(super) struct Touches {
    all: Vec<Touched>,
    /// The place of each row's.
    places: Vec<Option<usize>>,
}

/// Finds the streams of a batch.
pub(super) fn load(
    connection: &mut Connection,
    known: &mut Known,
    batch: &Batch,
    words: &mut words::Ids<'_>,
) -> Result<Touches, RecordError> {
    let emitters = batch.rows().iter().filter(|row| row.emitted.is_some());
    words.resolve(connection, known, emitters.flat_map(|row| [row.worker, row.decky]))?;
    let (mut all, mut by_key) = (Vec::new(), HashMap::new());
    let places = batch.rows().iter().map(|row| {
        let key = (words.id(row.worker), words.id(row.decky), row.emitted?.boot);
        Some(*by_key.entry(key).or_insert_with(|| {
            // Until it is found, it is a new one.
            let stream = known.streams.remove(&key).unwrap_or_else(|| Stream::new(0));
            all.push(Touched { key, stream, seen: None });
            all.len() - 1
        }))
    });
    let places = places.collect();
    find(connection, &by_key, &mut all)?;
    for touched in all.iter_mut().filter(|touched| touched.stream.id == 0) {
        touched.stream.id = next(&mut known.last.stream);
    }
    Ok(Touches { all, places })
}

fn find(
    connection: &mut Connection,
    by_key: &HashMap<StreamKey, usize>,
    all: &mut [Touched],
) -> Result<(), RecordError> {
    let unknown = all.iter().filter(|touched| touched.stream.id == 0).map(|touched| touched.key);
    let keys: Vec<_> =
        unknown.flat_map(|(worker, decky, boot)| [worker, decky, boot].map(Value::Int)).collect();
    look_up(connection, BY_KEY, &keys, &mut |row| {
        let place = by_key.get(&(row.int(1)?, row.int(2)?, row.int(3)?));
        if let Some(touched) = place.and_then(|place| all.get_mut(*place)) {
            touched.stream = Stream::read(row.int(0)?, row.int(4)?, row.bytes(5)?)?;
        }
        Ok(())
    })
}

/// The rows that come for the first time; one without a number always does.
pub(super) fn admit<'b>(batch: &'b Batch, touches: &mut Touches) -> Vec<Kept<'b>> {
    let mut kept = Vec::with_capacity(batch.rows().len());
    for (row, place) in batch.rows().iter().zip(&touches.places) {
        let touched = place.and_then(|place| touches.all.get_mut(place));
        let (Some(touched), Some(emitted)) = (touched, row.emitted) else {
            kept.push(Kept { row, stream: 0 });
            continue;
        };
        if touched.stream.admit(emitted.seq) {
            touched.seen = touched.seen.max(Some(row.time));
            kept.push(Kept { row, stream: touched.stream.id });
        }
    }
    kept
}

/// What is kept of a stream.
struct Change {
    key: StreamKey,
    id: i64,
    next: i64,
    holes: Vec<u8>,
    seen: i64,
}

impl Change {
    /// Nothing where nothing of the stream is kept.
    fn of(Touched { key, stream, seen }: &Touched) -> Option<Self> {
        Some(Self { key: *key, id: stream.id, next: stream.next, holes: stream.holes(), seen: (*seen)? })
    }

    fn values(&self) -> [Value<'_>; 5] {
        let [next, seen, id] = [self.next, self.seen, self.id].map(Value::Int);
        [next, Value::Bytes(&self.holes), seen, seen, id]
    }

    fn row(&self) -> [Value<'_>; 7] {
        let (worker, decky, boot) = self.key;
        let [next, seen, id, worker, decky, boot] =
            [self.next, self.seen, self.id, worker, decky, boot].map(Value::Int);
        [next, Value::Bytes(&self.holes), seen, id, worker, decky, boot]
    }
}

/// Keeps what came of each stream.
pub(super) fn save(
    connection: &mut Connection,
    known: &mut Known,
    touches: Touches,
) -> Result<(), RecordError> {
    let changed: Vec<_> = touches.all.iter().filter_map(Change::of).collect();
    let changes: Vec<_> = changed.iter().flat_map(Change::values).collect();
    change_or_add(connection, UPDATE, (5, &changes), STREAMS, |at| changed.get(at).map(Change::row))?;
    touches.all.into_iter().for_each(|touched| known.streams.insert(touched.key, touched.stream));
    Ok(())
}
