//! Stored plans of the swarm: `<state>/swarm-plan/<generation>.json`. A stored plan never changes.

use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use decnet_proto::plan::SwarmPlan;

use crate::fleet::write_private;

/// How many plans are kept beside those that are in use; the oldest go.
const KEPT: usize = 100;

/// The plans of the swarm.
#[derive(Clone, Debug)]
pub(super) struct Plans {
    dir: PathBuf,
}

impl Plans {
    /// Those in the state folder.
    pub(super) fn of(state: &Path) -> Self {
        Self { dir: state.join("swarm-plan") }
    }

    /// The plan of a generation; one in which nothing runs for generation 0.
    pub(super) fn read(&self, generation: u64) -> anyhow::Result<SwarmPlan> {
        if generation == 0 {
            return Ok(SwarmPlan { generation, hosts: BTreeMap::new() });
        }
        let path = self.path(generation);
        let text = fs::read(&path).with_context(|| format!("cannot read the plan {}", path.display()))?;
        let plan: SwarmPlan =
            serde_json::from_slice(&text).with_context(|| format!("{} is no plan", path.display()))?;
        if plan.generation != generation {
            bail!("{} holds generation {}", path.display(), plan.generation);
        }
        Ok(plan)
    }

    /// Stores a plan; its generation must be new.
    pub(super) fn store(&self, plan: &SwarmPlan) -> anyhow::Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .with_context(|| format!("cannot make the folder {}", self.dir.display()))?;
        let path = self.path(plan.generation);
        if path.exists() {
            bail!("generation {} is already stored in {}", plan.generation, path.display());
        }
        let text = serde_json::to_vec(plan).context("cannot write the plan as JSON")?;
        write_private(&path, &text).with_context(|| format!("cannot store the plan {}", path.display()))
    }

    /// Generation of the newest plan that was ever stored; 0 when none was.
    pub(super) fn newest(&self) -> anyhow::Result<u64> {
        Ok(self.generations()?.into_iter().max().unwrap_or(0))
    }

    /// Removes plans that are long superseded; those of `used` stay.
    pub(super) fn prune(&self, used: &[u64]) -> anyhow::Result<()> {
        let mut all = self.generations()?;
        all.sort_unstable();
        let old = all.len().saturating_sub(KEPT);
        for generation in all.into_iter().take(old).filter(|generation| !used.contains(generation)) {
            let path = self.path(generation);
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
        Ok(())
    }

    fn path(&self, generation: u64) -> PathBuf {
        self.dir.join(format!("{generation}.json"))
    }

    fn generations(&self) -> anyhow::Result<Vec<u64>> {
        let failed = || format!("cannot list the plans in {}", self.dir.display());
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(failed),
        };
        let mut generations = Vec::new();
        for entry in entries {
            let name = entry.with_context(failed)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".json")?.parse::<u64>().ok());
            generations.extend(number);
        }
        Ok(generations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_numbered_and_the_oldest_go() {
        let dir = tempfile::tempdir().unwrap();
        let plans = Plans::of(dir.path());
        let plan = |generation| SwarmPlan { generation, hosts: BTreeMap::new() };
        assert_eq!((plans.newest().unwrap(), plans.read(0).unwrap()), (0, plan(0)));
        for generation in 1..=(KEPT as u64 + 3) {
            plans.store(&plan(generation)).unwrap();
        }
        assert!(plans.store(&plan(7)).is_err(), "a plan was replaced");
        plans.prune(&[2]).unwrap();
        assert!(plans.read(1).is_err() && plans.read(3).is_err());
        assert_eq!((plans.read(2).unwrap(), plans.read(4).unwrap()), (plan(2), plan(4)));
        assert_eq!(plans.newest().unwrap(), KEPT as u64 + 3);
    }
}
