//! Asks the programs until they prove a release, or time is up.

use std::time::Duration;

use super::{
    health::{Proof, Seen},
    supervisor::{Clock, Supervisor},
};

/// How long programs may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From their start until they must have proved themselves.
    pub deadline: Duration,
    /// Between two questions.
    pub every: Duration,
    /// How long the same processes must go on proving it.
    pub settled: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(60),
            every: Duration::from_millis(500),
            settled: Duration::from_secs(2),
        }
    }
}

/// Asks; what was seen last, when it is proof.
///
/// # Errors
/// What is missing still when the time is up, a line each.
pub(super) fn probe(
    supervisor: &mut impl Supervisor,
    clock: &mut impl Clock,
    patience: Patience,
    proof: &Proof<'_>,
) -> Result<Vec<Seen>, String> {
    let begin = clock.now();
    let mut proven = None;
    loop {
        let seen = supervisor.observe();
        let now = clock.now();
        let missing = match proof.judge(&seen) {
            Ok(processes) => {
                // Processes that ended and came again begin anew.
                let since = proven.take().filter(|(same, _)| *same == processes);
                let since = since.map_or(now, |(_, since)| since);
                if now.saturating_sub(since) >= patience.settled {
                    return Ok(seen);
                }
                proven = Some((processes, since));
                "it proved itself, but not for long enough".to_owned()
            }
            Err(missing) => {
                proven = None;
                missing.join("\n")
            }
        };
        if now.saturating_sub(begin) >= patience.deadline {
            return Err(missing);
        }
        clock.pause(patience.every);
    }
}
