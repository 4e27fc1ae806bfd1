//! Command lines in an empty directory, beside what bash and the programs of Debian 12 made of them.
//!
//! `sessions.jsonl` holds what those said to each text of `sessions.txt`; `RECORD_PROGRAMS=1` asks
//! them again, as root of a Debian 12 that has them.

use std::{os::unix::process::CommandExt as _, path::Path, process::Command};

use serde_json::{Value, json};

use super::intrusions::visit;

/// What came of a text.
type Outcome = (String, String, u64);

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/programs/tests")
}

fn cases() -> Vec<String> {
    let text = std::fs::read_to_string(folder().join("sessions.txt")).unwrap();
    text.trim_end().split("\n%%\n").map(str::to_owned).collect()
}

fn recorded() -> Vec<(String, Outcome)> {
    let text = std::fs::read_to_string(folder().join("sessions.jsonl")).unwrap();
    let case = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| value[key].as_str().unwrap().to_owned();
        (text("text"), (text("out"), text("err"), value["status"].as_u64().unwrap()))
    };
    text.lines().map(case).collect()
}

fn record() {
    let mut lines = String::new();
    for text in cases() {
        let directory = tempfile::tempdir().unwrap();
        let output = Command::new("/bin/bash")
            .arg0("bash")
            .args(["-c", &text])
            .env_clear()
            .envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/root"), ("LANG", "C.UTF-8")])
            .current_dir(directory.path())
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let place = directory.path().to_str().unwrap().to_owned();
        let clean = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&place, "/tmp/t");
        let (out, err) = (clean(&output.stdout), clean(&output.stderr));
        let line = json!({ "text": text, "out": out, "err": err, "status": output.status.code() });
        lines.push_str(&format!("{line}\n"));
    }
    std::fs::write(folder().join("sessions.jsonl"), lines).unwrap();
}

#[test]
fn sessions_go_as_on_debian() {
    if std::env::var_os("RECORD_PROGRAMS").is_some() {
        record();
    }
    let recorded = recorded();
    assert_eq!(recorded.iter().map(|(text, _)| text.clone()).collect::<Vec<_>>(), cases());
    let mut differing = Vec::new();
    for (text, expect) in &recorded {
        let ours = visit(&format!("mkdir -p /tmp/t; cd /tmp/t; export LANG=C.UTF-8; {text}"));
        if ours != *expect {
            differing.push(format!("--- {text}\nreal {expect:?}\nours {ours:?}"));
        }
    }
    let counts = (differing.len(), recorded.len());
    assert!(differing.is_empty(), "{} of {} differ:\n{}", counts.0, counts.1, differing.join("\n"));
}
