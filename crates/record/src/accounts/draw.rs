//! What is drawn at random: ids, tokens, the first password.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use decnet_proto::account::{AccessToken, NewPassword};
use uuid::{Builder, Uuid};
use zeroize::Zeroizing;

use super::AccountError;

/// Letters and digits of a drawn password: none that is taken for another one. 46 of them, so that a
/// password has more than 110 bits.
const ALPHABET: &[u8; 46] = b"ACEFGHJKLMNPRTUVWXYabcdefghjkmnprstuvwxyz34679";

/// Characters of a drawn password.
const CHARACTERS: usize = 20;

fn bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, AccountError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice())?;
    Ok(bytes)
}

/// An id that nobody has.
pub(super) fn uuid() -> Result<Uuid, AccountError> {
    Ok(Builder::from_random_bytes(*bytes()?).into_uuid())
}

/// Salt of a hash.
pub(super) fn salt() -> Result<[u8; 16], AccountError> {
    Ok(*bytes()?)
}

/// A token of 256 random bits.
pub(super) fn token() -> Result<AccessToken, AccountError> {
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes::<32>()?.as_slice()));
    Ok(Zeroizing::new([AccessToken::PREFIX, &secret].concat()).parse()?)
}

/// A password that somebody can copy by hand.
pub(super) fn password() -> Result<NewPassword, AccountError> {
    let mut text = String::with_capacity(CHARACTERS);
    while text.len() < CHARACTERS {
        let missing = CHARACTERS - text.len();
        text.extend(bytes::<32>()?.iter().copied().filter_map(letter).take(missing));
    }
    Ok(NewPassword::new(text)?)
}

/// The letter that a random byte draws: none where some letters would come more often than others.
fn letter(byte: u8) -> Option<char> {
    let fair = usize::from(byte) < 256 / ALPHABET.len() * ALPHABET.len();
    let letter = ALPHABET.get(usize::from(byte) % ALPHABET.len());
    letter.filter(|_| fair).copied().map(char::from)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn a_password_has_110_bits_of_letters_that_look_different() {
        assert!((ALPHABET.len() as f64).log2() * CHARACTERS as f64 >= 110.0);
        assert!("0O1lIoiQDS5Z2B8q".bytes().all(|letter| !ALPHABET.contains(&letter)));
        assert_eq!(ALPHABET.iter().collect::<BTreeSet<_>>().len(), ALPHABET.len());
    }

    #[test]
    fn every_letter_is_as_likely() {
        let mut times = BTreeMap::new();
        for letter in (0..=u8::MAX).filter_map(letter) {
            *times.entry(letter).or_insert(0) += 1;
        }
        assert_eq!(times.len(), ALPHABET.len());
        assert!(times.values().all(|times| *times == 5));
    }

    #[test]
    fn nothing_is_drawn_twice() {
        let tokens: BTreeSet<_> = (0..100).map(|_| token().unwrap().expose().to_owned()).collect();
        let passwords: BTreeSet<_> = (0..100).map(|_| password().unwrap().expose().to_owned()).collect();
        let ids: BTreeSet<_> = (0..100).map(|_| uuid().unwrap()).collect();
        assert_eq!([tokens.len(), passwords.len(), ids.len()], [100; 3]);
        assert!(passwords.iter().all(|password| password.len() == CHARACTERS));
        assert!(ids.iter().all(|id| id.get_version_num() == 4));
    }
}
