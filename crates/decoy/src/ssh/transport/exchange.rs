//! The state of a key exchange, and what each message of it does.

use tokio::{sync::Semaphore, task::JoinHandle};

use super::State;
use crate::{
    caps,
    conn::End,
    ssh::{
        cipher::Direction,
        kex::{self, Agreement, Answer, Group, Material, Method, Secrets, Wanted, agree, only_string},
        message,
        packet::{Fault, Keys},
        wire::{Writer as _, names},
    },
};

/// Where an exchange stands.
#[derive(Default)]
pub(super) enum Exchange {
    /// None runs.
    #[default]
    None,
    /// We made our offer, with this cookie.
    Offered([u8; 16]),
    /// Both offered and agreed.
    Agreed(Box<Running>),
    /// Our keys are in use; the peer's begin with its NEWKEYS.
    NewKeys(Box<Keys>),
}

/// An exchange whose algorithms are agreed on.
pub(super) struct Running {
    agreement: Agreement,
    /// Payloads of the offers of client and server.
    offers: [Vec<u8>; 2],
    /// Whether the next packet is dropped.
    drops_guess: bool,
    step: Step,
}

enum Step {
    Value,
    GroupRequest,
    GroupValue(Group, Wanted),
    /// The answer to this value, with these bytes of the group before it, is worked on.
    Working(JoinHandle<Result<Answer, kex::Refusal>>, Exchanged),
}

/// What the client sent, and what of the group enters the hash.
pub(super) struct Exchanged {
    /// Number of the message that carries the answer.
    reply: u8,
    /// What stands before the values.
    before: Vec<u8>,
    /// The client's value.
    value: Vec<u8>,
}

/// What the peer should send next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expects {
    Nothing,
    Offer,
    Value,
    GroupRequest,
    GroupValue,
    NewKeys,
}

/// An answer that is done, with what it answers.
pub(super) struct Done(Result<Answer, kex::Refusal>, Exchanged);

impl Exchange {
    /// What the peer should send next.
    pub(super) fn expects(&self) -> Expects {
        match self {
            Self::None => Expects::Nothing,
            Self::Offered(_) => Expects::Offer,
            Self::NewKeys(_) => Expects::NewKeys,
            Self::Agreed(running) => match running.step {
                Step::Value => Expects::Value,
                Step::GroupRequest => Expects::GroupRequest,
                Step::GroupValue(..) => Expects::GroupValue,
                Step::Working(..) => Expects::Nothing,
            },
        }
    }

    /// Whether our keys are in use and the peer's are awaited.
    pub(super) fn is_answered(&self) -> bool {
        matches!(self, Self::NewKeys(_))
    }

    /// Whether payloads of the layers above have to wait: from our offer to our new keys.
    pub(super) fn holds_back(&self) -> bool {
        matches!(self, Self::Offered(_) | Self::Agreed(_))
    }

    /// Whether this packet was sent on a wrong guess; only once.
    pub(super) fn drops_guess(&mut self) -> bool {
        match self {
            Self::Agreed(running) => std::mem::take(&mut running.drops_guess),
            _ => false,
        }
    }

    /// Waits for an answer that is worked on apart, if one is.
    pub(super) async fn answer_in_work(&mut self) -> Option<Done> {
        let Self::Agreed(running) = self else { return None };
        let Step::Working(work, _) = &mut running.step else { return None };
        let answer = work.await.unwrap_or(Err(kex::Refusal::Library));
        match std::mem::replace(&mut running.step, Step::Value) {
            Step::Working(_, exchanged) => Some(Done(answer, exchanged)),
            _ => None,
        }
    }
}

impl State {
    /// Offers, if that was not done, and agrees with what the peer offers.
    pub(super) fn offered(&mut self, number: u32, payload: &[u8]) -> Result<(), Fault> {
        let theirs = kex::Offer::parse(payload.get(1..).unwrap_or_default())?;
        if !self.exchange.holds_back() {
            self.start_exchange().map_err(|_| Fault::Close("the cipher failed"))?;
        }
        let Exchange::Offered(cookie) = std::mem::take(&mut self.exchange) else {
            return Err(Fault::Close("an offer too many"));
        };
        if self.is_first {
            self.meet(number, &theirs)?;
        }
        let ours = self.build.offer(self.client.quirks);
        let agreement = agree(&theirs, &ours).map_err(|disagreement| Fault::Close(disagreement.0))?;
        let step = match agreement.method {
            Method::GroupExchange(_) => Step::GroupRequest,
            _ => Step::Value,
        };
        self.told = self.is_first.then(|| agreement.clone());
        self.exchange = Exchange::Agreed(Box::new(Running {
            drops_guess: agreement.drops_guess,
            agreement,
            offers: [payload.to_vec(), ours.payload(cookie)],
            step,
        }));
        Ok(())
    }

    /// Learns from the first offer what the client can.
    fn meet(&mut self, number: u32, theirs: &kex::Offer) -> Result<(), Fault> {
        let has = |marker: &[u8]| names(&theirs.key_exchange).any(|name| name == marker);
        self.client.reads_extensions = has(b"ext-info-c");
        self.is_strict = self.build.is_strict() && has(b"kex-strict-c-v00@openssh.com");
        self.client.offer = theirs.clone();
        if self.is_strict && number != 0 {
            return Err(Fault::Say("strict KEX violation: KEXINIT was not the first packet".into()));
        }
        Ok(())
    }

