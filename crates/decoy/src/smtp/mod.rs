//! SMTP: Postfix, as Debian and its like configure it for a machine that takes mail for its own
//! users and submissions from them.
//!
//! The data flow: [`Session`] reads a command line, `command` cuts it into words, one function
//! for each command decides and answers; `message` streams what follows DATA or BDAT into an
//! artifact. Port 25 offers AUTH in the clear, as machines do that old devices mail through;
//! port 587 wants TLS first.
//!
//! A message is accepted for users of the machine, and from those who logged in with a bait
//! credential for anybody. Nothing is ever sent on: a decky does not relay.

mod address;
mod auth;
mod command;
mod content;
mod envelope;
mod greet;
mod message;
mod queue;
mod session;
mod settings;
#[cfg(test)]
mod tests;

use decnet_proto::persona::ServiceSpec;

use crate::{
    census::Census,
    conn::{Conn, End},
    host::Host,
    service::{ConnectionService, ServiceError},
};
use queue::Queue;
use session::Session;
use settings::Settings;

/// `smtpd_client_connection_count_limit`.
const PER_SOURCE: usize = 50;

/// Inputs that a client would send, from which tests and fuzzers start.
pub const SEEDS: &[&[u8]] = &[
    b"EHLO x\r\nMAIL FROM:<a@b> SIZE=10 BODY=8BITMIME\r\nRCPT TO:<root>\r\nDATA\r\nSubject: s\r\n\r\n..x\r\n.\r\nQUIT\r\n",
    b"EHLO x\r\nAUTH PLAIN AGEAYg==\r\nAUTH LOGIN\r\nYQ==\r\nYg==\r\nAUTH LOGIN\r\n*\r\n",
    b"auth plain AGJhY2t1cABXaW50M3ItMDEtaGFyYm91cg==\r\nMAIL FROM:<>\r\nRCPT TO:<x@y.z> NOTIFY=NEVER\r\nRSET\r\n",
    b"MAIL FROM:<a@b>\r\nRCPT TO:<root>\r\nBDAT 3\r\nabcBDAT 2 LAST\r\nd\nNOOP\r\n",
    b"VRFY root\r\nETRN x\r\nEXPN y\r\nHELP\r\nXCLIENT NAME=z\r\nSTARTTLS x\r\n\r\nSTARTTLS\r\n\x16\x03\x01",
    b"MAIL FROM:<\"a b\"@[1.2.3.4]> SMTPUTF8\r\nRCPT TO:<@r:a%b!c@d>\r\nRCPT TO:<(x)root+y@localhost> ORCPT=a;b\r\nDATA\r\nx\n.\nGET / HTTP/1.1\r\n",
];

/// The mail server of one decky.
#[derive(Debug)]
pub struct Smtp {
    settings: Settings,
    queue: Queue,
    clients: Census,
}

impl ConnectionService for Smtp {
    fn needs_key(_: &ServiceSpec) -> bool {
        true
    }

    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        let (settings, queue) = (Settings::new(spec, host)?, Queue::new(&host.persona.key));
        Ok(Self { settings, queue, clients: Census::default() })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let source = conn.peer().ip().to_canonical();
        let counted = self.clients.enter(source);
        // The machine itself, `mynetworks`, is not counted.
        if counted.of_source > PER_SOURCE && !source.is_loopback() {
            let hostname = &self.settings.hostname;
            let text = format!("421 4.7.0 {hostname} Error: too many connections from {source}\r\n");
            return conn.write(text.as_bytes()).await;
        }
        // On the heap, so that the driver's own future stays small.
        Box::new(Session::new(self, conn)).run().await
    }
}
