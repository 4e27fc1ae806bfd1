//! Entry to line to event: what is taken, wrapped, dropped or refused.

use std::sync::Arc;

use decnet_event::{Boot, Event, Kind, Origin, Timestamp, wire};

use super::{
    archive::Archive,
    artifacts::{Key, Outcome},
    book::{Place, foreign_boot},
    incidents::today,
    ledger::Rank,
    line::{COLLECTOR, Line, Piece, judge},
    patience::Stopped,
    source::{Channel, Entry, LogContainer},
};

/// Whether following a container's log is still level with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Every entry was the next one, or one that was there before.
    Even,
    /// Something is missing or cannot be told from a repeat: the log must be read.
    Behind,
}

impl Archive {
    /// Takes entries that following brought. What it cannot vouch for it leaves.
    ///
    /// # Errors
    /// [`Stopped`] when a disk was waited for.
    pub(super) fn follow(&mut self, container: &LogContainer, entries: &[Entry]) -> Result<Level, Stopped> {
        self.begin()?;
        let mut level = Level::Even;
        for entry in entries {
            if entry.stream == Channel::Err && !container.custom {
                continue;
            }
            if container.custom || !entry.ends_line || !self.take_followed(container, entry)? {
                level = Level::Behind;
                break;
            }
        }
        self.flush()?;
        Ok(level)
    }

    /// Takes the entries that come next in the log of `container`.
    ///
    /// # Errors
    /// [`Stopped`] when a disk was waited for.
    pub(super) fn read(&mut self, container: &LogContainer, entries: &[Entry]) -> Result<(), Stopped> {
        self.begin()?;
        let is_first = !self.book.has_begun(&container.id);
        let mut place = self.book.take_place(&container.id);
        let mut joiner = std::mem::take(&mut place.joiner);
        for entry in entries {
            place.advance(entry);
            if entry.stream == Channel::Err && !container.custom {
                tracing::debug!(container = container.name, "{}", String::from_utf8_lossy(&entry.bytes));
            } else {
                let line = joiner.push(entry, |line| self.take_line(container, &mut place, entry, line));
                line.transpose()?;
            }
            if joiner.is_empty() {
                place.rest();
            }
        }
        place.joiner = joiner;
        let is_first = is_first && place.has_foreign();
        self.book.put_place(&container.id, place);
        self.dirty = true;
        self.flush()?;
        // Foreign lines are counted from the beginning, which the engine may drop.
        if is_first { self.save() } else { Ok(()) }
    }

    /// The log of `container` was read to its end: records gaps that this proves, and says
    /// whether another reading soon may prove more.
    ///
    /// # Errors
    /// [`Stopped`] when a disk was waited for.
    pub(super) fn settle(&mut self, container: &LogContainer) -> Result<bool, Stopped> {
        self.begin()?;
        let decky = container.decky.as_str();
        let (gaps, waiting) = self.book.settle(decky, &container.id);
        for (boot, from_seq, to_seq) in gaps {
            tracing::warn!("{decky}: events {from_seq} to {to_seq} of run {boot} are missing");
            self.counts.gaps += 1;
            self.record(decky, Kind::Gap { gap_boot: boot.to_string(), from_seq, to_seq });
        }
        let over: Vec<_> =
            self.book.prune(decky, &container.id).into_iter().map(|boot| (decky.to_owned(), boot)).collect();
        self.abandon(|key| over.iter().any(|(decky, boot)| *decky == key.decky && *boot == key.boot))?;
        self.settled.insert(container.id.clone());
        self.dirty = true;
        self.flush()?;
        Ok(waiting)
    }

    /// Writes an event of our own.
    ///
    /// # Errors
    /// [`Stopped`] when a disk was waited for.
    pub(super) fn report(&mut self, decky: &str, kind: Kind) -> Result<(), Stopped> {
        self.begin()?;
        self.record(decky, kind);
        self.flush()
    }

    /// Takes a line that following brought, or says that it cannot vouch for it: only the
    /// next event or piece of a run that reading has met is beyond doubt.
    fn take_followed(&mut self, container: &LogContainer, entry: &Entry) -> Result<bool, Stopped> {
        let decky = container.decky.as_str();
        match judge(&entry.bytes, decky) {
            Line::Event { boot, seq, record } => {
                let Some(run) = self.book.run(decky, boot) else { return Ok(false) };
                match run.events.rank(seq) {
                    Rank::Repeat => return Ok(true),
                    Rank::Late | Rank::Ahead => return Ok(false),
                    Rank::Next => run.wrote(seq, record.time),
                }
                self.batch.push(&entry.bytes, &record);
                Ok(true)
            }
            Line::Piece { boot, piece } => {
                let Some(run) = self.book.run(decky, boot) else { return Ok(false) };
                let key = Key { decky: decky.to_owned(), boot, artifact: piece.artifact };
                let done = run.artifacts.contains(piece.artifact.saturating_add(1));
                if !done && !self.artifacts.expects(&key, piece.offset) {
                    return Ok(false);
                }
                self.take_piece(container, boot, &piece)?;
                Ok(true)
            }
            Line::Foreign => Ok(false),
        }
    }

