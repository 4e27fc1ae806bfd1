//! Containers of the operator's own: each line once, whatever it says.

use std::time::{Duration, Instant};

use decnet_event::wire;

use crate::{
    child::Process,
    containers::Containers,
    output::{Written, pause, wait_for},
};

#[test]
fn lines_of_a_custom_container_are_wrapped_each_once() {
    let containers = Containers::new(4);
    let directory = tempfile::tempdir().unwrap();
    let mut process = Process::start(directory.path(), containers.fleet());
    containers.start("own", "custom", &["max-size=10m"], &["other-decky", "2000", "1000"]);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        pause(300);
        process.kill();
        process = Process::start(directory.path(), containers.fleet());
    }
    wait_for(directory.path(), " own t-col-4-own - output ", 2001);
    process.end();

    let written = Written::read(directory.path());
    let run = written.of("own")[0];
    assert_eq!(written.runs.len(), 1, "nobody speaks for another decky");
    assert_eq!(run.len(), 2001, "and one line on standard error");
    assert!(written.gaps.is_empty() && written.lines == 2001);
    let mut lines = Vec::new();
    for line in run.values() {
        let record = wire::decode(line.as_bytes()).unwrap();
        let text = String::from_utf8(record.field("line").unwrap().to_vec()).unwrap();
        match record.field_str("stream").unwrap() {
            "stdout" => lines.push(text),
            stream => assert_eq!((stream, text.as_str()), ("stderr", "a diagnostic, which is no event")),
        }
    }
    assert!(lines == containers.log("own"));
}
