//! ssh-keygen, and what is done with its keys: ssh-copy-id, ssh-add, ssh-agent.
//!
//! Invariants:
//! - Keys are real: what is written can be read by OpenSSH, and is made of fresh randomness.
//! - One large key is made at a time, and of a bounded size: see [`crate::caps::RSA_BITS`].

mod agent;
mod art;
mod file;
mod generate;
mod known;
mod showing;

pub(super) use generate::slowly;

use super::{
    context::Done,
    options::{Parsed, Spec, parse},
};
use crate::{
    machine::Errno,
    shell::{Exit, Process},
};

programs! {
    "ssh-keygen" => keygen;
    "ssh-copy-id" => agent::copy_id;
    "ssh-add" => agent::add;
    "ssh-agent" => agent::agent;
}

const USAGE: &str = "usage: ssh-keygen [-q] [-a rounds] [-b bits] [-C comment] [-f output_keyfile]\n                  [-m format] [-N new_passphrase] [-O option]\n                  [-t dsa | ecdsa | ecdsa-sk | ed25519 | ed25519-sk | rsa]\n                  [-w provider] [-Z cipher]\n       ssh-keygen -p [-a rounds] [-f keyfile] [-m format] [-N new_passphrase]\n                   [-P old_passphrase] [-Z cipher]\n       ssh-keygen -i [-f input_keyfile] [-m key_format]\n       ssh-keygen -e [-f input_keyfile] [-m key_format]\n       ssh-keygen -y [-f input_keyfile]\n       ssh-keygen -c [-a rounds] [-C comment] [-f keyfile] [-P passphrase]\n       ssh-keygen -l [-v] [-E fingerprint_hash] [-f input_keyfile]\n       ssh-keygen -B [-f input_keyfile]\n       ssh-keygen -D pkcs11\n       ssh-keygen -F hostname [-lv] [-f known_hosts_file]\n       ssh-keygen -H [-f known_hosts_file]\n       ssh-keygen -K [-a rounds] [-w provider]\n       ssh-keygen -R hostname [-f known_hosts_file]\n       ssh-keygen -r hostname [-g] [-f input_keyfile]\n       ssh-keygen -M generate [-O option] output_file\n       ssh-keygen -M screen [-f input_file] [-O option] output_file\n       ssh-keygen -I certificate_identity -s ca_key [-hU] [-D pkcs11_provider]\n                  [-n principals] [-O option] [-V validity_interval]\n                  [-z serial_number] file ...\n       ssh-keygen -L [-f input_keyfile]\n       ssh-keygen -A [-a rounds] [-f prefix_path]\n       ssh-keygen -k -f krl_file [-u] [-s ca_public] [-z version_number]\n                  file ...\n       ssh-keygen -Q [-l] -f krl_file [file ...]\n       ssh-keygen -Y find-principals -s signature_file -f allowed_signers_file\n       ssh-keygen -Y match-principals -I signer_identity -f allowed_signers_file\n       ssh-keygen -Y check-novalidate -n namespace -s signature_file\n       ssh-keygen -Y sign -f key_file -n namespace file [-O option] ...\n       ssh-keygen -Y verify -f allowed_signers_file -I signer_identity\n                  -n namespace -s signature_file [-r krl_file] [-O option]\n";

async fn keygen(process: &mut Process) -> Done {
    let spec =
        Spec { short: "ABHLQUXceghiklopquvyC:D:E:F:I:K:M:N:O:P:R:V:Y:Z:a:b:f:g:m:n:r:s:t:w:z:", long: &[] };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            let text = match wrong.0.strip_prefix("option requires an argument -- '") {
                Some(letter) => format!("option requires an argument -- {}", letter.trim_end_matches('\'')),
                None => wrong.0.replace("invalid option -- '", "unknown option -- ").replace('\'', ""),
            };
            say(process, &format!("{text}\n")).await;
            process.complain(USAGE).await;
            return Ok(Exit::FAILURE);
        }
    };
    if !given.operands.is_empty() && !given.has('s') && !given.has('Q') {
        say(process, "Too many arguments.\n").await;
        process.complain(USAGE).await;
        return Ok(Exit::FAILURE);
    }
    if given.has('R') || given.has('F') || given.has('H') {
        return known::hosts(process, &given).await;
    }
    if given.has('l') || given.has('B') {
        return showing::fingerprint(process, &given).await;
    }
    if given.has('y') {
        return showing::public(process, &given).await;
    }
    if given.has('e') {
        return showing::export(process, &given).await;
    }
    if given.has('p') || given.has('c') {
        return showing::change(process, &given).await;
    }
    if given.has('A') {
        return generate::host_keys(process, &given).await;
    }
    generate::generate(process, &given).await
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `file: reason` as ssh-keygen says it, and the status that goes with it.
async fn trouble(process: &Process, name: &[u8], error: Errno) -> Exit {
    say(process, &format!("{}: {}\n", text(name), error.text())).await;
    Exit::Code(255)
}

/// The key file that is meant, asked for when none is named.
async fn key_file(process: &Process, given: &Parsed) -> Result<Vec<u8>, Exit> {
    if let Some(name) = given.value('f') {
        return Ok(name.to_vec());
    }
    let usual = format!("{}/.ssh/id_rsa", process.account.home);
    process.print(format!("Enter file in which the key is ({usual}): ")).await?;
    let line = process.input.read_line(1_024).await;
    let name = line.trim_ascii_end();
    Ok(if name.is_empty() { usual.into_bytes() } else { name.to_vec() })
}

/// Says what went wrong, as OpenSSH ends such lines.
async fn say(process: &Process, text: &str) {
    process.complain(text.replace('\n', "\r\n")).await;
}

/// `user@host`.
fn own_comment(process: &Process) -> String {
    format!("{}@{}", process.account.name, process.machine.persona().hostname)
}

#[cfg(test)]
mod tests;
