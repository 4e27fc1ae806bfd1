//! Visits without a transport, for tests and fuzz targets.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::{
    auth::Login,
    connection::{self, Place},
    link::{Facts, Link},
    policy::Policy,
    product::Build,
    sftp::{self, Transfer},
};
use crate::{
    conn::{Conn, End},
    shell::pipe::{Reader, Writer},
};

/// How long a client that said everything listens.
const LISTENS: Duration = Duration::from_secs(2);

/// A link to a client that is not there.
struct Given<F> {
    messages: mpsc::Receiver<Vec<u8>>,
    hears: F,
    /// When the last message was taken.
    said: Option<Instant>,
}

impl<F: FnMut(&[u8]) + Send> Link for Given<F> {
    async fn next(&mut self) -> Result<Vec<u8>, End> {
        if self.said.is_none()
            && let Some(message) = self.messages.recv().await
        {
            return Ok(message);
        }
        let said = *self.said.get_or_insert_with(Instant::now);
        tokio::time::sleep_until(said + LISTENS).await;
        Err(End::Peer)
    }

    async fn send(&mut self, payload: &[u8]) -> Result<(), End> {
        (self.hears)(payload);
        Ok(())
    }

    async fn refuse(&mut self) -> Result<(), End> {
        Ok(())
    }

    async fn disconnect(&mut self, _: &[u8]) -> End {
        End::Service
    }

    fn backlog(&self) -> usize {
        0
    }

    fn facts(&self) -> Facts<'_> {
        Facts { session_id: b"session", host_key: b"key", is_openssh: true }
    }

    async fn announce(&mut self) -> Result<(), End> {
        Ok(())
    }

    fn prove(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// Serves the messages of somebody who logged in as `user`, who `hears` what is answered.
///
/// # Errors
/// How the connection ended.
pub async fn converse(
    conn: &Conn,
    user: &str,
    messages: mpsc::Receiver<Vec<u8>>,
    hears: impl FnMut(&[u8]) + Send,
) -> Result<(), End> {
    let witness = conn.witness();
    let machine = Arc::clone(witness.host().machine());
    let Some((account, build)) = machine.account(user).zip(Build::find("debian")) else { return Ok(()) };
    let place = Place { machine, witness, policy: Policy::of(build) };
    let login = Login { account, command: None, terminal: true, notices: Vec::new() };
    connection::serve(&mut Given { messages, hears, said: None }, &place, &login).await
}

/// Serves what a client of file transfers says, all of it at once.
pub async fn transfer(conn: &Conn, user: &str, input: Reader, output: Writer) {
    let witness = conn.witness();
    let machine = Arc::clone(witness.host().machine());
    let Some(account) = machine.account(user) else { return };
    let files = machine.files(witness.session().src.ip(), &account);
    let transfer = Transfer { files, machine, account, witness, extensions: 11 };
    sftp::serve(transfer, input, output).await;
}
