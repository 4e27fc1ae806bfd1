//! INFO: sections whose figures move with time and use.

mod memory;
mod stats;

use std::{
    fmt::Write as _,
    time::{SystemTime, UNIX_EPOCH},
};

use super::instance::{Instance, State};

/// Sections in the order of the answer.
const SECTIONS: [&str; 11] = [
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "modules",
    "errorstats",
    "cluster",
    "keyspace",
];

/// The sections asked for, or those that come by default.
pub(super) fn info(instance: &Instance, state: &State, asked: &[Vec<u8>], now: SystemTime) -> String {
    let asked: Vec<_> = asked.iter().map(|s| String::from_utf8_lossy(s).to_ascii_lowercase()).collect();
    let all =
        asked.is_empty() || asked.iter().any(|s| ["all", "default", "everything"].contains(&s.as_str()));
    let seven = instance.version.is_seven();
    let mut out = String::with_capacity(6 * 1_024);
    for section in SECTIONS {
        if !(all || asked.iter().any(|s| s == section)) || (!seven && ["errorstats"].contains(&section)) {
            continue;
        }
        if !out.is_empty() {
            out.push_str("\r\n");
        }
        let lines = match section {
            "server" => server(instance, now),
            "clients" => clients(state, seven),
            "memory" => memory::section(instance, state, seven),
            "persistence" => persistence(state, seven),
            "stats" => stats::section(state, seven),
            "replication" => replication(instance, state),
            "cpu" => cpu(instance, state, now),
            "modules" => "# Modules".to_owned(),
            "errorstats" => error_statistics(state),
            "cluster" => "# Cluster\ncluster_enabled:0".to_owned(),
            _ => keyspace(state, now),
        };
        for line in lines.lines() {
            out.push_str(line.trim_start());
            out.push_str("\r\n");
        }
    }
    out
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn server(instance: &Instance, now: SystemTime) -> String {
    let uptime = now.duration_since(instance.started).map_or(0, |up| up.as_secs());
    let micros = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    let (executable, config) = if instance.windows {
        ("C:\\Program Files\\Redis\\redis-server.exe", "C:\\Program Files\\Redis\\redis.windows-service.conf")
    } else {
        ("/usr/bin/redis-server", "/etc/redis/redis.conf")
    };
    let mut out = format!(
        "# Server
        redis_version:{version}
        redis_git_sha1:00000000
        redis_git_dirty:0
        redis_build_id:{build}
        redis_mode:standalone
        os:{os}
        arch_bits:64
        ",
        version = instance.version,
        build = instance.build_id,
        os = instance.os,
    );
    if instance.version.is_seven() {
        out.push_str("monotonic_clock:POSIX clock_gettime\n");
    }
    let _ = write!(
        out,
        "multiplexing_api:{api}
        atomicvar_api:{atomics}
        {compiler}process_id:{pid}
        ",
        api = if instance.windows { "WinSock_IOCP" } else { "epoll" },
        atomics = if instance.windows {
            "pthread-mutex"
        } else if instance.version.is_seven() {
            "c11-builtin"
        } else {
            "atomic-builtin"
        },
        compiler = if instance.windows {
            ""
        } else if instance.version.is_seven() {
            "gcc_version:12.2.0\n"
        } else {
            "gcc_version:11.2.0\n"
        },
        pid = instance.process_id,
    );
    if instance.version.has_users() {
        out.push_str("process_supervised:systemd\n");
    }
    let _ = write!(
        out,
        "run_id:{run}
        tcp_port:6379
        server_time_usec:{micros}
        uptime_in_seconds:{uptime}
        uptime_in_days:{days}
        hz:10
        configured_hz:10
        lru_clock:{lru}
        executable:{executable}
        config_file:{config}
        io_threads_active:0",
        run = instance.run_id,
        days = uptime / 86_400,
        lru = seconds(now) & 0x00ff_ffff,
    );
    out
}

fn clients(state: &State, seven: bool) -> String {
    let mut out = format!("# Clients\nconnected_clients:{}\n", state.clients.len().max(1));
    if seven {
        out.push_str("cluster_connections:0\nmaxclients:10000\n");
    }
    out.push_str("client_recent_max_input_buffer:20480\nclient_recent_max_output_buffer:0\n");
    out.push_str("blocked_clients:0\ntracking_clients:0\nclients_in_timeout_table:0");
    out
}

fn persistence(state: &State, seven: bool) -> String {
    let mut out = String::from("# Persistence\nloading:0\n");
    if seven {
        out.push_str("async_loading:0\ncurrent_cow_peak:0\ncurrent_cow_size:0\ncurrent_cow_size_age:0\n");
        out.push_str("current_fork_perc:0.00\ncurrent_save_keys_processed:0\ncurrent_save_keys_total:0\n");
    }
    let _ = write!(
        out,
        "rdb_changes_since_last_save:{changes}
        rdb_bgsave_in_progress:0
        rdb_last_save_time:{saved}
        rdb_last_bgsave_status:ok
        rdb_last_bgsave_time_sec:0
        rdb_current_bgsave_time_sec:-1
        {saves}rdb_last_cow_size:{cow}
        {loads}aof_enabled:0
        aof_rewrite_in_progress:0
        aof_rewrite_scheduled:0
        aof_last_rewrite_time_sec:-1
        aof_current_rewrite_time_sec:-1
        aof_last_bgrewrite_status:ok
        {rewrites}aof_last_write_status:ok
        aof_last_cow_size:0
        module_fork_in_progress:0
        module_fork_last_cow_size:0",
        changes = state.keys.changes().saturating_sub(state.saved.1),
        saved = seconds(state.saved.0),
        saves = if seven { "rdb_saves:1\n" } else { "" },
        cow = 262_144,
        loads = if seven { "rdb_last_load_keys_expired:0\nrdb_last_load_keys_loaded:9\n" } else { "" },
        rewrites = if seven { "aof_rewrites:0\naof_rewrites_consecutive_failures:0\n" } else { "" },
    );
    out
}

fn replication(instance: &Instance, state: &State) -> String {
    let mut out = String::from("# Replication\n");
    match &state.master {
        None => out.push_str("role:master\nconnected_slaves:0\n"),
        Some((host, port)) => {
            let _ = write!(
                out,
                "role:slave
                master_host:{host}
                master_port:{port}
                master_link_status:down
                master_last_io_seconds_ago:-1
                master_sync_in_progress:0
                slave_read_repl_offset:0
                slave_repl_offset:0
                master_link_down_since_seconds:-1
                slave_priority:100
                slave_read_only:1
                replica_announced:1
                connected_slaves:0
                "
            );
        }
    }
    if instance.version.is_seven() {
        out.push_str("master_failover_state:no-failover\n");
    }
    let _ = write!(
        out,
        "master_replid:{}
        master_replid2:0000000000000000000000000000000000000000
        master_repl_offset:0
        second_repl_offset:-1
        repl_backlog_active:0
        repl_backlog_size:1048576
        repl_backlog_first_byte_offset:0
        repl_backlog_histlen:0",
        instance.replication_id,
    );
    out
}

/// Processor time as a mostly idle server uses it: a little per second, a little per command.
fn cpu(instance: &Instance, state: &State, now: SystemTime) -> String {
    let up = now.duration_since(instance.started).map_or(0.0, |up| up.as_secs_f64());
    let commands = state.counters.commands as f64;
    let (system, user) = (up * 0.000_61 + commands * 0.000_011, up * 0.000_58 + commands * 0.000_008);
    format!(
        "# CPU
        used_cpu_sys:{system:.6}
        used_cpu_user:{user:.6}
        used_cpu_sys_children:0.002941
        used_cpu_user_children:0.001873
        used_cpu_sys_main_thread:{:.6}
        used_cpu_user_main_thread:{:.6}",
        system * 0.997,
        user * 0.998,
    )
}

fn error_statistics(state: &State) -> String {
    let mut out = String::from("# Errorstats\n");
    for (class, count) in &state.counters.errors {
        let _ = writeln!(out, "errorstat_{class}:count={count}");
    }
    out
}

fn keyspace(state: &State, now: SystemTime) -> String {
    let mut out = String::from("# Keyspace\n");
    for (number, keys, expiring, average) in state.keys.statistics(now) {
        let _ = writeln!(out, "db{number}:keys={keys},expires={expiring},avg_ttl={average}");
    }
    out
}
