//! modprobe, insmod, rmmod, modinfo.

use super::super::context::Done;
use crate::{
    machine::{Elf, Errno},
    shell::{Exit, Process},
};

/// Modules that the kernels of the distributions bring, and that people load by name.
const KNOWN: &[&str] = &[
    "bonding",
    "br_netfilter",
    "bridge",
    "cpuid",
    "dm_crypt",
    "dm_mod",
    "dummy",
    "ext4",
    "fuse",
    "ip6_tables",
    "ip_tables",
    "ip_vs",
    "iptable_filter",
    "iptable_nat",
    "kvm",
    "kvm_intel",
    "loop",
    "msr",
    "nbd",
    "nf_conntrack",
    "nf_nat",
    "nf_tables",
    "nfs",
    "overlay",
    "ppp_generic",
    "sctp",
    "squashfs",
    "tcp_bbr",
    "tun",
    "uinput",
    "usb_storage",
    "vfat",
    "vxlan",
    "wireguard",
    "x_tables",
    "xfs",
    "zram",
];

/// Whether a module is loaded, as `/proc/modules` has it.
fn is_loaded(process: &Process, name: &str) -> bool {
    let text = process.files.read(b"/proc/modules").unwrap_or_default();
    String::from_utf8_lossy(&text).lines().any(|line| line.split(' ').next() == Some(name))
}

fn plain(name: &str) -> String {
    name.replace('-', "_")
}

fn operands(process: &Process) -> Vec<String> {
    super::words(process).into_iter().filter(|word| !word.starts_with('-')).collect()
}

fn has(process: &Process, flags: &[&str]) -> bool {
    super::words(process).iter().any(|word| flags.contains(&word.as_str()))
}

async fn wrong(process: &Process, text: &str) -> Exit {
    let name = process.called();
    process.complain(format!("{name}: {text}\n")).await;
    Exit::FAILURE
}

pub(in crate::programs) async fn modprobe(process: &mut Process) -> Done {
    let names = operands(process);
    let Some(name) = names.first() else {
        return Ok(wrong(process, "ERROR: missing parameters. See -h.").await);
    };
    let (name, shown) = (plain(name), name.clone());
    let loaded = is_loaded(process, &name);
    if !loaded && !KNOWN.contains(&name.as_str()) {
        if has(process, &["-q", "--quiet"]) {
            return Ok(Exit::FAILURE);
        }
        let kernel = process.machine.kernel().to_owned();
        let text = format!("FATAL: Module {shown} not found in directory /lib/modules/{kernel}");
        return Ok(wrong(process, &text).await);
    }
    if has(process, &["-n", "--dry-run", "-D", "--show-depends"]) {
        return Ok(Exit::SUCCESS);
    }
    if has(process, &["-r", "--remove"]) {
        if loaded && process.account.is_root() {
            return Ok(wrong(process, &format!("FATAL: Module {name} is in use.")).await);
        }
        let text = format!("FATAL: Module {name} is not currently loaded.");
        return Ok(if loaded { denied(process, "remove", &name).await } else { wrong(process, &text).await });
    }
    if loaded || process.account.is_root() {
        return Ok(Exit::SUCCESS);
    }
    Ok(denied(process, "insert", &name).await)
}

async fn denied(process: &Process, what: &str, name: &str) -> Exit {
    wrong(process, &format!("ERROR: could not {what} '{name}': Operation not permitted")).await
}

pub(in crate::programs) async fn insmod(process: &mut Process) -> Done {
    let names = operands(process);
    let Some(name) = names.first() else { return Ok(wrong(process, "ERROR: missing filename.").await) };
    let head = match process.files.open(name.as_bytes(), crate::machine::Open::reading()) {
        Ok(mut handle) => handle.read(64).unwrap_or_default(),
        Err(error) => {
            let text = format!("ERROR: could not load module {name}: {}", error.text());
            return Ok(wrong(process, &text).await);
        }
    };
    // One that was built for another kernel is as wrong as none.
    let error = match (process.account.is_root(), Elf::parse(&head).is_some()) {
        (false, _) => Errno::NotPermitted.text(),
        (true, _) => "Invalid module format",
    };
    Ok(wrong(process, &format!("ERROR: could not insert module {name}: {error}")).await)
}

pub(in crate::programs) async fn rmmod(process: &mut Process) -> Done {
    let names = operands(process);
    let Some(name) = names.first() else { return Ok(wrong(process, "ERROR: missing module name.").await) };
    let name = plain(name.strip_suffix(".ko").unwrap_or(name));
    if !is_loaded(process, &name) {
        return Ok(wrong(process, &format!("ERROR: Module {name} is not currently loaded")).await);
    }
    if !process.account.is_root() {
        let text = format!(
            "ERROR: ../libkmod/libkmod-module.c:799 kmod_module_remove_module() could not remove '{name}': Operation not permitted\nrmmod: ERROR: could not remove module {name}: Operation not permitted"
        );
        return Ok(wrong(process, &text).await);
    }
    Ok(wrong(process, &format!("ERROR: Module {name} is in use")).await)
}

pub(in crate::programs) async fn modinfo(process: &mut Process) -> Done {
    let names = operands(process);
    let Some(shown) = names.first() else {
        return Ok(wrong(process, "ERROR: missing module or filename.").await);
    };
    let name = plain(shown);
    if !is_loaded(process, &name) && !KNOWN.contains(&name.as_str()) {
        return Ok(wrong(process, &format!("ERROR: Module {shown} not found.")).await);
    }
    let kernel = process.machine.kernel();
    let text = format!(
        "filename:       /lib/modules/{kernel}/kernel/drivers/{name}.ko\nlicense:        GPL\ndepends:        \nretpoline:      Y\nintree:         Y\nname:           {name}\nvermagic:       {kernel} SMP preempt mod_unload modversions \n"
    );
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}
