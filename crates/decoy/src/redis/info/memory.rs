//! The memory section: figures that follow from the data, the clients and what the process began with.

use super::super::instance::{Instance, State};

/// What a server of the version holds before it holds anything.
const fn startup(seven: bool) -> u64 {
    if seven { 876_192 } else { 791_264 }
}

/// Bytes of one connection, as the server counts them.
const CLIENT: u64 = 22_298;

struct Figures {
    startup: u64,
    clients: u64,
    overhead: u64,
    dataset: u64,
    used: u64,
    resident: u64,
    peak: u64,
    /// What the allocator holds: handed out, in use, mapped.
    allocator: [u64; 3],
}

impl Figures {
    fn of(state: &State, seven: bool) -> Self {
        let startup = startup(seven);
        let clients = state.clients.len() as u64 * CLIENT;
        let overhead = startup + clients + 1_928;
        let dataset = 41_000 + state.keys.size() as u64 * 2;
        let used = overhead + dataset;
        Self {
            startup,
            clients,
            overhead,
            dataset,
            used,
            resident: 10_600_000 + used / 2 / 4_096 * 4_096,
            peak: used + 160_000 + state.counters.commands % 50_000,
            allocator: [used + 720_000, used + 860_000, used + 3_500_000],
        }
    }
}

/// Lines of one section.
struct Lines(String);

impl Lines {
    fn put(&mut self, name: &str, value: impl std::fmt::Display) {
        self.0.push_str(&format!("{name}:{value}\n"));
    }

    fn sized(&mut self, name: &str, bytes: u64) {
        self.put(name, bytes);
        self.put(&format!("{name}_human"), human(bytes));
    }

    fn ratio(&mut self, name: &str, part: u64, whole: u64) {
        self.put(name, format!("{:.2}", part as f64 / whole.max(1) as f64));
    }

    fn percent(&mut self, name: &str, part: u64, whole: u64) {
        self.put(name, format!("{:.2}%", part as f64 * 100.0 / whole.max(1) as f64));
    }
}

/// A size as Redis shows it to people: `895.47K`.
fn human(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(1 << 40, "T"), (1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    match UNITS.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{:.2}{unit}", bytes as f64 / *size as f64),
        None => format!("{bytes}B"),
    }
}

/// The section, one line per figure.
pub(super) fn section(instance: &Instance, state: &State, seven: bool) -> String {
    let figures = Figures::of(state, seven);
    let mut lines = Lines("# Memory\n".to_owned());
    data(&mut lines, &figures);
    lines.sized("total_system_memory", instance.machine_memory);
    scripts(&mut lines, state, seven);
    lines.sized("maxmemory", 0);
    lines.put("maxmemory_policy", "noeviction");
    allocator(&mut lines, &figures);
    buffers(&mut lines, &figures, seven);
    lines.0
}

fn data(lines: &mut Lines, figures: &Figures) {
    lines.sized("used_memory", figures.used);
    lines.sized("used_memory_rss", figures.resident);
    lines.sized("used_memory_peak", figures.peak);
    lines.percent("used_memory_peak_perc", figures.used, figures.peak);
    lines.put("used_memory_overhead", figures.overhead);
    lines.put("used_memory_startup", figures.startup);
    lines.put("used_memory_dataset", figures.dataset);
    lines.percent("used_memory_dataset_perc", figures.dataset, figures.used - figures.startup);
    for (name, bytes) in ["allocated", "active", "resident"].iter().zip(figures.allocator) {
        lines.put(&format!("allocator_{name}"), bytes);
    }
}

fn scripts(lines: &mut Lines, state: &State, seven: bool) {
    if !seven {
        lines.sized("used_memory_lua", 41_984);
        lines.sized("used_memory_scripts", 0);
        lines.put("number_of_cached_scripts", state.scripts.len());
        return;
    }
    lines.put("used_memory_lua", 32_768);
    lines.put("used_memory_vm_eval", 32_768);
    lines.put("used_memory_lua_human", human(32_768));
    lines.put("used_memory_scripts_eval", 0);
    lines.put("number_of_cached_scripts", state.scripts.len());
    lines.put("number_of_functions", 0);
    lines.put("number_of_libraries", 0);
    lines.put("used_memory_vm_functions", 33_792);
    lines.sized("used_memory_vm_total", 66_560);
    lines.put("used_memory_functions", 200);
    lines.sized("used_memory_scripts", 200);
}

fn allocator(lines: &mut Lines, figures: &Figures) {
    let [allocated, active, resident] = figures.allocator;
    lines.ratio("allocator_frag_ratio", active, allocated);
    lines.put("allocator_frag_bytes", active - allocated);
    lines.ratio("allocator_rss_ratio", resident, active);
    lines.put("allocator_rss_bytes", resident - active);
    lines.ratio("rss_overhead_ratio", figures.resident, resident);
    lines.put("rss_overhead_bytes", figures.resident.saturating_sub(resident));
    lines.ratio("mem_fragmentation_ratio", figures.resident, figures.used);
    lines.put("mem_fragmentation_bytes", figures.resident.saturating_sub(figures.used));
}

fn buffers(lines: &mut Lines, figures: &Figures, seven: bool) {
    lines.put("mem_not_counted_for_evict", 0);
    lines.put("mem_replication_backlog", 0);
    if seven {
        lines.put("mem_total_replication_buffers", 0);
    }
    lines.put("mem_clients_slaves", 0);
    lines.put("mem_clients_normal", figures.clients);
    if seven {
        lines.put("mem_cluster_links", 0);
    }
    lines.put("mem_aof_buffer", 0);
    lines.put("mem_allocator", if seven { "jemalloc-5.3.0" } else { "jemalloc-5.2.1" });
    lines.put("active_defrag_running", 0);
    lines.put("lazyfree_pending_objects", 0);
    if seven {
        lines.put("lazyfreed_objects", 0);
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn sizes_for_people() {
        assert_eq!(human(916_960), "895.47K");
        assert_eq!(human(25_276_510_208), "23.54G");
        assert_eq!(human(200), "200B");
    }
}
