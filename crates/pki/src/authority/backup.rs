//! One file that holds the authority: what is needed when its machine is lost.
//!
//! A JSON object: `format`, `content` (base64), and `sealed` when there is a passphrase. The
//! content is a JSON list of pairs of key and certificate. Sealed, it is AES-256-GCM under a key
//! of PBKDF2-HMAC-SHA256 (RFC 8018) of the passphrase; `format` is authenticated with it.

use std::{num::NonZeroU32, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    pbkdf2,
    rand::{SecureRandom as _, SystemRandom},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Authority, AuthorityError, failed,
    generation::{Generation, numbers, tidied},
    lock,
};
use crate::{
    files::{self, LARGE, SECRET},
    keys::{Key, KeyError},
};

/// What every backup of this version begins with.
const FORMAT: &str = "decnet-authority/1";

/// Rounds of PBKDF2 that are written.
const ROUNDS: u32 = 600_000;

/// Most rounds that are read: a forged backup must not keep a machine busy for hours.
const ROUNDS_MAX: u32 = 10_000_000;

/// Most pairs of key and certificate.
const PAIRS_MAX: usize = 4;

/// The authority cannot be saved or brought back.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The authority or its folder cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// The folder has an authority already.
    #[error("{0} has an authority already: move the folder away, or restore into another")]
    NotEmpty(String),
    /// The file is no backup.
    #[error("{0} is no backup of an authority that this version can read")]
    Malformed(String),
    /// A passphrase is needed.
    #[error("{0} is sealed: its passphrase is needed")]
    Sealed(String),
    /// It is another passphrase, or the file was changed.
    #[error("{0} cannot be opened: the passphrase is another, or the file was changed")]
    Passphrase(String),
    /// The passphrase is empty.
    #[error("a passphrase has at least one character")]
    EmptyPassphrase,
    /// The machine cannot seal.
    #[error("cannot seal the backup: the system gives no random bytes")]
    Random,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    format: String,
    sealed: Option<Sealed>,
    content: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    salt: String,
    rounds: NonZeroU32,
    nonce: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    number: u32,
    key: String,
    certificate: String,
}

impl Authority {
    /// Writes all keys and certificates to one new file, mode 0600 from birth; sealed if there is
    /// a passphrase. Without one, who reads the file owns the swarm.
    ///
    /// # Errors
    /// [`BackupError`]; a file that is there is not overwritten.
    pub fn backup(&self, file: &Path, passphrase: Option<&str>) -> Result<(), BackupError> {
        let _lock = lock(&self.dir)?;
        let pairs: Vec<Pair> = tidied(&self.dir)?.iter().map(Pair::of).collect();
        let malformed = |_| BackupError::Malformed(file.display().to_string());
        let content = serde_json::to_vec(&pairs).map_err(malformed)?;
        let backup = match passphrase {
            None => Backup { format: FORMAT.to_owned(), sealed: None, content: STANDARD.encode(content) },
            Some(passphrase) => seal(content, passphrase)?,
        };
        let text = serde_json::to_string(&backup).map_err(malformed)?;
        Ok(files::create(file, &format!("{text}\n"), SECRET).map_err(failed(file))?)
    }
}

/// Brings an authority back into `dir`, which has none; its tokens, hosts and certificates go on
/// as they were.
///
/// # Errors
/// [`BackupError`]; nothing is written unless the whole backup is sound.
pub fn restore(file: &Path, dir: &Path, passphrase: Option<&str>) -> Result<(), BackupError> {
    let pairs = read(file, passphrase)?;
    files::make_folder(dir).map_err(failed(dir))?;
    let _lock = lock(dir)?;
    if !numbers(dir)?.is_empty() {
        return Err(BackupError::NotEmpty(dir.display().to_string()));
    }
    for pair in pairs {
        pair.write(dir)?;
    }
    Ok(())
}

impl Pair {
    fn of(generation: &Generation) -> Self {
        Self {
            number: generation.number,
            key: generation.key.pair().serialize_pem(),
            certificate: generation.pem.clone(),
        }
    }

    fn generation(self, name: &str) -> Result<Option<Generation>, KeyError> {
        Ok(Generation::of(self.number, Key::from_pem(&self.key, name)?, self.certificate))
    }
}

/// The pairs of a backup, each checked.
fn read(file: &Path, passphrase: Option<&str>) -> Result<Vec<Generation>, BackupError> {
    let name = file.display().to_string();
    let malformed = || BackupError::Malformed(name.clone());
    let text = files::read(file, LARGE).map_err(failed(file))?;
    let backup: Backup = serde_json::from_str(&text).map_err(|_| malformed())?;
    if backup.format != FORMAT {
        return Err(malformed());
    }
    let content = STANDARD.decode(backup.content).map_err(|_| malformed())?;
    let content = match (backup.sealed, passphrase) {
        (None, _) => content,
        (Some(_), None) => return Err(BackupError::Sealed(name)),
        (Some(sealed), Some(passphrase)) => {
            let (key, nonce) = sealed.opened(passphrase).ok_or_else(malformed)?;
            unseal(content, &key, nonce).ok_or_else(|| BackupError::Passphrase(name.clone()))?
        }
    };
    let pairs: Vec<Pair> = serde_json::from_slice(&content).map_err(|_| malformed())?;
    let ascending = pairs.is_sorted_by(|one, next| one.number < next.number);
    if !ascending || !(1..=PAIRS_MAX).contains(&pairs.len()) {
        return Err(malformed());
    }
    let checked = |pair: Pair| pair.generation(&name).ok().flatten().ok_or_else(malformed);
    pairs.into_iter().map(checked).collect()
}

