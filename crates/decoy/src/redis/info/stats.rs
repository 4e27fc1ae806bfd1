//! The stats section: what was counted since the start.

use std::fmt::Write as _;

use super::super::instance::{Counters, State};

/// Counters that stay at zero here, in the order in which they come.
const NEVER_BEFORE_ERRORS: [&str; 9] = [
    "slave_expires_tracked_keys",
    "active_defrag_hits",
    "active_defrag_misses",
    "active_defrag_key_hits",
    "active_defrag_key_misses",
    "tracking_total_keys",
    "tracking_total_items",
    "tracking_total_prefixes",
    "unexpected_error_replies",
];

/// The section, one line per figure.
pub(super) fn section(state: &State, seven: bool) -> String {
    let mut out = String::from("# Stats\n");
    traffic(&mut out, &state.counters, seven);
    keys(&mut out, &state.counters, seven);
    rest(&mut out, &state.counters, seven);
    out
}

fn put(out: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(out, "{name}:{value}");
}

fn zeros(out: &mut String, names: &[&str]) {
    names.iter().for_each(|name| put(out, name, 0));
}

fn traffic(out: &mut String, counters: &Counters, seven: bool) {
    // What went on before anybody looked, at the size that such commands have.
    let input = counters.input + counters.commands * 31;
    let output = counters.output + counters.commands * 74;
    let now = counters.commands % 3;
    put(out, "total_connections_received", counters.connections);
    put(out, "total_commands_processed", counters.commands);
    put(out, "instantaneous_ops_per_sec", now);
    put(out, "total_net_input_bytes", input);
    put(out, "total_net_output_bytes", output);
    if seven {
        zeros(out, &["total_net_repl_input_bytes", "total_net_repl_output_bytes"]);
    }
    put(out, "instantaneous_input_kbps", format!("{:.2}", now as f64 * 0.03));
    put(out, "instantaneous_output_kbps", format!("{:.2}", now as f64 * 0.07));
    if seven {
        put(out, "instantaneous_input_repl_kbps", "0.00");
        put(out, "instantaneous_output_repl_kbps", "0.00");
    }
}

fn keys(out: &mut String, counters: &Counters, seven: bool) {
    put(out, "rejected_connections", 0);
    put(out, "sync_full", counters.full_syncs);
    put(out, "sync_partial_ok", 0);
    put(out, "sync_partial_err", counters.full_syncs);
    put(out, "expired_keys", 0);
    put(out, "expired_stale_perc", "0.00");
    put(out, "expired_time_cap_reached_count", 0);
    put(out, "expire_cycle_cpu_milliseconds", counters.commands / 40);
    put(out, "evicted_keys", 0);
    if seven {
        zeros(out, &["evicted_clients", "total_eviction_exceeded_time", "current_eviction_exceeded_time"]);
    }
    put(out, "keyspace_hits", counters.hits);
    put(out, "keyspace_misses", counters.misses);
    zeros(out, &["pubsub_channels", "pubsub_patterns"]);
    if seven {
        zeros(out, &["pubsubshard_channels"]);
    }
    put(out, "latest_fork_usec", 412);
    if seven {
        put(out, "total_forks", 1);
    }
    put(out, "migrate_cached_sockets", 0);
}

fn rest(out: &mut String, counters: &Counters, seven: bool) {
    for name in NEVER_BEFORE_ERRORS {
        put(out, name, 0);
        if seven && name == "active_defrag_key_misses" {
            zeros(out, &["total_active_defrag_time", "current_active_defrag_time"]);
        }
    }
    put(out, "total_error_replies", counters.errors.values().sum::<u64>());
    if seven {
        put(out, "dump_payload_sanitizations", 0);
    }
    put(out, "total_reads_processed", counters.commands + counters.connections);
    put(out, "total_writes_processed", counters.commands);
    zeros(out, &["io_threaded_reads_processed", "io_threaded_writes_processed"]);
    if seven {
        zeros(out, &["reply_buffer_shrinks", "reply_buffer_expands"]);
    }
}
