//! A host: a disk, two programs, and whoever starts them. What a program does stands in its file.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use semver::Version;
use serde_json::{Value, json};

use super::disk::{Death, SimDisk};
use crate::{
    archive::write,
    change::{
        Chain, Clock, Engine, Patience, Program, Supervisor, Terms, Trouble,
        health::{Check, Health, Seen},
    },
    digest::Digest,
    id::{ReleaseId, Target},
    key::SigningKey,
    lock::Lock,
    manifest::{Entry, Facts, Manifest, Mode},
    medium::{Look as _, Medium as _},
    store::{Layout, Store, read},
};

/// What the daemons of a release do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::change) enum Does {
    /// What they should.
    Work,
    /// One check is bad that was good.
    Fail,
    /// It does not answer.
    Hang,
    /// It ends at once.
    End,
    /// It answers as if it were of the release before.
    Pretend,
    /// It answers, ends and comes again, all the time.
    Flap,
    /// Whoever starts it says that it cannot.
    Refuse,
}

impl Does {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Work, "work"),
        (Self::Fail, "fail"),
        (Self::Hang, "hang"),
        (Self::End, "end"),
        (Self::Pretend, "pretend"),
        (Self::Flap, "flap"),
        (Self::Refuse, "refuse"),
    ];

    fn text(self) -> &'static str {
        Self::ALL.iter().find(|(does, _)| *does == self).unwrap().1
    }
}

/// A release of the simulation.
pub(in crate::change) struct Made {
    pub(in crate::change) manifest: Manifest,
    pub(in crate::change) archive: Vec<u8>,
    files: Vec<(String, String)>,
}

impl Made {
    pub(in crate::change) fn id(&self) -> ReleaseId {
        self.manifest.id()
    }

    /// A worker's release `1.<minor>.0`.
    pub(in crate::change) fn new(minor: u64, agent: Does, forwarder: Does) -> Self {
        Self::with(agent, forwarder, |facts| facts.version = Version::new(1, minor, 0))
    }

    pub(in crate::change) fn with(agent: Does, forwarder: Does, change: impl FnOnce(&mut Facts)) -> Self {
        let mut facts = Facts {
            part: Chain::Worker.part(),
            version: Version::new(1, 0, 0),
            target: Target::own(),
            min_from: None,
            downgrade: false,
        };
        change(&mut facts);
        let files = [("bin/decnet-agent", agent), ("bin/decnet-forwarder", forwarder)];
        let files: Vec<_> =
            files.map(|(path, does)| (path.to_owned(), does.text().to_owned())).into_iter().collect();
        let entry = |(path, content): &(String, String)| Entry {
            path: path.parse().unwrap(),
            mode: Mode::Program,
            size: content.len() as u64,
            sha256: Digest::of(content.as_bytes()),
        };
        let manifest = Manifest::new(facts, files.iter().map(entry).collect()).unwrap();
        let signature = key().sign(&manifest.bytes());
        let content = |entry: &Entry| {
            let found = files.iter().find(|(path, _)| path == entry.path.as_str());
            Ok(std::io::Cursor::new(found.unwrap().1.clone()))
        };
        let archive = write(Vec::new(), &manifest, &signature, content).unwrap();
        Self { manifest, archive, files }
    }
}

pub(in crate::change) fn key() -> SigningKey {
    // RFC 8410, section 10.3.
    SigningKey::parse("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n").unwrap()
}

#[derive(Clone, Debug)]
struct Process {
    pid: u32,
    boot: String,
    release: ReleaseId,
    does: Does,
}

#[derive(Debug, Default)]
struct Processes {
    running: BTreeMap<Program, Process>,
    started: u32,
    /// The release of every process that was started, in this order.
    starts: Vec<ReleaseId>,
    now: Duration,
    /// What the supervisor cannot tell.
    is_mute: bool,
    /// The supervisor restarts nothing, and programs answer as what is current whatever they are.
    is_idle: bool,
}

