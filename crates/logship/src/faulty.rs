//! A medium that fails, does half, and dies, at the calls that a test names. It waits for no disk:
//! what a power cut leaves is its own book.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, IoSlice},
    os::unix::fs::MetadataExt as _,
    path::Path,
    sync::{Arc, Mutex, MutexGuard},
};

use proptest::prelude::*;

use crate::medium::{Disk, Medium};

/// What goes wrong at a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Nothing is done.
    Fail,
    /// Half is written and the disk is full; what writes nothing is not done.
    Half,
    /// The process dies when so many parts of 255 are written, or before or after anything else.
    Kill(u8),
}

#[derive(Debug, Default)]
struct Plan {
    calls: usize,
    faults: BTreeMap<usize, Fault>,
    is_dead: bool,
    is_full: bool,
    /// By inode, bytes that a power cut leaves.
    durable: BTreeMap<u64, u64>,
}

/// The medium; clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faulty(Arc<Mutex<Plan>>);

impl Faulty {
    /// One that fails at these calls, counted from zero.
    pub(crate) fn new(faults: impl IntoIterator<Item = (usize, Fault)>) -> Self {
        let faulty = Self::default();
        faulty.plan().faults.extend(faults);
        faulty
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap()
    }

    pub(crate) fn calls(&self) -> usize {
        self.plan().calls
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.plan().is_dead
    }

    pub(crate) fn fail_at(&self, call: usize, fault: Fault) {
        self.plan().faults.insert(call, fault);
    }

    pub(crate) fn fill_disk(&self, is_full: bool) {
        self.plan().is_full = is_full;
    }

    /// The process dies before its next call.
    pub(crate) fn kill(&self) {
        self.plan().is_dead = true;
    }

    /// A new process on the same disk.
    pub(crate) fn revive(&self) {
        self.plan().is_dead = false;
    }

    pub(crate) fn heal(&self) {
        self.plan().faults.clear();
    }

    /// The machine dies: of what was written to the files of a folder and not synchronised, any
    /// beginning survives.
    pub(crate) fn cut_power(&self, folder: &Path, keep: u64) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let meta = std::fs::metadata(&path).unwrap();
            let durable = self.plan().durable.get(&meta.ino()).copied().unwrap_or(0);
            if meta.is_file() && meta.len() > durable {
                let kept = durable + keep % (meta.len() - durable + 1);
                File::options().write(true).open(path).unwrap().set_len(kept).unwrap();
            }
        }
    }

    /// What goes wrong this time, where the process lives.
    fn next(&self) -> io::Result<Option<Fault>> {
        let mut plan = self.plan();
        if plan.is_dead {
            return Err(io::Error::other("dead"));
        }
        let fault = plan.faults.get(&plan.calls).copied();
        plan.calls += 1;
        if let Some(Fault::Kill(_)) = fault {
            plan.is_dead = true;
        }
        Ok(fault)
    }

    /// A call that is done or not.
    fn call<T>(&self, doing: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        match self.next()? {
            None => doing(),
            Some(Fault::Kill(share)) => {
                if share >= 128 {
                    doing()?;
                }
                Err(io::Error::other("killed"))
            }
            Some(Fault::Fail | Fault::Half) => Err(io::Error::other("failed")),
        }
    }
}

impl Medium for Faulty {
    fn create(&mut self, path: &Path) -> io::Result<File> {
        let file = self.call(|| Disk.create(path))?;
        self.plan().durable.insert(file.metadata()?.ino(), 0);
        Ok(file)
    }

    fn append(&mut self, file: &File, parts: &mut [IoSlice<'_>]) -> io::Result<()> {
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
        let fault = self.next()?;
        let is_full = self.plan().is_full;
        let (written, result) = match fault {
            None if is_full => (bytes.len() / 2, Err(io::ErrorKind::StorageFull.into())),
            None => (bytes.len(), Ok(())),
            Some(Fault::Fail) => (0, Err(io::Error::other("failed"))),
            Some(Fault::Half) => (bytes.len() / 2, Err(io::ErrorKind::StorageFull.into())),
            Some(Fault::Kill(share)) => {
                (bytes.len() * usize::from(share) / 255, Err(io::Error::other("killed")))
            }
        };
        Disk.append(file, &mut [IoSlice::new(&bytes[..written])])?;
        result
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        self.call(|| Ok(()))?;
        let meta = file.metadata()?;
        self.plan().durable.insert(meta.ino(), meta.len());
        Ok(())
    }

    fn cut(&mut self, file: &File, length: u64) -> io::Result<()> {
        self.call(|| Disk.cut(file, length))?;
        let ino = file.metadata()?.ino();
        self.plan().durable.entry(ino).and_modify(|durable| *durable = length.min(*durable));
        Ok(())
    }

    fn replace(&mut self, new: &Path, name: &Path) -> io::Result<()> {
        self.call(|| Disk.replace(new, name))
    }

    fn sync_folder(&mut self, _: &Path) -> io::Result<()> {
        self.call(|| Ok(()))
    }
}

/// Faults at some of the first `calls` calls.
pub(crate) fn faults(calls: usize) -> impl Strategy<Value = Vec<(usize, Fault)>> {
    let fault = prop_oneof![
        2 => Just(Fault::Fail),
        2 => Just(Fault::Half),
        4 => any::<u8>().prop_map(Fault::Kill),
    ];
    proptest::collection::vec((0..calls, fault), 0..12)
}
