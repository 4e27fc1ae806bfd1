//! What programs say of themselves, and whether that proves a release. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::chain::Program;
use crate::digest::Digest;

/// What a program answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// The release that it was started from; none where it stands outside of releases.
    pub release: Option<Digest>,
    /// Drawn when its process started.
    pub boot: String,
    /// Its process.
    pub pid: u32,
    /// What it checked of what it does, by name.
    pub checks: BTreeMap<String, Check>,
}

/// How something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// As it should be.
    Good,
    /// What is wrong.
    Bad(String),
}

/// What was seen of a program at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Which.
    pub program: Program,
    /// What it answered, or why it did not.
    pub health: Result<Health, String>,
    /// The main process of its unit, as who supervises it says.
    pub main_pid: Option<u32>,
}

/// What of a program was good before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Which.
    pub program: Program,
    /// Of the process that answered; none where none did.
    pub boot: Option<String>,
    /// The checks that were good.
    pub good: BTreeSet<String>,
}

impl Before {
    /// What to remember of what is seen.
    pub fn of(seen: &Seen) -> Self {
        let health = seen.health.as_ref().ok();
        let checks = health.into_iter().flat_map(|health| &health.checks);
        let good = checks.filter(|(_, check)| **check == Check::Good).map(|(name, _)| name.clone());
        Self { program: seen.program, boot: health.map(|health| health.boot.clone()), good: good.collect() }
    }
}

/// What proves a release.
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    /// What the programs must have been started from.
    pub release: Digest,
    /// Who must answer.
    pub programs: Vec<Program>,
    /// What was good, and must be again.
    pub before: &'a [Before],
    /// Of processes that are not those that must answer.
    pub past: BTreeSet<String>,
}

/// A process that proved its part: what must stay the same.
pub(super) type Proven = Vec<(Program, String)>;

impl Proof<'_> {
    /// Whether what is seen is proof; the processes that are.
    ///
    /// # Errors
    /// Everything that is missing, a line each.
    pub fn judge(&self, seen: &[Seen]) -> Result<Vec<(Program, String)>, Vec<String>> {
        let mut proven = Proven::new();
        let mut missing = Vec::new();
        for program in &self.programs {
            match self.judge_program(*program, seen.iter().find(|seen| seen.program == *program)) {
                Ok(boot) => proven.push((*program, boot)),
                Err(texts) => missing.extend(texts.iter().map(|text| format!("{program}: {text}"))),
            }
        }
        if missing.is_empty() { Ok(proven) } else { Err(missing) }
    }

    fn judge_program(&self, program: Program, seen: Option<&Seen>) -> Result<String, Vec<String>> {
        let seen = seen.ok_or_else(|| vec!["nobody asked it".to_owned()])?;
        let health = seen.health.as_ref().map_err(|text| vec![format!("does not answer: {text}")])?;
        let mut missing = Vec::new();
        match health.release {
            Some(release) if release == self.release => {}
            Some(other) => missing.push(format!("runs release {other} instead of {}", self.release)),
            None => missing.push("runs from no release".to_owned()),
        }
        if health.boot.is_empty() || self.past.contains(&health.boot) {
            missing.push(format!("process {} was there before: it was not restarted", health.pid));
        }
        match seen.main_pid {
            Some(pid) if pid == health.pid => {}
            Some(pid) => missing.push(format!("process {} answers, and {pid} should", health.pid)),
            None => missing.push("nobody supervises a process of it".to_owned()),
        }
        let before = self.before.iter().filter(|before| before.program == program);
        for name in before.flat_map(|before| &before.good) {
            match health.checks.get(name) {
                Some(Check::Good) => {}
                Some(Check::Bad(text)) => missing.push(format!("{name} was good and is not: {text}")),
                None => missing.push(format!("{name} was good and is not told of any more")),
            }
        }
        if missing.is_empty() { Ok(health.boot.clone()) } else { Err(missing) }
    }
}

#[cfg(test)]
mod tests;