    /// The client's value for a method that has one message each way.
    pub(super) fn valued(&mut self, body: &[u8]) -> Result<(), Fault> {
        let value = only_string(body)?.to_vec();
        let Exchange::Agreed(running) = &mut self.exchange else { return Ok(()) };
        let (method, need) = (running.agreement.method, running.agreement.need());
        let exchanged = Exchanged { reply: message::KEX_REPLY, before: Vec::new(), value };
        if method.is_slow() {
            let value = exchanged.value.clone();
            running.step = Step::Working(apart(move || method.answer(&value, need)), exchanged);
            return Ok(());
        }
        let answer = method.answer(&exchanged.value, need);
        self.finish_exchange(Done(answer, exchanged))
    }

    /// The client asks for a group.
    pub(super) fn group_requested(&mut self, body: &[u8]) -> Result<(), Fault> {
        let wanted = Wanted::parse(body)?;
        let mut choice = [0; 4];
        openssl::rand::rand_bytes(&mut choice)?;
        let group = Group::for_request(wanted, u32::from_be_bytes(choice))?;
        let payload = [&[message::GROUP][..], &group.parameters()].concat();
        self.seal(&payload).map_err(|_| Fault::Close("the cipher failed"))?;
        if let Exchange::Agreed(running) = &mut self.exchange {
            running.step = Step::GroupValue(group, wanted);
        }
        Ok(())
    }

    /// The client's value in the group that it was given.
    pub(super) fn valued_in_group(&mut self, body: &[u8]) -> Result<(), Fault> {
        let value = only_string(body)?.to_vec();
        let Exchange::Agreed(running) = &mut self.exchange else { return Ok(()) };
        let need = running.agreement.need();
        let Step::GroupValue(group, wanted) = std::mem::replace(&mut running.step, Step::Value) else {
            return Ok(());
        };
        let mut before = Vec::new();
        for bits in [wanted.least, wanted.best, wanted.most] {
            before.put_u32(bits);
        }
        before.extend_from_slice(&group.parameters());
        let exchanged = Exchanged { reply: message::GROUP_REPLY, before, value: value.clone() };
        running.step = Step::Working(apart(move || group.answer(&value, need)), exchanged);
        Ok(())
    }

    /// Answers, and goes on under the new keys.
    pub(super) fn finish_exchange(&mut self, done: Done) -> Result<(), Fault> {
        let Done(answer, exchanged) = done;
        let Exchange::Agreed(running) = std::mem::take(&mut self.exchange) else { return Ok(()) };
        let answer = answer.map_err(|_| Fault::Close("invalid public value"))?;
        let Running { agreement, offers, .. } = *running;
        let (hash, host_key) = (agreement.method.hash(), agreement.host_key);
        let mut values = exchanged.before;
        values.put_string(&exchanged.value);
        values.put_string(&answer.public);
        let material = Material {
            identifications: [&self.client.identification, self.identification.as_bytes()],
            offers: [&offers[0], &offers[1]],
            host_key: self.keys.public(host_key),
            values: &values,
            secret: &answer.secret,
        };
        let exchange = material.hash(hash);
        let mut reply = vec![exchanged.reply];
        reply.put_string(self.keys.public(host_key));
        reply.put_string(&answer.public);
        reply.put_string(&self.keys.sign(host_key, &exchange)?);
        if self.is_first {
            self.session.clone_from(&exchange);
            self.host_key = host_key;
        }
        let secrets = Secrets { hash, secret: &answer.secret, exchange: &exchange, session: &self.session };
        let keys = secrets.keys(&agreement, [Direction::Open, Direction::Seal])?;
        self.turn(&reply, keys).map_err(|_| Fault::Close("the cipher failed"))
    }

    /// Sends the answer and NEWKEYS, then what comes under the new keys.
    fn turn(&mut self, reply: &[u8], keys: [Keys; 2]) -> Result<(), End> {
        let [incoming, outgoing] = keys;
        self.seal(reply)?;
        self.seal(&[message::NEWKEYS])?;
        if self.is_strict {
            self.sealer.reset_sequence();
        }
        self.sealer.set_keys(outgoing, self.authenticated);
        self.exchange = Exchange::NewKeys(Box::new(incoming));
        self.send_waiting()?;
        if self.is_first && self.client.reads_extensions {
            self.seal(&extension_info(self.build.extensions))?;
        }
        Ok(())
    }

    /// The peer goes on under the new keys.
    pub(super) fn new_keys(&mut self, body: &[u8]) -> Result<(), Fault> {
        if !body.is_empty() {
            return Err(Fault::Close("malformed message"));
        }
        let Exchange::NewKeys(keys) = std::mem::take(&mut self.exchange) else { return Ok(()) };
        self.opener.set_keys(*keys, self.authenticated);
        if self.is_strict {
            self.opener.reset_sequence();
        }
        self.is_first = false;
        Ok(())
    }
}

/// Works on something slow apart from all sessions, a few at a time.
fn apart(
    work: impl FnOnce() -> Result<Answer, kex::Refusal> + Send + 'static,
) -> JoinHandle<Result<Answer, kex::Refusal>> {
    static WORKERS: Semaphore = Semaphore::const_new(caps::SLOW_KEY_EXCHANGES);
    tokio::spawn(async move {
        let _turn = WORKERS.acquire().await;
        tokio::task::spawn_blocking(work).await.unwrap_or(Err(kex::Refusal::Library))
    })
}

/// The payload that announces extensions.
pub(super) fn extension_info(extensions: &[(&str, &str)]) -> Vec<u8> {
    let mut out = vec![message::EXT_INFO];
    out.put_u32(u32::try_from(extensions.len()).unwrap_or(u32::MAX));
    for (name, value) in extensions {
        out.put_string(name.as_bytes());
        out.put_string(value.as_bytes());
    }
    out
}
