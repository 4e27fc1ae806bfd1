//! What releases start in tests: this very program, which answers as agent or forwarder would.

use std::{env, future::pending, io, path::Path};

use axum::{Json, Router, routing::get};
use decnet_api::{
    server::{Door, Entered, Limits, Plain, serve},
    status::STATUS_PATH,
};
use decnet_daemon::{pidfile::OwnPidFile, provenance};
use decnet_proto::agent::{API_VERSION, Function, Health, Route};
use serde_json::json;
use tokio::net::{UnixListener, UnixStream};

struct Local(UnixListener);

impl Door for Local {
    type Knock = UnixStream;
    type Stream = UnixStream;
    type Peer = ();

    async fn accept(&self) -> io::Result<UnixStream> {
        self.0.accept().await.map(|(stream, _)| stream)
    }

    async fn enter(&self, stream: UnixStream) -> io::Result<Entered<UnixStream, ()>> {
        Ok(Entered { stream, peer: (), expelled: Box::pin(pending()) })
    }
}

/// The release whose program started us.
fn release(does: &str) -> Option<String> {
    let here = env::var("HERE").unwrap();
    let folder = Path::new(&here).parent().unwrap().file_name().unwrap().to_str().unwrap();
    (does != "lies").then(|| folder.rsplit_once('-').unwrap().1.to_owned())
}

fn functions(does: &str) -> Vec<Function> {
    let function = |name: &str, able| Function { name: name.into(), able, found: "as it is".into() };
    vec![function("state", true), function("work", does != "half"), function("luxury", false)]
}

#[tokio::test]
#[ignore = "started by releases"]
async fn runs() {
    let does = env::var("DOES").unwrap();
    let home = env::var("STAND_IN_HOME").unwrap();
    let home = Path::new(&home);
    let (release, functions, boot) = (release(&does), functions(&does), provenance::boot());
    let (version, pid) = ("9.9.9".to_owned(), std::process::id());
    let program = env::var("PROGRAM").unwrap();
    let _named = OwnPidFile::write(home.join(format!("{program}.pid"))).unwrap();
    if does == "hangs" {
        pending::<()>().await;
    }
    if program == "agent" {
        let socket = home.join("agent.sock");
        let _ = std::fs::remove_file(&socket);
        let health = Health { api: API_VERSION, version, pid, release, boot, functions };
        let routes = Router::new().route(Route::Health.path(), get(move || async move { Json(health) }));
        serve(Local(UnixListener::bind(socket).unwrap()), routes, Limits::default(), pending()).await;
    } else {
        let address = env::var("STAND_IN_STATUS").unwrap().parse().unwrap();
        let door = loop {
            // The one before may just be ending.
            if let Ok(door) = Plain::bind(address).await {
                break door;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        };
        let program = json!({
            "version": version, "pid": pid, "release": release, "boot": boot, "functions": functions,
            "receiver": "nobody:1",
        });
        let report = json!({ "healthy": true, "program": program });
        let routes = Router::new().route(STATUS_PATH, get(move || async move { Json(report) }));
        serve(door, routes, Limits::default(), pending()).await;
    }
}
