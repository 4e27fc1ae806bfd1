//! Claims that tests of a package show: they print figures, each in a line behind a mark.

use anyhow::{Context as _, Result, ensure};
use lab::{process, workspace};

/// Runs tests of a package, with these words for `nextest` and these variables, and gives back what they say.
///
/// # Errors
/// When one fails, with the words that it failed with.
pub(super) fn said(package: &str, words: &[&str], variables: &[(&str, &str)]) -> Result<String> {
    let arguments = ["nextest", "run", "--locked", "--package", package, "--success-output", "immediate"];
    let mut command = process::command("cargo", arguments);
    command.args(words).envs(variables.iter().copied()).current_dir(workspace::root());
    let output = command.output().context("starting the tests")?;
    let said = process::both(&output);
    ensure!(output.status.success(), "{}", faults(&said));
    Ok(said)
}

/// The same; what they print behind `mark`, line by line.
///
/// # Errors
/// Also when there is no such line: then nothing was tried.
pub(super) fn printed(
    package: &str,
    words: &[&str],
    variables: &[(&str, &str)],
    mark: &str,
) -> Result<Vec<String>> {
    let said = said(package, words, variables)?;
    let figures = said.lines().filter_map(|line| line.trim().strip_prefix(mark));
    let figures: Vec<_> = figures.map(str::to_owned).collect();
    ensure!(!figures.is_empty(), "nothing was tried: {said}");
    Ok(figures)
}

/// What went wrong: the tests that failed, and the words they failed with.
fn faults(said: &str) -> String {
    let tells = |line: &&str| {
        line.contains("FAIL [")
            || line.contains("SIGABRT [")
            || line.contains(" for ")
            || line.contains(" grew by ")
    };
    let cut = |line: &str| line.trim().chars().take(300).collect::<String>();
    said.lines().filter(tells).map(cut).collect::<Vec<_>>().join("; ")
}
