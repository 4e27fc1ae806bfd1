//! What the agent keeps on disk: the plan that it accepted, what it had begun, where events go.
//!
//! Three files in one folder that only the agent's user can read, each replaced as a whole
//! (written beside, made durable, renamed), so that a crash leaves the old one or the new one.
//! A lost folder costs nothing that runs: containers are found again by their labels.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use decnet_proto::{agent::TeardownRequest, ids::DeckyName, mac::Mac, plan::FleetPlan};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

const PLAN: &str = "plan.json";
const JOURNAL: &str = "journal.json";
const LOG_FILE: &str = "log-file.json";

/// Why the folder cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("{} is damaged: move it away, and deploy again", path.display())]
    Damaged {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The plan that this host should run, and what was taken down of it since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The plan, as it came.
    pub plan: FleetPlan,
    /// Deckies that were taken down; only a deployment brings them back.
    #[serde(default)]
    pub taken_down: BTreeSet<DeckyName>,
    /// Deckies that gave way to a machine with their address, and that machine's Ethernet address;
    /// only a deployment brings them back.
    #[serde(default)]
    pub yielded: BTreeMap<DeckyName, Mac>,
}

impl Accepted {
    /// The plan without what was taken down, but with what a request takes down just now.
    pub(crate) fn effective_before(&self, request: &TeardownRequest) -> FleetPlan {
        let mut before = self.clone();
        if let TeardownRequest::Decky(name) = request {
            before.taken_down.remove(name);
            before.yielded.remove(name);
        }
        before.effective()
    }

    /// The plan without what was taken down.
    pub fn effective(&self) -> FleetPlan {
        let mut plan = self.plan.clone();
        let gone = |name: &DeckyName| self.taken_down.contains(name) || self.yielded.contains_key(name);
        plan.deckies.retain(|decky| !gone(&decky.name));
        plan
    }
}

/// An operation that was begun and not ended: the next start ends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unfinished {
    /// The accepted plan was being deployed.
    Deploy,
    /// Something was being taken down.
    Teardown(TeardownRequest),
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Journal {
    /// Id of the last operation.
    last_operation: u64,
    unfinished: Option<Unfinished>,
    /// The host is to forget its swarm as soon as nothing runs.
    #[serde(default)]
    leaving: bool,
}

#[derive(Serialize, Deserialize)]
struct LogFile {
    log_file: PathBuf,
}

/// The folder and what is in it.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    accepted: Option<Accepted>,
    journal: Journal,
    log_file: Option<PathBuf>,
}

impl Store {
    /// Opens the folder, making it if it is missing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(dir: PathBuf) -> Result<Self, StoreError> {
        make(&dir).map_err(|source| StoreError::Write { path: dir.clone(), source })?;
        let collector: Option<LogFile> = read(&dir.join(LOG_FILE))?;
        Ok(Self {
            accepted: read(&dir.join(PLAN))?,
            journal: read(&dir.join(JOURNAL))?.unwrap_or_default(),
            log_file: collector.map(|file| file.log_file),
            dir,
        })
    }

    /// The plan that this host should run, if there is one.
    pub const fn accepted(&self) -> Option<&Accepted> {
        self.accepted.as_ref()
    }

    /// What was begun and not ended.
    pub const fn unfinished(&self) -> Option<&Unfinished> {
        self.journal.unfinished.as_ref()
    }

    /// Whether the host is to forget its swarm as soon as nothing runs.
    pub const fn is_leaving(&self) -> bool {
        self.journal.leaving
    }

    /// Notes whether it is.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn set_leaving(&mut self, leaving: bool) -> Result<(), StoreError> {
        self.journal.leaving = leaving;
        self.write_journal()
    }

    /// The log file that was asked for, if one was.
    pub fn log_file(&self) -> Option<&Path> {
        self.log_file.as_deref()
    }

    /// Takes the number of the next operation.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn next_operation(&mut self) -> Result<u64, StoreError> {
        self.journal.last_operation += 1;
        self.write_journal()?;
        Ok(self.journal.last_operation)
    }

    /// Accepts a plan and notes that its deployment has begun.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn accept(&mut self, plan: FleetPlan) -> Result<(), StoreError> {
        let accepted = Accepted { plan, taken_down: BTreeSet::new(), yielded: BTreeMap::new() };
        self.write(PLAN, &accepted)?;
        self.accepted = Some(accepted);
        self.begin(Unfinished::Deploy)
    }

    /// Notes that something is being taken down; from here on it is no longer wanted.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn take_down(&mut self, request: TeardownRequest) -> Result<(), StoreError> {
        match &request {
            TeardownRequest::All => {
                self.begin(Unfinished::Teardown(request))?;
                self.remove(PLAN)?;
                self.accepted = None;
                Ok(())
            }
            TeardownRequest::Decky(name) => {
                if let Some(mut accepted) = self.accepted.clone() {
                    accepted.taken_down.insert(name.clone());
                    self.write(PLAN, &accepted)?;
                    self.accepted = Some(accepted);
                }
                self.begin(Unfinished::Teardown(request))
            }
        }
    }

    /// Notes that a decky gives way to a machine; from here on it is no longer wanted.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn give_way(&mut self, name: &DeckyName, mac: Mac) -> Result<(), StoreError> {
        if let Some(mut accepted) = self.accepted.clone() {
            accepted.yielded.insert(name.clone(), mac);
            self.write(PLAN, &accepted)?;
            self.accepted = Some(accepted);
        }
        self.begin(Unfinished::Teardown(TeardownRequest::Decky(name.clone())))
    }

    /// Notes that the operation has ended, well or not.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn end(&mut self) -> Result<(), StoreError> {
        self.journal.unfinished = None;
        self.write_journal()
    }

    /// Keeps the log file that was asked for.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn keep_log_file(&mut self, log_file: PathBuf) -> Result<(), StoreError> {
        self.write(LOG_FILE, &LogFile { log_file: log_file.clone() })?;
        self.log_file = Some(log_file);
        Ok(())
    }

    fn begin(&mut self, unfinished: Unfinished) -> Result<(), StoreError> {
        self.journal.unfinished = Some(unfinished);
        self.write_journal()
    }

    fn write_journal(&self) -> Result<(), StoreError> {
        self.write(JOURNAL, &self.journal)
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), StoreError> {
        let path = self.dir.join(name);
        replace(&self.dir, name, value).map_err(|source| StoreError::Write { path, source })
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        let path = self.dir.join(name);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::Write { path, source })
            }
            _ => Ok(()),
        }
    }
}

