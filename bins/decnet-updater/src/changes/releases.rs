//! Which releases there are, and how changes went: read from disk, whoever changes it.

use std::{collections::BTreeMap, error::Error};

use decnet_proto::swarm::updater::{
    Chain, Change, Conclusion, Ended, Line, Origin, Phase, Release, Releases, Standing,
};
use decnet_release::{
    Layout, ReleaseId, Store,
    change::{Journal, Phase as Journaled, State},
    medium::Disk,
    store,
};

use super::translate::name;
use crate::{failure::end_of, settings::Folders};

type Unreadable = Box<dyn Error + Send + Sync>;

/// Of both chains; `now` is what is under way.
///
/// # Errors
/// What is on disk cannot be read.
pub(crate) fn read(folders: &Folders, now: Option<&Change>) -> Result<Releases, Unreadable> {
    let of = |chain| line(&folders.layout(chain), now.filter(|change| change.chain == chain).cloned());
    Ok(Releases { worker: of(Chain::Worker)?, updater: of(Chain::Updater)? })
}

/// What the journal of a chain says is being done.
pub(crate) fn open_change(layout: &Layout, chain: Chain) -> Option<Change> {
    let journal = Journal::load(&Disk, layout).ok()??;
    let phase = match journal.phase {
        Journaled::Received | Journaled::Verified => Phase::Receiving,
        Journaled::Staged => Phase::Staged,
        Journaled::Switched => Phase::Switched,
        Journaled::Probing { .. } => Phase::Probing,
        Journaled::Reverting { .. } => Phase::Reverting,
        Journaled::Committed | Journaled::Reverted { .. } | Journaled::Abandoned { .. } => return None,
    };
    Some(Change { chain, phase, to: Some(name(&journal.to)), since: journal.began })
}

fn line(layout: &Layout, change: Option<Change>) -> Result<Line, Unreadable> {
    let store = Store::new(layout.clone());
    let state = State::load(&Disk, layout)?;
    // One that was pushed and packaged is one.
    let found: BTreeMap<ReleaseId, store::Origin> =
        store.releases()?.into_iter().map(|found| (found.id, found.origin)).collect();
    let releases = found.into_iter().rev().map(|(id, origin)| Release {
        name: name(&id),
        standing: standing(&state, &id),
        origin: match origin {
            store::Origin::Pushed => Origin::Push,
            store::Origin::Packaged => Origin::Package,
        },
    });
    Ok(Line {
        current: store.current()?.map(|found| name(&found.id)),
        releases: releases.collect(),
        change,
        last: Journal::load(&Disk, layout)?.and_then(ended),
    })
}

fn standing(state: &State, id: &ReleaseId) -> Standing {
    match () {
        () if state.failed().contains(id) => Standing::Failed,
        () if state.is_good(id) => Standing::Good,
        () => Standing::Untried,
    }
}

/// How a change ended, if it has.
fn ended(journal: Journal) -> Option<Ended> {
    let (result, output) = match journal.phase {
        Journaled::Committed => (Conclusion::Committed, String::new()),
        Journaled::Reverted { why, trouble: None } => (Conclusion::RolledBack, why),
        Journaled::Reverted { why, trouble: Some(trouble) } => {
            (Conclusion::Broken, format!("{why}\n{trouble}"))
        }
        Journaled::Abandoned { why } => (Conclusion::Abandoned, why),
        _ => return None,
    };
    Some(Ended { to: name(&journal.to), result, at: journal.began, output: end_of(&output) })
}
