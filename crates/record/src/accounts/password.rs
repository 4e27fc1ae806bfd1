//! Passwords: hashes that are expensive to compute, and what they prove.
//!
//! Argon2id (RFC 9106). The hash is a PHC string, which tells its own parameters: those of `COST` can
//! be raised, and who logs in the next time gets a new hash by [`Verified::rehashed`].
//!
//! Limits: until then a hash with the parameters of before takes its own time to verify, which tells
//! that there is such a user from that there is none.

use std::fmt;

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version,
    password_hash::{Error as HashError, phc},
};
use decnet_event::Timestamp;
use decnet_proto::account::{NewPassword, Password, UserId};

use super::{AccountError, User, draw};
use crate::RecordError;

/// How many passwords are computed at once at most: each wants 19 MiB and a processor.
pub const AT_ONCE: usize = 2;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost {
    /// Memory in KiB.
    memory: u32,
    /// Passes over it.
    passes: u32,
    /// Lanes.
    lanes: u32,
}

/// What a hash costs from now on: the least of OWASP's recommendations with little memory.
const COST: Cost = Cost { memory: 19 * 1024, passes: 2, lanes: 1 };

/// What the database has of a password. Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

/// A user showed the right password.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    user: UserId,
    changed: Timestamp,
    outdated: bool,
}

/// Computes the hash of a new password; [`super::judge`] has let it pass.
///
/// # Errors
/// [`AccountError::NoRandom`], [`AccountError::Hash`].
pub fn hash(password: &NewPassword) -> Result<PasswordHash, AccountError> {
    hash_at(COST, password.as_password())
}

/// Checks the password that somebody shows as the user's; without a user the same is computed.
///
/// # Errors
/// [`AccountError::Denied`] if it is wrong or there is no user, [`AccountError::Hash`], and
/// [`AccountError::Record`] if the database has no hash where one should be.
pub fn check(user: Option<&User>, shown: &Password) -> Result<Verified, AccountError> {
    let hash = user.map_or_else(|| COST.of_nobody(), |user| user.hash.clone());
    let hash = phc::PasswordHash::new(&hash.0).ok().filter(|hash| hash.hash.is_some());
    let hash = hash.ok_or(RecordError::Row { what: "a hash" })?;
    let right = verify(&hash, shown)?;
    let user = user.filter(|_| right).ok_or(AccountError::Denied)?;
    Ok(Verified { user: user.id, changed: user.changed, outdated: Cost::of(&hash) != Some(COST) })
}

impl Verified {
    /// Who.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// Which password: the time at which the user was given it.
    pub(super) const fn changed(&self) -> Timestamp {
        self.changed
    }

    /// The hash that should be kept of the password that was right, if it is to be another one.
    ///
    /// # Errors
    /// [`AccountError::NoRandom`], [`AccountError::Hash`].
    pub fn rehashed(&self, shown: &Password) -> Result<Option<PasswordHash>, AccountError> {
        self.outdated.then(|| hash_at(COST, shown)).transpose()
    }
}

