//! Which new passwords are refused for what they are.

use decnet_proto::account::{NewPassword, Password, Username};
use thiserror::Error;

/// Why a new password is refused. It is not repeated.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WeakPassword {
    /// It is the user's name.
    #[error("the new password is the name of the user")]
    Username,
    /// It is the one so far.
    #[error("the new password is the old one")]
    Same,
    /// Everybody tries it.
    #[error("the new password is among the first that are guessed")]
    Obvious,
}

/// Passwords of twelve characters and more that are tried first, in lower case.
const OBVIOUS: [&str; 24] = [
    "administrator",
    "administrator1",
    "adminpassword",
    "changeme1234",
    "changemechangeme",
    "correcthorsebatterystaple",
    "decnetadmin1",
    "decnetdecnet",
    "decnetpassword",
    "defaultpassword",
    "honeypot1234",
    "honeypothoneypot",
    "iloveyou1234",
    "letmeinletmein",
    "p@ssw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "passwordpassword",
    "q1w2e3r4t5y6",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdfgh",
    "welcome12345",
];

/// Fewest different characters.
const DIFFERENT: usize = 5;

/// What runs of characters are cut from.
const RUNS: [&str; 3] =
    ["0123456789012345678901234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"];

/// Judges a new password of a user; `old` is the one so far, where it is known.
///
/// # Errors
/// [`WeakPassword`].
pub fn judge(new: &NewPassword, username: &Username, old: Option<&Password>) -> Result<(), WeakPassword> {
    if old == Some(new.as_password()) {
        return Err(WeakPassword::Same);
    }
    let text = new.expose().to_lowercase();
    if text == username.as_str().to_lowercase() {
        return Err(WeakPassword::Username);
    }
    if obvious(&text) { Err(WeakPassword::Obvious) } else { Ok(()) }
}

fn obvious(text: &str) -> bool {
    let different: std::collections::BTreeSet<char> = text.chars().collect();
    different.len() < DIFFERENT || OBVIOUS.contains(&text) || RUNS.iter().any(|run| run.contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(new: &str, expect: Result<(), WeakPassword>) {
        let username = "Marguerite.Duras".parse().unwrap();
        let old = Password::new("Hiroshima, 1959".to_owned()).unwrap();
        let new = NewPassword::new(new.to_owned()).unwrap();
        assert_eq!(judge(&new, &username, Some(&old)), expect);
    }

    #[test]
    fn what_would_be_guessed_is_refused() {
        check("Marguerite.Duras", Err(WeakPassword::Username));
        check("marguerite.duras", Err(WeakPassword::Username));
        check("Hiroshima, 1959", Err(WeakPassword::Same));
        check("PasswordPassword", Err(WeakPassword::Obvious));
        check("aaaaaaaaaaaa", Err(WeakPassword::Obvious));
        check("121212121212", Err(WeakPassword::Obvious));
        check("123456789012", Err(WeakPassword::Obvious));
        check("abcdefghijklm", Err(WeakPassword::Obvious));
        check("QWERTYUIOPAS", Err(WeakPassword::Obvious));
        check("Hiroshima, 1960", Ok(()));
        check("hiroshima, 1959", Ok(()));
        check("ein Pferd frisst keinen Gurkensalat", Ok(()));
    }

    #[test]
    fn the_list_can_be_met() {
        assert!(OBVIOUS.is_sorted());
        for text in OBVIOUS {
            assert_eq!(text, text.to_lowercase());
            check(text, Err(WeakPassword::Obvious));
        }
    }

    #[test]
    fn what_is_drawn_is_good() {
        let admin = "admin".parse().unwrap();
        assert!((0..1000).all(|_| judge(&super::super::draw::password().unwrap(), &admin, None).is_ok()));
    }
}
