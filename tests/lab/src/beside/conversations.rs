//! What administrators and attackers do over ssh with the usual clients, completed.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use super::ssh;
use crate::{
    clients::{
        Login,
        openssh::{self, Mode},
        putty,
    },
    log::Follower,
    stage::Stage,
    workspace,
};

/// Options that hold OpenSSH's client to what older ones know.
const OLD: &[(&str, &[&str])] = &[
    (
        "6.0",
        &[
            "-oKexAlgorithms=ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
            "-oCiphers=aes128-ctr,aes192-ctr,aes256-ctr,aes128-cbc,3des-cbc,aes192-cbc,aes256-cbc",
            "-oMACs=hmac-md5,hmac-sha1,umac-64@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1-96,hmac-md5-96",
            "-oHostKeyAlgorithms=ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521",
        ],
    ),
    (
        "6.6",
        &[
            "-oKexAlgorithms=curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group-exchange-sha1,diffie-hellman-group14-sha1",
            "-oCiphers=aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-cbc",
            "-oMACs=hmac-md5-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com",
            "-oHostKeyAlgorithms=ecdsa-sha2-nistp256,ssh-ed25519,ssh-rsa",
        ],
    ),
    (
        "7.4",
        &[
            "-oKexAlgorithms=curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,diffie-hellman-group14-sha1",
            "-oCiphers=chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com",
            "-oHostKeyAlgorithms=ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa",
        ],
    ),
    (
        "8.4",
        &[
            "-oKexAlgorithms=curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256",
            "-oHostKeyAlgorithms=ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-512,rsa-sha2-256,ssh-rsa",
        ],
    ),
];

/// Bytes of the file that is moved.
const SIZE: usize = 300_000;

/// What a client does with a decky of the stage, for a log-in there.
pub type Conversation = fn(&Stage, &Login) -> Result<String>;

/// Every conversation, with its name.
pub const ALL: &[(&str, Conversation)] = &[
    ("OpenSSH, each algorithm that is offered", |_, login| each_algorithm(login)),
    ("OpenSSH held to versions 6 to 8", |_, login| old_versions(login)),
    ("OpenSSH sftp", sftp),
    ("OpenSSH scp, over sftp and the old way", scp),
    ("OpenSSH, a forward", |_, login| a_forward_is_refused(login)),
    ("PuTTY plink and pscp", putty),
];

/// Each key exchange, cipher and MAC of the server's list is used once.
fn each_algorithm(login: &Login) -> Result<String> {
    let offered = ssh::offered(login.host)?;
    let mut used = 0;
    let mut with = |options: &[String]| -> Result<()> {
        let options: Vec<_> = options.iter().map(String::as_str).collect();
        let said = openssh::ssh(login, &options, "echo there")?.said().with_context(|| options.join(" "))?;
        ensure!(said == "there\n", "with {} it says {said:?}", options.join(" "));
        used += 1;
        Ok(())
    };
    for name in offered.key_exchange.iter().filter(|name| !name.starts_with("kex-strict")) {
        with(&[format!("-oKexAlgorithms={name}")])?;
    }
    for name in &offered.host_keys {
        with(&[format!("-oHostKeyAlgorithms={name}")])?;
    }
    for name in &offered.ciphers {
        with(&[format!("-oCiphers={name}")])?;
    }
    for name in &offered.macs {
        with(&["-oCiphers=aes128-ctr".to_owned(), format!("-oMACs={name}")])?;
    }
    with(&["-oCompression=yes".to_owned()])?;
    // Keys are made anew in the middle of a transfer.
    let large = openssh::ssh(login, &["-oRekeyLimit=64K"], "head -c 1000000 /dev/zero")?.said()?;
    ensure!(large.len() == 1_000_000, "{} of 1,000,000 bytes came while keys were made anew", large.len());
    Ok(format!("{used} log-ins, new keys under way"))
}

