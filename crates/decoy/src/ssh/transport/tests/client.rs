//! A small client of our own: it offers what it is told, checks every signature, and speaks.

use openssl::{
    bn::{BigNum, BigNumContext},
    ec::{EcGroup, EcKey, EcPoint},
    hash::{MessageDigest, hash},
    nid::Nid,
    pkey::{Id, PKey},
    sign::Verifier,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::methods::{self, Secret};
use crate::ssh::{
    cipher::Direction,
    kex::{Agreement, Material, Method, Offer, Secrets, agree},
    message,
    packet::{Fault, Input, Opener, Sealer},
    wire::{Reader, Writer as _},
};

pub(super) const IDENTIFICATION: &[u8] = b"SSH-2.0-test";

/// The client's end of a connection.
pub(in crate::ssh) struct Client {
    pub(super) stream: DuplexStream,
    pub(super) offer: Offer,
    pub(super) greeting: Vec<u8>,
    pub(super) server_offer: Offer,
    pub(super) session: Vec<u8>,
    pub(super) sealer: Sealer,
    opener: Opener,
    input: Input,
    mine: Vec<u8>,
    theirs: Vec<u8>,
    strict: bool,
}

/// An offer of one method, cipher, code and so on.
pub(in crate::ssh) fn offer(
    key_exchange: &str,
    host_key: &str,
    cipher: &str,
    mac: &str,
    compression: &str,
) -> Offer {
    let both = |list: &str| [list.as_bytes().to_vec(), list.as_bytes().to_vec()];
    Offer {
        key_exchange: key_exchange.into(),
        host_keys: host_key.into(),
        ciphers: both(cipher),
        macs: both(mac),
        compression: both(compression),
        languages: both(""),
        guessed: false,
    }
}

impl Client {
    /// Reads the greeting and says who it is.
    pub(super) async fn open(mut stream: DuplexStream, offer: Offer) -> Self {
        let mut greeting = Vec::new();
        while !greeting.ends_with(b"\r\n") {
            greeting.push(stream.read_u8().await.unwrap());
        }
        greeting.truncate(greeting.len() - 2);
        stream.write_all(&[IDENTIFICATION, b"\r\n"].concat()).await.unwrap();
        Self {
            stream,
            offer,
            greeting,
            server_offer: Offer::default(),
            session: Vec::new(),
            sealer: Sealer::default(),
            opener: Opener::new(true),
            input: Input::default(),
            mine: Vec::new(),
            theirs: Vec::new(),
            strict: false,
        }
    }

    /// The same with keys exchanged.
    pub(in crate::ssh) async fn connect(stream: DuplexStream, offer: Offer) -> Self {
        let mut client = Self::open(stream, offer).await;
        client.say_offer().await;
        client.exchange().await;
        client
    }

    /// Sends a payload.
    pub(in crate::ssh) async fn send(&mut self, payload: &[u8]) {
        let mut wire = Vec::new();
        self.sealer.seal(payload, &mut wire).unwrap();
        let _ = self.stream.write_all(&wire).await;
    }

    /// The next payload, nothing at the end.
    pub(in crate::ssh) async fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            match self.opener.open(&mut self.input) {
                Ok(Some((_, payload))) => return Some(payload),
                Ok(None) => {}
                Err(Fault::Gone) => return None,
                Err(fault) => panic!("the client cannot read: {fault:?}"),
            }
            if self.stream.read_buf(self.input.tail()).await.ok()? == 0 {
                return None;
            }
        }
    }

    /// Sends the offer.
    pub(super) async fn say_offer(&mut self) {
        self.mine = self.offer.payload([9; 16]);
        let payload = self.mine.clone();
        self.send(&payload).await;
    }

    /// Receives the server's offer, and all that comes before it.
    pub(super) async fn receive_offer(&mut self) -> Vec<Vec<u8>> {
        let mut before = Vec::new();
        loop {
            let payload = self.receive().await.expect("an offer");
            if payload[0] == message::KEXINIT {
                self.server_offer = Offer::parse(&payload[1..]).unwrap();
                self.theirs = payload;
                return before;
            }
            before.push(payload);
        }
    }

    /// Exchanges keys, our offer being sent; what came before the server's.
    pub(super) async fn exchange(&mut self) -> Vec<Vec<u8>> {
        let before = self.receive_offer().await;
        let agreement = agree(&self.offer, &self.server_offer).unwrap();
        let is_first = self.session.is_empty();
        if is_first {
            let has = |list: &[u8], name: &str| String::from_utf8_lossy(list).contains(name);
            self.strict = has(&self.offer.key_exchange, "kex-strict-c-v00@openssh.com")
                && has(&self.server_offer.key_exchange, "kex-strict-s-v00@openssh.com");
        }
        let (values, secret, reply) = self.values(agreement.method).await;
        let mut reader = Reader::new(&reply[1..]);
        let (host_key, public) = (reader.string().unwrap(), reader.string().unwrap());
        let signature = reader.string().unwrap();
        let mut all = values;
        all.put_string(public);
        let secret = secret(public);
        let material = Material {
            identifications: [IDENTIFICATION, &self.greeting],
            offers: [&self.mine, &self.theirs],
            host_key,
            values: &all,
            secret: &secret,
        };
        let exchange = material.hash(agreement.method.hash());
        verify(host_key, signature, &exchange);
        if is_first {
            self.session.clone_from(&exchange);
        }
        self.turn(&agreement, &secret, &exchange).await;
        before
    }

    async fn turn(&mut self, agreement: &Agreement, secret: &[u8], exchange: &[u8]) {
        let secrets = Secrets { hash: agreement.method.hash(), secret, exchange, session: &self.session };
        let [mine, theirs] = secrets.keys(agreement, [Direction::Seal, Direction::Open]).unwrap();
        self.send(&[message::NEWKEYS]).await;
        assert_eq!(self.receive().await.unwrap(), [message::NEWKEYS]);
        let authenticated = self.sealer.is_used() && self.session != exchange;
        self.sealer.set_keys(mine, authenticated);
        self.opener.set_keys(theirs, authenticated);
        if self.strict {
            self.sealer.reset_sequence();
            self.opener.reset_sequence();
        }
    }

    /// Notes that the log-in succeeded, from which on payloads may be compressed.
    pub(in crate::ssh) fn authenticated(&mut self) {
        self.sealer.authenticated();
        self.opener.authenticated();
    }

    /// Sends the client's value; what enters the hash, the secret as a function of the server's
    /// value, and the reply.
    async fn values(&mut self, method: Method) -> (Vec<u8>, Secret, Vec<u8>) {
        let mut before = Vec::new();
        let mut number = message::KEX_INIT;
        let (mine, secret) = match method {
            Method::GroupExchange(_) => {
                let (request, group) = self.ask_for_group().await;
                let mut reader = Reader::new(&group);
                let prime = BigNum::from_slice(reader.mpint().unwrap()).unwrap();
                let generator = BigNum::from_slice(reader.mpint().unwrap()).unwrap();
                before = [request, group.clone()].concat();
                number = message::GROUP_INIT;
                methods::diffie_hellman(prime, generator)
            }
            method => methods::value(method),
        };
        let mut init = vec![number];
        init.put_string(&mine);
        self.send(&init).await;
        before.put_string(&mine);
        let reply = self.receive().await.expect("a reply");
        (before, secret, reply)
    }

    /// The request for a group, and the group.
    async fn ask_for_group(&mut self) -> (Vec<u8>, Vec<u8>) {
        let request = [2_048_u32, 2_048, 8_192].map(u32::to_be_bytes).concat();
        self.send(&[&[message::GROUP_REQUEST][..], &request].concat()).await;
        let mut group = self.receive().await.unwrap();
        assert_eq!(group.remove(0), message::GROUP);
        (request, group)
    }
}

