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
        keep(sender.source(), self.live);
        Ok(self.standing.going())
    }
}

/// Looks at the log, and writes down what was acknowledged. What cannot be done now is done later: no
/// line is lost by it, for the receiver knows what it has, and none needs to wait for it.
pub(crate) fn keep(tail: &mut Tail, live: &Live) {
    let kept = live.look(tail).and_then(|()| tail.save());
    if let Err(error) = kept.map_err(anyhow::Error::new)
        && live.noted(&error)
    {
        tracing::warn!("{error:#}");
    }
}
