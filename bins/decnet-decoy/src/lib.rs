//! The process of a decoy: what stands around the driver in `decnet_decoy`.
//!
//! It reads its persona from one environment variable, raises its limit of open files, gives
//! up what it never needs again ([`jail`]), serves until SIGTERM or SIGINT, and reaps what a
//! PID 1 must reap. `apply` changes the services of a running one.

mod args;
mod jail;
mod process;

use std::{
    io::{Read as _, Write as _},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use decnet_decoy::{
    Emitter, Host,
    driver::{self, Bind, Driver},
};
use decnet_event::{Boot, Kind};
use decnet_proto::persona::{CONFIG_VERSION, DecoyConfig, ENV_NAME, MAX_CONFIG};

pub use args::{Command, ServeOptions, UsageError};

/// Where a running decoy listens for changes: in memory, in its own container.
const CONTROL: &str = "/run/ctl";
/// How long sessions have to say that they end.
const LAST_WORDS: Duration = Duration::from_millis(50);
/// How long nobody comes before what visitors needed is given back.
const QUIET: Duration = Duration::from_secs(60);
/// How long the last events may wait for their reader; less than engines give before SIGKILL.
const DRAIN: Duration = Duration::from_secs(5);

/// Does what the command line asks.
///
/// # Errors
/// A chain that says what was attempted and why it failed.
pub fn run(command: Command) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(1)
        .thread_keep_alive(Duration::from_secs(1))
        .build()
        .context("cannot start the runtime")?;
    match command {
        Command::Help(text) => print(text.as_bytes()),
        Command::Apply => runtime.block_on(apply()),
        Command::Serve(options) => {
            let _guard = runtime.enter();
            let stop = process::StopSignals::hear()?;
            let config = configuration(&options)?;
            process::raise_file_limit();
            jail::enter().context("cannot give up system calls")?;
            runtime.block_on(serve(config, &options, stop))
        }
    }
}

fn print(bytes: &[u8]) -> anyhow::Result<()> {
    std::io::stdout().write_all(bytes).context("cannot write to standard output")
}

fn configuration(options: &ServeOptions) -> anyhow::Result<DecoyConfig> {
    let (text, place) = match &options.config {
        Some(path) => {
            let text =
                std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            (text, path.display().to_string())
        }
        None => {
            let text =
                std::env::var(ENV_NAME).with_context(|| format!("the variable {ENV_NAME} is not set"))?;
            (text, ENV_NAME.to_owned())
        }
    };
    if text.len() > MAX_CONFIG {
        bail!("{place} has {} bytes, more than {MAX_CONFIG}", text.len());
    }
    let config: DecoyConfig = serde_json::from_str(&text).with_context(|| format!("{place} is not valid"))?;
    if config.version != CONFIG_VERSION {
        bail!("{place} has version {}, this build reads {CONFIG_VERSION}", config.version);
    }
    Ok(config)
}

async fn serve(
    config: DecoyConfig,
    options: &ServeOptions,
    stop: process::StopSignals,
) -> anyhow::Result<()> {
    let boot = Boot(getrandom::u64().context("no random numbers")?);
    let emitter = Arc::new(Emitter::new(config.persona.decky.to_string(), boot));
    let host = Arc::new(Host::new(config.persona, Arc::clone(&emitter)));
    let out = driver::standard_output().context("cannot open standard output")?;
    let driver = Driver::new(host, Bind { address: options.listen, offset: options.port_offset });

    let mut writer = tokio::spawn({
        let emitter = Arc::clone(&emitter);
        async move { emitter.run(out).await }
    });
    let report = driver.apply(config.services).await;
    for (service, error) in &report.failed {
        diagnose(&format!("{service}: {error}"));
    }
    driver.say(Kind::Startup { version: env!("CARGO_PKG_VERSION"), services: driver.services() });
    process::give_back_file();

    let control = options.control.clone().unwrap_or_else(|| CONTROL.into());
    let reason = tokio::select! {
        reason = stop.first() => reason,
        never = process::reap() => match never? {},
        never = rest(&driver) => match never {},
        never = listen_for_changes(Arc::clone(&driver), &control) => match never {},
        written = &mut writer => {
            written.context("the writer of events ended")?.context("cannot write events")?;
            return Ok(());
        }
    };
    driver.stop();
    // Sessions say their last word when they next run.
    tokio::time::sleep(LAST_WORDS).await;
    driver.say(Kind::Shutdown { reason });
    emitter.close();
    match tokio::time::timeout(DRAIN, writer).await {
        Ok(written) => Ok(written.context("the writer of events ended")?.context("cannot write events")?),
        Err(_) => bail!("nobody read the last events within {} seconds", DRAIN.as_secs()),
    }
}

/// Gives back after visitors what serving them read of our own file.
async fn rest(driver: &Driver) -> std::convert::Infallible {
    let (mut last, mut done) = (0, 0);
    loop {
        tokio::time::sleep(QUIET).await;
        let visits = driver.visits();
        if visits == last && visits != done && driver.is_quiet() {
            process::give_back_file();
            done = visits;
        }
        last = visits;
    }
}

/// Serves changes for ever; without a place for its socket a decoy runs on as it is.
async fn listen_for_changes(driver: Arc<Driver>, path: &Path) -> std::convert::Infallible {
    if let Err(error) = driver::serve_control(driver, path).await {
        diagnose(&format!("no changes while running: {error}"));
    }
    std::future::pending().await
}

async fn apply() -> anyhow::Result<()> {
    let mut wanted = Vec::new();
    let limit = MAX_CONFIG as u64 + 1;
    std::io::stdin().take(limit).read_to_end(&mut wanted).context("cannot read standard input")?;
    if wanted.len() > MAX_CONFIG {
        bail!("more than {MAX_CONFIG} bytes on standard input");
    }
    let answer = driver::request(Path::new(CONTROL), &wanted).await?;
    print(&answer)?;
    print(b"\n")
}

fn diagnose(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