/// Checks the server's signature.
pub(super) fn verify(host_key: &[u8], signature: &[u8], data: &[u8]) {
    let mut key = Reader::new(host_key);
    let mut signature = Reader::new(signature);
    let (kind, algorithm) = (key.string().unwrap(), signature.string().unwrap());
    let raw = signature.string().unwrap();
    let right = match (kind, algorithm) {
        (b"ssh-ed25519", b"ssh-ed25519") => {
            let key = PKey::public_key_from_raw_bytes(key.string().unwrap(), Id::ED25519).unwrap();
            Verifier::new_without_digest(&key).unwrap().verify_oneshot(raw, data).unwrap()
        }
        (b"ssh-rsa", b"rsa-sha2-512" | b"rsa-sha2-256" | b"ssh-rsa") => {
            let exponent = BigNum::from_slice(key.mpint().unwrap()).unwrap();
            let modulus = BigNum::from_slice(key.mpint().unwrap()).unwrap();
            let rsa = openssl::rsa::Rsa::from_public_components(modulus, exponent).unwrap();
            let digest = match algorithm {
                b"rsa-sha2-512" => MessageDigest::sha512(),
                b"rsa-sha2-256" => MessageDigest::sha256(),
                _ => MessageDigest::sha1(),
            };
            let key = PKey::from_rsa(rsa).unwrap();
            Verifier::new(digest, &key).unwrap().verify_oneshot(raw, data).unwrap()
        }
        (b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp256") => {
            assert_eq!(key.string().unwrap(), b"nistp256");
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            let mut ctx = BigNumContext::new().unwrap();
            let point = EcPoint::from_bytes(&group, key.string().unwrap(), &mut ctx).unwrap();
            let key = EcKey::from_public_key(&group, &point).unwrap();
            let mut numbers = Reader::new(raw);
            let mut number = || BigNum::from_slice(numbers.mpint().unwrap()).unwrap();
            let pair = openssl::ecdsa::EcdsaSig::from_private_components(number(), number()).unwrap();
            pair.verify(&hash(MessageDigest::sha256(), data).unwrap(), &key).unwrap()
        }
        _ => panic!("{} for {}", algorithm.escape_ascii(), kind.escape_ascii()),
    };
    assert!(right, "the signature is wrong");
}
