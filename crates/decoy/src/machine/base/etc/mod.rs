//! `/etc`.

mod accounts;
mod network;
mod release;
mod services;
mod system;

use super::{Builder, When};
use crate::machine::{Line, Machine};

pub(super) fn put(builder: &mut Builder, machine: &Machine) {
    builder.own(0, 0).at(When::Installed(60));
    accounts::put(builder, machine);
    release::put(builder, machine);
    network::put(builder, machine);
    services::put(builder, machine);
    system::put(builder, machine);
    builder.own(0, 0).at(When::Installed(120));
    if machine.distro().line() == Line::Debian {
        builder.directories("/etc/alternatives /etc/cron.d /etc/cron.daily /etc/cron.hourly /etc/cron.monthly /etc/cron.weekly");
    }
}
