//! Makes durable what came: the one owner of the spool.
//!
//! It is a thread of its own, because it waits for disks. What all connections brought while it
//! waited becomes durable together, by one `fdatasync`. When that cannot be done, nobody is answered,
//! what came is kept and tried again every second, and since the room for it is bounded, connections
//! are read no further until it works.

use std::{
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use decnet_logship::{
    medium::Medium,
    position::Position,
    receive::Arrival,
    spool::{CommitError, Place, Refusal, Spool},
};
use decnet_proto::{ids::HostId, problem};
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc, oneshot, watch},
    time::{Instant, timeout_at},
};

use crate::{alarm::Alarm, clock, hosts::Hosts};

/// Bytes from which on no more is made durable at once: who came first should not wait for all.
const GROUP: usize = 4 << 20;

/// How soon what failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// What one connection brought.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) bytes: usize,
    pub(crate) reply: mpsc::UnboundedSender<Kept>,
    /// Room that it takes, until it is durable.
    pub(crate) room: OwnedSemaphorePermit,
}

/// What became of it.
#[derive(Debug)]
pub(crate) struct Kept {
    /// As in [`Batch`].
    pub(crate) bytes: usize,
    /// Up to where its generations are durable, in the order in which they came.
    pub(crate) durable: Vec<Position>,
    /// Why some of it was not taken.
    pub(crate) refusal: Option<Refusal>,
}

#[derive(Debug)]
enum Ask {
    Keep(Batch),
    Marks(HostId, oneshot::Sender<Vec<Position>>),
    End,
}

/// The way to the committer.
#[derive(Clone, Debug)]
pub(crate) struct Keeper(mpsc::UnboundedSender<Ask>);

/// The committer has ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("nothing is kept any more")]
pub(crate) struct Gone;

impl Keeper {
    /// Hands something over to be made durable.
    pub(crate) fn keep(&self, batch: Batch) -> Result<(), Gone> {
        self.0.send(Ask::Keep(batch)).map_err(|_| Gone)
    }

    /// What is durable of a host, the newest first.
    pub(crate) async fn marks(&self, host: HostId) -> Result<Vec<Position>, Gone> {
        let (reply, marks) = oneshot::channel();
        self.0.send(Ask::Marks(host, reply)).map_err(|_| Gone)?;
        marks.await.map_err(|_| Gone)
    }

    /// Lets the committer end once it has done what it was asked before.
    pub(crate) fn end(&self) {
        // If it has ended, that is what was wanted.
        let _ = self.0.send(Ask::End);
    }
}

/// How far somebody who reads the spool has durably passed it.
#[derive(Clone, Debug)]
pub(crate) struct Passed(Arc<Mutex<Place>>);

impl Passed {
    pub(crate) fn new(place: Place) -> Self {
        Self(Arc::new(Mutex::new(place)))
    }

