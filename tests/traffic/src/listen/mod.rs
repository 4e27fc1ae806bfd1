//! Clients that hear the events as they come.

mod chunks;
mod client;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde::Serialize;
use tokio::{
    runtime,
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use self::client::{Heard, listen};
use crate::{Api, figures::Times};

/// How long it may take until every client hears.
const BEGINNING: Duration = Duration::from_secs(60);

/// Hears the events as they come.
#[derive(Debug, clap::Args)]
pub(crate) struct Listen {
    #[command(flatten)]
    api: Api,
    /// How many listen.
    #[arg(long)]
    clients: u32,
    /// How many events each is to hear; without it, they listen for as long as they may.
    #[arg(long, default_value_t = u64::MAX)]
    events: u64,
    /// For how many seconds at most.
    #[arg(long)]
    seconds: u64,
}

/// What was heard.
#[derive(Debug, Serialize)]
pub(crate) struct Listened {
    /// Clients that ended before they should have.
    broken: u64,
    /// Why the first of them did.
    why: Option<String>,
    /// Events that the one that heard fewest of them heard.
    fewest: u64,
    /// Events that the one that heard most of them heard.
    most: u64,
    /// Events that were there again, of all clients.
    again: u64,
    times: Times,
}

impl Listen {
    pub(crate) fn run(&self) -> Result<Listened> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build();
        runtime.context("making a runtime")?.block_on(self.all())
    }

    async fn all(&self) -> Result<Listened> {
        let (token, began) = (Arc::<str>::from(self.api.token()?), Arc::new(Semaphore::new(0)));
        let (mut clients, mut all) = (JoinSet::new(), Vec::new());
        for _ in 0..self.clients {
            let (heard, events, api) = (Arc::<Mutex<Heard>>::default(), self.events, self.api.api);
            let (token, began) = (Arc::clone(&token), Arc::clone(&began));
            all.push(Arc::clone(&heard));
            clients.spawn(async move { listen(api, &token, events, &began, heard).await });
        }
        let all_began = timeout(BEGINNING, began.acquire_many(self.clients)).await;
        if all_began.is_err() {
            let hear = began.available_permits();
            let why = clients.try_join_next().map(|ended| format!("; one of them: {ended:?}"));
            bail!("{hear} of {} clients hear{}", self.clients, why.unwrap_or_default());
        }
        println!("listening");
        let end = sleep(Duration::from_secs(self.seconds));
        tokio::pin!(end);
        let (mut broken, mut why) = (0, None);
        loop {
            tokio::select! {
                ended = clients.join_next() => match ended {
                    Some(Ok(Ok(()))) => {}
                    Some(error) => {
                        broken += 1;
                        why.get_or_insert_with(|| format!("{error:?}"));
                    }
                    None => break,
                },
                () = &mut end => break,
            }
        }
        Ok(sum_up(broken, why, &all))
    }
}

fn sum_up(broken: u64, why: Option<String>, all: &[Arc<Mutex<Heard>>]) -> Listened {
    let all: Vec<Heard> =
        all.iter().map(|heard| heard.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect();
    Listened {
        broken,
        why,
        fewest: all.iter().map(|heard| heard.events).min().unwrap_or(0),
        most: all.iter().map(|heard| heard.events).max().unwrap_or(0),
        again: all.iter().map(|heard| heard.again).sum(),
        times: Times::of(all.into_iter().flat_map(|heard| heard.times).collect()),
    }
}
