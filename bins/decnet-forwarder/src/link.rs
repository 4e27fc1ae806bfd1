//! What is done while a connection with a listener of ours is carried.

use decnet_logship::{
    ship::Sender,
    tail::{Tail, TailError},
};
use decnet_shipping::{CarryError, Going, Onlooker, Pushed};

use crate::{connect::Standing, live::Live};

/// Why a connection ended that should have gone on.
pub(crate) type LinkError = CarryError<TailError>;

/// Tells how it goes, keeps the ledger, and wants another connection when what we are or whom we trust
/// is no longer as it was when this one was begun.
pub(crate) struct Watcher<'a> {
    pub(crate) live: &'a Live,
    pub(crate) standing: &'a Standing,
}

impl Onlooker<Tail> for Watcher<'_> {
    fn heard(&mut self, sender: &Sender<Tail>) {
        self.live.connected(sender.is_ready());
    }

    fn wrote(&mut self, pushed: Pushed) {
        self.live.wrote(pushed);
    }

    fn tick(&mut self, sender: &mut Sender<Tail>) -> Result<Going, TailError> {
        self.live.progress(sender.sent(), sender.acknowledgements());
        keep(sender.source(), self.live)?;
        Ok(self.standing.going())
    }
}

/// Looks at the log, and writes down what was acknowledged. What is lost of that by a crash the
/// receiver knows.
pub(crate) fn keep(tail: &mut Tail, live: &Live) -> Result<(), TailError> {
    live.look(tail)?;
    tail.save()
}
