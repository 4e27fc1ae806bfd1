//! The verdict over what a program says: pure.

use decnet_proto::swarm::updater::{Running, Seen};

use super::Program;

/// What a program must be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected<'a> {
    /// SHA-256 of the release; none where what ran before was of none.
    pub(crate) digest: Option<&'a str>,
    /// What it said before it was started anew.
    pub(crate) before: &'a Seen,
    /// The process that its supervisor started.
    pub(crate) pid: Option<u32>,
}

/// Whether it is.
///
/// # Errors
/// What it is not, for people.
pub(crate) fn judge(program: Program, seen: &Seen, expected: &Expected<'_>) -> Result<(), String> {
    let word = program.word();
    let running = match seen {
        Seen::Up(running) => running,
        Seen::Down(why) => return Err(format!("the {word} does not answer: {why}")),
    };
    is_started(word, running, expected)?;
    if running.release.as_deref() != expected.digest {
        let name = |release: Option<&str>| release.map_or("none".to_owned(), short);
        let (found, wanted) = (name(running.release.as_deref()), name(expected.digest));
        return Err(format!("the {word} is of release {found} ({}), not of {wanted}", running.version));
    }
    is_able(word, running, expected.before)
}

/// Whether it is the process that was started, and started since.
fn is_started(word: &str, running: &Running, expected: &Expected<'_>) -> Result<(), String> {
    let pid = running.pid;
    match expected.pid {
        None => return Err(format!("the {word} has no process that its supervisor knows")),
        Some(known) if known != pid => {
            return Err(format!("process {pid} answers for the {word}, which is process {known}"));
        }
        Some(_) => {}
    }
    match expected.before {
        _ if running.boot.is_empty() => Err(format!("the {word} does not say by which start it runs")),
        Seen::Up(before) if before.boot == running.boot => {
            Err(format!("the {word} that answers was not started anew"))
        }
        _ => Ok(()),
    }
}

/// Whether all is good again that was.
fn is_able(word: &str, running: &Running, before: &Seen) -> Result<(), String> {
    let Seen::Up(before) = before else { return Ok(()) };
    let lost = before.functions.iter().filter(|function| function.able).filter_map(|before| {
        let now = running.functions.iter().find(|now| now.name == before.name);
        match now {
            Some(now) if now.able => None,
            Some(now) => Some(format!("{}: {}", now.name, now.found)),
            None => Some(format!("{}: it says nothing of it", before.name)),
        }
    });
    let lost: Vec<_> = lost.collect();
    match lost.is_empty() {
        true => Ok(()),
        false => Err(format!("the {word} is no longer able: {}", lost.join("; "))),
    }
}

/// As much of a digest as people compare.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Function;

    use super::*;

    fn running(release: &str, boot: &str, pid: u32, functions: &[(&str, bool)]) -> Seen {
        let function = |(name, able): &(&str, bool)| Function {
            name: (*name).to_owned(),
            able: *able,
            found: if *able { "fine" } else { "broken" }.to_owned(),
        };
        Seen::Up(Running {
            version: "1.2.3".to_owned(),
            pid,
            release: Some(release.to_owned()).filter(|release| !release.is_empty()),
            boot: boot.to_owned(),
            functions: functions.iter().map(function).collect(),
        })
    }

    #[track_caller]
    fn check(before: &Seen, seen: &Seen, pid: Option<u32>, expect: Result<(), &str>) {
        let expected = Expected { digest: Some("new"), before, pid };
        let verdict = judge(Program::Agent, seen, &expected);
        assert_eq!(verdict.as_ref().map(|()| ()).map_err(String::as_str), expect);
    }

    #[test]
    fn only_the_new_release_in_a_new_process_that_is_as_able_will_do() {
        let before = running("old", "one", 1, &[("docker", true), ("door", false)]);
        let good = running("new", "two", 2, &[("docker", true), ("door", false)]);
        check(&before, &good, Some(2), Ok(()));
        check(&Seen::Down("it was broken".into()), &good, Some(2), Ok(()));
        check(&before, &Seen::Down("nobody".into()), None, Err("the agent does not answer: nobody"));
        check(&before, &good, Some(3), Err("process 2 answers for the agent, which is process 3"));
        check(&before, &good, None, Err("the agent has no process that its supervisor knows"));
        let old = running("old", "two", 2, &[("docker", true)]);
        check(&before, &old, Some(2), Err("the agent is of release old (1.2.3), not of new"));
        let nameless = running("", "two", 2, &[("docker", true)]);
        check(&before, &nameless, Some(2), Err("the agent is of release none (1.2.3), not of new"));
        let same = running("new", "one", 2, &[("docker", true)]);
        check(&before, &same, Some(2), Err("the agent that answers was not started anew"));
        let silent = running("new", "", 2, &[("docker", true)]);
        check(&before, &silent, Some(2), Err("the agent does not say by which start it runs"));
    }

    #[test]
    fn what_it_was_able_to_do_it_must_be_able_to_do_again() {
        let before = running("old", "one", 1, &[("docker", true), ("door", true), ("log", false)]);
        let check = |functions, expect| check(&before, &running("new", "two", 2, functions), Some(2), expect);
        check(&[("docker", true), ("door", true)], Ok(()));
        check(&[("docker", true), ("door", true), ("log", true), ("more", false)], Ok(()));
        check(&[("docker", false), ("door", true)], Err("the agent is no longer able: docker: broken"));
        let text = "the agent is no longer able: docker: it says nothing of it; door: broken";
        check(&[("door", false)], Err(text));
    }
}
