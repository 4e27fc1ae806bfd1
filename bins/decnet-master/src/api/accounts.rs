//! Who asks: tokens looked up, and users changed.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use decnet_event::Timestamp;
use decnet_proto::account::{AccessToken, LoginAnswer, LoginRequest, Password, UserId, Username};
use decnet_record::{
    Record,
    accounts::{
        AccountError, Accounts, Lifetime, Peer, Throttle, User, Who,
        password::{self, Verified},
    },
};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::{asking::Asking, refusal::Refusal};

/// How long it is believed who a token is of, where no account changed.
const BELIEVED: Duration = Duration::from_secs(10);

/// Most tokens that are remembered.
const REMEMBERED: usize = 256;

/// Everything about users. Clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Gatekeeper(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    record: Record,
    asking: Asking,
    lifetime: Lifetime,
    throttle: Mutex<Throttle>,
    /// Passwords that are computed at once: each takes memory and a core.
    computing: Semaphore,
    /// Who tokens are of, by their SHA-256.
    believed: Mutex<HashMap<[u8; 32], Believed>>,
    /// Counts changes of accounts: what was believed before one is not believed after it.
    changes: AtomicU64,
}

#[derive(Clone, Debug)]
struct Believed {
    who: Who,
    changes: u64,
    since: Instant,
}

impl Gatekeeper {
    pub(crate) fn new(record: Record, asking: Asking) -> Self {
        Self(Arc::new(Inner {
            record,
            asking,
            lifetime: Lifetime::default(),
            throttle: Mutex::default(),
            computing: Semaphore::new(password::AT_ONCE),
            believed: Mutex::default(),
            changes: AtomicU64::new(0),
        }))
    }

    /// Who shows this token.
    pub(crate) async fn who(&self, token: &AccessToken) -> Result<Who, Refusal> {
        let changes = self.0.changes.load(Ordering::Acquire);
        if let Some(who) = self.believed(token, changes) {
            return Ok(who);
        }
        let (lifetime, shown) = (self.0.lifetime, token.clone());
        let find = move |accounts: &mut Accounts<'_>| accounts.login_find(&shown, lifetime, now());
        let found = self.0.asking.ask(move |reader| Ok(reader.accounts(find))).await?;
        let who = match found {
            Err(AccountError::NotLoggedIn) => return Err(Refusal::Unknown),
            found => found?,
        };
        if who.touch {
            let login = who.login;
            // Who may look may do so also while nothing can be written, as on a full disk.
            if let Err(error) = self.write(move |accounts| accounts.login_touch(login, now())).await {
                tracing::warn!("cannot keep that a session is used: {error}");
            }
        }
        self.believe(token, Believed { who: who.clone(), changes, since: Instant::now() });
        Ok(who)
    }

    fn believed(&self, token: &AccessToken, changes: u64) -> Option<Who> {
        let believed = self.0.believed.lock().unwrap_or_else(PoisonError::into_inner);
        let found = believed.get(&digest(token))?;
        let holds = found.changes == changes && found.since.elapsed() < BELIEVED && found.who.expires > now();
        holds.then(|| found.who.clone())
    }

    fn believe(&self, token: &AccessToken, it: Believed) {
        let mut believed = self.0.believed.lock().unwrap_or_else(PoisonError::into_inner);
        if believed.len() >= REMEMBERED {
            believed.retain(|_, old| old.changes == it.changes && old.since.elapsed() < BELIEVED);
        }
        if believed.len() < REMEMBERED {
            believed.insert(digest(token), it);
        }
    }

    /// Lets a user in, or says why not.
    pub(crate) async fn log_in(
        &self,
        request: LoginRequest,
        address: IpAddr,
        agent: String,
    ) -> Result<LoginAnswer, Refusal> {
        let LoginRequest { username, password } = request;
        let verified = self.verify(&username, &password, address).await?;
        self.renew(verified, password).await?;
        let lifetime = self.0.lifetime;
        let login = self
            .write(move |accounts| {
                accounts.login_create(&verified, Peer { address, agent: &agent }, lifetime, now())
            })
            .await?;
        tracing::info!("{username} logged in from {address}");
        Ok(login.answer())
    }

    /// Checks the password that somebody shows as that of a user. Wrong ones count, wherever they are shown.
    pub(crate) async fn verify(
        &self,
        username: &Username,
        shown: &Password,
        address: IpAddr,
    ) -> Result<Verified, Refusal> {
        let attempt = self.throttle(|throttle| Ok(throttle.attempt(username, address, now())?))?;
        let name = username.clone();
        let user = self.read(move |accounts| accounts.user_by_name(&name)).await?;
        let shown = shown.clone();
        let verified = self.compute(move || password::check(user.as_ref(), &shown)).await?;
        self.throttle(|throttle| {
            throttle.succeeded(attempt);
            Ok(())
        })?;
        Ok(verified)
    }

    /// Computes a better hash of a password that was right, where there is one by now.
    async fn renew(&self, verified: Verified, shown: Password) -> Result<(), Refusal> {
        match self.compute(move || verified.rehashed(&shown)).await? {
            Some(hash) => self.write(move |accounts| accounts.user_rehash(&verified, &hash)).await,
            None => Ok(()),
        }
    }

    fn throttle<T>(&self, work: impl FnOnce(&mut Throttle) -> Result<T, AccountError>) -> Result<T, Refusal> {
        let mut throttle = self.0.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(work(&mut throttle)?)
    }

    /// Computes with passwords, which takes a while and much memory.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let _room = self.0.computing.acquire().await;
        let done = tokio::task::spawn_blocking(work).await;
        Ok(done.map_err(|error| Refusal::Failed(error.into()))??)
    }

    /// Reads accounts.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Accounts<'_>) -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, Refusal> {
        Ok(self.0.asking.ask(move |reader| Ok(reader.accounts(work))).await??)
    }

    /// Changes accounts, by the thread that writes.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Accounts<'_>) -> Result<T, AccountError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let record = self.0.record.clone();
        let done = tokio::task::spawn_blocking(move || record.accounts(work)).await;
        self.0.changes.fetch_add(1, Ordering::AcqRel);
        Ok(done.map_err(|error| Refusal::Failed(error.into()))??)
    }

    /// How long log-ins last.
    pub(crate) fn lifetime(&self) -> Lifetime {
        self.0.lifetime
    }

    /// The user of this id, with what is kept of the password.
    pub(crate) async fn user(&self, id: UserId) -> Result<User, Refusal> {
        self.read(move |accounts| accounts.user(id)).await
    }
}

/// That somebody who was let in still is.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) gatekeeper: Gatekeeper,
    pub(super) token: AccessToken,
}

impl Standing {
    /// Whether he is.
    pub(super) async fn holds(&self) -> bool {
        self.gatekeeper.who(&self.token).await.is_ok_and(|who| !who.must_change)
    }
}

fn digest(token: &AccessToken) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

/// The time.
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
