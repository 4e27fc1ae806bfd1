//! What a fleet file would come to.

use std::sync::Arc;

use axum::{Json, extract::State};
use decnet_composer::{
    diagnostic::{Checked, Severity},
    fleet::{DeckySpec, FleetSpec, ServiceChoice},
};
use decnet_proto::{
    api::{Finding, FindingSeverity, Mode, PlannedDecky, ValidateFleet, Validation},
    plan::Decky,
    site::Site,
    swarm::operator::{DeployRequest, HostResult},
};

use super::{
    agent,
    findings::{findings, remark, told},
    reading::read,
};
use crate::{
    agent::AgentError,
    api::{
        app::{Answer, App, Body, Shared},
        refusal::Refusal,
    },
    controller::{ControllerError, reach},
    deployment::{DeploymentError, Foreseen, foresee, service_names, site_query},
    fleet::Purpose,
};

/// What was found, and the deckies as far as they can be told.
type Outcome = (Vec<Finding>, Vec<PlannedDecky>);

pub(in crate::api) async fn validate(State(app): Shared, body: Body<ValidateFleet>) -> Answer<Validation> {
    let Json(ValidateFleet { ini_content }) = body?;
    let _room = app.planning.room().await;
    let (findings, deckies) = match read(&app, ini_content).await? {
        Err(found) => (findings(&found), Vec::new()),
        Ok(Checked { value: spec, warnings }) => {
            let (mut found, deckies) = match app.settings.mode {
                Mode::Unihost => on_host(&app, spec).await?,
                Mode::Swarm => on_swarm(&app, &spec).await?,
            };
            found.splice(0..0, findings(&warnings));
            (found, deckies)
        }
    };
    let valid = findings.iter().all(|finding| finding.severity == FindingSeverity::Warning);
    let deckies = if valid { deckies } else { Vec::new() };
    Ok(Json(Validation { valid, mode: app.settings.mode, findings, deckies }))
}

async fn on_host(app: &Arc<App>, spec: FleetSpec) -> Result<Outcome, Refusal> {
    let site = match site(app, &spec).await? {
        Ok(site) => site,
        Err(finding) => {
            let deckies = spec.deckies.iter().map(described).collect();
            return Ok((vec![finding], deckies));
        }
    };
    let state = app.settings.config.decnet.state_directory.clone();
    match foresee(state, spec, site, Purpose::Preview).await {
        Ok(Foreseen { planned, is_own }) => {
            let mut found = findings(&planned.warnings);
            if !is_own {
                found.push(remark(
                    Severity::Warning,
                    "there is no seed that can be read: what deckies call themselves will be something else",
                ));
            }
            Ok((found, planned.value.deckies.iter().map(planned_decky).collect()))
        }
        Err(DeploymentError::Fleet(found)) => Ok((findings(&found), Vec::new())),
        Err(error) => Err(error.into()),
    }
}

/// Where the host stands: as its agent sees it, else as the fleet says. Nobody on the LAN is asked for that.
async fn site(app: &App, spec: &FleetSpec) -> Result<Result<Site, Finding>, Refusal> {
    let unknown = match agent(app).site(&site_query(spec, false)).await {
        Ok(site) => return Ok(Ok(site)),
        Err(AgentError::Refused(problem)) => {
            return Ok(Err(remark(Severity::Error, format!("{}: {}", problem.title, problem.detail))));
        }
        Err(AgentError::Absent { .. }) => {
            "no agent answers, and the file does not say interface and net: addresses cannot be told"
        }
        Err(error) => return Err(error.into()),
    };
    Ok(spec.site().map_err(|_| remark(Severity::Warning, unknown)))
}

async fn on_swarm(app: &App, fleet: &FleetSpec) -> Result<Outcome, Refusal> {
    let controller = reach(&app.settings.config).await?;
    match controller.preview(&DeployRequest { fleet, no_cache: false, dry_run: true }).await {
        Ok(view) => {
            let notes = told(view.notes.iter().map(String::as_str), Severity::Warning);
            Ok((notes, view.results.iter().flat_map(on_worker).collect()))
        }
        Err(ControllerError::Refused(problem)) if problem.status == 422 => {
            Ok((told(problem.detail.lines(), Severity::Error), Vec::new()))
        }
        Err(error) => Err(error.into()),
    }
}

/// A decky of a plan.
fn planned_decky(decky: &Decky) -> PlannedDecky {
    PlannedDecky {
        name: decky.name.to_string(),
        ip: Some(decky.persona.ip),
        hostname: Some(decky.persona.hostname.clone()),
        archetype: decky.archetype.clone(),
        services: service_names(decky),
        host: None,
    }
}

/// A decky as far as its file describes it.
fn described(decky: &DeckySpec) -> PlannedDecky {
    let listed = match &decky.services {
        ServiceChoice::Listed(requests) => requests.as_slice(),
        ServiceChoice::Random => &[],
    };
    let built_in = listed.iter().map(|request| request.service.slug().to_owned());
    PlannedDecky {
        name: decky.name.to_string(),
        ip: decky.ip.as_ref().map(|ip| ip.value),
        hostname: None,
        archetype: decky.archetype.map(|archetype| archetype.slug.to_owned()),
        services: built_in.chain(decky.custom.iter().map(|custom| custom.name.clone())).collect(),
        host: None,
    }
}

/// The deckies of a worker, which a preview tells as `name address service,service; …`.
fn on_worker(result: &HostResult) -> impl Iterator<Item = PlannedDecky> {
    result.detail.split("; ").filter_map(|text| {
        let mut words = text.splitn(3, ' ');
        let (name, ip) = (words.next()?, words.next()?);
        let services = words.next().unwrap_or_default().split(',').filter(|service| !service.is_empty());
        Some(PlannedDecky {
            name: name.to_owned(),
            ip: Some(ip.parse().ok()?),
            hostname: None,
            archetype: None,
            services: services.map(str::to_owned).collect(),
            host: Some(result.host_name.clone()),
        })
    })
}
