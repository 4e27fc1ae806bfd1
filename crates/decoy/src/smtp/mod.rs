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

use decnet_proto::persona::ServiceSpec;

use crate::{
    conn::{Conn, End},
    host::Host,
    service::{ConnectionService, ServiceError},
};
use queue::Queue;
use session::Session;
use settings::Settings;

/// The mail server of one decky.
#[derive(Debug)]
pub struct Smtp {
    settings: Settings,
    queue: Queue,
}

impl ConnectionService for Smtp {
    fn needs_key(_: &ServiceSpec) -> bool {
        true
    }

    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        Ok(Self { settings: Settings::new(spec, host)?, queue: Queue::new(&host.persona.key) })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        // On the heap, so that the driver's own future stays small.
        Box::new(Session::new(self, conn)).run().await
    }
}
