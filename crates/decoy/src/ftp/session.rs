//! What one conversation remembers, whichever product is played.

use decnet_event::Kind;

use super::{
    Ftp,
    data::DataPort,
    listing::Facts,
    path::{FilePath, NAME_MAX},
    stamp::Seconds,
    tree::{Node, Refusal, Visitor},
};
use crate::{
    artifact::ArtifactWriter,
    attempt::auth_attempt,
    conn::{Conn, End, Line},
};

/// Longest user name that is remembered until the password comes.
const USER: usize = 256;

/// How far a peer is.
#[derive(Debug)]
pub(super) enum Login {
    /// Has not said who it is.
    Stranger,
    /// Has said it, and must prove it.
    Named(Vec<u8>),
    /// Is in.
    In(Visitor),
}

/// What happens after a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The next command is read.
    Command,
    /// The server closes.
    Close,
}

/// One conversation.
pub(super) struct Session<'a> {
    pub(super) ftp: &'a Ftp,
    pub(super) conn: &'a mut Conn,
    pub(super) login: Login,
    /// The working directory, as the visitor sees it.
    pub(super) here: FilePath,
    /// TYPE A.
    pub(super) ascii: bool,
    /// Where the next transfer begins.
    pub(super) restart: u64,
    /// What RNFR named, complete.
    pub(super) renaming: Option<FilePath>,
    /// What SITE CPFR named, complete.
    pub(super) copying: Option<FilePath>,
    pub(super) data: DataPort,
    /// EPSV ALL was said.
    pub(super) extended_only: bool,
    /// PBSZ was said.
    pub(super) buffer_agreed: bool,
    /// PROT P was said.
    pub(super) protect: bool,
    /// Failed log-ins.
    pub(super) failures: u8,
    /// Bytes moved over data connections.
    pub(super) moved: u64,
    /// Permission bits that new files do not get.
    pub(super) umask: u16,
    /// Facts that MLSD and MLST give.
    pub(super) facts: Facts,
    /// The name that was given at log-in.
    pub(super) user: Vec<u8>,
    /// Conversations when this one began, itself counted.
    pub(super) clients_at_start: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(ftp: &'a Ftp, conn: &'a mut Conn, clients_at_start: usize) -> Self {
        Self {
            ftp,
            conn,
            login: Login::Stranger,
            here: FilePath::root(),
            ascii: true,
            restart: 0,
            renaming: None,
            copying: None,
            data: DataPort::None,
            extended_only: false,
            buffer_agreed: false,
            protect: false,
            failures: 0,
            moved: 0,
            umask: 0o077,
            facts: Facts::default(),
            user: Vec::new(),
            clients_at_start,
        }
    }

    /// Sends a line made of `parts`.
    pub(super) async fn say(&mut self, parts: &[&[u8]]) -> Result<Next, End> {
        let mut line = parts.concat();
        line.extend_from_slice(b"\r\n");
        self.conn.write(&line).await?;
        Ok(Next::Command)
    }

    /// Sends a text that is one whole line.
    pub(super) async fn answer(&mut self, text: &str) -> Result<Next, End> {
        self.say(&[text.as_bytes()]).await
    }

    /// The next line of at most `max` bytes.
    pub(super) async fn line(&mut self, max: usize) -> Result<Line, End> {
        self.conn.read_line(max).await
    }

    /// The wall clock.
    pub(super) fn now(&self) -> Seconds {
        let since = self.conn.now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Seconds::try_from(since.as_secs()).unwrap_or(Seconds::MAX)
    }

    /// Who is in, if anybody.
    pub(super) fn visitor(&self) -> Option<&Visitor> {
        match &self.login {
            Login::In(visitor) => Some(visitor),
            Login::Stranger | Login::Named(_) => None,
        }
    }

    /// Whether the visitor has no account.
    pub(super) fn is_anonymous(&self) -> bool {
        self.visitor().is_some_and(|v| v.root == self.ftp.tree.anonymous().root)
    }

    /// Remembers who the peer says it is.
    pub(super) fn name(&mut self, user: &[u8]) {
        self.login = Login::Named(user.get(..USER).unwrap_or(user).to_vec());
    }

    /// Lets the visitor in.
    pub(super) fn enter(&mut self, visitor: Visitor) {
        self.login = Login::In(visitor);
        self.here = FilePath::root();
    }

    /// Says how a log-in went.
    pub(super) fn log_in_tried(&self, user: &[u8], password: &[u8], accepted: bool) {
        let (user, password) = (Some(user.to_vec()), Some(password.to_vec()));
        self.conn.emit(auth_attempt("user_pass", user, password, accepted));
    }

    /// Says that a file was asked for.
    pub(super) fn download_tried(&self, argument: &[u8], status: &'static str) {
        self.conn.emit(Kind::DownloadAttempt { path: argument.to_vec(), status });
    }

    /// Says that a known way of attack was used.
    pub(super) fn attacked(&self, technique: &'static str, detail: &[u8]) {
        self.conn.emit(Kind::ExploitAttempt { technique, detail: detail.to_vec() });
    }

    /// Begins to keep an upload.
    pub(super) fn upload(&self, path: &FilePath) -> ArtifactWriter {
        self.conn.artifact(path.as_bytes(), "upload")
    }

    /// The path that `argument` names, as the visitor sees it.
    pub(super) fn seen(&self, argument: &[u8]) -> Result<FilePath, Refusal> {
        let too_long = argument.split(|b| *b == b'/').any(|part| part.len() > NAME_MAX);
        self.here.resolve(argument).ok_or(if too_long { Refusal::NameTooLong } else { Refusal::Missing })
    }

    /// The path that the visitor sees as `seen`, complete.
    pub(super) fn complete(&self, seen: &FilePath) -> FilePath {
        self.visitor().map_or_else(FilePath::root, |visitor| visitor.root.enter(seen))
    }

    /// The complete path that `argument` names.
    pub(super) fn path(&self, argument: &[u8]) -> Result<FilePath, Refusal> {
        self.seen(argument).map(|seen| self.complete(&seen))
    }

    /// What `argument` names.
    pub(super) fn stat(&self, argument: &[u8]) -> Result<Node, Refusal> {
        self.ftp.tree.stat(&self.path(argument)?, self.now())
    }

    /// Changes the working directory.
    pub(super) fn change_directory(&mut self, argument: &[u8]) -> Result<(), Refusal> {
        let seen = self.seen(argument)?;
        if !self.ftp.tree.stat(&self.complete(&seen), self.now())?.is_directory() {
            return Err(Refusal::NotDirectory);
        }
        self.here = seen;
        Ok(())
    }
}

/// A path as PWD and MKD print it: quotes are doubled (RFC 959, appendix II).
pub(super) fn quoted(path: &[u8]) -> Vec<u8> {
    let mut out = vec![b'"'];
    for byte in path {
        out.push(*byte);
        if *byte == b'"' {
            out.push(b'"');
        }
    }
    out.push(b'"');
    out
}
