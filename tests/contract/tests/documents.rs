//! Every command line of the documents is one that the program takes.

use std::path::Path;

use clap::{Command, error::ErrorKind};
use contract::documents::{CommandLine, command_lines};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Why the program does not take it, if so.
fn refusal(command: &Command, line: &CommandLine) -> Option<String> {
    let error = command.clone().try_get_matches_from(&line.words).err()?;
    let is_partial = matches!(
        error.kind(),
        ErrorKind::MissingRequiredArgument
            | ErrorKind::MissingSubcommand
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    );
    let shows = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let fine = shows || is_partial && line.is_mentioned;
    let place = format!("{}:{}", line.document.display(), line.line);
    (!fine).then(|| format!("{place}: {}: {}", line.words.join(" "), error.render()))
}

#[track_caller]
fn check(program: &str, command: &Command, least: usize) {
    let lines = command_lines(root(), program);
    assert!(lines.len() >= least, "only {} command lines of {program}", lines.len());
    let refused: Vec<_> = lines.iter().filter_map(|line| refusal(command, line)).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn commands_of_the_master_are_taken() {
    check("decnet-master", &decnet_master::command(), 10);
}

#[test]
fn commands_of_the_agent_are_taken() {
    check("decnet-agent", &decnet_agent::command(), 1);
}

#[test]
fn commands_of_the_forwarder_are_taken() {
    check("decnet-forwarder", &decnet_forwarder::command(), 3);
}

#[test]
fn commands_of_the_listener_are_taken() {
    check("decnet-listener", &decnet_listener::command(), 3);
}

#[test]
fn commands_of_the_updater_are_taken() {
    check("decnet-updater", &decnet_updater::command(), 3);
}

#[test]
fn a_command_that_is_not_there_is_found() {
    let line = |words: &[&str]| CommandLine {
        document: "d.md".into(),
        line: 1,
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        is_mentioned: false,
    };
    let master = decnet_master::command();
    assert!(refusal(&master, &line(&["decnet-master", "depoly"])).is_some());
    assert!(refusal(&master, &line(&["decnet-master", "status", "--jsn"])).is_some());
    assert!(refusal(&master, &line(&["decnet-master", "status", "--json"])).is_none());
}
