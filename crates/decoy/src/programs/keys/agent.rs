//! ssh-copy-id, ssh-add and ssh-agent: the network lets nothing out, and no agent answers.

use super::text;
use crate::{
    programs::{
        context::Done,
        options::{Spec, parse},
    },
    shell::{Exit, Process},
};

const COPY_USAGE: &str = " [-h|-?|-f|-n|-s] [-i [identity_file]] [-p port] [-F alternative ssh_config file] [[-o <ssh -o options>] ...] [user@]hostname\n\t-f: force mode -- copy keys without trying to check if they are already installed\n\t-n: dry run    -- no keys are actually copied\n\t-s: use sftp   -- use sftp instead of executing remote-commands. Can be useful if the remote only allows sftp\n\t-h|-?: print this help\n";

/// Names of the files that are tried when none is named.
const IDENTITIES: &[&str] = &["id_dsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_rsa"];

pub(super) async fn copy_id(process: &mut Process) -> Done {
    const ME: &str = "/usr/bin/ssh-copy-id";
    let given = parse(process.arguments(), Spec { short: "hi:fnsp:o:F:", long: &[] });
    let Ok(given) = given.map(|given| (!given.has('h') && !given.operands.is_empty()).then_some(given))
    else {
        process.complain(format!("\n{ME}: ERROR: invalid option\n\nUsage: {ME}{COPY_USAGE}")).await;
        return Ok(Exit::FAILURE);
    };
    let Some(given) = given else {
        process.complain(format!("Usage: {ME}{COPY_USAGE}")).await;
        return Ok(Exit::FAILURE);
    };
    let home = process.account.home.clone();
    let source = match given.value('i') {
        Some(name) if name.ends_with(b".pub") => Some(name.to_vec()),
        Some(name) => Some([name, b".pub"].concat()),
        None => IDENTITIES
            .iter()
            .map(|name| format!("{home}/.ssh/{name}.pub").into_bytes())
            .find(|name| process.files.exists(name)),
    };
    let Some(source) = source else {
        process.complain(format!("\n{ME}: ERROR: No identities found\n")).await;
        return Ok(Exit::FAILURE);
    };
    if let Err(error) = process.files.read(&source) {
        process
            .complain(format!(
                "\n{ME}: ERROR: failed to open ID file '{}': {}\n",
                text(&source),
                error.text()
            ))
            .await;
        return Ok(Exit::FAILURE);
    }
    let shown = text(&source);
    process.complain(format!("{ME}: INFO: Source of key(s) to be installed: \"{shown}\"\n{ME}: INFO: attempting to log in with the new key(s), to filter out any that are already installed\n")).await;
    let mut command = vec![b"ssh".to_vec()];
    if let Some(port) = given.value('p') {
        command.extend([b"-p".to_vec(), port.to_vec()]);
    }
    command.extend(given.operands.first().cloned());
    let errors = std::mem::replace(&mut process.errors, crate::shell::pipe::Writer::nowhere());
    let collected = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    process.errors = crate::shell::pipe::Writer::bytes(std::sync::Arc::clone(&collected), 4_096);
    let _ = process.execute(command).await;
    process.errors = errors;
    let said = collected.lock().map(|said| text(&said)).unwrap_or_default();
    let lines: String = said.lines().map(|line| format!("ERROR: {}\n", line.trim_end())).collect();
    process.complain(format!("\n{ME}: {lines}\n")).await;
    Ok(Exit::FAILURE)
}

pub(super) async fn add(process: &mut Process) -> Done {
    let text = if process.variable("SSH_AUTH_SOCK").is_some_and(|name| !name.is_empty()) {
        "Error connecting to agent: Connection refused\n"
    } else {
        "Could not open a connection to your authentication agent.\n"
    };
    process.complain(text).await;
    Ok(Exit::Code(2))
}

pub(super) async fn agent(process: &mut Process) -> Done {
    let spec = Spec { short: "+cDdksE:a:O:P:t:", long: &[] };
    let Ok(given) = parse(process.arguments(), spec) else {
        process.complain("usage: ssh-agent [-c | -s] [-Dd] [-a bind_address] [-E fingerprint_hash]\n                 [-O option] [-P allowed_providers] [-t life]\n       ssh-agent [-a bind_address] [-E fingerprint_hash] [-O option]\n                 [-P allowed_providers] [-t life] command [arg ...]\n       ssh-agent [-c | -s] -k\n").await;
        return Ok(Exit::FAILURE);
    };
    if given.has('k') {
        let Some(pid) = process.variable("SSH_AGENT_PID").map(text) else {
            process.complain("SSH_AGENT_PID not set, cannot kill agent\n").await;
            return Ok(Exit::FAILURE);
        };
        process
            .print(format!("unset SSH_AUTH_SOCK;\nunset SSH_AGENT_PID;\necho Agent pid {pid} killed;\n"))
            .await?;
        return Ok(Exit::SUCCESS);
    }
    let mut random = [0; 12];
    let _ = getrandom::fill(&mut random);
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let name: String = random
        .iter()
        .filter_map(|byte| letters.get(usize::from(*byte) % letters.len()))
        .map(|byte| char::from(*byte))
        .collect();
    let (pid, directory) = (process.pid, format!("/tmp/ssh-{name}"));
    let socket = format!("{directory}/agent.{pid}");
    let _ = process.files.mkdir(directory.as_bytes(), 0o700);
    let _ = process.files.make_special(socket.as_bytes(), crate::machine::files::Kind::Socket, 0o600);
    if !given.operands.is_empty() {
        process.environment.push((b"SSH_AUTH_SOCK".to_vec(), socket.into_bytes()));
        return Ok(process.execute(given.operands).await.unwrap_or(Exit::Code(127)));
    }
    let pid = pid + 1;
    let text = if given.has('c') {
        format!("setenv SSH_AUTH_SOCK {socket};\nsetenv SSH_AGENT_PID {pid};\necho Agent pid {pid};\n")
    } else {
        format!(
            "SSH_AUTH_SOCK={socket}; export SSH_AUTH_SOCK;\nSSH_AGENT_PID={pid}; export SSH_AGENT_PID;\necho Agent pid {pid};\n"
        )
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}
