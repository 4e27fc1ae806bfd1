//! New keys.

use std::time::Duration;

use tokio::sync::Semaphore;

use super::{
    art,
    file::{KeyKind, Secret},
    own_comment, say, text,
};
use crate::{
    caps,
    programs::{context::Done, options::Parsed, secret},
    shell::{Exit, Process},
};

/// One key that takes long is made at a time.
static MAKING: Semaphore = Semaphore::const_new(1);

/// Makes a key, or what needs one, without keeping others waiting; RSA keys of a size that would
/// take minutes never come.
pub(in crate::programs) async fn slowly<T: Send + 'static>(
    bits: u32,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    if bits > caps::RSA_BITS {
        std::future::pending::<()>().await;
    }
    let turn = MAKING.acquire().await.ok()?;
    let made = tokio::task::spawn_blocking(work).await;
    drop(turn);
    made.ok().flatten()
}

async fn made(kind: KeyKind, comment: String) -> Option<Secret> {
    let bits = if let KeyKind::Rsa(bits) = kind { bits } else { 0 };
    slowly(bits, move || Secret::generate(kind, &comment).ok()).await
}

/// What `-t` and `-b` ask for, or why that cannot be.
fn kind(given: &Parsed) -> Result<KeyKind, String> {
    let bits = given.value('b').map(|bits| text(bits).parse::<u32>());
    let asked = given.value('t').map_or_else(|| "rsa".to_owned(), text);
    match (asked.as_str(), bits) {
        (_, Some(Err(_))) => Err(format!("Bits has bad value {} (invalid)", text(given.value('b').unwrap_or_default()))),
        ("rsa", Some(Ok(bits))) if bits < 1_024 => Err("Invalid RSA key length: minimum is 1024 bits".to_owned()),
        ("rsa", Some(Ok(bits))) if bits > 16_384 => Err("Invalid RSA key length: maximum is 16384 bits".to_owned()),
        ("rsa", bits) => Ok(KeyKind::Rsa(bits.and_then(Result::ok).unwrap_or(3_072))),
        ("ed25519", _) => Ok(KeyKind::Ed25519),
        ("ecdsa", Some(Ok(bits))) if ![256, 384, 521].contains(&bits) => {
            Err("Invalid ECDSA key length: valid lengths are 256, 384 or 521 bits".to_owned())
        }
        ("ecdsa", bits) => Ok(KeyKind::Ecdsa(bits.and_then(Result::ok).unwrap_or(256))),
        ("ed25519-sk" | "ecdsa-sk", _) => Err("You may need to touch your authenticator to authorize key generation.\nKey enrollment failed: device not found".to_owned()),
        (other, _) => Err(format!("unknown key type {other}")),
    }
}

impl KeyKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ecdsa(_) => "ecdsa",
            Self::Ed25519 => "ed25519",
        }
    }
}

/// Where the key goes: named, or asked for.
async fn place(process: &Process, given: &Parsed, kind: KeyKind) -> Result<Vec<u8>, Exit> {
    if let Some(name) = given.value('f') {
        return Ok(name.to_vec());
    }
    let usual = format!("{}/.ssh/id_{}", process.account.home, kind.name());
    process.print(format!("Enter file in which to save the key ({usual}): ")).await?;
    let line = process.input.read_line(1_024).await;
    let name = line.trim_ascii_end();
    Ok(if name.is_empty() { usual.into_bytes() } else { name.to_vec() })
}

/// A new passphrase: given, or asked for twice.
async fn passphrase(process: &mut Process, given: &Parsed) -> Result<Vec<u8>, Exit> {
    if let Some(phrase) = given.value('N') {
        return Ok(phrase.to_vec());
    }
    for _ in 0..3 {
        let first = secret(process, "Enter passphrase (empty for no passphrase): ").await.unwrap_or_default();
        let again = secret(process, "Enter same passphrase again: ").await.unwrap_or_default();
        if first == again {
            return Ok(first);
        }
        process.print("Passphrases do not match.  Try again.\n").await?;
    }
    Err(Exit::FAILURE)
}

