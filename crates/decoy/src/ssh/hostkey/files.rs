//! The files that `ssh-keygen -A` leaves below `/etc/ssh`, which hold the keys that the server shows.
//!
//! Private halves are in OpenSSH's own format, without a passphrase (PROTOCOL.key of OpenSSH).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::error::ErrorStack;

use super::{HostKey, HostKeys};
use crate::{
    identity,
    machine::{Distro, HostKeyFile, Line},
    openssh::{
        private_key,
        wire::{Reader, Writer as _},
    },
};
use decnet_proto::persona::Persona;

impl HostKeys {
    /// The files of all three keys, on the machine of that persona. Red Hat's script gives them no
    /// comment.
    ///
    /// # Errors
    /// When the library refuses a step.
    pub(in crate::ssh) fn files(&self, persona: &Persona) -> Result<Vec<HostKeyFile>, ErrorStack> {
        let comment = match Distro::of(persona).line() {
            Line::RedHat => String::new(),
            _ => format!("root@{}", persona.hostname),
        };
        let file = |kind: &'static str, key: &HostKey, private: Vec<u8>| {
            let check = identity::derive(&persona.key, &format!("check of the {kind} key"));
            HostKeyFile {
                kind,
                private: private_key::plain(&key.public, &private, comment.as_bytes(), check),
                public: public_file(key, &comment),
            }
        };
        Ok(vec![
            file("rsa", &self.rsa, rsa_half(&self.rsa)?),
            file("ecdsa", &self.ecdsa, ecdsa_half(&self.ecdsa)?),
            file("ed25519", &self.ed25519, ed25519_half(&self.ed25519)?),
        ])
    }
}

fn algorithm(key: &HostKey) -> String {
    let name = Reader::new(&key.public).string().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}

fn public_file(key: &HostKey, comment: &str) -> String {
    format!("{} {} {comment}\n", algorithm(key), STANDARD.encode(&key.public))
}

fn rsa_half(key: &HostKey) -> Result<Vec<u8>, ErrorStack> {
    let rsa = key.private.rsa()?;
    let mut out = Vec::new();
    out.put_string(b"ssh-rsa");
    let optional = |number: Option<&openssl::bn::BigNumRef>| number.map(|n| n.to_vec()).unwrap_or_default();
    let numbers = [
        rsa.n().to_vec(),
        rsa.e().to_vec(),
        rsa.d().to_vec(),
        optional(rsa.iqmp()),
        optional(rsa.p()),
        optional(rsa.q()),
    ];
    numbers.iter().for_each(|number| out.put_mpint(number));
    Ok(out)
}

fn ecdsa_half(key: &HostKey) -> Result<Vec<u8>, ErrorStack> {
    // The public half begins as the private one does: name, curve, point.
    let mut out = key.public.clone();
    out.put_mpint(&key.private.ec_key()?.private_key().to_vec());
    Ok(out)
}

fn ed25519_half(key: &HostKey) -> Result<Vec<u8>, ErrorStack> {
    let (seed, public) = (key.private.raw_private_key()?, key.private.raw_public_key()?);
    let mut out = key.public.clone();
    out.put_string(&[seed, public].concat());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use ssh_key::PrivateKey;

    use super::HostKeys;
    use crate::{ssh::product::Build, testing};

    #[test]
    fn files_hold_the_keys_that_are_shown() {
        let persona = testing::persona(7);
        let keys = HostKeys::derive(&persona.key, Build::find("debian").unwrap()).unwrap();
        let files = keys.files(&persona).unwrap();
        assert_eq!(files.len(), 3);
        for (file, shown) in files.iter().zip([&keys.rsa, &keys.ecdsa, &keys.ed25519]) {
            // The library checks that both halves belong together.
            let private = PrivateKey::from_openssh(&file.private).unwrap();
            assert_eq!(private.public_key().to_bytes().unwrap(), shown.public);
            assert_eq!(private.public_key().to_openssh().unwrap() + "\n", file.public);
            assert_eq!(private.comment().to_string(), format!("root@{}", persona.hostname));
        }
    }
}
