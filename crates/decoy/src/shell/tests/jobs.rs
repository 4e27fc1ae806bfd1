//! Jobs, traps and signals, as bash 5.2 of Debian 12 has them.

use super::{Dialect, harness::run};

/// Process ids become `N`.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let words = line.split_inclusive(' ').map(|word| match word.trim().parse::<u32>() {
            Ok(300..) => word.replacen(word.trim(), "N", 1),
            _ => word.to_owned(),
        });
        out.extend(words);
    }
    out
}

fn check_in(dialect: Dialect, text: &str, out: &str, err: &str) {
    let outcome = run(dialect, text);
    assert_eq!((plain(&outcome.out).as_str(), plain(&outcome.err).as_str()), (out, err), "{text}");
}

fn check(text: &str, out: &str) {
    check_in(Dialect::Bash, text, out, "");
}

#[test]
fn who_writes_to_a_closed_pipe_is_ended() {
    check("yes | head -1; echo ${PIPESTATUS[@]}", "y\n141 0\n");
    check("yes | head -1; echo $?", "y\n0\n");
    check("set -o pipefail; yes | head -1; echo $?", "y\n141\n");
    check("while echo y; do :; done | head -1; echo ${PIPESTATUS[@]}", "y\n141 0\n");
    check("seq 100000 | head -1; echo ${PIPESTATUS[@]}", "1\n141 0\n");
    check("cat /dev/zero | head -c 1 >/dev/null; echo ${PIPESTATUS[@]}", "141 0\n");
    check("yes | true; echo ${PIPESTATUS[@]}", "141 0\n");
    check("for i in 1 2 3; do echo $i; done | head -1; echo ${PIPESTATUS[@]}", "1\n0 0\n");
    check("yes | head -1 & wait; echo $?", "y\n0\n");
}

#[test]
fn traps_run_after_the_command() {
    check("trap 'echo bye' EXIT; echo hi", "hi\nbye\n");
    check("trap 'echo int' INT; kill -INT $$; echo after $?", "int\nafter 0\n");
    check("trap 'echo term; exit 3' TERM; kill $$; echo after", "term\n");
    check("trap '' TERM; kill $$; echo after", "after\n");
    check("trap 'echo 0' 0; trap -p", "trap -- 'echo 0' EXIT\n0\n");
    check("(trap 'echo sub' EXIT; exit 2); echo $?", "sub\n2\n");
    check("trap 'echo outer' EXIT; (echo in); x=$(echo hi); echo $x", "in\nhi\nouter\n");
    check("trap 'echo q' EXIT; exec true", "");
    check("f() { trap 'echo infun' EXIT; }; f; echo body", "body\ninfun\n");
    check("trap 'echo e' ERR; false; true; false || true", "e\n");
    check(
        "trap 'echo x' INT TERM EXIT; trap; trap -p INT; trap - INT; trap -p",
        "trap -- 'echo x' EXIT\ntrap -- 'echo x' SIGINT\ntrap -- 'echo x' SIGTERM\n\
         trap -- 'echo x' SIGINT\ntrap -- 'echo x' EXIT\ntrap -- 'echo x' SIGTERM\nx\n",
    );
    let unknown = "bash: line 1: trap: NOSUCH: invalid signal specification\n";
    check_in(Dialect::Bash, "trap foo NOSUCH; echo $?", "1\n", unknown);
}

#[test]
fn jobs_are_listed_waited_for_and_ended() {
    check("sleep 100 & jobs; kill %1; wait; echo $?", "[1]+  Running                 sleep 100 &\n0\n");
    check("sleep 100 & kill $!; wait $!; echo $?", "143\n");
    let killed = "bash: line 1: N Killed                  sleep 100\n";
    let (command, padded) = ("sleep 100 & kill -9 $!; wait $!; echo $?; jobs", killed.replace(": N", ":  N"));
    let outcome = run(Dialect::Bash, command);
    assert_eq!(outcome.out, "137\n");
    assert!([killed, &padded].contains(&plain(&outcome.err).as_str()), "{}", outcome.err);
    check("(exit 3) & wait $!; echo $?", "3\n");
    check("(exit 3) & (exit 4) & wait -n; echo $?; wait; echo $?", "3\n0\n");
    check("wait -n; echo $?", "127\n");
    check("sleep 0.1 & sleep 0.2 & wait -n; jobs", "[2]+  Running                 sleep 0.2 &\n");
    check("sleep 0.1 & wait -n -p v; echo $? ${v:+set}", "0 set\n");
    check("sleep 5 & disown; jobs; echo $?", "0\n");
    check("false & wait %1; echo $?; jobs", "1\n");
    check("{ sleep 0.1; echo bg; } & echo fg; wait", "fg\nbg\n");
    check("set -m; sleep 0.1 & fg; echo $?", "sleep 0.1\n0\n");
    check(
        "sleep 3 & sleep 4 & echo %- %+; jobs -p | wc -l; jobs -r",
        "%- %+\n2\n[1]-  Running                 sleep 3 &\n[2]+  Running                 sleep 4 &\n",
    );
    check("sleep 100 & sleep 100 & kill $(jobs -p); wait; jobs; echo $?", "0\n");
    check("kill -l 141; kill -l PIPE; kill -0 $$; echo $?", "PIPE\n13\n0\n");
}