fn old_versions(login: &Login) -> Result<String> {
    for (version, options) in OLD {
        let said =
            openssh::ssh(login, options, "id -un")?.said().with_context(|| format!("held to {version}"))?;
        ensure!(said == format!("{}\n", login.user), "held to {version} it says {said:?}");
    }
    Ok(OLD.iter().map(|(version, _)| *version).collect::<Vec<_>>().join(", "))
}

/// A file of random-looking bytes, each time another, and its SHA-256.
fn file(name: &str) -> Result<(PathBuf, String)> {
    let mut state = name.bytes().fold(0x9e37_79b9_u32, |state, byte| state.rotate_left(5) ^ u32::from(byte));
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let content: Vec<u8> = (0..SIZE).map(|_| next()).collect();
    let path = workspace::lab().join(name);
    fs::write(&path, &content).with_context(|| format!("writing {}", path.display()))?;
    Ok((path, Sha256::digest(&content).iter().map(|byte| format!("{byte:02x}")).collect()))
}

fn kept(stage: &Stage, follower: &mut Follower, sha256: &str) -> Result<()> {
    let is_it = |seen: &[crate::log::Seen]| {
        seen.iter().any(|event| event.kind == "file_captured" && event.field("sha256") == sha256)
    };
    follower.until("the file among the artifacts", std::time::Duration::from_secs(20), is_it)?;
    let path = stage.fleet.artifacts().join(sha256);
    let length = fs::metadata(&path).with_context(|| format!("reading {}", path.display()))?.len();
    ensure!(length == SIZE as u64, "{length} of {SIZE} bytes were kept");
    Ok(())
}

fn sftp(stage: &Stage, login: &Login) -> Result<String> {
    let (path, sha256) = file("by-sftp.bin")?;
    let back = workspace::lab().join("by-sftp.back");
    let mut follower = stage.follow();
    let batch = format!(
        "cd /tmp\nmkdir d\nput {} d/f\nchmod 700 d/f\nls -l d\nrename d/f d/g\nget d/g {}\nrm d/g\nrmdir d\nls -la /etc\ndf\n",
        path.display(),
        back.display()
    );
    openssh::sftp(login, &batch)?.said()?;
    ensure!(fs::read(&path)? == fs::read(&back)?, "what comes back differs from what was brought");
    kept(stage, &mut follower, &sha256)?;
    Ok(format!("{SIZE} bytes there and back, kept as {}…", sha256.get(..12).unwrap_or_default()))
}

fn scp(stage: &Stage, login: &Login) -> Result<String> {
    for (mode, name) in [(Mode::Sftp, "by-scp.bin"), (Mode::Legacy, "by-old-scp.bin")] {
        let (path, sha256) = file(name)?;
        let mut follower = stage.follow();
        openssh::scp(login, mode, &path, "/tmp/x.bin")?.said().with_context(|| format!("{mode:?}"))?;
        kept(stage, &mut follower, &sha256).with_context(|| format!("{mode:?}"))?;
        let said = openssh::ssh(login, &[], "sha256sum < /tmp/x.bin; rm /tmp/x.bin")?.said()?;
        ensure!(said == format!("{sha256}  -\n"), "by {mode:?} it arrives as {said}");
    }
    Ok(format!("{SIZE} bytes each"))
}

/// A forward goes nowhere, and is answered as by an sshd that forbids them.
fn a_forward_is_refused(login: &Login) -> Result<String> {
    let outcome = openssh::ssh(login, &["-v", "-W", "198.51.100.7:80"], "true")?;
    ensure!(!outcome.success, "the forward was opened");
    let answer = "open failed: administratively prohibited: open failed";
    ensure!(outcome.errors.contains(answer), "the client says {:?}", outcome.errors);
    Ok(answer.to_owned())
}

fn putty(stage: &Stage, login: &Login) -> Result<String> {
    let said = putty::plink(login, "id -un")?.said()?;
    ensure!(said.trim() == login.user, "plink says {said:?}");
    let (path, sha256) = file("by-pscp.bin")?;
    let mut follower = stage.follow();
    putty::pscp(login, &path, "/tmp/p.bin")?.said()?;
    kept(stage, &mut follower, &sha256)?;
    Ok(format!("{SIZE} bytes kept"))
}
