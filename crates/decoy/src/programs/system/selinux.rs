//! getenforce, setenforce, sestatus: on Red Hat's systems.

use super::super::{context::Done, options::Spec};
use crate::shell::{Exit, Process};

/// The mode with a capital.
fn mode(process: &Process) -> &'static str {
    match process.machine.selinux() {
        "enforcing" => "Enforcing",
        "permissive" => "Permissive",
        _ => "Disabled",
    }
}

pub(super) async fn getenforce(process: &mut Process) -> Done {
    let text = format!("{}\n", mode(process));
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

pub(super) async fn setenforce(process: &mut Process) -> Done {
    let wanted = process.arguments().first().map(|word| word.to_ascii_lowercase());
    let known = matches!(wanted.as_deref(), Some(b"0" | b"1" | b"enforcing" | b"permissive"));
    let text = if !known || process.arguments().len() != 1 {
        "usage:  setenforce [ Enforcing | Permissive | 1 | 0 ]\n"
    } else if mode(process) == "Disabled" {
        "setenforce: SELinux is disabled\n"
    } else if !process.account.is_root() {
        "setenforce:  security_setenforce() failed:  Permission denied\n"
    } else {
        return Ok(Exit::SUCCESS);
    };
    process.complain(text).await;
    Ok(Exit::FAILURE)
}

pub(super) async fn sestatus(process: &mut Process) -> Done {
    process.options(Spec { short: "vb", long: &[] }, 1).await?;
    let mode = process.machine.selinux();
    let text = if mode == "disabled" {
        "SELinux status:                 disabled\n".to_owned()
    } else {
        format!(
            "SELinux status:                 enabled\nSELinuxfs mount:                /sys/fs/selinux\nSELinux root directory:         /etc/selinux\nLoaded policy name:             targeted\nCurrent mode:                   {mode}\nMode from config file:          {mode}\nPolicy MLS status:              enabled\nPolicy deny_unknown status:     allowed\nMemory protection checking:     actual (secure)\nMax kernel policy version:      33\n"
        )
    };
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}
