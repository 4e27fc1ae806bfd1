//! A decoy that is told to stop does so, however early it is told.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "there is no runtime here that a pause could block")]

use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::{
        signal::{Signal, kill},
        stat::Mode,
    },
    unistd::{Pid, mkfifo},
};

const CONFIG: &str = r#"{
    "version": 1,
    "persona": {
        "name": "early",
        "hostname": "early",
        "domain": "corp.example",
        "organisation": "Example Works",
        "ip": "127.0.0.1",
        "mac": null,
        "os": "linux",
        "system": { "pretty_name": "", "banner_name": "", "kernel": "Linux 6.1.0", "machine": "x86_64" },
        "boot_time": 1700000000,
        "users": [],
        "bait": [],
        "key": "0707070707070707070707070707070707070707070707070707070707070707"
    },
    "services": []
}"#;

#[test]
fn a_signal_that_comes_before_the_configuration_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    mkfifo(&config, Mode::S_IRUSR | Mode::S_IWUSR).unwrap();
    let decoy = start(&config, &folder.path().join("control"));
    until(|| handles(decoy.id(), Signal::SIGTERM));
    kill(Pid::from_raw(decoy.id().try_into().unwrap()), Signal::SIGTERM).unwrap();

    File::options().write(true).open(&config).unwrap().write_all(CONFIG.as_bytes()).unwrap();
    let ended = decoy.wait_with_output().unwrap();
    let told = String::from_utf8(ended.stdout).unwrap();
    assert!(ended.status.success(), "{}: {}", ended.status, String::from_utf8_lossy(&ended.stderr));
    assert!(told.contains(" startup ") && told.contains("reason=\"SIGTERM\""), "{told}");
}

fn start(config: &Path, control: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_decnet-decoy"))
        .arg("--config")
        .arg(config)
        .arg("--control")
        .arg(control)
        .args(["--listen", "127.0.0.1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Whether the process has a handler for it; proc(5), `SigCgt`.
fn handles(process: u32, signal: Signal) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap();
    u64::from_str_radix(caught.trim(), 16).unwrap() & (1 << (signal as u32 - 1)) != 0
}

fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "nothing came of it");
        std::thread::sleep(Duration::from_millis(5));
    }
}
