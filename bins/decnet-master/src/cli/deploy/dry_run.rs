//! A deployment that is only shown: needs no root, no Docker and no agent, and writes nothing
//! but the Compose file that was asked for.

use std::fmt::Write as _;

use decnet_composer::{
    compose::compose,
    deployment::{Observed, Step, Steps},
    diff::diff,
    fleet::FleetSpec,
};
use decnet_daemon::{
    Exit,
    config::{Config, Master},
};
use decnet_proto::{
    plan::{FleetPlan, NetworkPlan},
    site::Site,
};
use serde::Serialize;

use super::{
    Deploy, compose_out,
    report::{Row, deckies, rows},
};
use crate::{
    deployment::{Foreseen, foresee, site_query},
    failure::{note, print_diagnostics},
    fleet::Purpose,
};

/// What would be done.
#[derive(Serialize)]
struct Preview {
    generation: u64,
    network: NetworkPlan,
    deckies: Vec<Row>,
    /// In order; those of different deckies run side by side.
    steps: Vec<String>,
}

pub(super) async fn run(deploy: &Deploy, config: &Config<Master>, spec: &FleetSpec) -> anyhow::Result<Exit> {
    let site = survey(spec).await?;
    let state = &config.decnet.state_directory;
    let purpose = if deploy.compose_out.is_some() { Purpose::Start } else { Purpose::Preview };
    let Foreseen { planned, is_own } = foresee(state.clone(), spec.clone(), site, purpose).await?;
    if !is_own {
        note(
            "no readable seed yet: host names, MAC addresses and credentials of a deployment will be others",
        );
    }
    print_diagnostics(&planned.warnings);
    let deployment = compose(&planned.value)?;
    if let Some(path) = &deploy.compose_out {
        compose_out::write(path, &deployment)?;
    }
    let preview = Preview::new(&planned.value, &diff(&deployment, &Observed::default()));
    deploy.format.print(&preview, Preview::describe)?;
    Ok(Exit::Success)
}

/// The site, without asking who is there. A host that is not the one the fleet is for cannot
/// tell, so what the fleet itself says is enough.
async fn survey(spec: &FleetSpec) -> anyhow::Result<Site> {
    let error = match decnet_netdrv::survey(&site_query(spec, false)).await {
        Ok(site) => return Ok(site),
        Err(error) => error,
    };
    let Ok(site) = spec.site() else { return Err(error.into()) };
    note(&format!("this host's LAN is not looked at: {error}"));
    Ok(site)
}

impl Preview {
    fn new(plan: &FleetPlan, steps: &Steps) -> Self {
        let of_decky = |steps: &[Step]| steps.iter().map(ToString::to_string).collect::<Vec<_>>();
        let mut all = of_decky(&steps.before);
        steps.deckies.iter().for_each(|decky| all.extend(of_decky(&decky.steps)));
        all.extend(of_decky(&steps.after));
        Self { generation: plan.generation, network: plan.network.clone(), deckies: rows(plan), steps: all }
    }

    fn describe(&self) -> String {
        let NetworkPlan { interface, subnet, gateway, driver, .. } = &self.network;
        let gateway = gateway.map(|ip| format!(", gateway {ip}")).unwrap_or_default();
        let mut text = format!(
            "{} deckies in {subnet} on {interface} by {}{gateway}\n\n",
            self.deckies.len(),
            driver.name()
        );
        text += &deckies(&self.deckies);
        text += "\nOn a host without a fleet these steps would be done:\n";
        for (number, step) in (1..).zip(&self.steps) {
            let _ = writeln!(text, "{number:>4}  {step}");
        }
        text
    }
}
