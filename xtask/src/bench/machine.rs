//! On what the figures were taken.

use std::fs;

/// Cores, memory, processor and kernel, in one line.
pub(crate) fn facts() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory_kib: u64 = value("/proc/meminfo", "MemTotal:").and_then(|text| text.parse().ok()).unwrap_or(0);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find(|line| line.starts_with("model name"));
    let processor = processor.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown processor");
    format!("{cores} cores, {} GiB, {processor}, Linux {}", memory_kib >> 20, kernel.trim())
}

/// The first word behind `key` in a file of `/proc`.
pub(crate) fn value(path: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next().map(str::to_owned)
}