    /// What is before `place` is needed no more.
    pub(crate) fn set(&self, place: Place) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = place;
    }

    fn get(&self) -> Place {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The owner of the spool.
#[derive(Debug)]
pub(crate) struct Committer<M> {
    spool: Spool<M>,
    asks: mpsc::UnboundedReceiver<Ask>,
    waiting: Vec<Batch>,
    /// Who is to be told what is durable, once what came before he asked is.
    asking: Vec<(HostId, oneshot::Sender<Vec<Position>>)>,
    /// When what failed is tried again.
    again: Option<Instant>,
    hosts: Arc<Hosts>,
    readers: Vec<Passed>,
    /// Segments before it were removed.
    removed: u64,
    commits: watch::Sender<u64>,
    alarm: Arc<Alarm>,
}

impl<M: Medium> Committer<M> {
    /// One for `spool`, which has these readers; and the way to it.
    pub(crate) fn new(
        spool: Spool<M>,
        readers: Vec<Passed>,
        hosts: Arc<Hosts>,
        alarm: Arc<Alarm>,
    ) -> (Self, Keeper) {
        let (sender, asks) = mpsc::unbounded_channel();
        let commits = watch::Sender::new(0);
        let committer = Self {
            spool,
            asks,
            waiting: Vec::new(),
            asking: Vec::new(),
            again: None,
            hosts,
            readers,
            removed: 0,
            commits,
            alarm,
        };
        (committer, Keeper(sender))
    }

    /// Changes whenever something became durable; ends with the committer.
    pub(crate) fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// Works until it is told to end, or nobody is left who could ask.
    pub(crate) async fn run(mut self) {
        let mut is_open = true;
        while is_open || !self.waiting.is_empty() {
            is_open = self.gather().await;
            if self.again.is_some() {
                self.tell_marks();
            }
            if self.again.is_some_and(|again| is_open && Instant::now() < again) {
                continue;
            }
            match self.commit() {
                Ok(()) => {
                    self.again = None;
                    self.alarm.settle();
                }
                Err(error) => {
                    self.again = Some(Instant::now() + AGAIN);
                    self.alarm.raise(problem::chain(&error));
                    if !is_open {
                        return;
                    }
                }
            }
            self.tell_marks();
            self.remove();
        }
    }

    fn tell_marks(&mut self) {
        for (host, reply) in self.asking.drain(..) {
            // Who asked and is gone needs no answer.
            let _ = reply.send(self.spool.marks(host));
        }
    }

    /// Waits for something to do, and takes what else is there; whether more can come.
    async fn gather(&mut self) -> bool {
        let first = match self.again {
            None if self.waiting.is_empty() => self.asks.recv().await,
            None => match self.asks.try_recv() {
                Err(mpsc::error::TryRecvError::Disconnected) => None,
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Ok(ask) => Some(ask),
            },
            Some(again) => match timeout_at(again, self.asks.recv()).await {
                Err(_) => return true,
                Ok(ask) => ask,
            },
        };
        let Some(first) = first else { return false };
        self.take(first);
        while let Ok(more) = self.asks.try_recv() {
            self.take(more);
        }
        true
    }

    fn take(&mut self, ask: Ask) {
        match ask {
            Ask::Keep(batch) => self.waiting.push(batch),
            Ask::Marks(host, reply) => self.asking.push((host, reply)),
            Ask::End => self.asks.close(),
        }
    }

    /// Makes a group durable, and answers those who brought it.
    fn commit(&mut self) -> Result<(), CommitError> {
        let count = group(&self.waiting);
        let batches = self.waiting.get(..count).unwrap_or_default();
        if batches.is_empty() {
            return Ok(());
        }
        let entries: Vec<_> =
            batches.iter().flat_map(|batch| batch.arrivals.iter().map(Arrival::entry)).collect();
        let mut verdicts = self.spool.commit(&entries, clock::now())?.into_iter();
        drop(entries);
        let rest = self.waiting.split_off(count);
        for batch in mem::replace(&mut self.waiting, rest) {
            answer(batch, &mut verdicts, &self.hosts);
        }
        self.commits.send_modify(|count| *count += 1);
        Ok(())
    }

    /// Removes what all readers have passed.
    fn remove(&mut self) {
        let Some(place) = self.readers.iter().map(Passed::get).min_by_key(|place| place.segment()) else {
            return;
        };
        if place.segment() <= self.removed {
            return;
        }
        match self.spool.remove_before(place) {
            Ok(_) => self.removed = place.segment(),
            // It is tried again with the next group.
            Err(error) => tracing::warn!("cannot remove what is read of the spool: {error}"),
        }
    }
}

/// How many of the batches become durable at once.
fn group(waiting: &[Batch]) -> usize {
    let mut bytes = 0;
    let fits = |batch: &&Batch| {
        let has_room = bytes < GROUP;
        bytes += batch.bytes;
        has_room
    };
    waiting.iter().take_while(fits).count()
}

/// Tells who brought a batch what became of it.
fn answer(batch: Batch, verdicts: &mut impl Iterator<Item = Result<Position, Refusal>>, hosts: &Hosts) {
    let Batch { arrivals, bytes, reply, room } = batch;
    let (mut durable, mut refusal) = (Vec::<Position>::new(), None);
    for (arrival, verdict) in arrivals.iter().zip(verdicts) {
        match verdict {
            Err(why) => refusal = refusal.or(Some(why)),
            Ok(mark) => {
                let position = arrival.acknowledged(mark);
                hosts.kept(arrival, position);
                if !arrival.is_open_gap() {
                    durable.pop_if(|last| last.generation == position.generation);
                }
                durable.push(position);
            }
        }
    }
    drop((arrivals, room));
    // A connection that is gone needs no answer: the next one is told the marks.
    let _ = reply.send(Kept { bytes, durable, refusal });
}

#[cfg(test)]
mod tests {
    use decnet_logship::position::{Gap, Loss};
    use tokio::{sync::Semaphore, time::timeout};

    use super::*;
    use crate::{
        limits::Limits,
        testing::{Bounded, GENERATION, Office, arrivals, host},
    };

    const SECOND: Duration = Duration::from_secs(1);

    fn at(offset: u64) -> Position {
        Position { generation: GENERATION, offset }
    }

    /// Hands lines over; what will be answered.
    fn bring(office: &Office, from: u64, lines: &[&str]) -> mpsc::UnboundedReceiver<Kept> {
        bring_all(office, arrivals(from, lines))
    }

    fn bring_all(office: &Office, arrivals: Vec<Arrival>) -> mpsc::UnboundedReceiver<Kept> {
        let (reply, kept) = mpsc::unbounded_channel();
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let bytes = arrivals.iter().map(Arrival::size).sum();
        office.desk.keeper.keep(Batch { arrivals, bytes, reply, room }).unwrap();
        kept
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_full_disk_nobody_is_answered_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::open(dir.path(), Limits::default());
        let mut first = bring(&office, 0, &["a"]);
        assert_eq!(first.recv().await.unwrap().durable, [at(2)]);
        office.disk.fill(true);
        let (mut second, mut third) = (bring(&office, 2, &["b"]), bring(&office, 4, &["c"]));
        assert!(timeout(3 * SECOND, second.recv()).await.is_err());
        assert!(office.alarm.trouble().unwrap().starts_with("no room in "));
        assert!((3..=5).contains(&office.alarm.count()), "{}", office.alarm.count());
        assert_eq!(office.desk.keeper.marks(host().id).await.unwrap(), [at(2)], "who asks is answered");
        office.disk.fill(false);
        assert_eq!(timeout(2 * SECOND, second.recv()).await.unwrap().unwrap().durable, [at(4)]);
        assert_eq!(third.recv().await.unwrap().durable, [at(6)]);
        assert_eq!(office.alarm.trouble(), None);
        let [(_, tally)] = office.hosts().snapshot().try_into().unwrap();
        assert_eq!((tally.lines, tally.kept), (3, Some(at(6))));
    }

    #[tokio::test(start_paused = true)]
    async fn who_ends_on_a_full_disk_does_not_wait_for_it() {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::open(dir.path(), Limits::default());
        office.disk.fill(true);
        let mut kept = bring(&office, 0, &["a"]);
        office.desk.keeper.end();
        timeout(2 * SECOND, office.committing).await.unwrap().unwrap();
        assert!(kept.recv().await.is_none(), "nothing was promised");
        assert!(office.desk.keeper.marks(host().id).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_the_end_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::open(dir.path(), Limits::default());
        let mut kept = bring(&office, 0, &["a", "b"]);
        office.desk.keeper.end();
        office.committing.await.unwrap();
        assert_eq!(kept.recv().await.unwrap().durable, [at(4)]);
        assert!(office.desk.keeper.marks(host().id).await.is_err());
        assert!(office.commits.has_changed().is_err(), "who waits for more hears that there is none");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_told_to_who_brought_it_and_to_nobody_else() {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::open(dir.path(), Limits::default());
        let mut good = bring(&office, 0, &["a"]);
        let (mut bad, mut next) = (bring(&office, 7, &["x"]), bring(&office, 2, &["b"]));
        assert_eq!(good.recv().await.unwrap().refusal, None);
        let refused = bad.recv().await.unwrap();
        assert_eq!(refused.refusal, Some(Refusal::Above { mark: 2, from: 7 }));
        assert!(refused.durable.is_empty());
        assert_eq!(next.recv().await.unwrap().durable, [at(4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_told_of_more_than_he_brought() {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::open(dir.path(), Limits::default());
        let mut all = bring(&office, 0, &["a", "b", "c"]);
        let mut some = bring(&office, 0, &["a"]);
        assert_eq!(all.recv().await.unwrap().durable, [at(6)]);
        assert_eq!(some.recv().await.unwrap().durable, [at(2)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gap_of_unknown_length_is_acknowledged_apart_from_the_lines_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let office = Office::open(dir.path(), Limits::default());
        let gap = Gap { generation: GENERATION, from: 4, to: 4, why: Loss::Gone };
        let mut arrivals = [arrivals(0, &["a"]), arrivals(2, &["b"])].concat();
        arrivals.push(Arrival::Gap(host(), gap));
        let mut kept = bring_all(&office, arrivals);
        assert_eq!(kept.recv().await.unwrap().durable, [at(4), at(4)]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_all_readers_have_passed_is_removed() {
        let (dir, disk) = (tempfile::tempdir().unwrap(), Bounded::default());
        let spool = Spool::open_on(disk.clone(), dir.path(), 256).unwrap();
        let mut reader = spool.reader(Place::START);
        let passed = Passed::new(Place::START);
        let office = Office::of(spool, disk, passed.clone(), Limits::default());
        let line = "x".repeat(299);
        let segments = || std::fs::read_dir(dir.path()).unwrap().count() - 1;
        for number in 0..5 {
            bring(&office, number * 300, &[&line]).recv().await.unwrap();
        }
        assert_eq!(segments(), 5);
        while reader.advance().unwrap().is_some() {}
        bring(&office, 1_500, &[&line]).recv().await.unwrap();
        assert_eq!(segments(), 6, "nobody said that he is done with them");
        passed.set(reader.place());
        bring(&office, 1_800, &[&line]).recv().await.unwrap();
        office.desk.keeper.marks(host().id).await.unwrap();
        assert_eq!(segments(), 3, "the one in which he is, and what came since");
        assert_eq!(office.desk.keeper.marks(host().id).await.unwrap(), [at(2_100)]);
    }
}
