//! What a change came to, for people.

use decnet_release::change::{
    Outcome,
    health::{Check, Seen},
};

/// In some lines.
pub(crate) fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Already(id) => format!("{id} runs already"),
        Outcome::Committed { from, to, .. } => format!("{to} runs instead of {from}"),
        Outcome::RolledBack { from, to, why, trouble: None } => {
            format!("{to} did not do, and {from} runs again:\n{why}")
        }
        Outcome::RolledBack { from, to, why, trouble: Some(trouble) } => {
            format!(
                "{to} did not do:\n{why}\nand {from}, which was switched back to, does not either:\n{trouble}"
            )
        }
        Outcome::Abandoned { to, why } => format!("the change to {to} was given up: {why}"),
    }
}

/// A line for each program that was asked.
pub(super) fn seen(all: &[Seen]) -> String {
    all.iter().map(|seen| format!("{}: {}\n", seen.program, health(seen))).collect()
}

fn health(seen: &Seen) -> String {
    let health = match &seen.health {
        Ok(health) => health,
        Err(why) => return format!("does not answer: {why}"),
    };
    let checks = health.checks.iter().map(|(name, check)| match check {
        Check::Good => format!(", {name} good"),
        Check::Bad(why) => format!(", {name} not: {why}"),
    });
    format!("process {}{}", health.pid, checks.collect::<String>())
}
