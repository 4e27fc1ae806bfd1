//! `deploy`: a fleet, planned and raised.

mod compose_out;
mod dry_run;
mod flags;
mod raise;
mod report;

use decnet_composer::fleet::FleetSpec;
use decnet_daemon::Exit;
use decnet_proto::agent::SiteQuery;

pub(super) use self::{
    flags::{Deploy, Parallel},
    report::{Report, report_failures},
};
use super::{Context, wait_for};
use crate::{failure::print_diagnostics, fleet};

impl Deploy {
    pub(super) fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        let config = context.config_with("ingest-log-file", "--log-file", self.log_file.as_deref())?;
        let spec = fleet::read(&self.source())?;
        print_diagnostics(&spec.warnings);
        match self.dry_run {
            true => wait_for(dry_run::run(&self, &config, &spec.value))?,
            false => wait_for(raise::run(&self, &context, &config, &spec.value))?,
        }
    }
}

/// What to ask about the site that a fleet is for.
fn site_query(spec: &FleetSpec, probe: bool) -> SiteQuery {
    SiteQuery { interface: spec.network.interface.clone(), subnet: spec.network.subnet, probe }
}

/// Seconds since the Unix epoch.
fn now() -> i64 {
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since_epoch.map_or(0, |time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}
