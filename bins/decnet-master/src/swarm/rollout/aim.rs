//! What a host is to come to, and whether it has.

use decnet_proto::swarm::{
    releases::UpdateOutcome,
    updater::{Chain, Conclusion, Ended, Health, Line, ReleaseName, Releases, Running, Seen},
};

use super::verdict::Verdict;
use crate::swarm::updaters::bounded;

/// What a host is to come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// This release of this chain.
    Release(Chain, ReleaseName),
    /// The release of the worker before the one that runs.
    Before,
}

impl Aim {
    /// What it is about.
    pub(super) const fn chain(&self) -> Chain {
        match self {
            Self::Release(chain, _) => *chain,
            Self::Before => Chain::Worker,
        }
    }

    /// The releases that it is about.
    pub(super) const fn line<'a>(&self, releases: &'a Releases) -> &'a Line {
        match self.chain() {
            Chain::Worker => &releases.worker,
            Chain::Updater => &releases.updater,
        }
    }

    /// Whether the host is there already.
    pub(super) fn is_met(&self, line: &Line) -> bool {
        match self {
            Self::Release(_, release) => {
                line.current.as_ref().is_some_and(|current| current.digest == release.digest)
            }
            Self::Before => false,
        }
    }

    /// How it ended on a host where nothing is under way, if it did since `before`, which was the last to
    /// have ended.
    pub(super) fn concluded(&self, line: &Line, before: Option<&Ended>) -> Option<Verdict> {
        let last = line.last.as_ref().filter(|last| Some(*last) != before);
        let current = line.current.as_ref().map(|current| &current.digest);
        match self {
            Self::Release(_, release) => {
                if self.is_met(line) {
                    return Some(Verdict::good(UpdateOutcome::Updated, format!("runs {}", named(release))));
                }
                let last = last.filter(|last| last.to.digest == release.digest)?;
                Some(ended(last, "the release does not run"))
            }
            Self::Before => {
                let last = last?;
                if last.result == Conclusion::Committed && current == Some(&last.to.digest) {
                    let detail = format!("runs {} again", named(&last.to));
                    return Some(Verdict::good(UpdateOutcome::RolledBack, detail));
                }
                Some(ended(last, "the release before does not run"))
            }
        }
    }

    /// Whether what answers on the host now is what it is to come to, and was started since. An updater that
    /// says so is not enough.
    pub(super) fn proved(&self, before: &Health, after: &Health) -> Result<(), String> {
        let Self::Release(chain, release) = self else { return Ok(()) };
        match chain {
            Chain::Updater => {
                let boots = (before.boot.as_str(), after.boot.as_str());
                is_new("updater", release, after.release.as_deref(), boots)
            }
            Chain::Worker => {
                let pairs = [
                    ("agent", &before.agent, &after.agent),
                    ("forwarder", &before.forwarder, &after.forwarder),
                ];
                pairs.into_iter().try_for_each(|(program, before, after)| {
                    let after = up(after).map_err(|why| format!("the {program} does not answer: {why}"))?;
                    let boot = up(before).map_or("", |before| before.boot.as_str());
                    is_new(program, release, after.release.as_deref(), (boot, &after.boot))
                })
            }
        }
    }
}

fn up(seen: &Option<Seen>) -> Result<&Running, &str> {
    match seen {
        Some(Seen::Up(running)) => Ok(running),
        Some(Seen::Down(why)) => Err(why),
        None => Err("the updater does not ask it"),
    }
}

fn is_new(
    program: &str,
    wanted: &ReleaseName,
    release: Option<&str>,
    boots: (&str, &str),
) -> Result<(), String> {
    if release != Some(wanted.digest.as_str()) {
        let found = release.map_or("none", short);
        return Err(format!("the {program} answers as release {found}, not as {}", named(wanted)));
    }
    if boots.0 == boots.1 {
        return Err(format!("the {program} was not started anew"));
    }
    Ok(())
}

fn ended(last: &Ended, otherwise: &str) -> Verdict {
    let name = named(&last.to);
    let verdict = match last.result {
        Conclusion::RolledBack => {
            let detail = format!("{name} failed, and the release before runs again");
            Verdict::bad(UpdateOutcome::RolledBack, detail)
        }
        Conclusion::Broken => {
            let detail = format!("{name} failed, and what runs is not known to be healthy");
            Verdict::bad(UpdateOutcome::Failed, detail)
        }
        Conclusion::Abandoned => {
            Verdict::bad(UpdateOutcome::Failed, format!("{name} was given up before it was tried"))
        }
        Conclusion::Committed => Verdict::bad(UpdateOutcome::Failed, otherwise),
    };
    verdict.saying(bounded(last.output.clone()))
}