impl PasswordHash {
    pub(super) const fn of_row(text: String) -> Self {
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

impl Cost {
    fn of(hash: &phc::PasswordHash) -> Option<Self> {
        let params = Params::try_from(hash).ok()?;
        let current = hash.algorithm == argon2::ARGON2ID_IDENT && hash.version == Some(Version::V0x13.into());
        current.then(|| Self { memory: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() })
    }

    /// A hash that no password has, and that takes as long as any: its salt and digest are zeros.
    fn of_nobody(self) -> PasswordHash {
        let Self { memory, passes, lanes } = self;
        let (salt, digest) = ("A".repeat(22), "A".repeat(43));
        PasswordHash(format!("$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${digest}"))
    }
}

fn hash_at(cost: Cost, password: &Password) -> Result<PasswordHash, AccountError> {
    let params = Params::new(cost.memory, cost.passes, cost.lanes, None).map_err(HashError::from)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(password.expose().as_bytes(), &draw::salt()?)?;
    Ok(PasswordHash(hash.to_string()))
}

/// Whether it is the password of a hash. The digests are compared in constant time.
fn verify(hash: &phc::PasswordHash, shown: &Password) -> Result<bool, AccountError> {
    #[cfg(test)]
    tests::computed(Cost::of(hash));
    match Argon2::default().verify_password(shown.expose().as_bytes(), hash) {
        Ok(()) => Ok(true),
        Err(HashError::PasswordInvalid) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;

    use decnet_proto::account::Role;

    use super::*;

    const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

    thread_local! {
        static COMPUTED: RefCell<Vec<Option<Cost>>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn computed(cost: Option<Cost>) {
        COMPUTED.with_borrow_mut(|all| all.push(cost));
    }

    fn shown(text: &str) -> Password {
        Password::new(text.to_owned()).unwrap()
    }

    /// A hash that costs nothing, for tests of other things.
    pub(in crate::accounts) fn cheap(text: &str) -> PasswordHash {
        hash_at(CHEAP, &shown(text)).unwrap()
    }

    fn user(hash: PasswordHash) -> User {
        User {
            id: UserId(draw::uuid().unwrap()),
            username: "admin".parse().unwrap(),
            hash,
            role: Role::Admin,
            must_change: false,
            created: Timestamp(1),
            changed: Timestamp(2),
        }
    }

    #[test]
    fn a_hash_is_as_owasp_wants_it_and_salted() {
        let password = NewPassword::new("a long password".to_owned()).unwrap();
        let (one, two) = (hash(&password).unwrap(), hash(&password).unwrap());
        assert!(one.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", one.0);
        assert_ne!(one.0, two.0);
        let user = user(one);
        let verified = check(Some(&user), password.as_password()).unwrap();
        assert_eq!((verified.user(), verified.changed()), (user.id, user.changed));
        assert!(verified.rehashed(password.as_password()).unwrap().is_none());
        assert!(matches!(check(Some(&user), &shown("a long passwore")), Err(AccountError::Denied)));
        assert!(matches!(check(Some(&user), &shown("")), Err(AccountError::Denied)));
    }

    /// Who guesses names does not learn by the time it takes which of them there are.
    #[test]
    fn nobody_costs_what_somebody_costs() {
        let user = user(COST.of_nobody());
        for case in [Some(&user), None] {
            COMPUTED.take();
            assert!(matches!(check(case, &shown("guess")), Err(AccountError::Denied)));
            assert_eq!(COMPUTED.take(), [Some(COST)], "{case:?}");
        }
    }

    #[test]
    fn a_cheaper_hash_is_replaced_and_still_proves() {
        let user = user(cheap("short"));
        let verified = check(Some(&user), &shown("short")).unwrap();
        let better = verified.rehashed(&shown("short")).unwrap().expect("it is outdated");
        assert_eq!(Cost::of(&phc::PasswordHash::new(&better.0).unwrap()), Some(COST));
        assert!(check(Some(&User { hash: better, ..user }), &shown("short")).is_ok());
    }

    #[test]
    fn other_algorithms_are_outdated() {
        let outdated = |text: &str| {
            let text = cheap("x").0.replace("$argon2id$v=19$m=8,t=1,p=1", text);
            Cost::of(&phc::PasswordHash::new(&text).unwrap()) != Some(COST)
        };
        assert!(!outdated("$argon2id$v=19$m=19456,t=2,p=1"));
        assert!(outdated("$argon2i$v=19$m=19456,t=2,p=1"));
        assert!(outdated("$argon2id$v=16$m=19456,t=2,p=1"));
        assert!(outdated("$argon2id$v=19$m=19456,t=3,p=1"));
        assert!(outdated("$argon2id$v=19$m=19455,t=2,p=1"));
    }

    #[test]
    fn a_hash_that_is_none_is_told() {
        let cut = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA";
        for text in ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", cut] {
            let user = user(PasswordHash::of_row(text.to_owned()));
            let error = check(Some(&user), &shown("plain")).unwrap_err();
            assert!(matches!(error, AccountError::Record(_) | AccountError::Hash(_)), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_hash_shows_itself_to_nobody() {
        let user = user(cheap("x"));
        assert!(!format!("{user:?}").contains("argon2"), "{user:?}");
        assert!(format!("{user:?}").contains("PasswordHash(…)"));
    }
}
