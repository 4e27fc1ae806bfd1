//! How much an input costs, and what stays of it.

#![cfg(test)]

use std::{fs, time::Duration};

use tokio::runtime::{Builder, Runtime};

use super::dice::Dice;
use crate::caps;

/// Inputs per subject when nothing else is asked for.
const INPUTS: u64 = 500;
/// Most processor time that one input may cost: what takes longer hangs. Waiting costs none.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many of the slowest inputs are shown.
const SHOWN: usize = 4;
/// Most that the process may grow over all inputs of a subject but the first tenth, in KiB.
const GROWTH: u64 = 1024;
/// The same when inputs are so few that the first tenth has not seen everything.
const GROWTH_OF_FEW: u64 = 8 * 1024;
/// How many inputs are not few.
const MANY: u64 = 50_000;

/// Time that this thread has run (the first field of `schedstat`, in nanoseconds).
pub(super) fn processor_time() -> Duration {
    let status = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(status.split_whitespace().next().unwrap().parse().unwrap())
}

pub(super) fn resident_kib() -> u64 {
    status_kib("VmRSS:")
}

/// The most that was resident since this was asked for anew.
pub(super) fn peak_kib(anew: bool) -> u64 {
    if anew {
        fs::write("/proc/self/clear_refs", "5").unwrap();
    }
    status_kib("VmHWM:")
}

fn status_kib(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// A runtime whose time jumps to the next timer whenever nothing else can happen.
pub(super) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

/// Gives a subject as many inputs as were asked for; `hold` holds one conversation.
pub(super) fn check(name: &str, talks: &[&[u8]], hold: impl FnMut(&Runtime, &mut Dice, &[u8])) {
    check_keeping(0, name, talks, hold);
}

/// The same of conversations that leave files on so many machines, each of which keeps them up to
/// its bound, for one source.
///
/// Growth is looked at twice: a rare input may claim more than all before it, once. What grows again
/// over as many inputs more is kept.
pub(super) fn check_keeping(
    machines: usize,
    name: &str,
    talks: &[&[u8]],
    hold: impl FnMut(&Runtime, &mut Dice, &[u8]),
) {
    let inputs = std::env::var("HOSTILE_INPUTS").map_or(INPUTS, |text| text.parse().unwrap());
    let kept = machines * (caps::MACHINE_BYTES_PER_SOURCE + caps::MACHINE_PATHS_PER_SOURCE) / 1024;
    // The allocator's own part, which nobody counts.
    let kept = kept + kept / 8;
    let most = kept as u64 + if inputs < MANY { GROWTH_OF_FEW } else { GROWTH };
    let mut batches = Batches { runtime: runtime(), dice: Dice::new(), name, talks, inputs, hold };
    let mut grown = batches.run();
    if grown > most {
        grown = batches.run();
    }
    assert!(grown <= most, "{name} grew by {grown} KiB, and may by {most}");
}

/// Inputs of one subject, as many at a time as were asked for.
struct Batches<'a, H> {
    runtime: Runtime,
    dice: Dice,
    name: &'a str,
    talks: &'a [&'a [u8]],
    inputs: u64,
    hold: H,
}

impl<H: FnMut(&Runtime, &mut Dice, &[u8])> Batches<'_, H> {
    /// By how much the process grew over all inputs but the first tenth, in KiB.
    fn run(&mut self) -> u64 {
        let mut slow: Vec<(Duration, Vec<u8>)> = Vec::new();
        let (mut before, begun) = (0, processor_time());
        for number in 0..self.inputs {
            self.one(&mut slow);
            // What is claimed once, by the first inputs, does not count.
            if number == self.inputs / 10 {
                before = resident_kib();
            }
        }
        let grown = resident_kib().saturating_sub(before);
        let all = processor_time().saturating_sub(begun);
        let slowest = slow.first().map(|(took, _)| *took).unwrap_or_default();
        let (name, inputs) = (self.name, self.inputs);
        println!("hostile: {name} {inputs} inputs in {all:.0?}, +{grown} KiB, slowest {slowest:?}");
        for (took, input) in slow {
            println!("slow: {took:?} {}", input[..input.len().min(400)].escape_ascii());
        }
        grown
    }

    fn one(&mut self, slow: &mut Vec<(Duration, Vec<u8>)>) {
        let input = self.dice.input(self.talks);
        // The last of these lines is the input that took the whole process with it.
        if std::env::var_os("HOSTILE_SHOW").is_some() {
            println!("input: {}", input.escape_ascii());
        }
        let start = processor_time();
        (self.hold)(&self.runtime, &mut self.dice, &input);
        let took = processor_time().saturating_sub(start);
        assert!(took < PATIENCE, "{took:?} for {}", input.escape_ascii());
        if slow.len() < SHOWN || slow.last().is_some_and(|(least, _)| took > *least) {
            slow.push((took, input));
            slow.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
            slow.truncate(SHOWN);
        }
    }
}
