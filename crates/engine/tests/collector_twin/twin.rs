//! An engine that does as it is told, also what real ones do by mistake.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use bytes::Bytes;
use decnet_engine::collector::{
    Change, Changes, Channel, Entries, Entry, LogContainer, LogSource, SourceError,
};
use futures_util::stream;
use tokio::sync::mpsc;

/// The engine; clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Twin(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    containers: BTreeMap<String, Log>,
    listeners: Vec<mpsc::UnboundedSender<Result<Change, SourceError>>>,
    clock: i64,
    /// Every request fails.
    down: bool,
    /// Nobody is told of changes.
    deaf: bool,
    /// How followers are treated.
    mood: Mood,
}

/// What following does with the next entries.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Brings each once.
    #[default]
    Honest,
    /// Brings nothing and says nothing, as after some rotations.
    Stuck,
    /// Loses every third, repeats every fifth with the two before it.
    Careless,
}

struct Log {
    container: LogContainer,
    entries: Vec<Entry>,
    followers: Vec<mpsc::UnboundedSender<Result<Entry, SourceError>>>,
}

impl Twin {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Starts a container of `decky`, named like it, and returns its id.
    pub(crate) fn start(&self, number: u64, decky: &str) -> String {
        let id = format!("{number:064x}");
        let container = LogContainer {
            id: id.clone(),
            name: decky.to_owned(),
            decky: decky.parse().unwrap(),
            service: "redis".to_owned(),
            custom: false,
            running: true,
        };
        let mut state = self.lock();
        state.containers.insert(id.clone(), Log { container, entries: Vec::new(), followers: Vec::new() });
        state.tell(Change::Started);
        id
    }

    /// A container writes a line.
    pub(crate) fn write(&self, id: &str, channel: Channel, line: &[u8]) {
        let mut state = self.lock();
        state.clock += 1_000;
        let (time, mood) = (state.clock, state.mood);
        let log = state.containers.get_mut(id).unwrap();
        let bytes = Bytes::copy_from_slice(line);
        log.entries.push(Entry { time, stream: channel, bytes, ends_line: true });
        let count = log.entries.len();
        let brought = match mood {
            Mood::Stuck => count..count,
            Mood::Careless if count.is_multiple_of(3) => count..count,
            Mood::Careless if count.is_multiple_of(5) => count - 3..count,
            Mood::Honest | Mood::Careless => count - 1..count,
        };
        for entry in &log.entries[brought] {
            log.followers.retain(|follower| follower.send(Ok(entry.clone())).is_ok());
        }
    }

    /// A container stops; its log stays.
    pub(crate) fn stop(&self, id: &str) {
        let mut state = self.lock();
        let log = state.containers.get_mut(id).unwrap();
        log.container.running = false;
        log.followers.clear();
        state.tell(Change::Died(id.to_owned()));
    }

    /// A container is removed, and its log with it.
    pub(crate) fn remove(&self, id: &str) {
        let mut state = self.lock();
        state.containers.remove(id);
        state.tell(Change::Removed(id.to_owned()));
    }

    /// Everybody who follows or listens is cut off.
    pub(crate) fn cut(&self) {
        let mut state = self.lock();
        state.listeners.clear();
        state.containers.values_mut().for_each(|log| log.followers.clear());
    }

    pub(crate) fn set_down(&self, down: bool) {
        self.lock().down = down;
    }

    pub(crate) fn set_deaf(&self, deaf: bool) {
        self.lock().deaf = deaf;
    }

    pub(crate) fn set_mood(&self, mood: Mood) {
        self.lock().mood = mood;
    }
}

impl State {
    fn tell(&mut self, change: Change) {
        if !self.deaf {
            self.listeners.retain(|listener| listener.send(Ok(change.clone())).is_ok());
        }
    }

    fn check(&self) -> Result<(), SourceError> {
        if !self.down {
            return Ok(());
        }
        Err(SourceError::Engine { doing: "reach the engine".to_owned(), source: "it is down".into() })
    }

    fn log(&mut self, id: &str) -> Result<&mut Log, SourceError> {
        self.check()?;
        self.containers.get_mut(id).ok_or_else(|| SourceError::Gone(id.to_owned()))
    }
}

fn received<T: Send + 'static>(receiver: mpsc::UnboundedReceiver<T>) -> impl stream::Stream<Item = T> + Send {
    stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) })
}

impl LogSource for Twin {
    async fn list(&self) -> Result<Vec<LogContainer>, SourceError> {
        let state = self.lock();
        state.check()?;
        Ok(state.containers.values().map(|log| log.container.clone()).collect())
    }

    fn changes(&self) -> Changes {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut state = self.lock();
        match state.check() {
            Ok(()) => state.listeners.push(sender),
            Err(error) => drop(sender.send(Err(error))),
        }
        Box::pin(received(receiver))
    }

    fn follow(&self, id: &str) -> Entries {
        let (sender, receiver) = mpsc::unbounded_channel();
        match self.lock().log(id) {
            Ok(log) if log.container.running => log.followers.push(sender),
            Ok(_) => {}
            Err(error) => drop(sender.send(Err(error))),
        }
        Box::pin(received(receiver))
    }

    fn read(&self, id: &str, last: Option<u32>) -> Entries {
        let entries = self.lock().log(id).map(|log| {
            let skip = last.map_or(0, |last| log.entries.len().saturating_sub(last as usize));
            log.entries[skip..].to_vec()
        });
        match entries {
            Ok(entries) => Box::pin(stream::iter(entries.into_iter().map(Ok))),
            Err(error) => Box::pin(stream::iter([Err(error)])),
        }
    }
}
