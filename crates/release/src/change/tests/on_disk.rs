//! The same on a real disk.

use super::*;

/// Starts nothing: what `current` points to is what runs, and says that it works if its file does.
#[derive(Debug)]
struct Reader {
    layout: Layout,
    boot: u32,
}

impl Supervisor for Reader {
    fn observe(&mut self) -> Vec<Seen> {
        let folder = std::fs::read_link(self.layout.current()).unwrap();
        let id: ReleaseId = folder.file_name().unwrap().to_str().unwrap().parse().unwrap();
        let seen = |program: &Program| {
            let says = std::fs::read_to_string(folder.join("bin").join(program.name())).unwrap();
            let boot = format!("boot-{}", self.boot);
            let health = Health { release: Some(id.digest), boot, pid: 1, checks: [].into() };
            let health = if says == "work" { Ok(health) } else { Err(says) };
            Seen { program: *program, health, main_pid: Some(1) }
        };
        Chain::Worker.programs().iter().map(seen).collect()
    }

    fn remember(&mut self) -> Result<serde_json::Value, Trouble> {
        Ok(serde_json::Value::Null)
    }

    fn restart(&mut self, _: &serde_json::Value) -> Result<(), Trouble> {
        self.boot += 1;
        Ok(())
    }
}

#[test]
fn on_a_real_disk_it_is_the_same() {
    use std::os::unix::fs::MetadataExt as _;
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout { root: dir.path().join("worker"), packaged: dir.path().join("packaged") };
    std::fs::create_dir(&layout.root).unwrap();
    std::fs::create_dir(&layout.packaged).unwrap();
    let packaged = layout.packaged.join(working(0).id().to_string());
    crate::archive::unpack(&working(0).archive[..], &key().public(), &packaged).unwrap();
    std::os::unix::fs::symlink(&packaged, layout.current()).unwrap();
    let patience = Patience {
        every: Duration::from_millis(1),
        settled: Duration::from_millis(2),
        ..Patience::default()
    };
    let patience = Patience { deadline: Duration::from_millis(50), ..patience };
    let terms = Terms { chain: Chain::Worker, target: Target::own(), patience };
    let engine = || {
        let lock = Lock::take(&layout.lock()).unwrap();
        let reader = Reader { layout: layout.clone(), boot: 1 };
        Engine::new((layout.clone(), lock), terms.clone(), Disk, reader, SystemClock::new())
    };
    let update = |made: &Made| engine().update(&made.archive[..], &key().public(), None).unwrap();
    assert!(matches!(update(&working(1)), Outcome::Committed { .. }));
    assert!(matches!(
        update(&Made::new(2, Does::Hang, Does::Work)),
        Outcome::RolledBack { trouble: None, .. }
    ));
    assert!(matches!(update(&working(3)), Outcome::Committed { .. }));
    assert!(matches!(engine().rollback().unwrap(), Outcome::Committed { .. }));
    let current = std::fs::read_link(layout.current()).unwrap();
    assert_eq!(current, layout.releases().join(working(1).id().to_string()));
    assert_eq!(std::fs::metadata(current.join("bin/decnet-agent")).unwrap().mode() & 0o7777, 0o755);
    assert_eq!(std::fs::read(current.join("manifest.json")).unwrap(), working(1).manifest.bytes());
    let mut names: Vec<_> = Disk.list(&layout.root).unwrap().into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(names, ["current", "journal.json", "lock", "releases", "state.json"]);
    assert!(engine().resume().unwrap().is_none());
}

#[test]
fn a_confirmation_is_what_was_said_last() {
    let dir = tempfile::tempdir().unwrap();
    let layout = Layout { root: dir.path().to_owned(), packaged: "/none".into() };
    assert_eq!(confirmation(&Disk, &layout).unwrap(), None);
    let said = |pid, key| {
        let checks = [("door".to_owned(), Check::Good), ("key".to_owned(), key)].into();
        Health { release: Some(Digest::of(b"x")), boot: "b".to_owned(), pid, checks }
    };
    for pid in [7, 8] {
        let health = said(pid, Check::Bad("none".to_owned()));
        confirm(&mut Disk, &layout, &health).unwrap();
        assert_eq!(confirmation(&Disk, &layout).unwrap(), Some(health));
    }
    let endless = Check::Bad("x".repeat(usize::try_from(caps::RECORD).unwrap()));
    confirm(&mut Disk, &layout, &said(9, endless)).unwrap_err();
    let last = confirmation(&Disk, &layout).unwrap();
    assert_eq!(last.map(|health| health.pid), Some(8), "what cannot be read again was written");
    std::fs::write(layout.confirmation(), "{}").unwrap();
    assert!(matches!(confirmation(&Disk, &layout), Err(crate::change::RecordError::Malformed { .. })));
}