/// Makes the folder for us alone; those above it are everybody's.
fn make(dir: &Path) -> io::Result<()> {
    if let Some(above) = dir.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        made => made,
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|source| StoreError::Damaged { path: path.to_owned(), source }),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.to_owned(), source }),
    }
}

fn replace(dir: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    let staged = dir.join(format!("{name}.new"));
    let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&staged)?;
    file.write_all(&serde_json::to_vec(value)?)?;
    file.sync_all()?;
    fs::rename(&staged, dir.join(name))?;
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use decnet_proto::plan::{Isolation, LinkDriver, NetworkPlan};

    use super::*;

    fn plan(generation: u64) -> FleetPlan {
        FleetPlan {
            generation,
            network: NetworkPlan {
                interface: "lan0".to_owned(),
                subnet: "192.0.2.0/24".parse().expect("a subnet"),
                gateway: None,
                host_ip: None,
                driver: LinkDriver::Macvlan,
            },
            isolation: Isolation::Decky,
            deckies: Vec::new(),
        }
    }

    fn open(dir: &Path) -> Store {
        Store::open(dir.join("agent")).expect("opened")
    }

    #[test]
    fn everything_survives_a_restart() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = open(dir.path());
        assert!(store.accepted().is_none() && store.unfinished().is_none() && store.log_file().is_none());
        assert_eq!(store.next_operation().expect("written"), 1);
        store.accept(plan(3)).expect("written");
        store.keep_log_file("/var/log/events.log".into()).expect("written");

        let mut store = open(dir.path());
        assert_eq!(store.accepted().map(|accepted| accepted.plan.generation), Some(3));
        assert_eq!(store.unfinished(), Some(&Unfinished::Deploy));
        assert_eq!(store.log_file(), Some(Path::new("/var/log/events.log")));
        assert_eq!(store.next_operation().expect("written"), 2);
        store.end().expect("written");
        assert_eq!(open(dir.path()).unfinished(), None);
    }

    #[test]
    fn what_is_taken_down_is_wanted_no_more() {
        let dir = tempfile::tempdir().expect("a folder");
        let mut store = open(dir.path());
        let name: DeckyName = "web-01".parse().expect("a name");
        store.accept(plan(1)).expect("written");
        store.take_down(TeardownRequest::Decky(name.clone())).expect("written");
        let again = open(dir.path());
        assert_eq!(again.accepted().map(|a| a.taken_down.clone()), Some(BTreeSet::from([name.clone()])));
        assert_eq!(again.unfinished(), Some(&Unfinished::Teardown(TeardownRequest::Decky(name))));
        store.accept(plan(2)).expect("written");
        assert_eq!(store.accepted().map(|a| a.taken_down.len()), Some(0), "a deployment brings it back");
        store.take_down(TeardownRequest::All).expect("written");
        assert!(open(dir.path()).accepted().is_none());
    }

    #[test]
    fn nobody_else_reads_the_secrets_of_a_plan() {
        let dir = tempfile::tempdir().expect("a folder");
        open(dir.path()).accept(plan(1)).expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&dir.path().join("agent")), 0o700);
        assert_eq!(mode(&dir.path().join("agent").join(PLAN)), 0o600);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join(PLAN), "{").expect("written");
        let error = Store::open(dir.path().to_owned()).expect_err("damaged").to_string();
        assert!(error.contains("plan.json is damaged"), "{error}");
    }
}
