//! A disk that keeps what was synchronised, and of the rest what a test says.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::{self, Cursor, Read},
    path::{Component, Path, PathBuf},
    rc::Rc,
};

use crate::medium::{Kind, Look, Medium};

type Inode = u64;
const ROOT: Inode = 0;

#[derive(Clone, Debug)]
enum Node {
    File(Vec<u8>),
    Link(PathBuf),
    Folder(BTreeMap<String, Inode>),
}

/// What is lost or kept as a whole.
#[derive(Clone, Debug)]
enum Write {
    /// Names of folders, all at once: a rename changes two.
    Names(Vec<(Inode, String, Option<Inode>)>),
    Content(Inode, Vec<u8>),
}

impl Write {
    fn is_in(&self, inode: Inode) -> bool {
        match self {
            Self::Names(names) => names.iter().any(|(folder, ..)| *folder == inode),
            Self::Content(file, _) => *file == inode,
        }
    }
}

type Nodes = BTreeMap<Inode, Node>;

fn apply(nodes: &mut Nodes, write: &Write) {
    match write {
        Write::Content(inode, bytes) => {
            nodes.insert(*inode, Node::File(bytes.clone()));
        }
        Write::Names(names) => {
            for (folder, name, inode) in names {
                let Some(Node::Folder(names)) = nodes.get_mut(folder) else { panic!("no folder") };
                match inode {
                    Some(inode) => names.insert(name.clone(), *inode),
                    None => names.remove(name),
                };
            }
        }
    }
}

/// Where a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// At which call that changes something, counted from zero.
    pub(super) at: usize,
    /// Whether that call is done before; of one that writes content, half is.
    pub(super) done: bool,
}

/// What survives of what was not synchronised, when the power goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Survives {
    /// So many of the first.
    First(usize),
    /// Names of folders, and no content.
    Names,
    /// Content, and no names.
    Contents,
    /// This one, and nothing else.
    Only(usize),
    /// All but this one.
    AllBut(usize),
    /// Whatever the bits of this number say.
    Some(u64),
}

#[derive(Debug, Default)]
struct Model {
    /// What is as it will always be.
    base: Nodes,
    /// What happened since, and whether it is durable.
    since: Vec<(Write, bool)>,
    live: Nodes,
    next: Inode,
    calls: usize,
    death: Option<Death>,
    is_dead: bool,
    /// Bytes that files may have together.
    room: Option<usize>,
    /// What is told when somebody asks how much room there is; much, if nothing is said.
    told: Option<u64>,
}

impl Model {
    /// Bytes of the files that have a name.
    fn used(&self, from: Inode) -> usize {
        match self.live.get(&from) {
            Some(Node::File(bytes)) => bytes.len(),
            Some(Node::Folder(names)) => names.values().map(|inode| self.used(*inode)).sum(),
            _ => 0,
        }
    }
}

/// The disk; clones are the same one.
#[derive(Clone, Debug)]
pub(in crate::change) struct SimDisk(Rc<RefCell<Model>>);

impl SimDisk {
    pub(super) fn new() -> Self {
        let nodes: Nodes = [(ROOT, Node::Folder(BTreeMap::new()))].into();
        let model = Model { base: nodes.clone(), live: nodes, next: 1, ..Model::default() };
        Self(Rc::new(RefCell::new(model)))
    }

    /// A copy that goes its own way.
    pub(super) fn fork(&self) -> Self {
        let model = self.0.borrow();
        assert!(model.since.iter().all(|(_, durable)| *durable), "only a disk at rest is copied");
        let live = model.live.clone();
        Self(Rc::new(RefCell::new(Model { base: live.clone(), live, next: model.next, ..Model::default() })))
    }

    /// Everything that was written is durable.
    pub(super) fn rest(&self) {
        let mut model = self.0.borrow_mut();
        model.base = model.live.clone();
        model.since.clear();
    }

    /// The process that uses it dies there.
    pub(super) fn die(&self, death: Option<Death>) {
        let mut model = self.0.borrow_mut();
        model.death = death;
        model.is_dead = false;
        model.calls = 0;
    }

