//! Keys that are there: fingerprints, public halves, other passphrases and comments.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    art,
    file::{Public, Secret, Unreadable},
    generate, key_file, own_comment, say, text, trouble,
};
use crate::{
    caps,
    programs::{context::Done, options::Parsed, secret},
    shell::{Exit, Process},
};

/// The public halves in a file: of a private key, of lines.
fn publics(bytes: &[u8]) -> Vec<Public> {
    if let Ok(secret) = Secret::parse(bytes, b"") {
        return vec![secret.public];
    }
    String::from_utf8_lossy(bytes).lines().take(caps::SSH_KEYS_IN_A_FILE).filter_map(Public::parse).collect()
}

pub(super) async fn fingerprint(process: &mut Process, given: &Parsed) -> Done {
    let name = key_file(process, given).await?;
    let bytes = match process.files.read(&name) {
        Ok(bytes) => bytes,
        Err(error) => {
            say(process, &format!("ssh-keygen: {}: {}\n", text(&name), error.text())).await;
            return Ok(Exit::Code(255));
        }
    };
    let beside = process.files.read(&[&name[..], b".pub"].concat()).unwrap_or_default();
    let mut all = publics(&beside);
    if all.is_empty() {
        all = publics(&bytes);
    }
    if all.is_empty() {
        say(process, &format!("{} is not a public key file.\n", text(&name))).await;
        return Ok(Exit::Code(255));
    }
    let md5 = given.value('E').is_some_and(|name| name.eq_ignore_ascii_case(b"md5"));
    for public in all {
        let (title, bits) = public.kind().unwrap_or_default();
        let comment = if public.comment.is_empty() { "no comment" } else { &public.comment };
        let print = art::fingerprint(&public.blob, md5);
        let mut out = format!("{bits} {print} {comment} ({title})\n");
        if given.has('v') {
            out += &(art::art(&public.blob, md5, &format!("{title} {bits}")) + "\n");
        }
        process.print(out).await?;
    }
    Ok(Exit::SUCCESS)
}

/// A private key from a file, as far as it may be read.
async fn load(process: &mut Process, name: &[u8], phrase: Option<&[u8]>) -> Result<Secret, Exit> {
    let metadata = match process.files.stat(name) {
        Ok(metadata) => metadata,
        Err(error) => return Err(trouble(process, name, error).await),
    };
    let shown = text(name);
    if metadata.mode & 0o077 != 0 && metadata.uid == process.account.uid {
        let bar = "@".repeat(59);
        say(process, &format!("{bar}\n@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @\n{bar}\nPermissions {:04o} for '{shown}' are too open.\nIt is required that your private key files are NOT accessible by others.\nThis private key will be ignored.\nLoad key \"{shown}\": bad permissions\n", metadata.mode & 0o777)).await;
        return Err(Exit::Code(255));
    }
    let bytes = match process.files.read(name) {
        Ok(bytes) => bytes,
        Err(error) => {
            say(process, &format!("Load key \"{shown}\": {}\n", error.text())).await;
            return Err(Exit::Code(255));
        }
    };
    let mut read = Secret::parse(&bytes, phrase.unwrap_or_default());
    if read == Err(Unreadable::Passphrase) && phrase.is_none_or(<[u8]>::is_empty) {
        let given = secret(process, "Enter passphrase: ").await.unwrap_or_default();
        read = Secret::parse(&bytes, &given);
    }
    match read {
        Ok(secret) => Ok(secret),
        Err(why) => {
            let why = match why {
                Unreadable::Format if bytes.starts_with(b"-----BEGIN OPENSSH") => "invalid format",
                Unreadable::Format => "error in libcrypto",
                Unreadable::Passphrase => "incorrect passphrase supplied to decrypt private key",
            };
            say(process, &format!("Load key \"{shown}\": {why}\n")).await;
            Err(Exit::Code(255))
        }
    }
}

