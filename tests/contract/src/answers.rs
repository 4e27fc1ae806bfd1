//! What agents answer.

use serde_json::{Value, json};

/// What an agent of a host without troubles answers.
pub fn agent(_: &str, path: &str) -> (u16, Value) {
    let route = path.split('?').next().unwrap_or(path);
    match route {
        "/v1/health" => (200, json!({"api": 1, "version": "0.1.0", "pid": 4711, "boot": "5f1d"})),
        "/v1/site" => (
            200,
            json!({"interface": "nosuch0", "kind": "ethernet", "mac": "00:1b:21:0a:0b:0c", "host_ip": "10.44.0.9",
                   "subnet": "10.44.0.0/24", "gateway": "10.44.0.1", "in_use": ["10.44.0.1", "10.44.0.9"]}),
        ),
        "/v1/status" => (200, status("up")),
        "/v1/deployments" | "/v1/teardowns" => (202, json!({"operation": 3})),
        "/v1/operations/3" => (200, operation(json!([]))),
        "/v1/collector" => (200, collector()),
        "/v1/doctor" => (
            200,
            json!([{"name": "docker", "verdict": "ok", "found": "20.10", "remedy": null},
                   {"name": "wifi", "verdict": "fail", "found": "wlan0", "remedy": "use --ipvlan"}]),
        ),
        _ => (404, json!({"status": 404, "title": "no such route", "detail": path})),
    }
}

/// What runs there, with one decky in this state.
pub fn status(state: &str) -> Value {
    json!({
        "generation": 1, "driver": "macvlan", "engine_error": null, "swarm": null,
        "deckies": [{"name": "cache", "ip": "10.44.0.20", "hostname": "cache-1", "archetype": null, "state": state,
                     "services": [{"name": "redis", "state": "running"}]}],
        "collector": collector()
    })
}

fn collector() -> Value {
    json!({"log_file": "/elsewhere.log", "json_file": "/elsewhere.json", "streams": 1, "lines": 9,
           "artifacts": 0, "gaps": 0})
}

/// An operation that is over, with these failures.
pub fn operation(failures: Value) -> Value {
    json!({"revision": 1, "total": 5, "done": 5, "current": "", "failures": failures, "finished": true})
}
