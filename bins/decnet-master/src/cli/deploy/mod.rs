//! `deploy`: a fleet, planned and raised.

mod compose_out;
mod dry_run;
mod flags;
mod raise;
mod report;
mod swarm;

use decnet_daemon::{Exit, config::Deployment};

pub(super) use self::{
    flags::{Deploy, Parallel},
    report::{Report, report_failures},
};
use super::{Context, wait_for};
use crate::{failure::print_diagnostics, fleet};

impl Deploy {
    pub(super) fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        context.add_flag("deployment", "--mode", self.mode.as_deref());
        self.controller.enter(&mut context)?;
        let config = context.config_with("ingest-log-file", "--log-file", self.log_file.as_deref())?;
        self.check(config.role.deployment)?;
        let spec = fleet::read(&self.source())?;
        print_diagnostics(&spec.warnings);
        match (config.role.deployment, self.dry_run) {
            (Deployment::Swarm, _) => wait_for(swarm::run(&self, &config, &spec.value))?,
            (Deployment::Unihost, true) => wait_for(dry_run::run(&self, &config, &spec.value))?,
            (Deployment::Unihost, false) => wait_for(raise::run(&self, &context, &config, &spec.value))?,
        }
    }
}