/// The host; clones are the same one.
#[derive(Clone, Debug)]
pub(in crate::change) struct World {
    pub(super) disk: SimDisk,
    processes: Rc<RefCell<Processes>>,
}

pub(in crate::change) fn layout() -> Layout {
    Layout { root: "/var/worker".into(), packaged: "/usr/releases".into() }
}

impl World {
    /// A host whose package brought `first`, which runs.
    pub(in crate::change) fn new(first: &Made) -> Self {
        let world = Self { disk: SimDisk::new(), processes: Rc::default() };
        let mut disk = world.disk.clone();
        for folder in ["/var", "/usr", "/var/worker", "/usr/releases"] {
            disk.make_folder(Path::new(folder)).unwrap();
        }
        let folder = world.package(first);
        disk.link(&folder, &layout().current()).unwrap();
        disk.rest();
        world.start_all();
        world
    }

    /// A package brings a release.
    pub(in crate::change) fn package(&self, made: &Made) -> PathBuf {
        let folder = layout().packaged.join(made.id().to_string());
        let mut disk = self.disk.clone();
        disk.make_folder(&folder).unwrap();
        disk.make_folder(&folder.join("bin")).unwrap();
        let manifest = made.manifest.bytes();
        disk.write(&folder.join("manifest.json"), 0, &mut &manifest[..]).unwrap();
        for (path, content) in &made.files {
            disk.write(&folder.join(path), 0, &mut content.as_bytes()).unwrap();
        }
        folder
    }

    /// A package brings a release, makes it current, and has everything started anew.
    pub(in crate::change) fn switch_by_package(&self, made: &Made) {
        let folder = self.package(made);
        let mut disk = self.disk.clone();
        disk.remove(&layout().current()).unwrap();
        disk.link(&folder, &layout().current()).unwrap();
        self.start_all();
    }

    /// Whatever is wrong with what runs is wrong no more.
    pub(in crate::change) fn mend(&self) {
        self.processes.borrow_mut().running.values_mut().for_each(|process| process.does = Does::Work);
    }

    /// A copy that goes its own way.
    pub(super) fn fork(&self) -> Self {
        let processes = self.processes.borrow();
        let copy =
            Processes { running: processes.running.clone(), starts: processes.starts.clone(), ..*processes };
        Self { disk: self.disk.fork(), processes: Rc::new(RefCell::new(copy)) }
    }

    pub(in crate::change) fn store(&self) -> Store<SimDisk> {
        Store::over(layout(), self.disk.clone())
    }

    pub(in crate::change) fn engine(&self, lock: &Path) -> Engine<SimDisk, World, World> {
        let patience = Patience {
            deadline: Duration::from_secs(10),
            every: Duration::from_secs(1),
            settled: Duration::from_secs(2),
        };
        let terms = Terms { chain: Chain::Worker, target: Target::own(), patience };
        let lock = Lock::take(lock).unwrap();
        Engine::new((layout(), lock), terms, self.disk.clone(), self.clone(), self.clone())
    }

    /// The supervisor cannot tell how programs run.
    pub(in crate::change) fn mute(&self) {
        self.processes.borrow_mut().is_mute = true;
    }

    /// The supervisor says that it restarts programs, and does not; and they answer as if it had.
    pub(in crate::change) fn idle(&self) {
        self.processes.borrow_mut().is_idle = true;
    }

    /// The power goes, and comes again: the machine boots.
    pub(super) fn cut_power(&self, survives: super::disk::Survives) {
        self.disk.cut_power(survives);
        self.start_all();
    }

    /// The releases of what runs, by program.
    pub(in crate::change) fn running(&self) -> Vec<ReleaseId> {
        self.processes.borrow().running.values().map(|process| process.release.clone()).collect()
    }

    /// The releases of all that was started.
    pub(in crate::change) fn starts(&self) -> Vec<ReleaseId> {
        self.processes.borrow().starts.clone()
    }

