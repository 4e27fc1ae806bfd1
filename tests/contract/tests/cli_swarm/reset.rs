//! `db-reset` on a real store.

use contract::Master;
use decnet_daemon::lock::RoleLock;
use decnet_proto::swarm::operator::{AuditEntry, HostView};
use decnet_store::{NewHost, Store};

use super::assert_golden;

/// Fills a store with a host and an audit entry.
fn filled(path: &std::path::Path) {
    on_store(path, async |store| {
        let host = NewHost {
            id: contract::swarm::host(1),
            name: "edge-1".parse().unwrap(),
            address: None,
            agent_port: 8765,
            updater_port: 8766,
            use_ipvlan: false,
            by_hand: false,
            notes: None,
        };
        store.host_invite(host, 100).await.unwrap();
        let entry = AuditEntry {
            at: 100,
            actor: "token".to_owned(),
            from: "127.0.0.1".to_owned(),
            action: "token".to_owned(),
            subject: "edge-1".to_owned(),
            allowed: true,
        };
        store.audit_add(entry).await.unwrap();
    });
}

fn on_store<T>(path: &std::path::Path, work: impl AsyncFnOnce(&Store) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(async {
        let store = Store::open(path).await.unwrap();
        let done = work(&store).await;
        store.close().await;
        done
    })
}

fn hosts(path: &std::path::Path) -> Vec<HostView> {
    on_store(path, async |store| store.host_list(None).await.unwrap().into_iter().map(Into::into).collect())
}

fn master() -> (Master, std::path::PathBuf) {
    let master = Master::new();
    let path = master.path("state/swarm/store.db");
    filled(&path);
    (master, path)
}

#[test]
fn nothing_is_done_unless_one_knows_what_one_does() {
    let (master, path) = master();
    for mode in ["truncate", "drop-tables"] {
        let answer = master.run(&format!("db-reset --mode {mode}"));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        let text = answer.stdout.replace(&path.display().to_string(), "STORE");
        assert_golden(&format!("db-reset-{mode}.txt"), &text);
        let report = master.run(&format!("db-reset --mode {mode} --json")).json();
        assert_eq!((&report["done"], &report["mode"]), (&false.into(), &mode.into()));
        let tables = report["tables"].as_array().unwrap();
        let rows = |name: &str| tables.iter().find(|table| table["name"] == name).unwrap()["rows"].clone();
        assert_eq!((rows("hosts"), rows("audit")), (1.into(), 1.into()));
    }
    assert_eq!(hosts(&path).len(), 1);
}

#[test]
fn both_modes_leave_a_store_that_works() {
    for mode in ["truncate", "drop-tables"] {
        let (master, path) = master();
        let answer = master.run(&format!("db-reset --mode {mode} --i-know-what-im-doing --json"));
        assert_eq!(answer.code, 0, "{}", answer.stderr);
        assert_eq!(answer.json()["done"], true);
        assert!(hosts(&path).is_empty(), "{mode}");
        filled(&path);
        assert_eq!(hosts(&path).len(), 1, "{mode}");
    }
}

#[test]
fn another_store_is_named_by_its_url() {
    let (master, path) = master();
    let other = master.path("other/store.db");
    filled(&other);
    let answer = master.run("db-reset --i-know-what-im-doing --url sqlite:other/store.db");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    assert_eq!((hosts(&path).len(), hosts(&other).len()), (1, 0));
    for url in ["mysql://root@localhost/decnet", "sqlite:", "other/store.db"] {
        let answer = master.run(&format!("db-reset --url {url}"));
        assert_eq!(answer.code, 64, "{url}");
        assert!(answer.stderr.contains("it must be sqlite:<file>"), "{}", answer.stderr);
    }
    let missing = master.run("db-reset --url sqlite:other/none.db");
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("there is no store "), "{}", missing.stderr);
    assert_eq!(master.run("db-reset --mode all").code, 64);
}

#[test]
fn a_store_is_left_alone_while_its_controller_runs() {
    let (master, path) = master();
    let _running = RoleLock::acquire(path.parent().unwrap(), "controller").unwrap();
    let answer = master.run("db-reset --i-know-what-im-doing");
    assert_eq!(answer.code, 1);
    assert!(answer.stderr.contains("the controller already runs as process"), "{}", answer.stderr);
    assert_eq!(hosts(&path).len(), 1);
}
