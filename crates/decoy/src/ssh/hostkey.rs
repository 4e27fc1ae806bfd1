//! The machine's host keys, derived from the decky's secret: the same after every restart.

mod files;

use decnet_proto::ids::SecretKey;
use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint, PointConversionForm},
    ecdsa::EcdsaSig,
    error::ErrorStack,
    hash::MessageDigest,
    nid::Nid,
    pkey::{Id, PKey, Private},
    sign::Signer,
};

use super::{message, product::Build, wire::Writer as _};
use crate::{identity, tls::derive_rsa};

/// How a server proves itself with one of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSA with SHA-512.
    RsaSha512,
    /// RSA with SHA-256.
    RsaSha256,
    /// RSA with SHA-1.
    RsaSha1,
    /// ECDSA on the curve of 256 bits.
    Ecdsa,
    /// Ed25519.
    Ed25519,
}

const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("rsa-sha2-512", Algorithm::RsaSha512),
    ("rsa-sha2-256", Algorithm::RsaSha256),
    ("ssh-rsa", Algorithm::RsaSha1),
    ("ecdsa-sha2-nistp256", Algorithm::Ecdsa),
    ("ssh-ed25519", Algorithm::Ed25519),
];

impl Algorithm {
    /// The algorithm of a name.
    pub(super) fn find(name: &[u8]) -> Option<Self> {
        ALGORITHMS.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, algorithm)| *algorithm)
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        ALGORITHMS.iter().find(|(_, algorithm)| *algorithm == self).map_or("", |(name, _)| name)
    }
}

/// A key pair with its public half as SSH writes it.
#[derive(Clone, Debug)]
struct HostKey {
    private: PKey<Private>,
    public: Vec<u8>,
}

/// The host keys of one machine.
#[derive(Clone, Debug)]
pub(super) struct HostKeys {
    rsa: HostKey,
    ecdsa: HostKey,
    ed25519: HostKey,
}

impl HostKeys {
    /// Derives the keys; the RSA one takes a noticeable time.
    ///
    /// # Errors
    /// When the library refuses a step.
    pub(super) fn derive(secret: &SecretKey, build: &Build) -> Result<Self, ErrorStack> {
        Ok(Self {
            rsa: rsa(derive_rsa(secret, "ssh rsa", build.rsa_bits)?)?,
            ecdsa: ecdsa(secret)?,
            ed25519: ed25519(secret)?,
        })
    }

    /// The public half of the key that an algorithm uses.
    pub(super) fn public(&self, algorithm: Algorithm) -> &[u8] {
        &self.key(algorithm).public
    }

    /// The payload that tells a client all host keys, in the order in which `sshd` has them.
    pub(super) fn announcement(&self) -> Vec<u8> {
        let mut out = vec![message::GLOBAL_REQUEST];
        out.put_string(b"hostkeys-00@openssh.com");
        out.put_boolean(false);
        for key in [&self.rsa, &self.ecdsa, &self.ed25519] {
            out.put_string(&key.public);
        }
        out
    }

    /// The algorithm for proving that the machine has this key, if it has; RSA as it was agreed
    /// on for the exchange, or else with the best hash that the client knows.
    pub(super) fn prover(&self, public: &[u8], rsa: Algorithm) -> Option<Algorithm> {
        [Algorithm::Ecdsa, Algorithm::Ed25519, rsa].into_iter().find(|known| self.public(*known) == public)
    }

    /// A signature over `data`, as a `string` holds it.
    pub(super) fn sign(&self, algorithm: Algorithm, data: &[u8]) -> Result<Vec<u8>, ErrorStack> {
        let private = &self.key(algorithm).private;
        let signature = match algorithm {
            Algorithm::RsaSha512 => signed(private, MessageDigest::sha512(), data)?,
            Algorithm::RsaSha256 => signed(private, MessageDigest::sha256(), data)?,
            Algorithm::RsaSha1 => signed(private, MessageDigest::sha1(), data)?,
            Algorithm::Ed25519 => Signer::new_without_digest(private)?.sign_oneshot_to_vec(data)?,
            Algorithm::Ecdsa => {
                let der = signed(private, MessageDigest::sha256(), data)?;
                let pair = EcdsaSig::from_der(&der)?;
                let mut numbers = Vec::new();
                numbers.put_mpint(&pair.r().to_vec());
                numbers.put_mpint(&pair.s().to_vec());
                numbers
            }
        };
        let mut out = Vec::new();
        out.put_string(algorithm.name().as_bytes());
        out.put_string(&signature);
        Ok(out)
    }

