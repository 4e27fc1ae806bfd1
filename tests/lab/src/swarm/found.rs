//! Processes of a machine that it names itself, in the PID files of its own `/run`.

use std::{fs, path::PathBuf};

use crate::marker::Started;

/// The process that a PID file of a machine names, whose first process is `first`.
pub(super) fn by_pid_file(first: Started, name: &str) -> Option<Started> {
    let file = format!("/proc/{}/root/run/decnet/{name}.pid", first.pid);
    let inside = fs::read_to_string(file).ok()?.lines().next()?.parse().ok()?;
    let machine = space(first.pid)?;
    let entries = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mut ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.find(|id| number_inside(*id) == Some(inside) && space(*id).as_ref() == Some(&machine))
        .and_then(Started::of)
}

/// The space of process numbers that a process is in.
fn space(id: i32) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{id}/ns/pid")).ok()
}

/// The number that a process has in the innermost space.
fn number_inside(id: i32) -> Option<i32> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    numbers.split_whitespace().last()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_in_its_own_space_by_its_own_number() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(space(own).is_some());
        assert!(number_inside(own).is_some());
        assert_eq!(number_inside(-1), None);
    }
}
