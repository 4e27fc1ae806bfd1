//! Where a service manager has the programs: the helper that asks it, and an updater that asks the helper.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::SocketAddr,
    os::{
        fd::OwnedFd,
        unix::net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use decnet_proto::swarm::updater::Outcome;
use decnet_updater::{
    Supervision,
    units::{Answer, Request, Told, Unit},
};

use crate::{
    host::{Host, end, process, started},
    releases::{Does, worker},
};

/// What the helper's program answers to a line.
fn answered(line: &str) -> Answer {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_decnet-updater-helper"));
    command.arg("answer").stdin(OwnedFd::from(theirs.try_clone().unwrap())).stdout(OwnedFd::from(theirs));
    let mut child = command.env_clear().spawn().unwrap();
    // Its ends of the pair are its own.
    drop(command);
    (&ours).write_all(line.as_bytes()).unwrap();
    let mut text = String::new();
    (&ours).read_to_string(&mut text).unwrap();
    assert!(child.wait().unwrap().success());
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_program_answers_a_request_and_nothing_else() {
    for line in ["restart ssh.service\n", "stop decnet-agent\n", "restart decnet-agent extra\n", "\n"] {
        let Answer::Failed(text) = answered(line) else { panic!("{line} was done") };
        assert!(text.contains("this is no request"), "{line}: {text}");
    }
    // Whether this machine has a service manager or not: it is asked.
    match answered("show decnet-agent\n") {
        Answer::Done(told) => assert!(!told.state.is_empty()),
        Answer::Failed(text) => assert!(text.contains("/usr/bin/systemctl"), "{text}"),
    }
}

/// A service manager of two units, and what it was asked.
#[derive(Clone)]
struct Manager {
    dir: PathBuf,
    status: SocketAddr,
    asked: Arc<Mutex<Vec<(Request, Instant)>>>,
    /// It cancels what it is asked to restart, as where the machine goes down.
    cancels: Arc<Mutex<bool>>,
}

impl Manager {
    /// Serves the helper's socket below `dir`.
    fn serve(dir: &Path, status: SocketAddr) -> (Self, Supervision) {
        let socket = dir.join("helper.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let manager = Self { dir: dir.to_owned(), status, asked: Arc::default(), cancels: Arc::default() };
        let serving = manager.clone();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut line = String::new();
                BufReader::new(&stream).read_line(&mut line).unwrap();
                let answer = serving.answer(line.trim_end().parse().unwrap());
                stream.write_all(&serde_json::to_vec(&answer).unwrap()).unwrap();
            }
        });
        (manager, Supervision::Units(socket))
    }

    fn answer(&self, request: Request) -> Answer {
        self.asked.lock().unwrap().push((request, Instant::now()));
        if matches!(request, Request::Restart(_)) && *self.cancels.lock().unwrap() {
            return Answer::Failed("Job canceled.".to_owned());
        }
        let name = |unit: Unit| unit.name().trim_start_matches("decnet-");
        Answer::Done(match request {
            Request::Restart(unit) => {
                end(&self.dir, name(unit));
                let program = self.dir.join("var/worker/current/bin").join(unit.name());
                started(&self.dir, &program, self.status);
                Told::default()
            }
            Request::Show(unit) => Told {
                main_pid: process(&self.dir, name(unit)).map(|process| process.pid),
                ..Told::default()
            },
            Request::Log(unit) => {
                Told { output: format!("the journal of {}", unit.name()), ..Told::default() }
            }
            Request::Watch => panic!("nobody changes the updater"),
        })
    }
}

impl Manager {
    /// What it was asked to restart, and when.
    fn restarts(&self) -> Vec<(Request, Instant)> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(request, _)| matches!(request, Request::Restart(_))).copied().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_are_started_anew_by_the_helper_and_their_journal_tells_why_a_release_does_not_do() {
    let mut manager = None;
    let host = Host::supervised(|dir, status| {
        let (serving, supervision) = Manager::serve(dir, status);
        manager = Some(serving);
        Some(supervision)
    });
    let host = host.await;
    let next = worker("0.2.0", Does::Well, Does::Well);
    let (status, done) = host.master.push(&next.archive(&host.key)).await;
    assert_eq!((status, done.unwrap().outcome), (200, Outcome::Updated));
    host.is_well(&next).await;

    let bad = worker("0.3.0", Does::Ends, Does::Well);
    let (status, done) = host.master.push(&bad.archive(&host.key)).await;
    let failure = done.unwrap_err();
    assert_eq!((status, failure.rolled_back), (409, true), "{failure:?}");
    assert!(failure.output.contains("decnet-agent:\nthe journal of decnet-agent\n"), "{}", failure.output);
    host.is_well(&next).await;
    let manager = manager.unwrap();
    let restarts: Vec<_> = manager.restarts().into_iter().map(|(request, _)| request).collect();
    let both = [Request::Restart(Unit::Agent), Request::Restart(Unit::Forwarder)];
    assert_eq!(restarts, both.repeat(3), "once to change, once to try, once to go back");

    // What is cancelled may be so because the machine goes down, and then we end before it counts.
    *manager.cancels.lock().unwrap() = true;
    let (status, _) = host.master.push(&worker("0.4.0", Does::Well, Does::Well).archive(&host.key)).await;
    assert_eq!(status, 500);
    let restarts = manager.restarts();
    let [.., (_, cancelled), (_, back), _] = restarts.as_slice() else { panic!("{restarts:?}") };
    assert!(back.duration_since(*cancelled) > Duration::from_secs(2), "it was judged at once");
}
