//! Stored plans: `<state>/plan/<generation>.json`. A stored plan never changes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use decnet_proto::plan::FleetPlan;

use super::storage::{make_private_dir, write_private};

/// The plans of a fleet.
pub(crate) struct Plans {
    dir: PathBuf,
}

impl Plans {
    /// Those in the state folder.
    pub(crate) fn of(state: &Path) -> Self {
        Self { dir: state.join("plan") }
    }

    /// The newest, if there is any.
    pub(crate) fn latest(&self) -> anyhow::Result<Option<FleetPlan>> {
        let Some(generation) = self.newest_generation()? else { return Ok(None) };
        let path = self.path(generation);
        let text = fs::read(&path).with_context(|| format!("cannot read the plan {}", path.display()))?;
        let plan: FleetPlan =
            serde_json::from_slice(&text).with_context(|| format!("{} is no plan", path.display()))?;
        if plan.generation != generation {
            bail!("{} holds generation {}", path.display(), plan.generation);
        }
        Ok(Some(plan))
    }

    /// Stores a plan; its generation must be new.
    pub(crate) fn store(&self, plan: &FleetPlan) -> anyhow::Result<()> {
        make_private_dir(&self.dir)
            .with_context(|| format!("cannot make the folder {}", self.dir.display()))?;
        let path = self.path(plan.generation);
        if path.exists() {
            bail!("generation {} is already stored in {}", plan.generation, path.display());
        }
        let text = serde_json::to_vec(plan).context("cannot write the plan as JSON")?;
        write_private(&path, &text).with_context(|| format!("cannot store the plan {}", path.display()))
    }

    fn path(&self, generation: u64) -> PathBuf {
        self.dir.join(format!("{generation}.json"))
    }

    fn newest_generation(&self) -> anyhow::Result<Option<u64>> {
        let failed = || format!("cannot list the plans in {}", self.dir.display());
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(failed),
        };
        let mut newest = None;
        for entry in entries {
            let name = entry.with_context(failed)?.file_name();
            let generation = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse().ok());
            newest = newest.max(generation);
        }
        Ok(newest)
    }
}

#[cfg(test)]
mod tests {
    use decnet_proto::plan::{Isolation, LinkDriver, NetworkPlan};

    use super::*;

    fn plan(generation: u64) -> FleetPlan {
        let network = NetworkPlan {
            interface: "eth0".to_owned(),
            subnet: "10.0.0.0/24".parse().expect("a subnet"),
            gateway: None,
            host_ip: None,
            driver: LinkDriver::Macvlan,
        };
        FleetPlan { generation, network, isolation: Isolation::Decky, deckies: Vec::new() }
    }

    #[test]
    fn the_newest_plan_counts_and_none_is_overwritten() {
        let dir = tempfile::tempdir().expect("a folder");
        let plans = Plans::of(dir.path());
        assert_eq!(plans.latest().expect("none"), None);
        for generation in [1, 9, 10] {
            plans.store(&plan(generation)).expect("stored");
        }
        fs::write(dir.path().join("plan/11.json.new-1"), "torn").expect("written");
        assert_eq!(plans.latest().expect("read"), Some(plan(10)));
        assert!(plans.store(&plan(9)).is_err());
    }
}
