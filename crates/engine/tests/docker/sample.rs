//! Containers as a composer would make them.

use std::collections::BTreeMap;

use decnet_composer::deployment::{Container, Image, Limits, Namespace, Role};
use decnet_engine::{ContainerChange, Engine, ImageChange, NetworkChange};
use serde_json::Value;

use crate::site::{Site, run};

pub(crate) const LIMITS: Limits = Limits { memory_mib: 64, pids: 32, milli_cpus: 500, files: 1024 };

impl Site {
    /// A whole decky, `name` with the address that ends in `last`.
    pub(crate) fn decoy(&self, name: &str, last: u8) -> Container {
        let mut address = self.network.subnet.network().octets();
        address[3] = last;
        let name = format!("{}-{name}", self.name());
        Container {
            decky: name.parse().unwrap(),
            name,
            role: Role::Decoy,
            service: None,
            image: Image::Decoy,
            command: Vec::new(),
            environment: BTreeMap::from([("APP_CONFIG".into(), "{}".into())]),
            hostname: Some("WS-07".into()),
            namespace: Namespace::Lan {
                ip: address.into(),
                mac: Some(format!("00:1b:21:0a:0b:{last:02x}").parse().unwrap()),
            },
            sysctls: BTreeMap::from([
                ("net.ipv4.ip_default_ttl".into(), "128".into()),
                ("net.ipv4.ip_unprivileged_port_start".into(), "0".into()),
            ]),
            limits: LIMITS,
            spec: "ab".repeat(32),
        }
    }
}

/// A container that runs `service` in the namespace of `base`.
pub(crate) fn joined(base: &Container, role: Role, service: &str, image: Image) -> Container {
    Container {
        name: format!("{}-{service}", base.name),
        role,
        service: Some(service.into()),
        image,
        command: vec!["hold".into()],
        hostname: None,
        namespace: Namespace::Of(base.name.clone()),
        sysctls: BTreeMap::new(),
        ..base.clone()
    }
}

impl Site {
    /// Makes image and network.
    pub(crate) async fn prepare(&self) {
        let image = &Image::Decoy;
        self.docker.image(ImageChange::Ensure { image, fresh: false }).await.unwrap();
        self.docker.network(NetworkChange::Create(&self.network)).await.unwrap();
    }

    pub(crate) async fn start(&self, container: &Container) {
        self.docker.container(ContainerChange::Create(container)).await.unwrap();
    }

    /// An image as an operator might bring: no user, no label of ours.
    pub(crate) async fn own_image(&self) -> String {
        let tag = self.docker.observe().await.unwrap().decoy_image.unwrap();
        let name = format!("{}-own:1", self.name());
        let made = run("docker", &["create", "--name", &name.replace(':', "-"), &tag]);
        let change = ["commit", "--change", "USER 0", "--change", "LABEL decnet.fleet=", &made, &name];
        run("docker", &change);
        run("docker", &["rm", &made]);
        name
    }
}

/// What Docker tells of a container.
pub(crate) fn inspect(name: &str) -> Value {
    let text = run("docker", &["inspect", name]);
    let [container] = serde_json::from_str::<[Value; 1]>(&text).unwrap();
    container
}
