//! The client's side of every method.

use openssl::{
    bn::{BigNum, BigNumContext},
    derive::Deriver,
    ec::{EcGroup, EcKey, EcPoint, PointConversionForm},
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{Id, PKey, Private},
};

use crate::ssh::{kex::Method, wire::Writer as _};

/// The shared secret as a function of the server's value.
pub(super) type Secret = Box<dyn FnOnce(&[u8]) -> Vec<u8> + Send>;

/// The client's value for a method without a group of its own.
pub(super) fn value(method: Method) -> (Vec<u8>, Secret) {
    let length = method.hash().of(&[]).len();
    match (method, length) {
        (Method::Sntrup761, _) => sntrup761(),
        (Method::MlKem768, _) => mlkem768(),
        (Method::Ecdh(_), 32) => ecdh(Nid::X9_62_PRIME256V1),
        (Method::Ecdh(_), 48) => ecdh(Nid::SECP384R1),
        (Method::Ecdh(_), _) => ecdh(Nid::SECP521R1),
        (Method::Group(fixed, _), _) => {
            let prime = match format!("{fixed:?}").as_str() {
                "Group1" => BigNum::get_rfc2409_prime_1024(),
                _ => BigNum::get_rfc3526_prime_2048(),
            };
            diffie_hellman(prime.unwrap(), BigNum::from_u32(2).unwrap())
        }
        _ => {
            let key = PKey::generate_x25519().unwrap();
            (key.raw_public_key().unwrap(), Box::new(move |theirs| mpint(&x25519(&key, theirs))))
        }
    }
}

fn sntrup761() -> (Vec<u8>, Secret) {
    let (public, private) = sntrup761::generate_key_from_seed([4; 32]);
    let key = PKey::generate_x25519().unwrap();
    let mine = [public.as_ref(), &key.raw_public_key().unwrap()].concat();
    let secret = move |theirs: &[u8]| {
        let (ciphertext, point) = theirs.split_at(1_039);
        let first = private.decapsulate(&ciphertext.try_into().unwrap());
        let both = [first.as_ref(), &x25519(&key, point)].concat();
        string(&hash(MessageDigest::sha512(), &both).unwrap())
    };
    (mine, Box::new(secret))
}

fn mlkem768() -> (Vec<u8>, Secret) {
    let private = ml_kem::DecapsulationKey768::from_seed([5; 64].into());
    let public = ml_kem::kem::KeyExport::to_bytes(private.encapsulation_key());
    let key = PKey::generate_x25519().unwrap();
    let mine = [&public[..], &key.raw_public_key().unwrap()].concat();
    let secret = move |theirs: &[u8]| {
        let (ciphertext, point) = theirs.split_at(1_088);
        let first = ml_kem::kem::Decapsulate::decapsulate(&private, ciphertext.try_into().unwrap());
        let both = [&first[..], &x25519(&key, point)].concat();
        string(&hash(MessageDigest::sha256(), &both).unwrap())
    };
    (mine, Box::new(secret))
}

fn mpint(magnitude: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_mpint(magnitude);
    out
}

fn string(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.put_string(bytes);
    out
}

fn x25519(key: &PKey<Private>, theirs: &[u8]) -> Vec<u8> {
    let theirs = PKey::public_key_from_raw_bytes(theirs, Id::X25519).unwrap();
    let mut deriver = Deriver::new(key).unwrap();
    deriver.set_peer(&theirs).unwrap();
    deriver.derive_to_vec().unwrap()
}

fn ecdh(nid: Nid) -> (Vec<u8>, Secret) {
    let group = EcGroup::from_curve_name(nid).unwrap();
    let key = EcKey::generate(&group).unwrap();
    let mut ctx = BigNumContext::new().unwrap();
    let mine = key.public_key().to_bytes(&group, PointConversionForm::UNCOMPRESSED, &mut ctx).unwrap();
    let secret = move |theirs: &[u8]| {
        let mut ctx = BigNumContext::new().unwrap();
        let point = EcPoint::from_bytes(&group, theirs, &mut ctx).unwrap();
        let theirs = PKey::from_ec_key(EcKey::from_public_key(&group, &point).unwrap()).unwrap();
        let key = PKey::from_ec_key(key).unwrap();
        let mut deriver = Deriver::new(&key).unwrap();
        deriver.set_peer(&theirs).unwrap();
        mpint(&deriver.derive_to_vec().unwrap())
    };
    (mine, Box::new(secret))
}

pub(super) fn diffie_hellman(prime: BigNum, generator: BigNum) -> (Vec<u8>, Secret) {
    let mut ctx = BigNumContext::new().unwrap();
    let private = BigNum::from_slice(&[0x5a; 40]).unwrap();
    let mut public = BigNum::new().unwrap();
    public.mod_exp(&generator, &private, &prime, &mut ctx).unwrap();
    let mine = mpint(&public.to_vec()).split_off(4);
    let secret = move |theirs: &[u8]| {
        let (mut shared, theirs) = (BigNum::new().unwrap(), BigNum::from_slice(theirs).unwrap());
        shared.mod_exp(&theirs, &private, &prime, &mut BigNumContext::new().unwrap()).unwrap();
        mpint(&shared.to_vec())
    };
    (mine, Box::new(secret))
}
