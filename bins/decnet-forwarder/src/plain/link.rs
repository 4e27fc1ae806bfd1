//! One connection with a receiver that says nothing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use decnet_daemon::signals::Shutdown;
use decnet_event::Timestamp;
use decnet_logship::{
    ship::{Filled, PlainSender},
    tail::Tail,
};
use decnet_shipping::{Outbox, Pushed, every_tick, last_moment, until};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{sleep, timeout},
};

use super::{Link, Meter};
use crate::{
    link::{LinkError, keep},
    live::Live,
};

/// How often our system is asked what the peer's has taken, while something is on its way.
const ASK_EVERY: Duration = Duration::from_millis(10);

/// How long the peer may take to close once it has everything.
const FAREWELL: Duration = Duration::from_secs(1);

/// Room for what it says, which is not looked at.
const NOISE: usize = 512;

/// Sends over a connection until it ends, or we do.
///
/// # Errors
/// [`LinkError`]; the sender is to be disconnected, and to be connected again.
pub(crate) async fn carry(
    (stream, meter): Link,
    sender: &mut PlainSender<Tail>,
    poll: Duration,
    live: &Live,
    shutdown: &mut Shutdown,
) -> Result<(), LinkError> {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let (mut noise, mut out) = ([0; NOISE], Outbox::default());
    let (mut tick, mut last_answers) = (every_tick(), None);
    sender.connect()?;
    live.connected(true);
    loop {
        let filled = fill(sender, &mut out, &meter, last_answers.is_some())?;
        if last_answers.is_some() && out.is_flushed() && sender.on_way() == 0 {
            return farewell(&mut reader, &mut writer).await;
        }
        tokio::select! {
            read = reader.read(&mut noise) => {
                if read? == 0 {
                    return Err(LinkError::Closed);
                }
            }
            pushed = out.push(&mut writer) => {
                let pushed = pushed?;
                live.wrote(pushed);
                out.advance(pushed);
                if pushed == Pushed::All {
                    sender.flushed(meter.written());
                }
            }
            () = sleep(poll), if filled == Filled::Idle && out.is_flushed() => {}
            () = sleep(ASK_EVERY), if sender.on_way() > 0 => {}
            _ = tick.tick() => {
                live.progress(sender.sent(), sender.acknowledgements());
                keep(sender.source(), live);
            }
            () = shutdown.requested(), if last_answers.is_none() => last_answers = Some(last_moment()),
            () = until(last_answers) => return Err(LinkError::Silent),
        }
        sender.taken(meter.taken()?)?;
    }
}

/// Takes more of the log once all before is out of TLS: then it is known where in the connection that
/// ends.
fn fill(
    sender: &mut PlainSender<Tail>,
    out: &mut Outbox,
    meter: &Meter,
    is_ending: bool,
) -> Result<Filled, LinkError> {
    if is_ending || !out.is_flushed() {
        return Ok(Filled::Full);
    }
    let filled = sender.fill(&mut out.frames, now())?;
    if out.is_flushed() {
        // Nothing but empty lines, for which there is nothing to send.
        sender.flushed(meter.written());
    }
    Ok(filled)
}

/// Says that nothing more comes, and waits for the peer to say so: to close on what it said before
/// would make our system cut the connection, and its system might drop what it has not read.
async fn farewell(
    reader: &mut (impl AsyncRead + Unpin),
    writer: &mut (impl AsyncWrite + Unpin),
) -> Result<(), LinkError> {
    let mut noise = [0; NOISE];
    let ended = timeout(FAREWELL, async {
        writer.shutdown().await?;
        while reader.read(&mut noise).await? > 0 {}
        std::io::Result::Ok(())
    });
    // It has everything: how it parts is its own affair.
    let _ = ended.await;
    Ok(())
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
