//! Changing the services of a running decoy: datagrams on a Unix socket in its own memory
//! file system, because a decoy may not `connect` and its root is read-only.
//!
//! A request is a JSON list of [`ServiceSpec`]s, the wanted set; the answer is an
//! [`ApplyReport`] as JSON, or `{"error": …}`.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use decnet_proto::{
    agent::ApplyReport,
    persona::{MAX_CONFIG, ServiceSpec},
};
use thiserror::Error;
use tokio::net::UnixDatagram;

use super::Driver;

/// How long a request waits for its answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why the services could not be changed.
#[derive(Debug, Error)]
pub enum ControlError {
    /// The socket could not be used.
    #[error("cannot {step} {path}")]
    Socket {
        /// What was being attempted.
        step: &'static str,
        /// The socket.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The decoy did not answer.
    #[error("no answer within {} seconds", PATIENCE.as_secs())]
    Silent,
}

fn attempting(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ControlError {
    let path = path.to_owned();
    move |source| ControlError::Socket { step, path, source }
}

/// Answers requests at `path` for ever.
///
/// # Errors
/// [`ControlError::Socket`] when the socket cannot be made or breaks.
pub async fn serve(driver: Arc<Driver>, path: &Path) -> Result<(), ControlError> {
    // Left over from a process of the same container that was killed.
    let _ = std::fs::remove_file(path);
    let socket = UnixDatagram::bind(path).map_err(attempting("listen at", path))?;
    let mut buffer = vec![0; MAX_CONFIG];
    loop {
        let (length, from) = socket.recv_from(&mut buffer).await.map_err(attempting("read from", path))?;
        let answer = answer(&driver, buffer.get(..length).unwrap_or_default()).await;
        if let Some(to) = from.as_pathname() {
            let _ = socket.send_to(&answer, to).await;
        }
    }
}

async fn answer(driver: &Arc<Driver>, request: &[u8]) -> Vec<u8> {
    let answer = match serde_json::from_slice::<Vec<ServiceSpec>>(request) {
        Ok(wanted) => {
            let report: ApplyReport = driver.apply(wanted).await;
            driver.announce(&report);
            serde_json::to_vec(&report)
        }
        Err(error) => serde_json::to_vec(&serde_json::json!({ "error": error.to_string() })),
    };
    answer.unwrap_or_default()
}

/// Sends `request` to the decoy at `path`, from a socket beside it, and returns the answer.
///
/// # Errors
/// [`ControlError`] when the decoy is not there or does not answer.
pub async fn request(path: &Path, request: &[u8]) -> Result<Vec<u8>, ControlError> {
    let own = path.with_extension(std::process::id().to_string());
    let socket = UnixDatagram::bind(&own).map_err(attempting("listen at", &own))?;
    let exchange = async {
        socket.send_to(request, path).await.map_err(attempting("write to", path))?;
        let mut buffer = vec![0; MAX_CONFIG];
        let length = socket.recv(&mut buffer).await.map_err(attempting("read from", &own))?;
        buffer.truncate(length);
        Ok(buffer)
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await.unwrap_or(Err(ControlError::Silent));
    let _ = std::fs::remove_file(&own);
    answer
}
