//! USERAUTH_REQUEST (RFC 4252, section 5): from bytes to what is asked for.

use crate::ssh::wire::{Malformed, Reader};

/// Longest name that is kept of a peer's claims; OpenSSH's own texts end at 1,023 bytes.
pub(super) const NAME: usize = 1_023;

/// Who asks, and by what method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    /// Name of the user, without style and role.
    pub(super) user: &'a [u8],
    /// What stood after a colon; part of what a key signs.
    pub(super) style: Option<&'a [u8]>,
    /// The service that is wanted after it.
    pub(super) service: &'a [u8],
    /// Name of the method.
    pub(super) method: &'a [u8],
    /// What the method reads.
    pub(super) rest: Reader<'a>,
}

impl<'a> Request<'a> {
    /// Reads what is in front of every request; `body` is the payload without its number.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(body);
        let (whole, service, method) = (reader.text()?, reader.text()?, reader.text()?);
        let (user, style) = split(whole);
        Ok(Self { user, style, service, method, rest: reader })
    }

    /// The user as it stands in what a key signs.
    pub(super) fn signed_user(&self) -> Vec<u8> {
        match self.style {
            Some(style) => [self.user, b":", style].concat(),
            None => self.user.to_vec(),
        }
    }
}

/// A name may carry a role after a slash and a style after a colon, as Debian's builds read it.
fn split(whole: &[u8]) -> (&[u8], Option<&[u8]>) {
    let (front, role) = cut(whole, b'/');
    match cut(front, b':') {
        (user, Some(style)) => (user, Some(style)),
        (user, None) => (user, role.and_then(|role| cut(role, b':').1)),
    }
}

fn cut(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == at) {
        Some(place) => (text.get(..place).unwrap_or_default(), text.get(place + 1..)),
        None => (text, None),
    }
}

/// `password`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Password<'a> {
    /// The password, or the old one.
    pub(super) password: &'a [u8],
    /// The new one, where a change is asked for.
    pub(super) change: Option<&'a [u8]>,
}

impl<'a> Password<'a> {
    pub(super) fn parse(mut rest: Reader<'a>) -> Result<Self, Malformed> {
        let change = rest.boolean()?;
        let password = rest.text()?;
        let change = if change { Some(rest.text()?) } else { None };
        rest.end()?;
        Ok(Self { password, change })
    }
}

/// `publickey`, and OpenSSH's variant that names the host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PublicKey<'a> {
    /// Whether a signature follows.
    pub(super) signed: bool,
    /// Name of the signature algorithm.
    pub(super) algorithm: &'a [u8],
    /// The key.
    pub(super) blob: &'a [u8],
    /// The host key that it is bound to.
    pub(super) host_key: Option<&'a [u8]>,
    /// What is left for the signature.
    rest: &'a [u8],
}

impl<'a> PublicKey<'a> {
    pub(super) fn parse(mut rest: Reader<'a>, bound: bool) -> Result<Self, Malformed> {
        let signed = rest.boolean()?;
        let (algorithm, blob) = (rest.text()?, rest.string()?);
        let host_key = if bound { Some(rest.string()?) } else { None };
        Ok(Self { signed, algorithm, blob, host_key, rest: rest.rest() })
    }

    /// The signature, where one was announced; nothing may follow. OpenSSH reads it only when the
    /// key is one that it would take.
    pub(super) fn signature(&self) -> Result<Option<&'a [u8]>, Malformed> {
        let mut rest = Reader::new(self.rest);
        let signature = if self.signed { Some(rest.string()?) } else { None };
        rest.end()?;
        Ok(signature)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ssh::wire::Writer as _;

    fn body(user: &[u8], method: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        body.put_string(user);
        body.put_string(b"ssh-connection");
        body.put_string(method);
        body
    }

    #[test]
    fn a_user_may_carry_a_style_and_a_role() {
        let check = |whole: &[u8], user: &[u8], style: Option<&[u8]>| {
            let body = body(whole, b"none");
            let request = Request::parse(&body).unwrap();
            assert_eq!((request.user, request.style), (user, style));
        };
        check(b"root", b"root", None);
        check(b"root:s", b"root", Some(b"s"));
        check(b"root/r", b"root", None);
        check(b"root/r:s", b"root", Some(b"s"));
        check(b"root:s/r", b"root", Some(b"s"));
        check(b"", b"", None);
    }

    #[test]
    fn a_password_may_come_with_another() {
        let mut one = body(b"u", b"password");
        one.put_boolean(false);
        one.put_string(b"p");
        let request = Request::parse(&one).unwrap();
        assert_eq!(Password::parse(request.rest), Ok(Password { password: b"p", change: None }));
        one.put_byte(0);
        assert_eq!(Password::parse(Request::parse(&one).unwrap().rest), Err(Malformed));
        let mut both = body(b"u", b"password");
        both.put_boolean(true);
        both.put_string(b"old");
        both.put_string(b"new");
        let request = Request::parse(&both).unwrap();
        assert_eq!(Password::parse(request.rest), Ok(Password { password: b"old", change: Some(b"new") }));
    }

    #[test]
    fn a_key_is_offered_or_proven() {
        let mut offer = body(b"u", b"publickey");
        offer.put_boolean(false);
        offer.put_string(b"ssh-ed25519");
        offer.put_string(b"blob");
        let request = Request::parse(&offer).unwrap();
        let key = PublicKey::parse(request.rest, false).unwrap();
        assert_eq!((key.signed, key.blob, key.signature()), (false, &b"blob"[..], Ok(None)));
        offer.put_string(b"more");
        let request = Request::parse(&offer).unwrap();
        assert_eq!(PublicKey::parse(request.rest, false).unwrap().signature(), Err(Malformed));
        let bound = PublicKey::parse(request.rest, true).unwrap();
        assert_eq!((bound.host_key, bound.signature()), (Some(&b"more"[..]), Ok(None)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_request_or_none(bytes: Vec<u8>) {
            if let Ok(request) = Request::parse(&bytes) {
                let _ = Password::parse(request.rest);
                for bound in [false, true] {
                    let _ = PublicKey::parse(request.rest, bound).map(|key| key.signature().is_ok());
                }
            }
        }
    }
}
