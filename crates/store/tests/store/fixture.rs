//! A store in a folder of its own, and what goes into it.

use std::path::PathBuf;

use decnet_proto::{
    ids::HostId,
    swarm::{
        operator::Profile,
        role::{Identity, Role},
    },
};
use decnet_store::{NewCertificate, NewHost, NewShard, Store};
use diesel::{Connection as _, SqliteConnection};
use tempfile::TempDir;

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) folder: TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("decnet.db")).await.unwrap();
        Self { store, folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("decnet.db")
    }

    /// A connection beside the store's own.
    pub(crate) fn raw(&self) -> SqliteConnection {
        let mut raw = SqliteConnection::establish(self.path().to_str().unwrap()).unwrap();
        diesel::connection::SimpleConnection::batch_execute(
            &mut raw,
            "PRAGMA busy_timeout = 30000; PRAGMA foreign_keys = ON",
        )
        .unwrap();
        raw
    }

    /// A host that is in the swarm.
    pub(crate) async fn enrolled(&self, number: u8) -> HostId {
        self.store.host_invite(new_host(number), 100).await.unwrap();
        self.store.host_joined(host(number), Some(format!("192.0.2.{number}")), 110).await.unwrap();
        host(number)
    }
}

pub(crate) fn host(number: u8) -> HostId {
    format!("0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a{number:02x}").parse().unwrap()
}

pub(crate) fn new_host(number: u8) -> NewHost {
    NewHost {
        id: host(number),
        name: format!("edge-{number}").parse().unwrap(),
        address: None,
        agent_port: 8765,
        updater_port: 8766,
        use_ipvlan: false,
        by_hand: false,
        notes: None,
    }
}

/// 64 hexadecimal digits.
pub(crate) fn digest(number: u8) -> String {
    format!("{number:02x}").repeat(32)
}

pub(crate) fn certificate(role: Role, owner: u8, profile: Profile, number: u8) -> NewCertificate {
    NewCertificate {
        identity: Identity { role, host: host(owner) },
        profile,
        name: format!("edge-{owner}"),
        fingerprint: digest(number),
        pin: digest(number),
        authority: digest(0xca),
        not_after: 10_000 + i64::from(number),
    }
}

pub(crate) fn shard(owner: u8, decky: &str) -> NewShard {
    NewShard {
        host: host(owner),
        decky: decky.parse().unwrap(),
        spec: "aa".to_owned(),
        ip: "192.0.2.40".parse().unwrap(),
        services: vec!["ssh".to_owned()],
    }
}
