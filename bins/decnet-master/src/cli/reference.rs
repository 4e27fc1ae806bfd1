//! `docs/reference/cli.md`, from the commands themselves.

use std::fmt::Write as _;

use clap::CommandFactory as _;
use decnet_daemon::Exit;

use super::{Cli, man::with_all_below};

/// The text of `docs/reference/cli.md`.
pub fn reference() -> String {
    let mut command = Cli::command().term_width(100);
    command.build();
    let mut out = "# Commands\n\nGenerated from the commands themselves; do not edit.\n\n".to_owned();
    out.push_str("## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (exit, meaning) in Exit::ALL {
        let _ = writeln!(out, "| {} | {meaning} |", exit as u8);
    }
    for mut page in with_all_below(command) {
        let name = page.get_bin_name().unwrap_or(page.get_name()).to_owned();
        let help = page.render_long_help().to_string();
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        let _ = write!(out, "\n## {name}\n\n```text\n{}\n```\n", help.join("\n").trim_end());
    }
    out
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    #[test]
    fn the_reference_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
        let text = super::reference();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &text).expect("written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, text, "docs/reference/cli.md is stale; run the tests with UPDATE_GOLDEN=1");
    }
}
