//! What each request comes to.

use decnet_event::Kind;

use super::{
    Transfer,
    attributes::Attributes,
    handles::{Handles, OpenFile, Opened, Upload},
    listing::{Listing, People},
    reply::{Name, Reply, Status},
    request::{Copy, Extended, Flags, Request},
};
use crate::{
    machine::{Errno, Kind as FileKind, Open, Time},
    ssh::wire::{Reader, Writer as _},
};

/// Largest message of either side.
pub(super) const MESSAGE: u32 = 256 * 1024;
/// Largest piece that is read or written at once.
const PIECE: u32 = MESSAGE - 1_024;
/// What a process may have open beyond what `sftp-server` needs itself.
const OPEN_FILES: u64 = 1_024 - 5;

/// A client's session.
pub(super) struct Server {
    transfer: Transfer,
    handles: Handles,
}

impl Server {
    pub(super) fn new(transfer: Transfer) -> Self {
        Self { transfer, handles: Handles::default() }
    }

    /// Answers a request; what is of a type that is not known gets no answer.
    pub(super) async fn answer(&mut self, request: Request<'_>) -> Option<Reply> {
        self.tell(&request);
        let files = &self.transfer.files;
        Some(match request {
            Request::Open { path, flags, attributes } => self.open(path, flags, attributes),
            Request::Close(handle) => self.close(handle).await,
            Request::Read { handle, offset, length } => self.read(handle, offset, length),
            Request::Write { handle, offset, data } => self.write(handle, offset, data).await,
            Request::Stat { path, follow } => {
                let found = if follow { files.stat(path) } else { files.lstat(path) };
                found.map_or_else(Reply::from, |file| Reply::Attributes(Attributes::of(&file)))
            }
            Request::FileStat(handle) => self.stat_open(handle),
            Request::SetStat { path, attributes } => self.set(path, attributes, true),
            Request::SetFileStat { handle, attributes } => match self.handles.path(handle) {
                Some(path) => self.set(&path, attributes, true),
                None => Status::Failure.into(),
            },
            Request::OpenDirectory(path) => self.open_directory(path),
            Request::ReadDirectory(handle) => self.read_directory(handle),
            Request::Remove(path) => files.unlink(path).into(),
            Request::MakeDirectory { path, attributes } => {
                files.mkdir(path, attributes.mode.map_or(0o777, |mode| mode & 0o7777)).into()
            }
            Request::RemoveDirectory(path) => files.rmdir(path).into(),
            Request::RealPath(path) => self.real_path(path),
            Request::Rename { from, to } => self.rename(from, to),
            Request::ReadLink(path) => named(files.read_link(path)),
            Request::Symlink { target, path } => files.symlink(target, path).into(),
            Request::Extended(extended) => self.extended(extended).await,
            Request::Unknown => return None,
        })
    }

    async fn extended(&mut self, request: Extended<'_>) -> Reply {
        let files = &self.transfer.files;
        match request {
            Extended::PosixRename { from, to } => files.rename(from, to).into(),
            Extended::FileSystem(path) => files.stat(path).map_or_else(Reply::from, |_| self.file_system()),
            Extended::FileSystemOf(handle) => match self.handles.file(handle) {
                Some(_) => self.file_system(),
                None => Status::Failure.into(),
            },
            Extended::HardLink { from, to } => files.link(from, to).into(),
            Extended::Sync(handle) => match self.handles.file(handle) {
                Some(_) => Status::Ok.into(),
                None => Status::NoSuchFile.into(),
            },
            Extended::SetLinkStat { path, attributes } if attributes.size.is_none() => {
                self.set(path, attributes, false)
            }
            Extended::SetLinkStat { .. } => Status::BadMessage.into(),
            Extended::Limits => Reply::Limits([MESSAGE.into(), PIECE.into(), PIECE.into(), OPEN_FILES]),
            Extended::Expand(path) => self.expand(path),
            Extended::Copy(copy) => self.copy(copy).await,
            Extended::Home(user) => match self.transfer.account(user) {
                // OpenSSH 9.2 looks the named user up, and then tells one's own home.
                Some(_) => Reply::Names(vec![Name::path(self.transfer.account.home.clone().into_bytes())]),
                None => Status::Failure.into(),
            },
            Extended::Names { users, groups } => self.names(users, groups),
            Extended::Unknown => Status::Unsupported.into(),
        }
    }

