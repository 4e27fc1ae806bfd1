use super::*;

const GOOD: Check = Check::Good;

fn seen(program: Program, pid: u32) -> Seen {
    let checks = [("door".to_owned(), GOOD), ("docker".to_owned(), GOOD)].into();
    let health = Health { release: Some(Digest::of(b"new")), boot: format!("boot-{pid}"), pid, checks };
    Seen { program, health: Ok(health), main_pid: Some(pid) }
}

/// What is missing where the agent was seen like this, and the forwarder is as it should be.
fn missing(change: impl FnOnce(&mut Seen, &mut Health)) -> Vec<String> {
    let before = [Before::of(&seen(Program::Agent, 1)), Before::of(&seen(Program::Forwarder, 2))];
    let past = before.iter().filter_map(|before| before.boot.clone()).collect();
    let programs = vec![Program::Agent, Program::Forwarder];
    let proof = Proof { release: Digest::of(b"new"), programs, before: &before, past };
    let mut agent = seen(Program::Agent, 3);
    let mut health = agent.health.clone().unwrap();
    change(&mut agent, &mut health);
    agent.health = agent.health.and(Ok(health));
    proof.judge(&[agent, seen(Program::Forwarder, 4)]).err().unwrap_or_default()
}

#[test]
fn a_new_process_of_the_new_release_with_all_that_was_good_is_proof() {
    assert_eq!(missing(|_, _| ()), Vec::<String>::new());
    // What was not there before may be as it is.
    let more = missing(|_, health| drop(health.checks.insert("new".to_owned(), Check::Bad(String::new()))));
    assert_eq!(more, Vec::<String>::new());
}

#[test]
fn everything_that_is_missing_is_told() {
    let check = |missing: Vec<String>, expect: &[&str]| {
        assert_eq!(missing.len(), expect.len(), "{missing:?}");
        for (text, expect) in missing.iter().zip(expect) {
            assert!(text.starts_with("decnet-agent: ") && text.contains(expect), "{text}: no {expect}");
        }
    };
    check(missing(|seen, _| seen.health = Err("refused".to_owned())), &["does not answer: refused"]);
    check(missing(|seen, _| seen.program = Program::Updater), &["nobody asked it"]);
    check(missing(|_, health| health.release = Some(Digest::of(b"old"))), &["runs release"]);
    check(missing(|_, health| health.release = None), &["runs from no release"]);
    check(missing(|_, health| health.boot = "boot-1".to_owned()), &["was not restarted"]);
    check(missing(|_, health| health.boot.clear()), &["was not restarted"]);
    check(missing(|_, health| health.pid = 9), &["process 9 answers, and 3 should"]);
    check(missing(|seen, _| seen.main_pid = None), &["nobody supervises"]);
    check(missing(|_, health| drop(health.checks.remove("door"))), &["door was good and is not told of"]);
    let bad = |health: &mut Health| {
        health.release = None;
        health.checks.insert("docker".to_owned(), Check::Bad("no engine".to_owned()))
    };
    check(missing(|_, health| drop(bad(health))), &["no release", "docker was good and is not: no engine"]);
}

#[test]
fn what_did_not_answer_had_nothing_good() {
    let silent = Seen { health: Err("refused".to_owned()), ..seen(Program::Agent, 1) };
    assert_eq!(Before::of(&silent), Before { program: Program::Agent, boot: None, good: BTreeSet::new() });
    let mut partly = seen(Program::Agent, 1);
    if let Ok(health) = &mut partly.health {
        health.checks.insert("door".to_owned(), Check::Bad("shut".to_owned()));
    }
    assert_eq!(Before::of(&partly).good, ["docker".to_owned()].into());
}