fn seal(mut content: Vec<u8>, passphrase: &str) -> Result<Backup, BackupError> {
    if passphrase.is_empty() {
        return Err(BackupError::EmptyPassphrase);
    }
    let (mut salt, mut nonce) = ([0; 16], [0; NONCE_LEN]);
    let random = SystemRandom::new();
    random.fill(&mut salt).and_then(|()| random.fill(&mut nonce)).map_err(|_| BackupError::Random)?;
    let rounds = NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MIN);
    let key = derived(passphrase, &salt, rounds).ok_or(BackupError::Random)?;
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(FORMAT), &mut content)
        .map_err(|_| BackupError::Random)?;
    let sealed = Sealed { salt: STANDARD.encode(salt), rounds, nonce: STANDARD.encode(nonce) };
    Ok(Backup { format: FORMAT.to_owned(), sealed: Some(sealed), content: STANDARD.encode(content) })
}

impl Sealed {
    fn opened(&self, passphrase: &str) -> Option<(LessSafeKey, Nonce)> {
        let salt: [u8; 16] = STANDARD.decode(&self.salt).ok()?.try_into().ok()?;
        let nonce: [u8; NONCE_LEN] = STANDARD.decode(&self.nonce).ok()?.try_into().ok()?;
        if self.rounds.get() > ROUNDS_MAX {
            return None;
        }
        Some((derived(passphrase, &salt, self.rounds)?, Nonce::assume_unique_for_key(nonce)))
    }
}

fn unseal(mut content: Vec<u8>, key: &LessSafeKey, nonce: Nonce) -> Option<Vec<u8>> {
    let length = key.open_in_place(nonce, Aad::from(FORMAT), &mut content).ok()?.len();
    content.truncate(length);
    Some(content)
}

fn derived(passphrase: &str, salt: &[u8; 16], rounds: NonZeroU32) -> Option<LessSafeKey> {
    let mut bytes = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, passphrase.as_bytes(), &mut bytes);
    Some(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::MetadataExt as _};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn authority() -> (tempfile::TempDir, Authority) {
        let dir = tempfile::tempdir().unwrap();
        let authority = Authority::open_or_create(&dir.path().join("ca"), NOW).unwrap();
        (dir, authority)
    }

    #[test]
    fn what_was_saved_comes_back() {
        for passphrase in [None, Some("correct horse")] {
            let (dir, authority) = authority();
            authority.roll_over(NOW).unwrap();
            let (file, other) = (dir.path().join("backup"), dir.path().join("other"));
            authority.backup(&file, passphrase).unwrap();
            assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
            assert!(authority.backup(&file, passphrase).is_err(), "a backup is not overwritten");
            restore(&file, &other, passphrase).unwrap();
            let restored = Authority::open_or_create(&other, NOW).unwrap();
            assert_eq!(restored.certificates(), authority.certificates());
            assert_eq!(fs::metadata(other.join("ca-2.key")).unwrap().mode() & 0o777, 0o600);
            assert_eq!(fs::read_to_string(&file).unwrap().contains("sealed\":null"), passphrase.is_none());
            let again = restore(&file, &other, passphrase).unwrap_err();
            assert!(matches!(again, BackupError::NotEmpty(_)), "{again}");
        }
    }

    #[test]
    fn a_sealed_one_needs_its_passphrase() {
        let (dir, authority) = authority();
        let (file, other) = (dir.path().join("backup"), dir.path().join("other"));
        assert!(matches!(authority.backup(&file, Some("")), Err(BackupError::EmptyPassphrase)));
        authority.backup(&file, Some("right")).unwrap();
        assert!(matches!(restore(&file, &other, None), Err(BackupError::Sealed(_))));
        assert!(matches!(restore(&file, &other, Some("wrong")), Err(BackupError::Passphrase(_))));
        let text = fs::read_to_string(&file).unwrap();
        let mut backup: Backup = serde_json::from_str(&text).unwrap();
        backup.content.replace_range(40..41, if &backup.content[40..41] == "A" { "B" } else { "A" });
        fs::write(&file, serde_json::to_string(&backup).unwrap()).unwrap();
        assert!(matches!(restore(&file, &other, Some("right")), Err(BackupError::Passphrase(_))));
        fs::write(&file, text.replace("600000", "4000000000")).unwrap();
        assert!(matches!(restore(&file, &other, Some("right")), Err(BackupError::Malformed(_))));
        assert!(!other.exists(), "nothing was written");
    }

    #[test]
    fn what_is_no_backup_is_refused() {
        let (dir, authority) = authority();
        let (file, other) = (dir.path().join("backup"), dir.path().join("other"));
        authority.backup(&file, None).unwrap();
        let good: Backup = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let mut pairs: Vec<Pair> = serde_json::from_slice(&STANDARD.decode(good.content).unwrap()).unwrap();
        let content = |pairs: &[Pair]| {
            let content = STANDARD.encode(serde_json::to_vec(pairs).unwrap());
            serde_json::to_string(&Backup { format: FORMAT.to_owned(), sealed: None, content }).unwrap()
        };
        let none = content(&[]);
        let twice: Vec<Pair> =
            serde_json::from_slice(&serde_json::to_vec(&[&pairs[0], &pairs[0]]).unwrap()).unwrap();
        let twice = content(&twice);
        pairs[0].key = Key::draw().unwrap().pair().serialize_pem();
        for text in
            ["", "{}", "[]", &none, &twice, &content(&pairs), &none.replace("authority/1", "authority/2")]
        {
            fs::write(&file, text).unwrap();
            let error = restore(&file, &other, None).unwrap_err();
            assert!(matches!(error, BackupError::Malformed(_)), "{text:.40}: {error}");
        }
        assert!(restore(&dir.path().join("missing"), &other, None).is_err());
        assert!(!other.exists());
    }
}