    fn open(&mut self, path: &[u8], flags: Flags, attributes: Attributes) -> Reply {
        let how = Open {
            read: flags.read() || !flags.write(),
            write: flags.write(),
            append: flags.append(),
            create: flags.create(),
            truncate: flags.truncate(),
            exclusive: flags.exclusive(),
            mode: attributes.mode.unwrap_or(0o666) & 0o7777,
        };
        if !self.handles.has_room() {
            return Status::Failure.into();
        }
        let opened = self.transfer.files.open(path, how);
        if how.read && !how.write {
            let status = opened.as_ref().map_or_else(|error| error.text(), |_| "sent");
            self.transfer.witness.emit(Kind::DownloadAttempt { path: path.to_vec(), status });
        }
        let handle = match opened {
            Ok(handle) => handle,
            // A directory can be opened, but not read like a file.
            Err(Errno::IsDirectory) if !how.write && !how.create && !how.truncate => {
                return self.added(Opened::Folder(path.to_vec()));
            }
            Err(error) => return error.into(),
        };
        let upload = how.write.then(Upload::new);
        let file = OpenFile { path: path.to_vec(), handle, appends: how.append, upload };
        self.added(Opened::File(Box::new(file)))
    }

    fn added(&mut self, opened: Opened) -> Reply {
        self.handles.add(opened).map_or_else(|| Status::Failure.into(), Reply::Handle)
    }

    async fn close(&mut self, handle: &[u8]) -> Reply {
        match self.handles.close(handle) {
            Some(Opened::File(mut file)) => {
                if let Some(upload) = file.upload.take() {
                    upload.finish(&self.transfer.witness, &file, &self.transfer.files).await;
                }
                Status::Ok.into()
            }
            Some(Opened::Directory(_) | Opened::Folder(_)) => Status::Ok.into(),
            None => Status::NoSuchFile.into(),
        }
    }

    fn read(&mut self, handle: &[u8], offset: u64, length: u32) -> Reply {
        let Some(file) = self.handles.file(handle) else { return Status::Failure.into() };
        if i64::try_from(offset).is_err() {
            return Errno::Invalid.into();
        }
        let length = usize::try_from(length.min(PIECE)).unwrap_or_default();
        file.handle.seek(offset);
        match file.handle.read(length) {
            Ok(data) if data.is_empty() && length > 0 => Status::EndOfFile.into(),
            Ok(data) => Reply::Data(data),
            Err(error) => error.into(),
        }
    }

    async fn write(&mut self, handle: &[u8], offset: u64, data: &[u8]) -> Reply {
        let Some(file) = self.handles.file(handle) else { return Status::Failure.into() };
        if i64::try_from(offset).is_err() {
            return Errno::Invalid.into();
        }
        let at = if file.appends { file.handle.size() } else { offset };
        file.handle.seek(at);
        let written = file.handle.write(data);
        if let Some(upload) = &mut file.upload {
            upload.write(&self.transfer.witness, &file.path, offset, data).await;
        }
        match written {
            Ok(count) if count == data.len() => Status::Ok.into(),
            Ok(_) => Status::Failure.into(),
            Err(error) => error.into(),
        }
    }

    fn stat_open(&mut self, handle: &[u8]) -> Reply {
        let Some(path) = self.handles.path(handle) else { return Status::Failure.into() };
        match self.transfer.files.stat(&path) {
            Ok(found) => Reply::Attributes(Attributes::of(&found)),
            Err(error) => error.into(),
        }
    }

    /// Sets what is given, one after the other; the last that failed is what is answered.
    fn set(&self, path: &[u8], attributes: Attributes, follow: bool) -> Reply {
        let files = &self.transfer.files;
        let mut results = Vec::new();
        if let Some(size) = attributes.size {
            let how = Open { write: true, ..Open::default() };
            results.push(files.open(path, how).and_then(|mut file| file.truncate(size)));
        }
        if let Some(mode) = attributes.mode {
            let link = !follow && files.lstat(path).is_ok_and(|file| file.kind == FileKind::Symlink);
            let done = if link { Err(Errno::NotSupported) } else { files.chmod(path, mode & 0o7777) };
            results.push(done);
        }
        if let Some((accessed, modified)) = attributes.times {
            let time = |seconds: u32| Some(Time::at(seconds.into()));
            results.push(files.utimes(path, time(accessed), time(modified)));
        }
        if let Some((user, group)) = attributes.owner {
            results.push(files.chown(path, Some(user), Some(group), follow));
        }
        results.into_iter().rfind(Result::is_err).unwrap_or(Ok(())).into()
    }

    fn open_directory(&mut self, path: &[u8]) -> Reply {
        if !self.handles.has_room() {
            return Status::Failure.into();
        }
        match Listing::open(&self.transfer.files, path) {
            Ok(listing) => self.added(Opened::Directory(Box::new(listing))),
            Err(error) => error.into(),
        }
    }

    fn read_directory(&mut self, handle: &[u8]) -> Reply {
        let Some(listing) = self.handles.directory(handle) else { return Status::Failure.into() };
        let names = listing.next(&self.transfer.files);
        if names.is_empty() { Status::EndOfFile.into() } else { Reply::Names(names) }
    }

