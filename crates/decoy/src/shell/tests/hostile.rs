//! Texts that mean harm: they end, and leave nothing behind.

use super::{Dialect, harness};

const TEXTS: &[&str] = &[
    ":(){ :|:& };:",
    "f(){ f; }; f",
    "f(){ f | f; }; f",
    "x=a; while [ ${#x} -lt 9999999 ]; do x=$x$x; done; echo ${#x}",
    "eval 'eval \"eval eval eval\"'; e='eval \\$e'; eval $e",
    "echo {1..30000}{1..30000}",
    "a=$(yes); echo ${#a}",
    "yes | head -n 3",
    "cat /dev/zero | head -c 5 | wc -c",
    "echo $((1+$((1+$((1+1))))))",
    "x='x'; echo $((x))",
    "set -- $(seq 1 100000); echo $#",
    "exec 3>&1 4>&1 5>&1; for i in $(seq 1 300); do eval \"exec $((i+5))>&1\"; done",
    ". /tmp/me; echo '. /tmp/me' > /tmp/me; . /tmp/me",
    "echo '/tmp/me2' > /tmp/me2; chmod +x /tmp/me2; /tmp/me2",
    "alias a='a b'; a; alias x='y'; alias y='x'; x",
    "case aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa in *a*a*a*a*a*a*a*a*a*b) ;; esac",
    "printf '%99999999d' 1 | wc -c",
    "trap 'kill $$' EXIT; exit",
    "sh -c 'sh -c \"sh -c sh\"'; bash -c 'bash -c bash'",
    "echo a > /dev/full; ls /proc/self/fd; cat < /dev/tty",
    "while read x; do echo $x; done < /dev/urandom | head -c 10 >/dev/null",
    "kill -9 $$",
    "wait; jobs; fg; bg; disown -a; suspend",
    "cat <<A <<B <<C\nA\nB\nC",
    "/bin/sh -i",
];

#[test]
fn harm_has_an_end() {
    for text in TEXTS {
        for dialect in [Dialect::Bash, Dialect::Dash, Dialect::Ash] {
            let start = std::time::Instant::now();
            let outcome = harness::run(dialect, text);
            let took = start.elapsed();
            println!("{dialect:?} {took:?} {} {text}", outcome.status);
            assert!(took.as_secs() < 20, "{dialect:?} {text} {took:?}");
        }
    }
}