pub(super) async fn public(process: &mut Process, given: &Parsed) -> Done {
    let name = key_file(process, given).await?;
    let secret = load(process, &name, given.value('P')).await?;
    process.print(secret.public.line()).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn export(process: &mut Process, given: &Parsed) -> Done {
    let name = key_file(process, given).await?;
    let bytes = match process.files.read(&name) {
        Ok(bytes) => bytes,
        Err(error) => return Ok(trouble(process, &name, error).await),
    };
    let Some(public) = publics(&bytes).into_iter().next() else {
        say(process, &format!("{} is not a public key file.\n", text(&name))).await;
        return Ok(Exit::Code(255));
    };
    let (title, bits) = public.kind().unwrap_or_default();
    let comment = format!("{bits}-bit {title}, converted by {} from OpenSSH", own_comment(process));
    let lines: String =
        STANDARD.encode(&public.blob).as_bytes().chunks(70).map(|line| text(line) + "\n").collect();
    process
        .print(format!(
            "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"{comment}\"\n{lines}---- END SSH2 PUBLIC KEY ----\n"
        ))
        .await?;
    Ok(Exit::SUCCESS)
}

/// `-p` and `-c`.
pub(super) async fn change(process: &mut Process, given: &Parsed) -> Done {
    let name = key_file(process, given).await?;
    let shown = text(&name);
    let bytes = match process.files.read(&name) {
        Ok(bytes) => bytes,
        Err(error) => {
            say(process, &format!("{shown}: {}\n", error.text())).await;
            return Ok(Exit::Code(255));
        }
    };
    let mut old = given.value('P').unwrap_or_default().to_vec();
    let mut read = Secret::parse(&bytes, &old);
    if read == Err(Unreadable::Passphrase) && given.value('P').is_none() {
        old = secret(process, "Enter old passphrase: ").await.unwrap_or_default();
        read = Secret::parse(&bytes, &old);
    }
    let mut key = match read {
        Ok(key) => key,
        Err(why) => {
            let why = match why {
                Unreadable::Format if bytes.starts_with(b"-----BEGIN OPENSSH") => "invalid format",
                Unreadable::Format => "error in libcrypto",
                Unreadable::Passphrase => "incorrect passphrase supplied to decrypt private key",
            };
            say(process, &format!("Failed to load key {shown}: {why}\n")).await;
            return Ok(Exit::Code(255));
        }
    };
    if given.has('c') {
        if key.public.comment.is_empty() {
            process.print("No existing comment\n").await?;
        } else {
            process.print(format!("Old comment: {}\n", key.public.comment)).await?;
        }
        key.public.comment = match given.value('C') {
            Some(comment) => text(comment),
            None => {
                process.print("New comment: ").await?;
                text(process.input.read_line(1_024).await.trim_ascii_end())
            }
        };
        if generate::save(process, &name, &key, &old).is_ok() {
            process.print(format!("Comment '{}' applied\n", key.public.comment)).await?;
        }
        return Ok(Exit::SUCCESS);
    }
    process.print(format!("Key has comment '{}'\n", key.public.comment)).await?;
    let phrase = match given.value('N') {
        Some(phrase) => phrase.to_vec(),
        None => {
            let first =
                secret(process, "Enter new passphrase (empty for no passphrase): ").await.unwrap_or_default();
            let again = secret(process, "Enter same passphrase again: ").await.unwrap_or_default();
            if first != again {
                process.print("Pass phrases do not match.  Try again.\n").await?;
                return Ok(Exit::FAILURE);
            }
            first
        }
    };
    if let Err(why) = generate::save(process, &name, &key, &phrase) {
        say(process, &format!("{why}\n")).await;
        return Ok(Exit::FAILURE);
    }
    process.print("Your identification has been saved with the new passphrase.\n").await?;
    Ok(Exit::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_so_many_keys_at_most() {
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me\n";
        assert_eq!(publics(line.as_bytes()).len(), 1);
        let many = line.repeat(caps::SSH_KEYS_IN_A_FILE + 9);
        assert_eq!(publics(many.as_bytes()).len(), caps::SSH_KEYS_IN_A_FILE);
    }
}
