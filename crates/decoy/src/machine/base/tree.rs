//! Puts the files of a machine together.

use super::{Base, Builder, When};
use crate::machine::Machine;

/// The files of a machine as it was installed.
pub(in crate::machine) fn build(machine: &Machine) -> Base {
    let mut builder = Builder::new(When::Installed(0));
    super::skeleton::put(&mut builder, machine);
    super::packages::put(&mut builder, machine);
    super::etc::put(&mut builder, machine);
    super::places::put(&mut builder, machine);
    super::logs::put(&mut builder, machine);
    super::people::put(&mut builder, machine);
    builder.finish()
}