    pub(super) fn is_dead(&self) -> bool {
        self.0.borrow().is_dead
    }

    /// So many bytes more may be written.
    pub(in crate::change) fn give_room(&self, more: usize) {
        let mut model = self.0.borrow_mut();
        model.room = Some(model.used(ROOT) + more);
    }

    /// Says that there is so much room, whatever there is.
    pub(in crate::change) fn tell_room(&self, room: u64) {
        self.0.borrow_mut().told = Some(room);
    }

    /// Calls that changed something.
    pub(in crate::change) fn calls(&self) -> usize {
        self.0.borrow().calls
    }

    /// Writes that a power cut may take.
    pub(super) fn pending(&self) -> usize {
        self.0.borrow().since.iter().filter(|(_, durable)| !durable).count()
    }

    /// The power goes.
    pub(super) fn cut_power(&self, survives: Survives) {
        let mut model = self.0.borrow_mut();
        let mut nodes = model.base.clone();
        // A node that nothing was written to is empty, whoever names it.
        for (inode, node) in &model.live {
            let empty = match node {
                Node::File(_) => Node::File(Vec::new()),
                Node::Folder(_) => Node::Folder(BTreeMap::new()),
                Node::Link(target) => Node::Link(target.clone()),
            };
            nodes.entry(*inode).or_insert(empty);
        }
        let mut lost = 0;
        for (write, durable) in &model.since {
            let survives = match survives {
                Survives::First(count) => lost < count,
                Survives::Names => matches!(write, Write::Names(_)),
                Survives::Contents => matches!(write, Write::Content(..)),
                Survives::Only(one) => lost == one,
                Survives::AllBut(one) => lost != one,
                Survives::Some(bits) => bits >> (lost % 64) & 1 == 1,
            };
            lost += usize::from(!durable);
            if *durable || survives {
                apply(&mut nodes, write);
            }
        }
        model.base = nodes.clone();
        model.live = nodes;
        model.since.clear();
    }

    /// Lets a call pass, or dies before or in the middle of it; whether the process lives after it.
    pub(super) fn step(&self) -> io::Result<bool> {
        let mut model = self.0.borrow_mut();
        if model.is_dead {
            return Err(io::Error::other("dead"));
        }
        let death = model.death.filter(|death| death.at == model.calls);
        model.calls += 1;
        let Some(death) = death else { return Ok(true) };
        model.is_dead = true;
        if death.done { Ok(false) } else { Err(io::Error::other("killed")) }
    }

    fn change(&self, lives: bool, writes: Vec<Write>) -> io::Result<()> {
        let mut model = self.0.borrow_mut();
        for write in writes {
            apply(&mut model.live, &write);
            model.since.push((write, false));
        }
        if lives { Ok(()) } else { Err(io::Error::other("killed")) }
    }

    fn make(&self, node: Node) -> Inode {
        let mut model = self.0.borrow_mut();
        let inode = model.next;
        model.next += 1;
        model.live.insert(inode, node);
        inode
    }

    /// What a path leads to, links on the way followed.
    fn find(&self, path: &Path, follow: bool) -> io::Result<Inode> {
        let model = self.0.borrow();
        let mut at = ROOT;
        let mut parts: Vec<PathBuf> = normal(path);
        parts.reverse();
        let mut links = 0;
        while let Some(part) = parts.pop() {
            let Some(Node::Folder(names)) = model.live.get(&at) else { return Err(not_found()) };
            let inode = *names.get(part.to_str().unwrap()).ok_or_else(not_found)?;
            match model.live.get(&inode) {
                Some(Node::Link(target)) if follow || !parts.is_empty() => {
                    links += 1;
                    assert!(links < 10, "links in a circle");
                    let mut rest = normal(target);
                    rest.reverse();
                    parts.extend(rest);
                    at = ROOT;
                }
                _ => at = inode,
            }
        }
        Ok(at)
    }

    fn node(&self, path: &Path, follow: bool) -> io::Result<Node> {
        let inode = self.find(path, follow)?;
        Ok(self.0.borrow().live.get(&inode).unwrap().clone())
    }

