//! Home directories.

use super::{Builder, When};
use crate::machine::Machine;

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    for (place, account) in machine.people().enumerate() {
        let after = i32::try_from(machine.number(&format!("came {place}"), 9 * 86_400)).unwrap_or_default();
        builder.at(When::Installed(after)).own(account.uid, account.gid).directory(&account.home, 0o755);
    }
    builder.own(0, 0);
}