    /// Takes the next line of a log.
    fn take_line(
        &mut self,
        container: &LogContainer,
        place: &mut Place,
        entry: &Entry,
        line: &[u8],
    ) -> Result<(), Stopped> {
        let decky = container.decky.as_str();
        let judged = if container.custom { Line::Foreign } else { judge(line, decky) };
        match judged {
            Line::Event { boot, seq, record } => {
                place.current = Some(boot.0);
                let run = self.book.note_run(decky, boot, Some(&container.id));
                if run.events.rank(seq) != Rank::Repeat {
                    run.wrote(seq, record.time);
                    self.batch.push(line, &record);
                }
                Ok(())
            }
            Line::Piece { boot, piece } => {
                place.current = Some(boot.0);
                self.take_piece(container, boot, &piece)
            }
            Line::Foreign => self.take_foreign(container, place, entry, line),
        }
    }

    /// Wraps a line that is no event of ours. Its number is its place among such lines of
    /// its container, so that it has the same one whenever it is read.
    fn take_foreign(
        &mut self,
        container: &LogContainer,
        place: &mut Place,
        entry: &Entry,
        line: &[u8],
    ) -> Result<(), Stopped> {
        let time = Timestamp(entry.time.div_euclid(1_000));
        let Some(seq) = place.number_foreign(time) else { return Ok(()) };
        let boot = foreign_boot(&container.id);
        let run = self.book.note_run(container.decky.as_str(), boot, Some(&container.id));
        if run.events.rank(seq) == Rank::Repeat {
            return Ok(());
        }
        run.wrote(seq, Some(time));
        let stream = match entry.stream {
            Channel::Out => "stdout",
            Channel::Err => "stderr",
        };
        let kind = Kind::Output { stream, line: line.to_vec() };
        let origin = Origin { decky: container.decky.to_string(), service: file_under(container), boot };
        let cuts = self.push(&Event { time, origin: Arc::new(origin), seq, session: None, kind });
        for (number, cut) in cuts.iter().enumerate() {
            self.keep_cut(container, boot, u64::MAX - number as u64, cut)?;
        }
        Ok(())
    }

    /// Keeps the whole of a line that was cut, as an artifact.
    fn keep_cut(
        &mut self,
        container: &LogContainer,
        boot: Boot,
        artifact: u64,
        cut: &wire::Cut,
    ) -> Result<(), Stopped> {
        let key = Key { decky: container.decky.to_string(), boot, artifact };
        let quota = self.book.quotas.entry(key.decky.clone()).or_default();
        let outcome = self.patience.insist("keep an artifact", || {
            self.artifacts.keep(&key, &cut.value, &cut.sha256, quota, today())
        })?;
        self.conclude(&key.decky, outcome);
        Ok(())
    }

    fn take_piece(&mut self, container: &LogContainer, boot: Boot, piece: &Piece) -> Result<(), Stopped> {
        let decky = container.decky.as_str();
        let run = self.book.note_run(decky, boot, Some(&container.id));
        if run.artifacts.contains(piece.artifact.saturating_add(1)) {
            return Ok(());
        }
        let key = Key { decky: decky.to_owned(), boot, artifact: piece.artifact };
        let quota = self.book.quotas.entry(key.decky.clone()).or_default();
        let outcome =
            self.patience.insist("keep an artifact", || self.artifacts.add(&key, piece, quota, today()))?;
        if outcome != Outcome::More {
            self.book
                .note_run(decky, boot, Some(&container.id))
                .artifacts
                .admit(piece.artifact.saturating_add(1));
        }
        self.dirty = true;
        self.conclude(decky, outcome);
        Ok(())
    }

    fn conclude(&mut self, decky: &str, outcome: Outcome) {
        match outcome {
            Outcome::More => {}
            Outcome::Complete => self.counts.artifacts += 1,
            Outcome::Incomplete { whole, received } => {
                if !self.told.take(decky, &whole.sha256) {
                    let (sha256, size) = (whole.sha256, whole.size);
                    self.record(decky, Kind::ArtifactIncomplete { sha256, size, received });
                }
            }
        }
    }

    /// Gives up artifacts whose run is over before their last piece came. Nothing announced
    /// what they would have been.
    pub(super) fn abandon(&mut self, is_over: impl Fn(&Key) -> bool) -> Result<(), Stopped> {
        let over = self.patience.insist("remove an artifact", || self.artifacts.abandon(&is_over))?;
        for (key, received) in over {
            self.record(&key.decky, Kind::ArtifactIncomplete { sha256: String::new(), size: 0, received });
        }
        Ok(())
    }

    /// Writes an event of the collector's own.
    pub(super) fn record(&mut self, decky: &str, kind: Kind) {
        let event = self.incidents.next(decky, kind);
        self.push(&event);
    }

    fn push(&mut self, event: &Event) -> Vec<wire::Cut> {
        let mut line = Vec::new();
        let cuts = wire::encode(event, &mut line);
        if let Ok(record) = wire::decode(&line) {
            self.batch.push(&line, &record);
        }
        cuts
    }
}

/// The APP-NAME of a container's foreign lines.
fn file_under(container: &LogContainer) -> String {
    match container.service.as_str() {
        COLLECTOR => format!("custom-{COLLECTOR}"),
        service => service.to_owned(),
    }
}
