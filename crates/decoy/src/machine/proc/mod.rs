//! `/proc`: made at every look from the machine, its processes and the time.

mod memory;
mod net;
pub(crate) mod settings;
mod system;
mod task;

pub(crate) use memory::Memory;
pub(crate) use system::{averages, boot_line, card, flags, parts};

use super::{
    clock::Time,
    errno::Errno,
    files::{Kind, Metadata, plain},
    processes::Task,
    scene::Scene,
};

type Maker = fn(&Scene<'_>) -> Vec<u8>;
type TaskMaker = fn(&Scene<'_>, &Task) -> Vec<u8>;

/// A file of `/proc`.
#[derive(Clone, Debug)]
pub(super) struct Node {
    mode: u32,
    uid: u32,
    gid: u32,
    content: Content,
    /// What its times and its number come from.
    mark: (Time, u64),
}

#[derive(Clone, Debug)]
enum Content {
    Directory,
    Link(Vec<u8>),
    Made(Maker),
    OfTask(TaskMaker, Box<Task>),
    Value(Vec<u8>),
}

impl Node {
    fn new(mode: u32, content: Content, scene: &Scene<'_>, path: &[u8]) -> Self {
        let number = 4_026_531_840 + scene.machine.shuffle(path) % 4_000;
        Self { mode, uid: 0, gid: 0, content, mark: (scene.now, number) }
    }

    fn of(mut self, task: &Task, uid: u32) -> Self {
        let gid = if uid == task.uid { task.gid } else { 0 };
        (self.uid, self.gid) = (uid, gid);
        self.mark.1 = u64::from(task.pid) * 37 + self.mark.1 % 29 + 12_000;
        self
    }

    pub(super) fn target(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Link(target) => Some(target),
            _ => None,
        }
    }

    pub(super) fn read(&self, scene: &Scene<'_>) -> Result<Vec<u8>, Errno> {
        match &self.content {
            Content::Directory => Err(Errno::IsDirectory),
            Content::Link(_) => Err(Errno::Invalid),
            Content::Made(make) => Ok(make(scene)),
            Content::OfTask(make, task) => Ok(make(scene, task)),
            Content::Value(value) => Ok(value.clone()),
        }
    }

    pub(super) fn metadata(&self, scene: &Scene<'_>) -> Metadata {
        let kind = match self.content {
            Content::Directory => Kind::Directory,
            Content::Link(_) => Kind::Symlink,
            _ => Kind::File,
        };
        let mut out = plain(kind, self.mark.0);
        (out.mode, out.uid, out.gid, out.inode) = (self.mode, self.uid, self.gid, self.mark.1);
        out.device = scene.machine.device_of(b"/proc");
        out.links = if kind == Kind::Directory { 2 } else { 1 };
        out
    }
}

/// Files by their path below `/proc`.
const FILES: &[(&str, u32, Maker)] = &[
    ("buddyinfo", 0o444, memory::buddies),
    ("cgroups", 0o444, system::cgroups),
    ("cmdline", 0o444, system::command_line),
    ("consoles", 0o444, system::consoles),
    ("cpuinfo", 0o444, system::processors),
    ("crypto", 0o444, system::crypto),
    ("devices", 0o444, system::devices),
    ("diskstats", 0o444, system::disks),
    ("filesystems", 0o444, system::file_systems),
    ("interrupts", 0o444, system::interrupts),
    ("iomem", 0o444, system::memory_map),
    ("ioports", 0o444, system::ports),
    ("kallsyms", 0o444, system::symbols),
    ("loadavg", 0o444, system::load),
    ("meminfo", 0o444, memory::info),
    ("misc", 0o444, system::misc),
    ("modules", 0o444, system::modules),
    ("net/arp", 0o444, net::neighbours),
    ("net/dev", 0o444, net::interfaces),
    ("net/fib_trie", 0o444, net::trie),
    ("net/if_inet6", 0o444, net::addresses6),
    ("net/protocols", 0o444, net::protocols),
    ("net/route", 0o444, net::routes),
    ("net/sockstat", 0o444, net::sockets),
    ("net/tcp", 0o444, net::tcp),
    ("net/tcp6", 0o444, net::tcp6),
    ("net/udp", 0o444, net::udp),
    ("net/udp6", 0o444, net::udp6),
    ("net/unix", 0o444, net::unix),
    ("partitions", 0o444, system::partitions),
    ("softirqs", 0o444, system::soft_interrupts),
    ("stat", 0o444, system::statistics),
    ("swaps", 0o444, memory::swaps),
    ("uptime", 0o444, system::uptime),
    ("version", 0o444, system::version),
    ("vmstat", 0o444, memory::statistics),
    ("zoneinfo", 0o444, memory::zones),
];

const LINKS: &[(&str, &str)] = &[("mounts", "self/mounts"), ("net", "self/net")];
const DIRECTORIES: &[&str] =
    &["acpi", "bus", "driver", "fs", "irq", "net", "sys", "sysvipc", "tty", "pressure"];

/// What is at `rest` below `/proc`.
pub(super) fn node(scene: &Scene<'_>, rest: &[u8]) -> Option<Node> {
    let path = std::str::from_utf8(rest).ok()?;
    let path = path.strip_suffix('/').unwrap_or(path);
    let make = |mode, content| Some(Node::new(mode, content, scene, rest));
    if path.is_empty() {
        return make(0o555, Content::Directory);
    }
    let (first, tail) = path.split_once('/').unwrap_or((path, ""));
    if let Ok(pid) = first.parse::<u32>() {
        return of_task(scene, pid, tail);
    }
    if path == "self" || path == "thread-self" {
        let pid = own(scene);
        let target = if path == "self" { pid.to_string() } else { format!("{pid}/task/{pid}") };
        return make(0o777, Content::Link(target.into_bytes()));
    }
    if let Some((_, target)) = LINKS.iter().find(|(name, _)| *name == path) {
        return make(0o777, Content::Link(target.as_bytes().to_vec()));
    }
    if let Some((_, mode, maker)) = FILES.iter().find(|(name, ..)| *name == path) {
        return make(*mode, Content::Made(*maker));
    }
    if let Some(name) = path.strip_prefix("sys/") {
        return setting(scene, name, rest);
    }
    let is_directory = DIRECTORIES.contains(&path);
    if is_directory { make(0o555, Content::Directory) } else { None }
}

/// The process that looks.
fn own(scene: &Scene<'_>) -> u32 {
    if scene.pid == 0 { scene.machine.pid_at(scene.now.seconds) } else { scene.pid }
}

fn setting(scene: &Scene<'_>, name: &str, rest: &[u8]) -> Option<Node> {
    let dotted = name.replace('/', ".");
    if let Some(value) = settings::value(scene.machine, &dotted) {
        let mode = if settings::is_fixed(&dotted) { 0o444 } else { 0o644 };
        return Some(Node::new(mode, Content::Value(format!("{value}\n").into_bytes()), scene, rest));
    }
    let prefix = format!("{dotted}.");
    let values = settings::values(scene.machine);
    let found = values.iter().any(|(name, _)| name.starts_with(&prefix));
    found.then(|| Node::new(0o555, Content::Directory, scene, rest))
}

fn find(scene: &Scene<'_>, pid: u32) -> Option<Task> {
    scene.machine.task(scene.source, pid).or_else(|| {
        // Somebody looks at itself without having been entered.
        (pid == own(scene)).then(|| task::passing(scene, pid))
    })
}

fn of_task(scene: &Scene<'_>, pid: u32, tail: &str) -> Option<Node> {
    let task = find(scene, pid)?;
    let path = format!("{pid}/{tail}");
    let make = |mode, content| Node::new(mode, content, scene, path.as_bytes()).of(&task, task.uid);
    if tail.is_empty() {
        let mut node = make(0o555, Content::Directory);
        node.mark.0 = task.started;
        return Some(node);
    }
    let tail = tail.strip_prefix(&format!("task/{pid}/")).unwrap_or(tail);
    if let Some(name) = tail.strip_prefix("net/") {
        let (_, mode, maker) = FILES.iter().find(|(path, ..)| path.strip_prefix("net/") == Some(name))?;
        return Some(Node::new(*mode, Content::Made(*maker), scene, path.as_bytes()));
    }
    if let Some(target) = task::link(&task, tail) {
        return Some(make(0o777, Content::Link(target)));
    }
    if let Some((_, mode, maker)) = task::FILES.iter().find(|(name, ..)| *name == tail) {
        return Some(make(*mode, Content::OfTask(*maker, Box::new(task.clone()))));
    }
    let is_directory = task::DIRECTORIES.contains(&tail) || tail == format!("task/{pid}");
    is_directory.then(|| make(if tail == "fd" { 0o500 } else { 0o555 }, Content::Directory))
}

/// The names in a directory of `/proc`.
pub(super) fn names(scene: &Scene<'_>, rest: &[u8]) -> Vec<Vec<u8>> {
    let path = String::from_utf8_lossy(rest).into_owned();
    let (first, tail) = path.split_once('/').unwrap_or((&path, ""));
    if let Ok(pid) = first.parse::<u32>() {
        return find(scene, pid).map(|task| names_of_task(&task, tail)).unwrap_or_default();
    }
    let mut out: Vec<Vec<u8>> = Vec::new();
    if path.is_empty() {
        out.extend(scene.machine.tasks(scene.source).iter().map(|task| task.pid.to_string().into_bytes()));
        let own = own(scene).to_string().into_bytes();
        if !out.contains(&own) {
            out.push(own);
        }
        out.extend(FILES.iter().filter(|(name, ..)| !name.contains('/')).map(|(name, ..)| (*name).into()));
        out.extend(LINKS.iter().map(|(name, _)| (*name).into()));
        out.extend(DIRECTORIES.iter().filter(|name| **name != "net").map(|name| (*name).into()));
        out.extend([b"self".to_vec(), b"thread-self".to_vec()]);
    } else if let Some(name) = path.strip_prefix("sys") {
        let prefix = name.trim_start_matches('/').replace('/', ".");
        out = settings::names(scene.machine, &prefix).into_iter().map(String::into_bytes).collect();
    } else {
        let below = FILES.iter().filter_map(|(name, ..)| name.strip_prefix(&path)?.strip_prefix('/'));
        out.extend(below.map(|name| name.into()));
    }
    out
}

fn names_of_task(task: &Task, tail: &str) -> Vec<Vec<u8>> {
    let id = task.pid.to_string();
    let tail = tail.strip_prefix(&format!("task/{id}")).map_or(tail, |rest| rest.trim_start_matches('/'));
    match tail {
        "task" => vec![id.into_bytes()],
        "fd" => task::descriptors(task),
        "net" => {
            FILES.iter().filter_map(|(name, ..)| name.strip_prefix("net/")).map(|name| name.into()).collect()
        }
        "" => {
            let links = ["cwd", "exe", "root"].iter().copied();
            let files = task::FILES.iter().map(|(name, ..)| *name).filter(|name| !name.contains('/'));
            let directories = task::DIRECTORIES.iter().copied();
            links.chain(files).chain(directories).map(|name| name.into()).collect()
        }
        _ => {
            let below =
                task::FILES.iter().filter_map(|(name, ..)| name.strip_prefix(tail)?.strip_prefix('/'));
            below.map(|name| name.into()).collect()
        }
    }
}