#[test]
fn what_is_no_job_is_said() {
    let check = |text: &str, out: &str, err: &str| check_in(Dialect::Bash, text, out, err);
    check("jobs %5; echo $?", "1\n", "bash: line 1: jobs: %5: no such job\n");
    check("kill %1; echo $?", "1\n", "bash: line 1: kill: %1: no such job\n");
    check("disown; echo $?", "1\n", "bash: line 1: disown: current: no such job\n");
    check("disown %3; echo $?", "1\n", "bash: line 1: disown: %3: no such job\n");
    check("fg; echo $?", "1\n", "bash: line 1: fg: no job control\n");
    check("bg; echo $?", "1\n", "bash: line 1: bg: no job control\n");
    check("wait %1; echo $?", "127\n", "bash: line 1: wait: %1: no such job\n");
    check("wait -n 5; echo $?", "127\n", "bash: line 1: wait: 5: no such job\n");
    check_in(Dialect::Dash, "jobs %5; echo $?", "2\n", "sh: 1: jobs: No such job: %5\n");
    check_in(Dialect::Dash, "wait -n; echo $?", "2\n", "sh: 1: wait: Illegal option -n\n");
}

#[test]
fn who_is_ended_by_a_signal_is_told_of() {
    let killed = run(Dialect::Bash, "bash -c 'kill -9 $$; :'; echo $?");
    assert_eq!(killed.out, "137\n");
    let text = killed.err.replace("  ", " ");
    assert!(text.starts_with("bash: line 1: ") && text.contains(" Killed "), "{text:?}");
    assert!(text.ends_with(" bash -c kill -9 $$; :\n"), "{text:?}");
    check_in(Dialect::Bash, "sh -c 'kill -TERM $$'; echo $?", "143\n", "Terminated\n");
    check("sh -c 'kill -PIPE $$'; echo $?", "141\n");
    check("sh -c 'kill -INT $$'; echo $?", "130\n");
    check_in(Dialect::Dash, "sh -c 'kill -9 $$'; echo $?", "137\n", "Killed\n");
    check_in(Dialect::Dash, "sleep 100 & kill -9 $!; wait $!; echo $?", "137\n", "Killed\n");
}

#[test]
fn the_last_program_takes_the_place_of_its_shell() {
    let last = "ps -o args= -p $$ | cat; ps -o args= -p $$";
    let shown = |dialect, text: &str| plain(&run(dialect, text).out);
    assert_eq!(shown(Dialect::Bash, "ps -o args= -p $$"), "ps -o args= -p N\n");
    assert_eq!(shown(Dialect::Bash, "true && ps -o args= -p $$"), "ps -o args= -p N\n");
    assert!(shown(Dialect::Bash, last).ends_with("\nps -o args= -p N\n"));
    for kept in [
        "trap '' EXIT; ps -o args= -p $$",
        "ps -o args= -p $$; :",
        "{ ps -o args= -p $$; }",
        "(ps -o args= -p $$)",
        "ps -o args= -p $$ 2>&1",
        "echo $(ps -o args= -p $$)",
    ] {
        assert_eq!(shown(Dialect::Bash, kept), "-bash\n", "{kept}");
    }
    assert_eq!(shown(Dialect::Bash, "sleep 3 & ps -o args= -p $!; :"), "sleep 3\n");
    assert_eq!(shown(Dialect::Bash, "{ sleep 3; :; } & sleep 1; ps -o args= -p $!; :"), "-bash\n");
    assert_eq!(shown(Dialect::Dash, "ps -o args= -p $$"), "-bash\n");
}
