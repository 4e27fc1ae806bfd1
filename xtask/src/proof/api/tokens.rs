//! Tokens and passwords: in no file that the master writes, whoever puts them where.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use lab::api::{Client, Host, PASSWORD, WEB_PORT};
use serde_json::{Map, Value};

use super::Ground;
use crate::traffic;

/// Lines that are taken in, so that there are rows to be asked for.
const LINES: u64 = 2_000;

/// What a part of a URL that is a secret would be called like.
const SECRETS: [&str; 3] = ["token", "password", "secret"];

/// Uses tokens rightly and wrongly, over the API and over the page, and looks for them in every file.
pub(super) fn hold(ground: &Ground) -> Result<String> {
    let mut host = Host::make(&ground.folder("tokens"), &ground.programs, "")?;
    talkative(&host)?;
    traffic::write(host.log(), LINES, 31)?;
    host.start()?;
    host.start_web()?;
    let first =
        fs::read_to_string(host.record().join("first-password")).context("reading the first password")?;
    let first = first.trim().split_once(' ').map(|(_, password)| password.to_owned()).unwrap_or_default();
    let page = Client::new((std::net::Ipv4Addr::LOCALHOST, WEB_PORT).into());
    let mut secrets = vec![first, PASSWORD.to_owned()];
    let admin = host.admin()?;
    for door in [host.client(), page] {
        let user = door.log_in("admin", PASSWORD)?;
        let token = user.token().unwrap_or_default().to_owned();
        use_it(&door, &user, &token)?;
        secrets.push(token);
    }
    secrets.extend(admin.token().map(str::to_owned));
    let document: Value = admin.get("/api/v1/openapi.json")?;
    if let Some(name) = asked_for(&document).find(|name| SECRETS.iter().any(|word| name.contains(word))) {
        bail!("a route takes {name} in its path or query");
    }
    host.web.end()?;
    host.api.end()?;
    let files = files(host.folder())?;
    let mut bytes = 0;
    for file in &files {
        let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
        bytes += content.len();
        for secret in &secrets {
            let found = memchr::memmem::find(&content, secret.as_bytes());
            ensure!(found.is_none(), "a secret is in {}", file.display());
        }
    }
    Ok(format!("{} secrets, none in {} files of {} KiB", secrets.len(), files.len(), bytes >> 10))
}

/// The names of what routes take in their paths and queries.
fn asked_for(document: &Value) -> impl Iterator<Item = &str> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let operations = paths.filter_map(Value::as_object).flat_map(Map::values);
    let parameters = operations.filter_map(|operation| operation.get("parameters")?.as_array()).flatten();
    parameters.filter_map(|parameter| parameter.get("name")?.as_str())
}

/// Has everything written down that ever is.
fn talkative(host: &Host) -> Result<()> {
    let ini = host.ini();
    let text = fs::read_to_string(&ini).with_context(|| format!("reading {}", ini.display()))?;
    let text = text.replacen("[decnet]\n", "[decnet]\ndeveloper = true\n", 1);
    fs::write(&ini, text).with_context(|| format!("writing {}", ini.display()))
}

/// Asks rightly and wrongly: what is refused may be what is written down.
fn use_it(door: &Client, user: &Client, token: &str) -> Result<()> {
    for path in ["/api/v1/logs?search=wget", "/api/v1/auth/me", "/api/v1/auth/sessions", "/api/v1/metrics"] {
        ensure!(user.status("GET", path)? == 200, "{path} is refused");
    }
    for path in
        ["/api/v1/stats?token=", "/api/v1/stream?access_token=", "/api/v1/nothing/", "/api/v1/attackers/"]
    {
        door.status("GET", &format!("{path}{token}"))?;
        user.status("GET", &format!("{path}{token}"))?;
    }
    door.clone().with(&format!("{token}x")).status("GET", "/api/v1/stats")?;
    user.status("PATCH", &format!("/{token}"))?;
    user.status("POST", "/api/v1/auth/logout").map(drop)
}

/// Every file below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let wrong = || format!("listing {}", folder.display());
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).with_context(wrong)? {
        let entry = entry.with_context(wrong)?;
        let kind = entry.file_type().with_context(wrong)?;
        if kind.is_dir() {
            all.extend(files(&entry.path())?);
        } else if kind.is_file() {
            all.push(entry.path());
        }
    }
    Ok(all)
}