    fn key(&self, algorithm: Algorithm) -> &HostKey {
        match algorithm {
            Algorithm::RsaSha512 | Algorithm::RsaSha256 | Algorithm::RsaSha1 => &self.rsa,
            Algorithm::Ecdsa => &self.ecdsa,
            Algorithm::Ed25519 => &self.ed25519,
        }
    }
}

fn signed(private: &PKey<Private>, digest: MessageDigest, data: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    Signer::new(digest, private)?.sign_oneshot_to_vec(data)
}

fn rsa(private: PKey<Private>) -> Result<HostKey, ErrorStack> {
    let rsa = private.rsa()?;
    let mut public = Vec::new();
    public.put_string(b"ssh-rsa");
    public.put_mpint(&rsa.e().to_vec());
    public.put_mpint(&rsa.n().to_vec());
    Ok(HostKey { private, public })
}

fn ecdsa(secret: &SecretKey) -> Result<HostKey, ErrorStack> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let mut ctx = BigNumContext::new()?;
    let (mut order, mut scalar) = (BigNum::new()?, BigNum::new_secure()?);
    group.order(&mut order, &mut ctx)?;
    // Forty bytes, so that what is left after the division is as good as even; never zero.
    order.sub_word(1)?;
    let wide = BigNum::from_slice(&identity::derive::<40>(secret, "ssh ecdsa"))?;
    scalar.nnmod(&wide, &order, &mut ctx)?;
    scalar.add_word(1)?;
    let mut point = EcPoint::new(&group)?;
    point.mul_generator2(&group, &scalar, &mut ctx)?;
    let encoded = point.to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut ctx)?;
    let key = EcKey::from_private_components(&group, &scalar, &point)?;
    let mut public = Vec::new();
    public.put_string(b"ecdsa-sha2-nistp256");
    public.put_string(b"nistp256");
    public.put_string(&encoded);
    Ok(HostKey { private: PKey::from_ec_key(key)?, public })
}

fn ed25519(secret: &SecretKey) -> Result<HostKey, ErrorStack> {
    let seed = identity::derive::<32>(secret, "ssh ed25519");
    let private = PKey::private_key_from_raw_bytes(&seed, Id::ED25519)?;
    let mut public = Vec::new();
    public.put_string(b"ssh-ed25519");
    public.put_string(&private.raw_public_key()?);
    Ok(HostKey { private, public })
}

#[cfg(test)]
mod tests {
    use decnet_proto::ids::SecretKey;

    use super::{Algorithm, HostKeys};
    use crate::ssh::{product::Build, public_key::PublicKey};

    #[test]
    fn keys_are_the_same_again_and_others_elsewhere() {
        let build = Build::find("centos7").unwrap();
        let [one, again, other] = [1, 1, 2].map(|n| HostKeys::derive(&SecretKey([n; 32]), build).unwrap());
        for algorithm in [Algorithm::RsaSha1, Algorithm::Ecdsa, Algorithm::Ed25519] {
            assert_eq!(one.public(algorithm), again.public(algorithm));
            assert_ne!(one.public(algorithm), other.public(algorithm));
        }
        assert_eq!(one.announcement(), again.announcement());
    }

    #[test]
    fn keys_are_well_formed() {
        let keys = HostKeys::derive(&SecretKey([3; 32]), Build::find("debian").unwrap()).unwrap();
        for (algorithm, name) in [
            (Algorithm::RsaSha512, "ssh-rsa"),
            (Algorithm::Ecdsa, "ecdsa-sha2-nistp256"),
            (Algorithm::Ed25519, "ssh-ed25519"),
        ] {
            let key = PublicKey::parse(keys.public(algorithm)).unwrap();
            assert_eq!(key.algorithm, name);
            assert!(key.fingerprint.starts_with("SHA256:"));
            assert_eq!(keys.prover(keys.public(algorithm), Algorithm::RsaSha512), Some(algorithm));
        }
        assert_eq!(keys.prover(b"no key", Algorithm::RsaSha512), None);
    }
}
