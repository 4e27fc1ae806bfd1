//! What ends up in a file.

use decnet_event::wire::decode;
use tracing::{Level, dispatcher::with_default};

use super::*;

/// The lines that `speak` leaves in a file.
fn lines(level: LevelFilter, speak: impl FnOnce()) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("log/system.log");
    let sink = Sink::File(RotatingFile::open(&path).expect("opened"));
    let subscriber = tracing_subscriber::registry().with(Lines::new(vec![sink]).with_level(level));
    with_default(&subscriber.into(), speak);
    std::fs::read_to_string(path).expect("read").lines().map(str::to_owned).collect()
}

#[test]
fn a_line_in_a_file_is_rfc_5424_with_the_component_as_app_name() {
    let written = lines(LevelFilter::INFO, || {
        tracing::warn!(target: "collector", gap = 3, "lines\nare missing");
        tracing::info!("listening");
    });
    let [first, second] = written.as_slice() else { panic!("{written:?}") };
    let record = decode(first.as_bytes()).expect("a line");
    assert_eq!((record.priority, record.app_name), (16 * 8 + 4, "collector"));
    assert_eq!(record.proc_id, std::process::id().to_string());
    assert_eq!(record.message, b"lines\\x0aare missing gap=3");
    let record = decode(second.as_bytes()).expect("a line");
    assert_eq!((record.priority, record.app_name), (16 * 8 + 6, "daemon"));
    assert!(record.msg_id.starts_with("decnet_daemon.diagnostics"), "{}", record.msg_id);
}

#[test]
fn debug_is_for_developers() {
    let speak = || {
        tracing::debug!("detail");
        tracing::event!(Level::ERROR, "failure");
    };
    assert_eq!(lines(LevelFilter::INFO, speak).len(), 1);
    assert_eq!(lines(LevelFilter::DEBUG, speak).len(), 2);
}

#[test]
fn a_component_is_the_crate_or_what_a_call_names() {
    let check = |target: &str, expected: &str| assert_eq!(line::component(target), expected);
    check("decnet_engine::docker::exec", "engine");
    check("decnet_agent", "agent");
    check("collector", "collector");
    check("hyper::proto", "hyper");
}