    /// The folder of a path, and the name in it.
    fn place(&self, path: &Path) -> io::Result<(Inode, String)> {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Ok((self.find(path.parent().unwrap(), true)?, name))
    }

    fn add(&self, path: &Path, node: Node) -> io::Result<(Inode, Write)> {
        if self.find(path, false).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let (folder, name) = self.place(path)?;
        let inode = self.make(node);
        Ok((inode, Write::Names(vec![(folder, name, Some(inode))])))
    }

    /// What is in a folder, the innermost first, and itself.
    fn tree(&self, path: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        if let Ok(Node::Folder(names)) = self.node(path, false) {
            found.extend(names.keys().flat_map(|name| self.tree(&path.join(name))));
        }
        found.push(path.to_owned());
        found
    }
}

fn normal(path: &Path) -> Vec<PathBuf> {
    assert!(path.is_absolute(), "{} is not absolute", path.display());
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_)));
    parts.map(|part| PathBuf::from(part.as_os_str())).collect()
}

fn not_found() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Look for SimDisk {
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + '_>> {
        match self.node(path, true)? {
            Node::File(bytes) => Ok(Box::new(Cursor::new(bytes))),
            _ => Err(io::ErrorKind::IsADirectory.into()),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(String, Kind)>> {
        let Node::Folder(names) = self.node(folder, true)? else {
            return Err(io::ErrorKind::NotADirectory.into());
        };
        let model = self.0.borrow();
        let kind = |inode| match model.live.get(&inode) {
            Some(Node::File(_)) => Kind::File,
            Some(Node::Folder(_)) => Kind::Folder,
            _ => Kind::Other,
        };
        Ok(names.into_iter().map(|(name, inode)| (name, kind(inode))).collect())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match self.node(path, false)? {
            Node::Link(target) => Ok(target),
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }

    fn room(&self, folder: &Path) -> io::Result<u64> {
        self.node(folder, true)?;
        Ok(self.0.borrow().told.unwrap_or(1 << 40))
    }
}

impl Medium for SimDisk {
    fn write(&mut self, path: &Path, _: u32, content: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        let lives = self.step()?;
        if !lives {
            bytes.truncate(bytes.len() / 2);
        }
        let model = self.0.borrow();
        let room = model.room.map_or(usize::MAX, |room| room.saturating_sub(model.used(ROOT)));
        drop(model);
        let fits = bytes.len() <= room;
        bytes.truncate(room);
        let (inode, names) = self.add(path, Node::File(Vec::new()))?;
        self.change(lives, vec![names, Write::Content(inode, bytes)])?;
        if fits { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }

    fn make_folder(&mut self, path: &Path) -> io::Result<()> {
        if let Ok(Node::Folder(_)) = self.node(path, true) {
            return Ok(());
        }
        let lives = self.step()?;
        let (_, names) = self.add(path, Node::Folder(BTreeMap::new()))?;
        self.change(lives, vec![names])
    }

    fn link(&mut self, target: &Path, path: &Path) -> io::Result<()> {
        let lives = self.step()?;
        let (_, names) = self.add(path, Node::Link(target.to_owned()))?;
        self.change(lives, vec![names])
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        let lives = self.step()?;
        let inode = self.find(from, false)?;
        if let Ok(Node::Folder(names)) = self.node(to, false) {
            assert!(names.is_empty(), "{} is in the way", to.display());
        }
        let ((folder, name), (to_folder, to_name)) = (self.place(from)?, self.place(to)?);
        self.change(lives, vec![Write::Names(vec![(folder, name, None), (to_folder, to_name, Some(inode))])])
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        if self.find(path, false).is_err() {
            return Ok(());
        }
        for path in self.tree(path) {
            let lives = self.step()?;
            let (folder, name) = self.place(&path)?;
            self.change(lives, vec![Write::Names(vec![(folder, name, None)])])?;
        }
        Ok(())
    }

    fn sync(&mut self, path: &Path) -> io::Result<()> {
        let lives = self.step()?;
        let inode = self.find(path, true)?;
        for (write, durable) in &mut self.0.borrow_mut().since {
            *durable |= write.is_in(inode);
        }
        self.change(lives, Vec::new())
    }
}
