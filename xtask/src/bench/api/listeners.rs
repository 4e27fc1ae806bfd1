//! Those who hear events as they come: whether they hear all, how late, and what they cost.

use std::time::Duration;

use anyhow::Result;
use lab::wait;
use serde_json::Value;

use super::Filled;
use crate::{
    bench::{
        ingest::quiet,
        process::cpu_ms,
        row::{Row, Target},
    },
    traffic::{self, Beside, Listened},
};

/// Clients that hear, events in a second, and for how many seconds they come.
#[derive(Clone, Copy)]
struct Load {
    clients: u32,
    rate: u32,
    seconds: u32,
    /// Of the lines that come: no other load may have it.
    seed: u64,
}

const FEW: Load = Load { clients: 20, rate: 100, seconds: 20, seed: 101 };
const MANY: Load = Load { clients: 1_000, rate: 20, seconds: 20, seed: 102 };

/// How many seconds after the last event it may come.
const LATE: u32 = 30;

/// For how long nothing comes.
const REST: Duration = Duration::from_secs(30);

/// The rows of all loads.
pub(super) fn rows(filled: &Filled) -> Result<Vec<Row>> {
    let few = heard(filled, FEW)?;
    let late = Row {
        what: format!("{}: from event to client, p99", name(FEW)),
        figure: few.times.p99,
        unit: "ms",
        target: Target::AtMost(300.0),
        detail: latency(&few),
    };
    let many = heard(filled, MANY)?;
    Ok(vec![lost(FEW, &few), late, lost(MANY, &many), idle(filled)?])
}

fn name(load: Load) -> String {
    format!("{} listeners, {} events/s", load.clients, load.rate)
}

fn latency(heard: &Listened) -> String {
    format!(
        "p50 {:.0} ms, p99 {:.0} ms, {:.0} ms at most",
        heard.times.p50, heard.times.p99, heard.times.most
    )
}

fn lost(load: Load, heard: &Listened) -> Row {
    let events = u64::from(load.rate * load.seconds);
    let missing = events.saturating_sub(heard.fewest) + heard.most.saturating_sub(events);
    let why = heard.why.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    Row {
        what: format!("{}: lost or twice", name(load)),
        figure: (missing + heard.again + heard.broken) as f64,
        unit: "events",
        target: Target::AtMost(0.0),
        detail: format!("{} events heard; {}{why}", heard.times.count, latency(heard)),
    }
}

fn heard(filled: &Filled, load: Load) -> Result<Listened> {
    let [events, clients, rate] = [load.rate * load.seconds, load.clients, load.rate].map(|n| n.to_string());
    let most = (load.seconds + LATE).to_string();
    let mut listen =
        traffic::command(&["listen", "--clients", &clients, "--events", &events, "--seconds", &most]);
    let listeners = Beside::listen(listen.args(traffic::of(filled.host.address(), &filled.token)))?;
    let seed = load.seed.to_string();
    let mut pace = traffic::command(&["pace", "--rate", &rate, "--lines", &events, "--seed", &seed]);
    traffic::figures::<Value>(pace.arg("--file").arg(filled.host.log()))?;
    listeners.end()
}

/// What listeners cost to whom nothing is said.
fn idle(filled: &Filled) -> Result<Row> {
    // What came before is found by its words first: that is nothing that idle listeners cost.
    quiet(filled.host.api.id()?)?;
    let (clients, seconds) = (MANY.clients.to_string(), (REST.as_secs() + 10).to_string());
    let mut listen = traffic::command(&["listen", "--clients", &clients, "--seconds", &seconds]);
    let listeners = Beside::listen(listen.args(traffic::of(filled.host.address(), &filled.token)))?;
    let id = filled.host.api.id()?;
    wait::pause(Duration::from_secs(3));
    let before = cpu_ms(id);
    wait::pause(REST);
    let used = cpu_ms(id) - before;
    let heard: Listened = listeners.end()?;
    Ok(Row {
        what: format!("{clients} idle listeners: processor"),
        // Who is not there any more costs nothing.
        figure: if heard.broken == 0 { used / REST.as_secs_f64() / 10.0 } else { f64::INFINITY },
        unit: "%",
        target: Target::AtMost(2.0),
        detail: format!("{used:.0} ms in {} s; {} broke off", REST.as_secs(), heard.broken),
    })
}
