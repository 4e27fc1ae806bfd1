//! Asking the helper, by its socket.

use std::{
    io::{self, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::PathBuf,
    time::Duration,
};

use thiserror::Error;

use super::{ANSWER_MAX, Answer, Request, Told};

/// How long the helper may take: a unit has a minute and a half to end, and then begins.
const PATIENCE: Duration = Duration::from_secs(200);

/// The helper did not do it.
#[derive(Debug, Error)]
pub enum HelperError {
    /// It cannot be reached, or says nothing.
    #[error("cannot ask the helper ({}) to {request}", socket.display())]
    Unreachable {
        /// Its socket.
        socket: PathBuf,
        /// What it was asked.
        request: String,
        /// Why.
        source: io::Error,
    },
    /// It says why not.
    #[error("the helper could not {request}: {text}")]
    Failed {
        /// What it was asked.
        request: String,
        /// What it says.
        text: String,
    },
}

/// Who may have units started anew.
#[derive(Clone, Debug)]
pub struct Helper {
    /// Its socket.
    pub socket: PathBuf,
}

impl Helper {
    /// Whether there is one on this host.
    pub fn is_there(&self) -> bool {
        self.socket.exists()
    }

    /// Asks, and waits for the answer. It blocks.
    ///
    /// # Errors
    /// [`HelperError`].
    pub fn ask(&self, request: Request) -> Result<Told, HelperError> {
        let unreachable = |source| HelperError::Unreachable {
            socket: self.socket.clone(),
            request: request.to_string(),
            source,
        };
        match self.exchange(request).map_err(unreachable)? {
            Answer::Done(told) => Ok(told),
            Answer::Failed(text) => Err(HelperError::Failed { request: request.to_string(), text }),
        }
    }

    fn exchange(&self, request: Request) -> io::Result<Answer> {
        let mut stream = UnixStream::connect(&self.socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(format!("{request}\n").as_bytes())?;
        let mut answer = Vec::new();
        stream.take(ANSWER_MAX).read_to_end(&mut answer)?;
        Ok(serde_json::from_slice(&answer)?)
    }
}

#[cfg(test)]
mod tests {
    use std::{io::BufRead as _, io::BufReader, os::unix::net::UnixListener, thread};

    use super::*;
    use crate::units::Unit;

    fn answered(text: &'static str) -> (String, Result<Told, HelperError>) {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("helper.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let helper = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
            stream.write_all(text.as_bytes()).unwrap();
            line
        });
        let told = Helper { socket }.ask(Request::Restart(Unit::Agent));
        (helper.join().unwrap(), told)
    }

    #[test]
    fn one_line_is_answered_by_one_document() {
        let (line, told) = answered(r#"{"done":{"main_pid":7,"state":"active","output":"up"}}"#);
        assert_eq!(line, "restart decnet-agent\n");
        assert_eq!(told.unwrap(), Told { main_pid: Some(7), state: "active".into(), output: "up".into() });
        let error = answered(r#"{"failed":"no such unit"}"#).1.unwrap_err();
        assert_eq!(error.to_string(), "the helper could not restart decnet-agent: no such unit");
        assert!(matches!(answered("").1, Err(HelperError::Unreachable { .. })));
        assert!(matches!(answered("{}").1, Err(HelperError::Unreachable { .. })));
    }

    #[test]
    fn nobody_there_is_no_answer() {
        let helper = Helper { socket: "/nonexistent/helper.sock".into() };
        assert!(!helper.is_there());
        assert!(matches!(helper.ask(Request::Watch), Err(HelperError::Unreachable { .. })));
    }
}
