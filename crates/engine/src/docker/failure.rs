//! Docker's failures in our words: what was attempted, its own message, and whether it will
//! come again.

use bollard::errors::Error;

use super::Docker;
use crate::error::{Attempt, Cause, EngineError, Lasting};

/// Parts of messages that tell of trouble that passes: registry, name service, network, and a
/// kernel that has not let go of a link yet. Lower case.
const PASSING: [&str; 11] = [
    "timeout",
    "timed out",
    "connection refused",
    "connection reset",
    "no route to host",
    "network is unreachable",
    "temporary failure",
    "server misbehaving",
    "unexpected eof",
    "service unavailable",
    "device or resource busy",
];

/// Parts of messages that tell of what will never be, whatever else they say. Lower case.
const LASTING: [&str; 5] =
    ["manifest unknown", "manifest for", "not found", "pull access denied", "repository does not exist"];

impl Docker {
    pub(super) fn failed(&self, attempt: Attempt, error: Error) -> EngineError {
        if connecting_failed(&error) {
            let socket = self.settings().socket.clone();
            return EngineError::Unreachable { socket, source: innermost(&error) };
        }
        let lasting = lasting(&error);
        EngineError::Failed { attempt, lasting, source: cause(error) }
    }
}

/// Refuses for a reason of our own, which will not change.
pub(super) fn refused(attempt: Attempt, reason: impl Into<Cause>) -> EngineError {
    EngineError::Failed { attempt, lasting: Lasting::Permanent, source: reason.into() }
}

/// Whether what was asked for does not exist.
pub(super) const fn is_missing(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

/// Whether what was asked for is in the way of something that exists.
pub(super) const fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 409, .. })
}

/// Whether what was asked for is not allowed, as the removal of a network in use.
pub(super) const fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 403, .. })
}

/// Whether what was asked for is so already.
pub(super) const fn is_so_already(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 304, .. })
}

fn connecting_failed(error: &Error) -> bool {
    match error {
        Error::SocketNotFoundError(_) => true,
        Error::HyperLegacyError { err } => err.is_connect(),
        _ => false,
    }
}

fn lasting(error: &Error) -> Lasting {
    match error {
        Error::DockerResponseServerError { status_code: 503, .. }
        | Error::RequestTimeoutError
        | Error::IOError { .. }
        | Error::HyperLegacyError { .. }
        | Error::HyperResponseError { .. } => Lasting::Transient,
        Error::DockerResponseServerError { status_code: 500, message }
        | Error::DockerStreamError { error: message } => lasting_of_message(message),
        _ => Lasting::Permanent,
    }
}

fn lasting_of_message(message: &str) -> Lasting {
    let message = message.to_lowercase();
    let tells = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    if tells(&PASSING) && !tells(&LASTING) { Lasting::Transient } else { Lasting::Permanent }
}

/// The engine's own message where there is one, without the wrapping of the client.
fn cause(error: Error) -> Cause {
    match error {
        Error::DockerResponseServerError { message, .. } | Error::DockerStreamError { error: message } => {
            message.trim().to_owned().into()
        }
        Error::RequestTimeoutError => "no answer in time".into(),
        other => other.into(),
    }
}

/// Why there is no connection: the words of the system.
fn innermost(error: &Error) -> Cause {
    if let Error::SocketNotFoundError(_) = error {
        return "the socket does not exist".into();
    }
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status_code: u16, message: &str, expect: Lasting) {
        let error = Error::DockerResponseServerError { status_code, message: message.to_owned() };
        assert_eq!(lasting(&error), expect, "{status_code} {message}");
        let error = Error::DockerStreamError { error: message.to_owned() };
        if status_code == 500 {
            assert_eq!(lasting(&error), expect, "stream: {message}");
        }
    }

    #[test]
    fn only_what_may_pass_is_transient() {
        check(500, "Get \"https://registry/v2/\": net/http: TLS handshake timeout", Lasting::Transient);
        check(500, "dial tcp: lookup registry: Temporary failure in name resolution", Lasting::Transient);
        check(500, "dial tcp 10.0.0.1:443: connect: connection refused", Lasting::Transient);
        check(500, "failed to create the macvlan port: device or resource busy", Lasting::Transient);
        check(503, "anything", Lasting::Transient);
        check(500, "manifest for x:1 not found: manifest unknown", Lasting::Permanent);
        check(500, "received unexpected HTTP status: 401", Lasting::Permanent);
        check(500, "connection refused: pull access denied for x", Lasting::Permanent);
        check(500, "OCI runtime create failed: exec: \"/x\": no such file", Lasting::Permanent);
        check(404, "No such image: x", Lasting::Permanent);
        check(409, "Conflict. The container name \"/x\" is already in use", Lasting::Permanent);
        check(400, "invalid tmpfs option timeout", Lasting::Permanent);
    }

    #[test]
    fn the_message_of_the_engine_stands_alone() {
        let message = "No such container: x\n".to_owned();
        let error = Error::DockerResponseServerError { status_code: 404, message };
        assert_eq!(cause(error).to_string(), "No such container: x");
    }

    #[tokio::test]
    async fn a_missing_socket_names_itself_and_the_remedy() {
        let mut settings = super::super::Settings::new("/nowhere");
        settings.socket = "/nowhere/docker.sock".into();
        let docker = Docker::new(settings);
        let error = docker.client().await.unwrap_err();
        let text = crate::chain(&error);
        assert!(text.starts_with("cannot connect to docker at /nowhere/docker.sock"), "{text}");
        assert!(text.contains("systemctl start docker"), "{text}");
        assert!(text.ends_with("the socket does not exist"), "{text}");
    }
}