/// A release in words: its version, and the beginning of its digest.
pub(super) fn named(release: &ReleaseName) -> String {
    format!("{} ({})", release.version, short(&release.digest))
}

/// The beginning of a digest.
pub(super) fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str) -> ReleaseName {
        ReleaseName { version: version.to_owned(), digest: version.repeat(16) }
    }

    fn line(current: &str, last: Option<(&str, Conclusion)>) -> Line {
        let last = last.map(|(to, result)| {
            let output = "its words".to_owned();
            Ended { to: release(to), result, at: 7, output }
        });
        Line { current: Some(release(current)), last, ..Line::default() }
    }

    fn outcome(aim: &Aim, line: &Line, before: Option<&Ended>) -> Option<(UpdateOutcome, bool)> {
        aim.concluded(line, before).map(|verdict| (verdict.outcome, verdict.is_good()))
    }

    #[test]
    fn how_an_update_ended_is_what_the_host_says_of_this_one() {
        use Conclusion::{Abandoned, Broken, Committed, RolledBack};
        let aim = Aim::Release(Chain::Worker, release("1.3.0"));
        let check = |line: &Line, expect| assert_eq!(outcome(&aim, line, None), expect, "{line:?}");
        check(&line("1.3.0", Some(("1.3.0", Committed))), Some((UpdateOutcome::Updated, true)));
        check(&line("1.2.0", Some(("1.3.0", RolledBack))), Some((UpdateOutcome::RolledBack, false)));
        check(&line("1.2.0", Some(("1.3.0", Broken))), Some((UpdateOutcome::Failed, false)));
        check(&line("1.2.0", Some(("1.3.0", Abandoned))), Some((UpdateOutcome::Failed, false)));
        check(&line("1.2.0", Some(("1.3.0", Committed))), Some((UpdateOutcome::Failed, false)));
        check(&line("1.2.0", Some(("1.2.0", Committed))), None);
        check(&line("1.2.0", None), None);
        let same = line("1.2.0", Some(("1.3.0", RolledBack)));
        assert_eq!(outcome(&aim, &same, same.last.as_ref()), None, "that was before");
    }

    #[test]
    fn how_a_rollback_ended_is_what_runs_then() {
        use Conclusion::{Broken, Committed};
        let check = |line: &Line, expect| assert_eq!(outcome(&Aim::Before, line, None), expect, "{line:?}");
        check(&line("1.2.0", Some(("1.2.0", Committed))), Some((UpdateOutcome::RolledBack, true)));
        check(&line("1.3.0", Some(("1.2.0", Broken))), Some((UpdateOutcome::Failed, false)));
        check(&line("1.3.0", None), None);
    }

    fn health(release: &ReleaseName, boot: &str) -> Health {
        let running = Seen::Up(Running {
            version: release.version.clone(),
            pid: 1,
            release: Some(release.digest.clone()),
            boot: boot.to_owned(),
            functions: Vec::new(),
        });
        Health {
            api: 1,
            version: release.version.clone(),
            pid: 1,
            target: None,
            release: Some(release.digest.clone()),
            boot: boot.to_owned(),
            agent: Some(running.clone()),
            forwarder: Some(running),
            change: None,
        }
    }

    #[test]
    fn what_answers_must_be_the_release_and_started_anew() {
        let (old, new) = (release("1.2.0"), release("1.3.0"));
        let before = health(&old, "a");
        for chain in [Chain::Worker, Chain::Updater] {
            let aim = Aim::Release(chain, new.clone());
            let proved = |after: &Health| aim.proved(&before, after);
            assert_eq!(proved(&health(&new, "b")), Ok(()));
            assert!(proved(&health(&old, "b")).unwrap_err().contains("answers as release 1.2.0"));
            assert!(proved(&health(&new, "a")).unwrap_err().ends_with("was not started anew"));
        }
        let worker = Aim::Release(Chain::Worker, new.clone());
        for seen in [None, Some(Seen::Down("refused".to_owned()))] {
            let silent = Health { forwarder: seen, ..health(&new, "b") };
            assert!(worker.proved(&before, &silent).unwrap_err().starts_with("the forwarder does not"));
        }
    }
}
