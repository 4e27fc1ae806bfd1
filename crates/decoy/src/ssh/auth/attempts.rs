//! What is counted and remembered between the requests of one visitor.

use super::request::{NAME, Request};

/// `MaxAuthTries`.
const TRIES: u32 = 6;
/// Requests at all, whatever came of them.
const REQUESTS: u32 = 1_024;
/// What is said when either is reached.
const TOO_MANY: &[u8] = b"Too many authentication failures";

/// How often somebody tried, and as whom.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    requests: u32,
    failures: u32,
    /// User and service of the first request.
    who: Option<(Vec<u8>, Vec<u8>)>,
    /// `none` works once.
    asked_nothing: bool,
}

/// With what text a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disconnect(pub(super) Vec<u8>);

impl Attempts {
    /// Begins with a request. User and service stay what they were in the first.
    pub(super) fn begin(&mut self, request: &Request<'_>) -> Result<(), Disconnect> {
        if self.requests >= REQUESTS {
            return Err(Disconnect(TOO_MANY.to_vec()));
        }
        self.requests += 1;
        let Some((user, service)) = &self.who else {
            self.who = Some((request.user.to_vec(), request.service.to_vec()));
            return Ok(());
        };
        if (&user[..], &service[..]) == (request.user, request.service) {
            return Ok(());
        }
        Err(Disconnect(change_text((user, service), (request.user, request.service))))
    }

    /// Whether `none` may be asked, which it may once.
    pub(super) fn may_ask_nothing(&mut self) -> bool {
        !std::mem::replace(&mut self.asked_nothing, true)
    }

    /// Whether a method is tried at all.
    pub(super) fn may_try(&self) -> bool {
        self.failures < TRIES
    }

    /// Counts a failure; asking first what there is costs nothing.
    pub(super) fn fail(&mut self, method: &[u8]) -> Result<(), Disconnect> {
        if self.requests > 1 || method != b"none" {
            self.failures += 1;
        }
        if self.may_try() { Ok(()) } else { Err(Disconnect(TOO_MANY.to_vec())) }
    }
}

fn change_text(from: (&[u8], &[u8]), to: (&[u8], &[u8])) -> Vec<u8> {
    let mut text = b"Change of username or service not allowed: (".to_vec();
    for part in [from.0, b",", from.1, b") -> (", to.0, b",", to.1, b")"] {
        text.extend_from_slice(part);
    }
    text.truncate(NAME);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::wire::Writer as _;

    fn body(user: &str, service: &str) -> Vec<u8> {
        let mut body = Vec::new();
        body.put_string(user.as_bytes());
        body.put_string(service.as_bytes());
        body.put_string(b"password");
        body
    }

    fn begin(attempts: &mut Attempts, user: &str, service: &str) -> Result<(), Disconnect> {
        attempts.begin(&Request::parse(&body(user, service)).unwrap())
    }

    #[test]
    fn six_failures_are_the_end_and_the_first_none_is_free() {
        let mut attempts = Attempts::default();
        for method in [&b"none"[..], b"password", b"password", b"password", b"none", b"password"] {
            assert_eq!(begin(&mut attempts, "root", "ssh-connection"), Ok(()));
            assert_eq!(attempts.fail(method), Ok(()));
        }
        assert_eq!(begin(&mut attempts, "root", "ssh-connection"), Ok(()));
        assert!(attempts.may_try());
        assert_eq!(attempts.fail(b"publickey"), Err(Disconnect(TOO_MANY.to_vec())));
    }

    #[test]
    fn nothing_is_asked_once() {
        let mut attempts = Attempts::default();
        assert!(attempts.may_ask_nothing());
        assert!(!attempts.may_ask_nothing());
    }

    #[test]
    fn requests_have_a_bound() {
        let mut attempts = Attempts::default();
        for _ in 0..REQUESTS {
            assert_eq!(begin(&mut attempts, "a", "b"), Ok(()));
        }
        assert_eq!(begin(&mut attempts, "a", "b"), Err(Disconnect(TOO_MANY.to_vec())));
    }

    #[test]
    fn whoever_comes_as_another_goes() {
        let mut attempts = Attempts::default();
        assert_eq!(begin(&mut attempts, "alice", "ssh-connection"), Ok(()));
        let text =
            "Change of username or service not allowed: (alice,ssh-connection) -> (bob,ssh-connection)";
        assert_eq!(begin(&mut attempts, "bob", "ssh-connection"), Err(Disconnect(text.into())));
        let long = "x".repeat(5_000);
        let Err(Disconnect(text)) = begin(&mut attempts, &long, "") else { panic!("let through") };
        assert_eq!(text.len(), NAME);
    }
}
