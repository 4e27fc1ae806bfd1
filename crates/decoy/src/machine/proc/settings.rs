//! What `sysctl` shows: `/proc/sys`.

use crate::machine::{Distro, Machine};

/// Settings that nobody can set.
pub(super) fn is_fixed(name: &str) -> bool {
    [
        "kernel.osrelease",
        "kernel.ostype",
        "kernel.version",
        "kernel.random.boot_id",
        "kernel.random.uuid",
        "kernel.random.entropy_avail",
        "kernel.cap_last_cap",
        "kernel.ngroups_max",
        "fs.file-nr",
        "fs.inode-nr",
    ]
    .contains(&name)
}

/// The value of a setting, by its name with dots.
pub(super) fn value(machine: &Machine, name: &str) -> Option<String> {
    values(machine).into_iter().find(|(setting, _)| *setting == name).map(|(_, value)| value)
}

/// Names directly below a prefix.
pub(super) fn names(machine: &Machine, prefix: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for (name, _) in values(machine) {
        let rest = if prefix.is_empty() {
            Some(name.as_str())
        } else {
            name.strip_prefix(prefix).and_then(|r| r.strip_prefix('.'))
        };
        let Some(first) = rest.and_then(|rest| rest.split('.').next()) else { continue };
        if out.last().is_none_or(|last| last != first) && !out.iter().any(|known| known == first) {
            out.push(first.to_owned());
        }
    }
    out
}

/// All settings, sorted by name.
pub(crate) fn values(machine: &Machine) -> Vec<(String, String)> {
    let persona = machine.persona();
    let memory = machine.hardware().memory;
    let wide = !matches!(machine.distro(), Distro::CentOs7 | Distro::Alpine319 | Distro::Firmware);
    let interface = machine.network().interface;
    let threads = memory / 128;
    let mut out: Vec<(String, String)> =
        FIXED.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let mut put = |name: &str, value: String| out.push((name.to_owned(), value));
    put("kernel.hostname", persona.hostname.clone());
    put("kernel.osrelease", machine.kernel().to_owned());
    put("kernel.version", machine.kernel_version().to_owned());
    put("kernel.pid_max", if wide { "4194304" } else { "32768" }.to_owned());
    put("kernel.threads-max", threads.to_string());
    put("kernel.random.boot_id", machine.uuid(&format!("boot {}", machine.booted())));
    put("kernel.random.uuid", machine.uuid(&format!("now {:?}", machine.now())));
    put("kernel.ns_last_pid", machine.pid_at(machine.now().seconds).to_string());
    put("fs.file-max", if wide { "9223372036854775807".to_owned() } else { (memory / 10).to_string() });
    put(
        "fs.file-nr",
        format!(
            "{}\t0\t{}",
            1_024 + machine.number("open files", 30) * 32,
            if wide { 9_223_372_036_854_775_807 } else { memory / 10 }
        ),
    );
    put(
        "fs.inode-nr",
        format!(
            "{}\t{}",
            38_204 + machine.number("inodes", 9_000),
            1_204 + machine.number("free inodes", 900)
        ),
    );
    put("net.netfilter.nf_conntrack_max", (memory / 64).next_power_of_two().min(262_144).to_string());
    for place in ["all", "default", "lo", interface] {
        for (name, value) in [
            ("accept_redirects", "1"),
            ("accept_source_route", "0"),
            ("arp_ignore", "0"),
            ("forwarding", "0"),
            ("rp_filter", "2"),
            ("send_redirects", "1"),
        ] {
            put(&format!("net.ipv4.conf.{place}.{name}"), value.to_owned());
        }
        for (name, value) in [("accept_ra", "1"), ("disable_ipv6", "0"), ("forwarding", "0")] {
            put(&format!("net.ipv6.conf.{place}.{name}"), value.to_owned());
        }
    }
    out.sort_unstable();
    out
}