    /// A copy that goes its own way, whose process dies after so many calls that change something.
    pub(in crate::change) fn fork_dying(&self, at: usize) -> Self {
        self.disk.rest();
        let copy = self.fork();
        copy.dies_at(at);
        copy
    }

    /// The process that changes something dies after so many calls.
    pub(in crate::change) fn dies_at(&self, at: usize) {
        self.disk.die(Some(Death { at, done: true }));
    }

    /// Another process takes its place.
    pub(in crate::change) fn lives(&self) {
        self.disk.die(None);
    }

    /// Starts every program from what is current, as the service manager does at boot.
    fn start_all(&self) {
        for program in Chain::Worker.programs() {
            self.start(*program);
        }
    }

    fn start(&self, program: Program) {
        let folder = self.disk.read_link(&layout().current()).unwrap();
        let release: ReleaseId = folder.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let path = folder.join("bin").join(program.name());
        let content = read(&self.disk, &path, 100).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let does = Does::ALL.iter().find(|(_, text)| text.as_bytes() == content);
        let does = does.unwrap_or_else(|| panic!("{path:?} is damaged, and was started")).0;
        let mut processes = self.processes.borrow_mut();
        processes.started += 1;
        processes.starts.push(release.clone());
        let pid = processes.started;
        processes.running.insert(program, Process { pid, boot: format!("boot-{pid}"), release, does });
    }

    fn health(process: &Process) -> Result<Health, String> {
        let release = match process.does {
            Does::Hang => return Err("nothing came within 3 s".to_owned()),
            Does::End | Does::Refuse => return Err("connection refused".to_owned()),
            Does::Pretend => Digest::of(b"another"),
            _ => process.release.digest,
        };
        let docker =
            if process.does == Does::Fail { Check::Bad("no engine".to_owned()) } else { Check::Good };
        let checks = [("door".to_owned(), Check::Good), ("docker".to_owned(), docker)].into();
        Ok(Health { release: Some(release), boot: process.boot.clone(), pid: process.pid, checks })
    }
}

impl Supervisor for World {
    fn observe(&mut self) -> Vec<Seen> {
        let mut processes = self.processes.borrow_mut();
        let Processes { running, started, is_idle, .. } = &mut *processes;
        let mut seen = Vec::new();
        for (program, process) in running {
            if process.does == Does::Flap {
                *started += 1;
                process.pid = *started;
                process.boot = format!("boot-{started}");
            }
            let main_pid = (process.does != Does::End).then_some(process.pid);
            let mut health = Self::health(process);
            if let (true, Ok(health)) = (*is_idle, &mut health) {
                health.release = Some(self.store().current().unwrap().unwrap().id.digest);
            }
            seen.push(Seen { program: *program, health, main_pid });
        }
        seen
    }

    fn remember(&mut self) -> Result<Value, Trouble> {
        if self.processes.borrow().is_mute {
            Err(Trouble("no bus".to_owned()))
        } else {
            Ok(json!("as it was"))
        }
    }

    fn restart(&mut self, how: &Value) -> Result<(), Trouble> {
        assert_eq!(how, "as it was");
        if self.processes.borrow().is_idle {
            return Ok(());
        }
        let dead = |error: std::io::Error| Trouble(error.to_string());
        for program in Chain::Worker.programs() {
            // Killed before it stopped, between, or after it started.
            self.disk.step().map_err(dead)?;
            self.processes.borrow_mut().running.remove(program);
            self.disk.step().map_err(dead)?;
            self.start(*program);
        }
        let refuses = self.processes.borrow().running.values().any(|process| process.does == Does::Refuse);
        if refuses { Err(Trouble("the unit failed".to_owned())) } else { Ok(()) }
    }
}

impl Clock for World {
    fn now(&self) -> Duration {
        self.processes.borrow().now
    }

    fn unix(&self) -> i64 {
        1_800_000_000
    }

    fn pause(&mut self, time: Duration) {
        self.processes.borrow_mut().now += time;
    }
}
