//! The fleet of the lab tests, deployed once and shared by all cases of a test binary.
//!
//! Each case runs in a process of its own, so what is shared is written down: the first case
//! of a run deploys, the others find its note. Cases of the lab run one after the other.

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use decnet_proto::{
    plan::{Decky, FleetPlan, Isolation},
    service::ServiceId,
};

use crate::{
    engine,
    fleet::{Fleet, Programs},
    lan,
    log::Follower,
    process, workspace,
};

/// A deployed fleet and the plan it came from.
#[derive(Debug)]
pub struct Stage {
    /// The fleet.
    pub fleet: Fleet,
    /// Its plan.
    pub plan: FleetPlan,
}

impl Stage {
    /// The fleet of this run in this layout, deployed if this is the first case to ask.
    ///
    /// # Errors
    /// When lab or fleet cannot be had.
    pub fn shared(isolation: Isolation) -> Result<Self> {
        let folder = folder(isolation);
        let note = folder.join("run");
        let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_default();
        if !run.is_empty() && fs::read_to_string(&note).ok().as_ref() == Some(&run) {
            let stage = Self::open(Fleet::open(&folder, &programs())?)?;
            // A case that failed may have left it without an agent.
            if stage.fleet.status().is_ok() {
                return Ok(stage);
            }
        }
        let stage = Self::deploy(isolation, &programs())?;
        fs::write(&note, run).with_context(|| format!("writing {}", note.display()))?;
        Ok(stage)
    }

    /// Deploys the fleet anew in this layout, whatever ran before.
    ///
    /// # Errors
    /// When lab or fleet cannot be had.
    pub fn deploy(isolation: Isolation, programs: &Programs) -> Result<Self> {
        Self::deploy_file(&folder(isolation), &ini(), isolation, programs)
    }

    /// Deploys a fleet file, whatever ran before; its files go into `folder`, one of [`folders`].
    ///
    /// # Errors
    /// When lab or fleet cannot be had.
    pub fn deploy_file(folder: &Path, ini: &Path, isolation: Isolation, programs: &Programs) -> Result<Self> {
        crate::up()?;
        clear_all(programs)?;
        let fleet = Fleet::open(folder, programs)?;
        let plan = deploy(&fleet, ini, isolation)?;
        lan::forget_neighbours()?;
        fleet.wait_until_open()?;
        Ok(Self { fleet, plan })
    }

    fn open(fleet: Fleet) -> Result<Self> {
        Ok(Self { plan: newest_plan(&fleet)?, fleet })
    }

    /// Deploys a fleet file over what runs.
    ///
    /// # Errors
    /// When the master cannot.
    pub fn redeploy(&mut self, ini: &Path) -> Result<()> {
        self.plan = deploy(&self.fleet, ini, self.plan.isolation)?;
        Ok(())
    }

    /// The first decky with a service.
    ///
    /// # Errors
    /// When the plan has none.
    pub fn with(&self, service: ServiceId) -> Result<&Decky> {
        let offers = |decky: &&Decky| decky.services.iter().any(|spec| spec.service == service);
        self.plan.deckies.iter().find(offers).with_context(|| format!("no decky with {service}"))
    }

    /// The decky with a name.
    ///
    /// # Errors
    /// When the plan has none.
    pub fn decky(&self, name: &str) -> Result<&Decky> {
        let named = |decky: &&Decky| decky.name.as_str() == name;
        self.plan.deckies.iter().find(named).with_context(|| format!("no decky {name}"))
    }

    /// The addresses of all deckies.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        self.plan.deckies.iter().map(|decky| decky.persona.ip).collect()
    }

    /// The events from now on.
    pub fn follow(&self) -> Follower {
        Follower::from_end(&self.fleet.log())
    }
}

/// The fleet file of the lab tests.
pub fn ini() -> PathBuf {
    workspace::root().join("tests/lab/fleet.ini")
}

/// Where the files of a layout's fleet are.
pub fn folder(isolation: Isolation) -> PathBuf {
    workspace::lab().join(match isolation {
        Isolation::Decky => "fleet-decky",
        Isolation::Service => "fleet-service",
    })
}

/// Where the files of every fleet of the lab may be.
pub fn folders() -> [PathBuf; 3] {
    [folder(Isolation::Decky), folder(Isolation::Service), workspace::lab().join("fleet-sshd")]
}

/// What `cargo xtask test` builds for the tests.
pub fn programs() -> Programs {
    Programs::built("debug", "decoy-dev")
}

fn deploy(fleet: &Fleet, ini: &Path, isolation: Isolation) -> Result<FleetPlan> {
    let isolation = match isolation {
        Isolation::Decky => "decky",
        Isolation::Service => "service",
    };
    process::output(fleet.master(["deploy", "--isolation", isolation, "--config"]).arg(ini))
        .context("deploying the fleet of the lab")?;
    newest_plan(fleet)
}

/// Takes down what the tests left standing: the fleets, and the agent that ran them. Their
/// files stay, for whoever wants to know what happened.
///
/// # Errors
/// When a fleet cannot be taken down.
pub fn strike() -> Result<()> {
    for folder in folders() {
        if folder.exists() {
            let fleet = Fleet::open(&folder, &programs())?;
            fleet.teardown().with_context(|| format!("taking down the fleet of {}", folder.display()))?;
        }
    }
    Ok(())
}

/// Takes down every fleet that an earlier run left, and removes its files; containers on the
/// lab's LAN go as well if the run was another checkout's, whose files are not here.
///
/// # Errors
/// When one cannot be taken down.
pub fn clear_all(programs: &Programs) -> Result<()> {
    folders().iter().try_for_each(|folder| clear(folder, programs))?;
    engine::remove_fleet_on(lan::PARENT).context("removing what another checkout left")
}

/// Takes down what an earlier run left in a folder, and removes its files.
fn clear(folder: &Path, programs: &Programs) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let fleet = Fleet::open(folder, programs)?;
    fleet.teardown().with_context(|| format!("taking down the fleet of {}", folder.display()))?;
    fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))
}

fn newest_plan(fleet: &Fleet) -> Result<FleetPlan> {
    let folder = fleet.state().join("plan");
    let entries = fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))?;
    let number = |path: &PathBuf| path.file_stem()?.to_str()?.parse::<u64>().ok();
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let newest = paths.max_by_key(number).context("the fleet has no plan")?;
    let text = fs::read(&newest).with_context(|| format!("reading {}", newest.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("reading {}", newest.display()))
}