const FIXED: &[(&str, &str)] = &[
    ("dev.cdrom.autoclose", "1"),
    ("fs.aio-max-nr", "65536"),
    ("fs.aio-nr", "0"),
    ("fs.inotify.max_queued_events", "16384"),
    ("fs.inotify.max_user_instances", "128"),
    ("fs.inotify.max_user_watches", "29841"),
    ("fs.nr_open", "1048576"),
    ("fs.pipe-max-size", "1048576"),
    ("fs.protected_hardlinks", "1"),
    ("fs.protected_symlinks", "1"),
    ("fs.suid_dumpable", "0"),
    ("kernel.cap_last_cap", "40"),
    ("kernel.core_pattern", "core"),
    ("kernel.core_uses_pid", "0"),
    ("kernel.ctrl-alt-del", "0"),
    ("kernel.dmesg_restrict", "1"),
    ("kernel.domainname", "(none)"),
    ("kernel.hung_task_timeout_secs", "120"),
    ("kernel.kptr_restrict", "0"),
    ("kernel.modules_disabled", "0"),
    ("kernel.msgmax", "8192"),
    ("kernel.msgmnb", "16384"),
    ("kernel.ngroups_max", "65536"),
    ("kernel.nmi_watchdog", "0"),
    ("kernel.ostype", "Linux"),
    ("kernel.overflowgid", "65534"),
    ("kernel.overflowuid", "65534"),
    ("kernel.panic", "0"),
    ("kernel.panic_on_oops", "0"),
    ("kernel.perf_event_paranoid", "3"),
    ("kernel.printk", "4\t4\t1\t7"),
    ("kernel.random.entropy_avail", "256"),
    ("kernel.random.poolsize", "256"),
    ("kernel.randomize_va_space", "2"),
    ("kernel.sched_rt_runtime_us", "950000"),
    ("kernel.sem", "32000\t1024000000\t500\t32000"),
    ("kernel.shmall", "18446744073692774399"),
    ("kernel.shmmax", "18446744073692774399"),
    ("kernel.shmmni", "4096"),
    ("kernel.sysrq", "438"),
    ("kernel.tainted", "0"),
    ("kernel.unprivileged_bpf_disabled", "2"),
    ("kernel.watchdog_thresh", "10"),
    ("kernel.yama.ptrace_scope", "0"),
    ("net.core.default_qdisc", "fq_codel"),
    ("net.core.netdev_max_backlog", "1000"),
    ("net.core.rmem_default", "212992"),
    ("net.core.rmem_max", "212992"),
    ("net.core.somaxconn", "4096"),
    ("net.core.wmem_default", "212992"),
    ("net.core.wmem_max", "212992"),
    ("net.ipv4.icmp_echo_ignore_all", "0"),
    ("net.ipv4.icmp_echo_ignore_broadcasts", "1"),
    ("net.ipv4.ip_default_ttl", "64"),
    ("net.ipv4.ip_forward", "0"),
    ("net.ipv4.ip_local_port_range", "32768\t60999"),
    ("net.ipv4.ip_nonlocal_bind", "0"),
    ("net.ipv4.tcp_available_congestion_control", "reno cubic"),
    ("net.ipv4.tcp_congestion_control", "cubic"),
    ("net.ipv4.tcp_fin_timeout", "60"),
    ("net.ipv4.tcp_keepalive_time", "7200"),
    ("net.ipv4.tcp_max_syn_backlog", "256"),
    ("net.ipv4.tcp_mem", "22302\t29736\t44604"),
    ("net.ipv4.tcp_rmem", "4096\t131072\t6291456"),
    ("net.ipv4.tcp_sack", "1"),
    ("net.ipv4.tcp_syncookies", "1"),
    ("net.ipv4.tcp_timestamps", "1"),
    ("net.ipv4.tcp_tw_reuse", "2"),
    ("net.ipv4.tcp_window_scaling", "1"),
    ("net.ipv4.tcp_wmem", "4096\t16384\t4194304"),
    ("user.max_user_namespaces", "15421"),
    ("vm.dirty_background_ratio", "10"),
    ("vm.dirty_ratio", "20"),
    ("vm.drop_caches", "0"),
    ("vm.max_map_count", "65530"),
    ("vm.min_free_kbytes", "67584"),
    ("vm.mmap_min_addr", "65536"),
    ("vm.nr_hugepages", "0"),
    ("vm.overcommit_memory", "0"),
    ("vm.overcommit_ratio", "50"),
    ("vm.panic_on_oom", "0"),
    ("vm.swappiness", "60"),
    ("vm.vfs_cache_pressure", "100"),
];
