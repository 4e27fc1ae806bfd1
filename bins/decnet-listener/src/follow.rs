//! Keeping the roster: asking the controller for it, keeping it over a restart, and cutting off who is
//! no longer on it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use decnet_api::{client::Client, query::query};
use decnet_membership::{Membership, Pace, chance};
use decnet_pki::{admission::Admission as _, clock::Clock, sessions::Sessions};
use decnet_proto::swarm::worker::{self, ROSTER_WAIT, Route};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, interval, sleep};

use crate::roster::{GOOD_FOR, Roster};

/// The file, in the folder of the listener's identity.
const FILE: &str = "roster.json";

/// Longest file that is read: what the client takes for an answer, and a little.
const LONGEST: u64 = 5 << 20;

/// How long an answer may take: it waits for news.
const PATIENCE: Duration = Duration::from_secs(ROSTER_WAIT as u64 + 10);

/// The controller is not asked more often, whatever it answers.
const APART: Duration = Duration::from_secs(1);

/// How often the file is written when nothing but its age changes.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// How often connections are looked through for those that may stand no longer.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A roster on disk.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    /// When it was heard, in seconds since the Unix epoch.
    heard: i64,
    roster: worker::Roster,
}

/// The roster, its file, and the connections that it allows.
#[derive(Debug)]
pub(crate) struct Follower {
    pub(crate) membership: Arc<Membership>,
    pub(crate) roster: Roster,
    pub(crate) sessions: Sessions,
    pub(crate) folder: PathBuf,
}

impl Follower {
    /// Takes up what was kept, if it is still good.
    pub(crate) fn resume(&self) {
        match read(&self.folder.join(FILE)) {
            Ok(None) => {}
            Ok(Some(kept)) => {
                let age = self.clock().now().checked_sub(kept.heard).and_then(|age| u64::try_from(age).ok());
                // One from the future says nothing of how old it is.
                let age = age.map_or(GOOD_FOR, Duration::from_secs);
                if let Err(error) = self.roster.learn(&kept.roster, age) {
                    tracing::warn!("the roster that was kept is none: {error}");
                }
            }
            Err(error) => tracing::warn!("cannot read the roster that was kept: {error:#}"),
        }
    }

    fn clock(&self) -> &Clock {
        self.membership.clock()
    }

    /// Asks the controller again and again.
    pub(crate) async fn follow_forever(self: Arc<Self>) {
        let controller = match self.membership.controller() {
            Ok(controller) => controller.with_patience(PATIENCE),
            Err(error) => {
                let error = decnet_proto::problem::chain(&error);
                return tracing::error!("nobody will be let in: {error}");
            }
        };
        let (mut pace, mut told, mut kept_at) = (Pace::default(), None, None);
        loop {
            let asked = Instant::now();
            match self.ask(&controller, &mut kept_at).await {
                Ok(()) => {
                    if told.take().is_some() {
                        tracing::info!("the controller tells again who may bring logs");
                    }
                    pace = Pace::default();
                    sleep(APART.saturating_sub(asked.elapsed())).await;
                }
                Err(error) => {
                    let error = format!("{error:#}");
                    if told.as_ref() != Some(&error) {
                        tracing::warn!("{error}");
                        told = Some(error);
                    }
                    sleep(pace.next(chance())).await;
                }
            }
        }
    }

    async fn ask(&self, controller: &Client, kept_at: &mut Option<Instant>) -> anyhow::Result<()> {
        let path = format!("{}{}", Route::Roster.path(), query(&[("have", self.roster.version())]));
        let roster: worker::Roster = controller
            .get(Route::Roster.method(), &path)
            .await
            .context("the controller does not say who may bring logs")?;
        let is_other =
            self.roster.learn(&roster, Duration::ZERO).context("the controller's roster is none")?;
        if is_other {
            tracing::info!(certificates = self.roster.len(), "learnt who may bring logs");
            self.cut();
        }
        if is_other || kept_at.is_none_or(|at| at.elapsed() >= KEEP_EVERY) {
            let kept = Kept { heard: self.clock().now(), roster };
            // What is not kept is asked for after a restart.
            if let Err(error) = write(&self.folder, &kept) {
                tracing::warn!("cannot keep the roster: {error}");
            }
            *kept_at = Some(Instant::now());
        }
        Ok(())
    }

    /// Looks again and again who may stay.
    pub(crate) async fn guard_forever(self: Arc<Self>) {
        let mut looks = interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            self.cut();
        }
    }

    /// Cuts off who is not on the roster, or whose certificate ran out.
    fn cut(&self) {
        let now = self.clock().now();
        let cut = self.sessions.close(|peer| peer.not_after < now || self.roster.admit(peer).is_err());
        if cut > 0 {
            tracing::warn!(cut, "cut off who may bring logs no longer");
        }
    }
}

fn read(path: &Path) -> anyhow::Result<Option<Kept>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut text = Vec::new();
    file.take(LONGEST).read_to_end(&mut text)?;
    Ok(Some(serde_json::from_slice(&text)?))
}

fn write(folder: &Path, kept: &Kept) -> io::Result<()> {
    let (path, new) = (folder.join(FILE), folder.join("roster.json.new"));
    let mut options = OpenOptions::new();
    let mut file = options.create(true).truncate(true).write(true).mode(0o600).open(&new)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.sync_data()?;
    fs::rename(&new, &path)
}
