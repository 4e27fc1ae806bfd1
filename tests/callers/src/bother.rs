//! Nuisances, all at once and again and again.

use std::{
    net::SocketAddr,
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Args;
use decnet_logship::wire::PROTOCOL;
use decnet_pki::testing::{NOW, forge::Forge, forge::Wording, reckless::Reckless};
use decnet_proto::swarm::{
    profile::Direction,
    role::{Identity, Role},
};
use rustls::ClientConfig;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    task::LocalSet,
    time::{sleep, timeout_at},
};

use crate::{
    call::{call, dial, host, source},
    tell,
};

/// Is a nuisance in every way, each from addresses of its own.
#[derive(Args)]
pub(crate) struct Bother {
    /// The listener.
    #[arg(long)]
    listener: SocketAddr,
    /// Folder of the identity of a host that misbehaves.
    #[arg(long)]
    identity: PathBuf,
    /// For how long, in seconds.
    #[arg(long)]
    seconds: u64,
}

/// How often each was done.
#[derive(Default, Serialize)]
struct Found {
    garbage: usize,
    slow_handshakes: usize,
    garbage_inside: usize,
    giant_lengths: usize,
    foreign: usize,
}

#[derive(Clone)]
struct Nuisance {
    listener: SocketAddr,
    end: Instant,
    ours: Arc<ClientConfig>,
    plain: Arc<ClientConfig>,
    foreign: Arc<ClientConfig>,
}

impl Bother {
    pub(crate) async fn run(self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(self.seconds);
        let identity = Identity { role: Role::Agent, host: decnet_pki::testing::host(2) };
        let wording = Wording::of(identity, Direction::Client, decnet_pki::clock::Clock::system().now());
        let foreign = Reckless(Some(Forge::foreign(NOW).issue(wording))).client();
        let nuisance = Rc::new(Nuisance {
            listener: self.listener,
            end,
            ours: host(&self.identity, &[PROTOCOL])?,
            plain: host(&self.identity, &[])?,
            foreign,
        });
        LocalSet::new().run_until(all(nuisance)).await
    }
}

async fn all(nuisance: Rc<Nuisance>) -> Result<()> {
    // As many at once of each as the first number says, from addresses that begin at the second.
    let garbage = many(8, 5_000, &nuisance, |nuisance, from| async move {
        let Ok(mut stream) = dial(nuisance.listener, source(from)).await else { return };
        let _ = stream.write_all(&noise(from, 16 << 10)).await;
        let _ = stream.read(&mut [0; 64]).await;
    });
    let slow = many(64, 6_000, &nuisance, |nuisance, from| async move {
        let Ok(mut stream) = dial(nuisance.listener, source(from)).await else { return };
        for byte in [22, 3, 1, 2, 0].into_iter().chain([1; 32]) {
            if stream.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    });
    let inside = many(2, 7_000, &nuisance, |nuisance, from| async move {
        let Ok(mut call) = call(nuisance.listener, source(from), Arc::clone(&nuisance.ours)).await else {
            return;
        };
        let _ = call.write_all(&noise(from, 64 << 10)).await;
        let _ = call.read_to_end(&mut Vec::new()).await;
    });
    let giant = many(2, 8_000, &nuisance, |nuisance, from| async move {
        let Ok(mut call) = call(nuisance.listener, source(from), Arc::clone(&nuisance.plain)).await else {
            return;
        };
        let _ = call.write_all(b"9999999999 <13>1 ").await;
        let _ = call.write_all(&noise(from, 1 << 20)).await;
        let _ = call.read_to_end(&mut Vec::new()).await;
    });
    let foreign = many(4, 9_000, &nuisance, |nuisance, from| async move {
        let Ok(mut call) = call(nuisance.listener, source(from), Arc::clone(&nuisance.foreign)).await else {
            return;
        };
        let _ = call.read(&mut [0; 64]).await;
    });
    let (garbage, slow_handshakes, garbage_inside, giant_lengths, foreign) =
        tokio::join!(garbage, slow, inside, giant, foreign);
    tell(&Found { garbage, slow_handshakes, garbage_inside, giant_lengths, foreign })
}

/// Does something again and again, so many at once, and says how often it was done.
async fn many<F: Future<Output = ()> + 'static>(
    count: u16,
    first: u16,
    nuisance: &Rc<Nuisance>,
    once: impl Fn(Rc<Nuisance>, u16) -> F + Copy + 'static,
) -> usize {
    let each = |number: u16| {
        let nuisance = Rc::clone(nuisance);
        tokio::task::spawn_local(async move {
            let mut done = 0;
            while Instant::now() < nuisance.end {
                // Whoever waits for the listener is not waited for at the end.
                let _ = timeout_at(nuisance.end.into(), once(Rc::clone(&nuisance), first + number)).await;
                done += 1;
                sleep(Duration::from_millis(5)).await;
            }
            done
        })
    };
    let tasks: Vec<_> = (0..count).map(each).collect();
    let mut done = 0;
    for task in tasks {
        done += task.await.unwrap_or(0);
    }
    done
}

/// Bytes that mean nothing.
fn noise(seed: u16, length: usize) -> Vec<u8> {
    let mut state = u32::from(seed) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}
