//! What a dry run of the shipped fleet files prints. `UPDATE_GOLDEN=1` renews the goldens;
//! their difference is to be read like code.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use decnet_composer::{
    compose::compose,
    compose_file::{self, DecoyImage},
    deployment::Observed,
    diagnostic::Diagnostics,
    diff::diff,
    files::Loaded,
    fleet::FleetSpec,
    ini,
    plan::plan,
};
use decnet_proto::{
    ids::SecretKey,
    plan::{FleetPlan, Isolation},
};

const SEED: SecretKey = SecretKey([7; 32]);
/// 26 November 2026.
const NOW: i64 = 1_795_651_200;

fn deploy_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy")
}

fn fleet(name: &str) -> (FleetSpec, Diagnostics) {
    let text = fs::read(deploy_folder().join(name)).unwrap();
    let checked = ini::parse(name, &text).unwrap_or_else(|errors| panic!("{errors}"));
    let references = checked.value.file_references();
    let loaded = references.iter().map(|r| (r.path.clone(), load(&deploy_folder().join(&r.path)))).collect();
    (checked.value.with_files(&loaded).unwrap(), checked.warnings)
}

fn load(path: &Path) -> Loaded {
    let mut files = BTreeMap::new();
    gather(path, "", &mut files);
    Loaded::Folder(files)
}

fn gather(folder: &Path, below: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            gather(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

fn planned(fleet: &FleetSpec) -> FleetPlan {
    let checked = plan(fleet, &fleet.site().unwrap(), &SEED, NOW, None);
    checked.unwrap_or_else(|errors| panic!("{errors}")).value
}

fn check_golden(name: &str, got: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens").join(name);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, got).unwrap();
    }
    let expect = fs::read_to_string(&path).unwrap_or_default();
    assert!(got == expect, "{name} differs; run with UPDATE_GOLDEN=1 and read the difference. Got:\n{got}");
}

fn dry_run(plan: &FleetPlan) -> (String, String) {
    let deployment = compose(plan).unwrap();
    let options = compose_file::Options {
        image: DecoyImage::Reference("decoy:000000000000".to_owned()),
        seccomp: Some("/usr/share/decnet/seccomp/decoy.json".to_owned()),
    };
    let steps = diff(&deployment, &Observed::default());
    (steps.to_string(), compose_file::print(&deployment, &options))
}

#[test]
fn full_fleet() {
    let (fleet, warnings) = fleet("fleet-full.ini");
    check_golden("fleet-full.warnings.txt", &format!("{warnings}\n"));
    let (steps, file) = dry_run(&planned(&fleet));
    check_golden("fleet-full.steps.txt", &steps);
    check_golden("fleet-full.compose.yml", &file);
}

#[test]
fn full_fleet_with_a_container_per_service() {
    let (mut fleet, _) = fleet("fleet-full.ini");
    fleet.isolation = Some(Isolation::Service);
    let (steps, _) = dry_run(&planned(&fleet));
    check_golden("fleet-full.service.steps.txt", &steps);
}

#[test]
fn demo_fleet_has_no_warnings_and_covers_families() {
    let (fleet, warnings) = fleet("fleet-demo.ini");
    assert_eq!(warnings.to_string(), "");
    let plan = planned(&fleet);
    let families: std::collections::BTreeSet<_> = plan.deckies.iter().map(|decky| decky.os).collect();
    assert_eq!(families.len(), 5);
    let (steps, _) = dry_run(&plan);
    check_golden("fleet-demo.steps.txt", &steps);
}

#[test]
fn full_fleet_covers_the_tables() {
    let (fleet, _) = fleet("fleet-full.ini");
    for archetype in decnet_composer::archetypes::ALL {
        assert!(fleet.deckies.iter().any(|d| d.archetype == Some(archetype)), "{}", archetype.slug);
    }
    for (name, family) in decnet_composer::os::ALL {
        assert!(fleet.deckies.iter().any(|d| d.os == family), "{name}");
    }
    let plan = planned(&fleet);
    for distro in decnet_composer::distros::ALL {
        assert!(plan.deckies.iter().any(|d| d.distro == distro.slug), "{}", distro.slug);
    }
}
