//! Requests made up from the API's own document, by schemathesis: whatever they ask, none makes it fail.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use lab::{api::Host, process, transport::Site};

use super::Ground;
use crate::traffic;

/// The program that makes them up, from its registry.
const PACKAGE: &str = "schemathesis==4.32.5";

/// Requests of each route and phase, at most, and what they follow from.
const EXAMPLES: &str = "60";
const SEED: &str = "7";

/// What is not asked: it ends the session that asks or has no end.
const LEFT_OUT: [&str; 5] = [
    "/api/v1/auth/logout",
    "/api/v1/auth/change-password",
    "/api/v1/auth/sessions/{id}",
    "/api/v1/config/users/{id}/reset-password",
    "/api/v1/stream",
];

/// Lines that are taken in, so that there is something to be asked for.
const LINES: u64 = 20_000;

/// Runs it against a master with its controller and its listener.
pub(super) fn holds(ground: &Ground, program: &Path) -> Result<String> {
    let site = Site::raise(&ground.folder("schema"), &ground.programs)?;
    let mut host = Host::beside(&site, "")?;
    traffic::write(host.log(), LINES, 41)?;
    host.start()?;
    let admin = host.admin()?;
    host.wait_for(&admin, LINES, std::time::Duration::from_secs(60))?;
    let folder = site.folder();
    let document = folder.join("openapi.json");
    let text = admin.ask("GET", "/api/v1/openapi.json", None)?.body;
    fs::write(&document, text).with_context(|| format!("writing {}", document.display()))?;
    // What stands on a command line everybody sees.
    let settings = folder.join("schemathesis.toml");
    let headers =
        format!("headers = {{ Authorization = \"Bearer {}\" }}\n", admin.token().unwrap_or_default());
    fs::write(&settings, headers).with_context(|| format!("writing {}", settings.display()))?;
    let mut run = process::command(&program.to_string_lossy(), ["--config-file"]);
    run.arg(settings).arg("run").arg(document).args(["--url", &format!("http://{}", host.address())]);
    run.args(["--checks", "not_a_server_error", "--max-examples", EXAMPLES, "--seed", SEED, "--no-color"]);
    run.args(["--generation-database", "none", "--continue-on-failure", "--warnings", "off"]);
    LEFT_OUT.iter().for_each(|path| _ = run.args(["--exclude-path", path]));
    let output = run.current_dir(folder).output().context("starting schemathesis")?;
    let said = process::both(&output);
    let report = folder.join("schemathesis.out");
    fs::write(&report, &said).with_context(|| format!("writing {}", report.display()))?;
    ensure!(output.status.success(), "schemathesis ended with {}: see {}", output.status, report.display());
    ensure!(admin.status("GET", "/api/v1/auth/me")? == 200, "nobody was logged in any more");
    host.api.end()?;
    Ok(summary(&said))
}

/// The lines that count what was tried.
fn summary(said: &str) -> String {
    let lines = said.lines().map(str::trim);
    let told: Vec<_> = lines
        .filter(|line| ["generated", "Selected:", "Tested:"].iter().any(|word| line.contains(word)))
        .map(|line| line.trim_start_matches(|c: char| !c.is_alphanumeric()))
        .collect();
    told.join(", ")
}

/// Installs it in a folder of its own, unless it is there.
pub(super) fn installed(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("bin/st");
    if !program.exists() {
        process::output(process::command("python3", ["-m", "venv"]).arg(folder))?;
        let pip = folder.join("bin/pip");
        process::output(&mut process::command(&pip.to_string_lossy(), ["install", "--quiet", PACKAGE]))
            .with_context(|| format!("installing {PACKAGE}"))?;
    }
    Ok(program)
}
