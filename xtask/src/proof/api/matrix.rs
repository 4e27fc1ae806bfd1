//! Every route of the document, asked by everybody.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use lab::api::{Client, Host, PASSWORD};
use serde_json::{Value, json};

use super::Ground;

/// The first password of users that are added.
const FIRST: &str = "a first word of mine";

/// What stands for the thing that a route is about; there is none of it.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Who may, as the document says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowed {
    Anybody,
    Users,
    Viewers,
    Administrators,
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    /// Somebody with a token that nobody gave out.
    Stranger,
    /// Somebody whose password has to be changed first.
    New,
    Viewer,
    Administrator,
}

impl Allowed {
    /// What the document says of a route.
    fn of(operation: &Value) -> Result<Self> {
        let Some(security) = operation.get("security").and_then(Value::as_array) else {
            return Ok(Self::Anybody);
        };
        let Some(needed) = security.first() else { return Ok(Self::Anybody) };
        let roles = needed.get("bearer").and_then(Value::as_array).context("an unknown security")?;
        let names = |name: &str| roles.iter().any(|role| role == name);
        Ok(match (names("viewer"), names("admin")) {
            (true, _) => Self::Viewers,
            (false, true) => Self::Administrators,
            (false, false) => Self::Users,
        })
    }

    /// The status that somebody is to be refused with, if he is.
    const fn refuses(self, who: Who) -> Option<u16> {
        match (self, who) {
            (Self::Anybody, _)
            | (_, Who::Administrator)
            | (Self::Users, Who::New | Who::Viewer)
            | (Self::Viewers, Who::Viewer) => None,
            (_, Who::Nobody | Who::Stranger) => Some(401),
            (_, Who::New | Who::Viewer) => Some(403),
        }
    }
}

/// Asks all of it, over the wire.
pub(super) fn holds(ground: &Ground) -> Result<String> {
    let mut host = Host::make(&ground.folder("matrix"), &ground.programs, "")?;
    host.start()?;
    let everybody = everybody(&host)?;
    let document: Value = host.client().get("/api/v1/openapi.json")?;
    let paths: BTreeMap<String, BTreeMap<String, Value>> =
        serde_json::from_value(document.get("paths").cloned().unwrap_or_default())
            .context("reading paths")?;
    let (mut routes, mut asked) = (0, 0);
    for (path, operations) in &paths {
        for (method, operation) in operations {
            routes += 1;
            let allowed = Allowed::of(operation).with_context(|| path.clone())?;
            asked += route(&everybody, &method.to_uppercase(), path, allowed)?;
        }
    }
    ensure!(routes > 30, "{routes} routes");
    let in_url =
        format!("/api/v1/stats?token={}", everybody.last().and_then(|(_, c)| c.token()).unwrap_or_default());
    ensure!(host.client().status("GET", &in_url)? == 401, "a token in a path lets in");
    host.api.end()?;
    Ok(format!("{routes} routes, {} sorts of people: {asked} answers as they should be", everybody.len()))
}

/// Asks a route as everybody; says how many were.
fn route(everybody: &[(Who, Client)], method: &str, path: &str, allowed: Allowed) -> Result<usize> {
    let path = path.split('/').map(|part| if part.starts_with('{') { NOBODY } else { part });
    let path = path.collect::<Vec<_>>().join("/");
    let mut asked = 0;
    for (who, client) in everybody {
        let refused = allowed.refuses(*who);
        // Whoever logs out asks no more; who logs in without a password is nobody.
        if refused.is_none() && ["/auth/logout", "/auth/login"].iter().any(|end| path.ends_with(end)) {
            continue;
        }
        let status = client.status(method, &path)?;
        let right = match refused {
            Some(wanted) => status == wanted,
            // Without an agent or a controller some have nothing to tell.
            None => !matches!(status, 401 | 403 | 500),
        };
        ensure!(right, "{method} {path} is answered with {status} to {who:?}; it is for {allowed:?}");
        asked += 1;
    }
    Ok(asked)
}

fn everybody(host: &Host) -> Result<Vec<(Who, Client)>> {
    let (client, admin) = (host.client(), host.admin()?);
    for (name, role) in [("newcomer", "admin"), ("watcher", "viewer")] {
        let body = json!({"username": name, "password": FIRST, "role": role});
        let answer = admin.ask("POST", "/api/v1/config/users", Some(&body))?;
        ensure!(answer.status == 201, "adding {name}: {}", answer.text());
    }
    let new = client.log_in("newcomer", FIRST)?;
    client.log_in("watcher", FIRST)?.change_password(FIRST)?;
    let viewer = client.log_in("watcher", PASSWORD)?;
    // As long as a token, and nobody's.
    let letters = admin.token().unwrap_or_default().chars().rev().collect::<String>();
    Ok(vec![
        (Who::Nobody, client.clone()),
        (Who::Stranger, client.with(&letters)),
        (Who::New, new),
        (Who::Viewer, viewer),
        (Who::Administrator, admin),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_who_may() {
        let check = |operation: Value, expect, refused: [Option<u16>; 5]| {
            let allowed = Allowed::of(&operation).unwrap();
            assert_eq!(allowed, expect, "{operation}");
            let all = [Who::Nobody, Who::Stranger, Who::New, Who::Viewer, Who::Administrator];
            assert_eq!(all.map(|who| allowed.refuses(who)), refused, "{operation}");
        };
        check(json!({"security": []}), Allowed::Anybody, [None; 5]);
        let (unknown, not) = (Some(401), Some(403));
        let security = |roles: Value| json!({"security": [{"bearer": roles}]});
        check(security(json!([])), Allowed::Users, [unknown, unknown, None, None, None]);
        check(security(json!(["viewer", "admin"])), Allowed::Viewers, [unknown, unknown, not, None, None]);
        check(security(json!(["admin"])), Allowed::Administrators, [unknown, unknown, not, not, None]);
        assert!(Allowed::of(&json!({"security": [{"other": []}]})).is_err());
    }
}
