//! What a visitor may make of a shell, and what happens to who wants more.

use super::{Dialect, harness::run};
use crate::caps;

fn out(text: &str) -> String {
    let outcome = run(Dialect::Bash, text);
    assert_eq!(outcome.err, "", "{text}");
    outcome.out
}

#[test]
fn who_works_for_long_rests() {
    let timed = |steps: u64| {
        let text = format!("TIMEFORMAT=%R; i=0; time while ((i < {steps})); do ((i++)); done");
        run(Dialect::Bash, &text).err.trim().parse::<f64>().unwrap()
    };
    // A turn is three steps: the list of the condition, that of the body, and the loop's own.
    assert_eq!(timed(caps::SHELL_STEPS / 10), 0.0);
    assert!(timed(caps::SHELL_STEPS) > 1.0);
}

#[test]
fn who_writes_more_than_a_pipe_holds_waits() {
    let order = |bytes: usize| {
        let text = format!(
            "x=$(head -c {bytes} /dev/zero | tr '\\0' 1)
             {{ echo -n $x; echo written >&2; }} | {{ sleep 1; echo reads >&2; cat > /dev/null; }}"
        );
        let err = run(Dialect::Bash, &text).err;
        err.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(order(caps::SHELL_PIPE), ["written", "reads"]);
    assert_eq!(order(caps::SHELL_PIPE + 1), ["reads", "written"]);
}

#[test]
fn functions_and_aliases_are_counted() {
    let most = caps::SHELL_FUNCTIONS;
    let text = format!(
        "for ((i=1; i<={}; i++)); do eval \"f$i() {{ :; }}\"; alias a$i=x; done
         type -t f{most} a{most} f{more}; alias | wc -l; declare -F | wc -l",
        most + 5,
        more = most + 1
    );
    assert_eq!(out(&text), format!("function\nalias\n{most}\n{most}\n"));
}

#[test]
fn definitions_are_measured() {
    let most = caps::SHELL_DEFINITIONS;
    let text = format!(
        "x=$(head -c {} /dev/zero | tr '\\0' 1); alias a=$x b=$x c=$x; alias | wc -l
         trap \"$x\" 1 2 3; trap > t; wc -l < t
         eval \"f() {{ : $x; }}; g() {{ : $x; }}; h() {{ : $x; }}\"; declare -F",
        most * 2 / 5
    );
    assert_eq!(out(&text), "2\n2\ndeclare -f f\ndeclare -f g\n");
}

#[test]
fn scripts_are_read_to_a_bound() {
    let text = format!(
        "{{ echo 'echo a'; head -c {} /dev/zero | tr '\\0' '#'; echo; echo 'echo b'; }} > s
         sh s; . ./s; head -n 1 s > t; sh t",
        caps::SHELL_SCRIPT
    );
    assert_eq!(out(&text), "a\na\na\n");
}

#[test]
fn expressions_are_tried_so_often() {
    let text = |count: usize| format!("echo{} | wc -w", " $((1))".repeat(count));
    assert_eq!(out(&text(caps::SHELL_ATTEMPTS)), format!("{}\n", caps::SHELL_ATTEMPTS));
    let outcome = run(Dialect::Bash, &text(caps::SHELL_ATTEMPTS + 1));
    assert_eq!((outcome.out.as_str(), outcome.status), ("", 2), "{}", outcome.err);
}

#[test]
fn commands_nest_so_deep() {
    let text = |depth: usize| format!("{}echo x{}", "{ ".repeat(depth), "; }".repeat(depth));
    assert_eq!(out(&text(caps::SHELL_DEPTH / 4)), "x\n");
    let outcome = run(Dialect::Bash, &text(caps::SHELL_DEPTH + 1));
    assert_eq!((outcome.out.as_str(), outcome.status), ("", 2), "{}", outcome.err);
}

#[test]
fn calls_nest_so_deep() {
    let text = "f() { echo $1; f $(($1+1)); }; f 1";
    let outcome = run(Dialect::Bash, text);
    assert!(outcome.out.lines().count() <= caps::SHELL_CALLS, "{}", outcome.out);
    assert!(outcome.out.lines().count() > caps::SHELL_CALLS / 2, "{}", outcome.out);
}

#[test]
fn processes_are_counted() {
    let most = caps::SHELL_PROCESSES;
    let text = format!("for ((i=0; i<{}; i++)); do sleep 9 & done; jobs -p | wc -l", most + 9);
    let outcome = run(Dialect::Bash, &text);
    assert!(outcome.err.contains("fork: retry: Resource temporarily unavailable"), "{}", outcome.err);
    // Those that ended make room again, and are forgotten.
    let text = format!("for ((i=0; i<{}; i++)); do : & wait; done; echo $!; jobs | wc -l", most * 3);
    assert!(out(&text).ends_with("\n0\n"));
}

#[test]
fn jobs_that_ended_are_forgotten() {
    let text = "for ((i=0; i<500; i++)); do : & sleep 0.01; done; jobs | wc -l";
    let count: usize = out(text).trim().parse().unwrap();
    assert!(count <= caps::SHELL_PROCESSES, "{count}");
}

#[test]
fn words_expand_to_a_bound() {
    let outcome = run(
        Dialect::Bash,
        "x=$(head -c 100000 /dev/zero | tr '\\0' 1); echo $x$x$x$x$x$x | wc -c; x=$(yes); echo ${#x}",
    );
    let sizes: Vec<usize> = outcome.out.lines().map(|line| line.parse().unwrap()).collect();
    assert!(sizes.iter().all(|size| *size <= caps::SHELL_EXPANSION + 1), "{sizes:?} {}", outcome.err);
}

/// Programs that would go on for ever, and what comes after them.
#[test]
fn work_has_an_end() {
    let check = |text: &str, cap: usize| {
        let outcome = run(Dialect::Bash, &format!("{text}; echo over"));
        assert!(outcome.out.ends_with("over\n"), "{cap}: {text}: {outcome:?}");
    };
    check("echo | sed ':a;ba'", caps::SED_STEPS);
    check("awk 'BEGIN { while (1); }'", caps::AWK_STEPS);
    check("head -c 400 /dev/zero | tr '\\0' 0 | grep -cE '(0|00)*x(y)\\2'", caps::REGEX_STEPS);
    check("x=$(head -c 5000 /dev/zero | tr '\\0' 0); [[ $x == *0*0*0*0*0*0*2 ]]", caps::PATTERN_STEPS);
}

#[test]
fn programs_hold_and_visit_to_a_bound() {
    let count = |text: &str| out(text).trim().parse::<usize>().unwrap();
    let sorted = count("head -c 2097152 /dev/zero | tr '\\0' x | sort | wc -c");
    assert!((caps::PROGRAM_INPUT..=caps::PROGRAM_INPUT + 1).contains(&sorted), "{sorted}");
    let found = count("find / / / / / / / / | wc -l");
    assert!(found > caps::PROGRAM_FILES / 2 && found <= caps::PROGRAM_FILES, "{found}");
}

/// One of these words is the work of hundreds of commands.
#[test]
fn long_words_are_work() {
    let word = "$$".repeat(10_000);
    let text = format!("TIMEFORMAT=%R; i=0; time while ((i < 40)); do ((i++)); : {word}; done");
    assert!(run(Dialect::Bash, &text).err.trim().parse::<f64>().unwrap() > 1.0);
}
