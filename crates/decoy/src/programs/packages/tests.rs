//! What the real programs said where no name was resolved, and what ours say.

use super::super::network::tests::{ALPINE, DEBIAN, compare, folder, run};

/// The visitor's machine is newer than the one on which some were recorded.
fn plain(text: &str) -> String {
    text.replace(
        "dpkg: warning: failed to open configuration file '/root/.dpkg.cfg' for reading: Permission denied\n",
        "",
    )
}

#[test]
fn package_managers_say_what_the_real_ones_say() {
    assert!(compare(&folder("packages/real/packages.jsonl"), plain) > 30);
}

#[test]
fn an_update_fails_for_each_source() {
    let outcome = run(DEBIAN, "root", "apt-get update");
    let expect = "Err:1 http://deb.debian.org/debian bookworm InRelease\n  Temporary failure resolving 'deb.debian.org'\n";
    assert!(
        outcome.out.contains(expect) && outcome.out.ends_with("Reading package lists...\n"),
        "{outcome:?}"
    );
    let warning = "W: Failed to fetch http://deb.debian.org/debian/dists/bookworm/InRelease  Temporary failure resolving 'deb.debian.org'\n";
    assert!(outcome.err.starts_with(warning), "{outcome:?}");
    assert_eq!(outcome.status, 0);
}

#[test]
fn what_is_installed_is_what_the_machine_has() {
    let outcome = run(DEBIAN, "root", "dpkg -l bash");
    assert!(
        outcome.out.ends_with("GNU Bourne Again SHell\n")
            && outcome.out.contains("\nii  bash           5.2.15-2+b7  amd64        "),
        "{}",
        outcome.out
    );
    assert_eq!(run(DEBIAN, "root", "dpkg -S /bin/ls").out, "coreutils: /bin/ls\n");
    assert_eq!(run("Rocky Linux 9.5 (Blue Onyx)", "root", "rpm -q bash").out, "bash-5.1.8-9.el9.x86_64\n");
    assert_eq!(run(ALPINE, "root", "apk add gcc").status, 1);
    assert!(
        run("CentOS Linux 7 (Core)", "mhansen", "yum install -y gcc")
            .err
            .ends_with("You need to be root to perform this command.\n")
    );
}

#[test]
fn services_are_those_that_run() {
    let outcome = run(DEBIAN, "root", "systemctl status ssh");
    assert!(outcome.out.starts_with("● ssh.service - OpenBSD Secure Shell server\n     Loaded: loaded (/lib/systemd/system/ssh.service; enabled; preset: enabled)\n     Active: active (running) since "), "{}", outcome.out);
    assert_eq!(run(DEBIAN, "root", "systemctl is-active cron").out, "active\n");
    assert_eq!(
        run(DEBIAN, "root", "systemctl stop nosuch").err,
        "Failed to stop nosuch.service: Unit nosuch.service not loaded.\n"
    );
    assert_eq!(
        run(DEBIAN, "root", "systemctl disable firewalld").err,
        "Failed to disable unit: Unit file firewalld.service does not exist.\n"
    );
    assert_eq!(
        run("CentOS Linux 7 (Core)", "root", "service iptables stop").err,
        "Redirecting to /bin/systemctl stop iptables.service\nFailed to stop iptables.service: Unit iptables.service not loaded.\n"
    );
    assert!(run(DEBIAN, "root", "systemctl").out.contains("  cron.service "));
    assert!(run(DEBIAN, "root", "journalctl -n 3").out.lines().count() == 3);
    assert!(
        run(DEBIAN, "mhansen", "systemctl restart ssh").err.starts_with("Failed to restart ssh.service: ")
    );
}

#[test]
fn patterns_match_as_in_a_shell() {
    let check = |pattern, name, expect| assert_eq!(super::matches(pattern, name), expect, "{pattern} {name}");
    check("libc*", "libc6", true);
    check("*ss?", "openss", false);
    check("*ss?", "openss1", true);
    check("bash", "bash", true);
    check("*", "", true);
    check("a*b*c", "aXbYbZc", true);
}