    /// The last name of a path need not exist.
    fn real_path(&self, path: &[u8]) -> Reply {
        let files = &self.transfer.files;
        let path = if path.is_empty() { b"." } else { path };
        let found = files.real_path(path).or_else(|error| {
            let whole = files.absolute(path);
            let at = whole.iter().rposition(|byte| *byte == b'/').filter(|_| error == Errno::Missing);
            let (parent, name) = whole.split_at_checked(at.ok_or(error)?).ok_or(error)?;
            let mut real = files.real_path(if parent.is_empty() { b"/" } else { parent })?;
            if files.lstat(path).is_ok() || !files.stat(&real)?.is_directory() {
                return Err(error);
            }
            if real == b"/" {
                real.clear();
            }
            real.extend_from_slice(name);
            Ok(real)
        });
        named(found)
    }

    /// Of version 3 itself: it never replaces anything.
    fn rename(&self, from: &[u8], to: &[u8]) -> Reply {
        let files = &self.transfer.files;
        match files.lstat(from) {
            Err(error) => error.into(),
            Ok(file) if file.is_directory() && files.stat(to).is_ok() => Status::Failure.into(),
            Ok(file) if !file.is_directory() && files.lstat(to).is_ok() => Status::Failure.into(),
            Ok(_) => files.rename(from, to).into(),
        }
    }

    /// `~` and `~user`.
    fn expand(&self, path: &[u8]) -> Reply {
        let files = &self.transfer.files;
        let Some(rest) = path.strip_prefix(b"~") else { return self.real_path(path) };
        let slash = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let (user, below) = rest.split_at(slash);
        let home = if user.is_empty() {
            Some(files.directory().to_vec())
        } else {
            self.transfer.account(user).map(|account| account.home.into_bytes())
        };
        match home {
            Some(home) => self.real_path(&[&home, below].concat()),
            None => Reply::Said(Status::NoSuchFile, "no such user"),
        }
    }

    async fn copy(&mut self, copy: Copy<'_>) -> Reply {
        /// Bytes that are copied at most for one request.
        const MOST: u64 = crate::caps::ARTIFACT;
        /// What OpenSSH copies at once.
        const CHUNK: u64 = 64 * 1024;
        let same = copy.from == copy.to;
        let paths = (
            self.handles.file(copy.from).map(|file| file.path.clone()),
            self.handles.file(copy.to).map(|file| file.path.clone()),
        );
        if same || paths.0.is_none() || paths.1.is_none() || paths.0 == paths.1 {
            return Status::Failure.into();
        }
        let to_end = copy.length == 0;
        let mut left = if to_end { MOST } else { copy.length.min(MOST) };
        let (mut from, mut at) = (copy.offset, copy.at);
        while left > 0 {
            let length = left.min(CHUNK);
            let data = match self.read(copy.from, from, u32::try_from(length).unwrap_or_default()) {
                Reply::Data(data) => data,
                Reply::Status(Status::EndOfFile) if to_end => return Status::Ok.into(),
                other => return other,
            };
            match self.write(copy.to, at, &data).await {
                Reply::Status(Status::Ok) => {}
                other => return other,
            }
            let count = data.len() as u64;
            // A short read counts as a whole one.
            (from, at, left) = (from.saturating_add(count), at.saturating_add(count), left - length);
        }
        Status::Ok.into()
    }

    fn names(&self, users: &[u8], groups: &[u8]) -> Reply {
        let people = People::read(&self.transfer.files);
        let strings = |ids: &[u8], name: &dyn Fn(u32) -> Vec<u8>| {
            let mut reader = Reader::new(ids);
            let mut out = Vec::new();
            while let Ok(id) = reader.u32() {
                out.put_string(&name(id));
            }
            out
        };
        let users = strings(users, &|id| people.user(id).unwrap_or_default().to_vec());
        let groups = strings(groups, &|id| people.group(id).unwrap_or_default().to_vec());
        Reply::People(users, groups)
    }

    fn file_system(&self) -> Reply {
        Reply::FileSystem(super::disk::figures(&self.transfer.machine))
    }

    /// Says what is changed.
    fn tell(&self, request: &Request<'_>) {
        let (command, args): (&[u8], Vec<u8>) = match *request {
            Request::Remove(path) => (b"remove", path.to_vec()),
            Request::MakeDirectory { path, .. } => (b"mkdir", path.to_vec()),
            Request::RemoveDirectory(path) => (b"rmdir", path.to_vec()),
            Request::OpenDirectory(path) => (b"opendir", path.to_vec()),
            Request::SetStat { path, .. } => (b"setstat", path.to_vec()),
            Request::Rename { from, to } => (b"rename", [from, b" ", to].concat()),
            Request::Symlink { target, path } => (b"symlink", [target, b" ", path].concat()),
            Request::Extended(Extended::PosixRename { from, to }) => (b"rename", [from, b" ", to].concat()),
            Request::Extended(Extended::HardLink { from, to }) => (b"hardlink", [from, b" ", to].concat()),
            _ => return,
        };
        self.transfer.witness.emit(Kind::Command { command: command.to_vec(), args });
    }
}

/// The answer that is one path.
fn named(path: Result<Vec<u8>, Errno>) -> Reply {
    path.map_or_else(Reply::from, |path| Reply::Names(vec![Name::path(path)]))
}