/// Writes both halves.
pub(super) fn save(process: &Process, name: &[u8], secret: &Secret, phrase: &[u8]) -> Result<(), String> {
    let mut random = [0; 20];
    let ready = getrandom::fill(&mut random).is_ok();
    let written = secret.written(phrase, &random).ok().filter(|_| ready).unwrap_or_default();
    let failed =
        |error: crate::machine::Errno| format!("Saving key \"{}\" failed: {}", text(name), error.text());
    process.files.write(name, written.as_bytes(), 0o600).map_err(failed)?;
    let _ = process.files.chmod(name, 0o600);
    let public = [name, b".pub"].concat();
    process.files.write(&public, secret.public.line().as_bytes(), 0o644).map_err(failed)
}

pub(super) async fn generate(process: &mut Process, given: &Parsed) -> Done {
    let kind = match kind(given) {
        Ok(kind) => kind,
        Err(why) => {
            say(process, &format!("{why}\n")).await;
            return Ok(Exit::Code(255));
        }
    };
    let quiet = given.has('q');
    if !quiet {
        process.print(format!("Generating public/private {} key pair.\n", kind.name())).await?;
    }
    let name = place(process, given, kind).await?;
    let directory = crate::machine::files::path::split(&process.files.absolute(&name)).0.to_vec();
    let own = format!("{}/.ssh", process.account.home);
    if directory == own.as_bytes()
        && !process.files.exists(&directory)
        && process.files.mkdir(&directory, 0o700).is_ok()
        && !quiet
    {
        process.print(format!("Created directory '{own}'.\n")).await?;
    }
    if process.files.exists(&name) {
        process.print(format!("{} already exists.\nOverwrite (y/n)? ", text(&name))).await?;
        let answer = process.input.read_line(256).await;
        if !matches!(answer.first(), Some(b'y' | b'Y')) {
            return Ok(Exit::FAILURE);
        }
    }
    let phrase = passphrase(process, given).await?;
    if !phrase.is_empty() && phrase.len() < 5 {
        say(process, "Passphrase is too short (minimum five characters)\n").await;
        return Ok(Exit::Code(255));
    }
    let comment = given.value('C').map_or_else(|| own_comment(process), text);
    let Some(secret) = made(kind, comment).await else { return Ok(Exit::Code(255)) };
    if let Err(why) = save(process, &name, &secret, &phrase) {
        say(process, &format!("{why}\n")).await;
        return Ok(Exit::FAILURE);
    }
    if quiet {
        return Ok(Exit::SUCCESS);
    }
    let public = &secret.public;
    let (title, bits) = public.kind().unwrap_or_default();
    let shown = text(&name);
    process
        .print(format!(
            "Your identification has been saved in {shown}\nYour public key has been saved in {shown}.pub\nThe key fingerprint is:\n{} {}\nThe key's randomart image is:\n{}\n",
            art::fingerprint(&public.blob, false),
            public.comment,
            art::art(&public.blob, false, &format!("{title} {bits}")),
        ))
        .await?;
    Ok(Exit::SUCCESS)
}

/// `-A`: the keys of the host that are not there yet.
pub(super) async fn host_keys(process: &mut Process, given: &Parsed) -> Done {
    let prefix = given.value('f').map_or_else(String::new, text);
    let mut first = true;
    for (kind, name) in
        [(KeyKind::Rsa(3_072), "rsa"), (KeyKind::Ecdsa(256), "ecdsa"), (KeyKind::Ed25519, "ed25519")]
    {
        let path = format!("{prefix}/etc/ssh/ssh_host_{name}_key");
        if process.files.exists(path.as_bytes()) {
            continue;
        }
        let head = if std::mem::take(&mut first) { "ssh-keygen: generating new host keys: " } else { "" };
        process.print(format!("{head}{} ", name.to_ascii_uppercase())).await?;
        let comment = format!("root@{}", process.machine.persona().hostname);
        let Some(secret) = made(kind, comment).await else { return Ok(Exit::Code(255)) };
        if save(process, path.as_bytes(), &secret, b"").is_err() {
            say(process, &format!("Could not save your private key in {path}: No such file or directory\n"))
                .await;
            first = true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    if !first {
        process.print("\n").await?;
    }
    Ok(Exit::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_key_that_would_take_minutes_never_comes() {
        let limit = Duration::from_secs(60);
        assert_eq!(tokio::time::timeout(limit, slowly(caps::RSA_BITS, || Some(1))).await, Ok(Some(1)));
        assert!(tokio::time::timeout(limit, slowly(caps::RSA_BITS + 1, || Some(1))).await.is_err());
    }
}
