//! An agent of a host without troubles, as a program that a master can start.

use std::{env, path::Path};

use contract::{FakeAgent, answers};

fn main() {
    let mut arguments = env::args().skip_while(|argument| argument != "--agent-socket");
    let Some(socket) = arguments.nth(1).or_else(|| env::var("DECNET_AGENT_SOCKET").ok()) else { return };
    let pid = std::process::id();
    let _agent = FakeAgent::start(Path::new(&socket), move |method, path| match path {
        "/v1/health" => (200, serde_json::json!({"api": 1, "version": "0.1.0", "pid": pid})),
        _ => answers::agent(method, path),
    });
    loop {
        std::thread::park();
    }
}
