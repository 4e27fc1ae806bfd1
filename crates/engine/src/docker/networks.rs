//! The fleet's network. Docker's name filter matches parts of names, so names are compared
//! here.

use std::collections::HashMap;

use bollard::{
    models::{Ipam, IpamConfig, Network as DockerNetwork, NetworkCreateRequest},
    query_parameters::{InspectNetworkOptions, ListNetworksOptions},
};
use decnet_composer::deployment::{Network, ObservedNetwork, label};
use decnet_proto::plan::LinkDriver;

use super::{
    Docker,
    failure::{is_forbidden, is_missing, refused},
};
use crate::error::{Attempt, EngineError};

impl Docker {
    pub(super) async fn observe_network(&self) -> Result<Option<ObservedNetwork>, EngineError> {
        Ok(self.networks(Attempt::Observe).await?.into_iter().next().map(observed))
    }

    pub(super) async fn create_network(&self, network: &Network) -> Result<(), EngineError> {
        let attempt = || Attempt::CreateNetwork(self.settings().network.clone());
        if let Some(there) = self.networks(attempt()).await?.into_iter().next() {
            let there = observed(there);
            return if there == wanted(network) {
                Ok(())
            } else {
                Err(refused(attempt(), format!("it exists with other settings: {there:?}")))
            };
        }
        let request = request(network, &self.settings().network, &self.settings().fleet);
        let made = self.client().await?.create_network(request).await;
        made.map(drop).map_err(|error| self.failed(attempt(), error))
    }

    pub(super) async fn remove_network(&self) -> Result<(), EngineError> {
        let attempt = || Attempt::RemoveNetwork(self.settings().network.clone());
        for network in self.networks(attempt()).await? {
            let id = network.id.unwrap_or_default();
            match self.client().await?.remove_network(&id).await {
                Err(error) if is_forbidden(&error) => {
                    return Err(refused(attempt(), held_by(&self.containers_on(&id, attempt()).await?)));
                }
                Err(error) if !is_missing(&error) => return Err(self.failed(attempt(), error)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Names of the running containers on a network.
    async fn containers_on(&self, id: &str, attempt: Attempt) -> Result<Vec<String>, EngineError> {
        let client = self.client().await?;
        let network = client.inspect_network(id, None::<InspectNetworkOptions>).await;
        let network = network.map_err(|error| self.failed(attempt, error))?;
        let containers = network.containers.unwrap_or_default();
        let mut names: Vec<_> = containers.into_values().filter_map(|container| container.name).collect();
        names.sort();
        Ok(names)
    }

    /// Every network of exactly our name; Docker allows several.
    async fn networks(&self, attempt: Attempt) -> Result<Vec<DockerNetwork>, EngineError> {
        let all = self.client().await?.list_networks(None::<ListNetworksOptions>).await;
        let mut all = all.map_err(|error| self.failed(attempt, error))?;
        all.retain(|network| network.name.as_deref() == Some(&self.settings().network));
        Ok(all)
    }
}

/// Why a network cannot go. Docker (20.10 was seen to) can miscount when containers of one network
/// start side by side; it counts anew when it starts.
fn held_by(containers: &[String]) -> String {
    if containers.is_empty() {
        return "docker believes that a container uses it, and none does: \
                `systemctl restart docker` makes it count anew"
            .to_owned();
    }
    format!("it is used by {}, which must be removed or disconnected first", containers.join(", "))
}

/// Docker gives every network a gateway and keeps its address from containers. Where the LAN has
/// none the host's own address takes the place, and `internal` keeps routes to it away.
fn request(network: &Network, name: &str, fleet: &str) -> NetworkCreateRequest {
    let mut options = HashMap::from([("parent".to_owned(), network.parent.clone())]);
    match network.driver {
        LinkDriver::Macvlan => options.insert("macvlan_mode".to_owned(), "bridge".to_owned()),
        LinkDriver::Ipvlan => options.insert("ipvlan_mode".to_owned(), "l2".to_owned()),
    };
    NetworkCreateRequest {
        name: name.to_owned(),
        driver: Some(network.driver.name().to_owned()),
        internal: Some(network.gateway.is_none()),
        ipam: Some(Ipam {
            config: Some(vec![IpamConfig {
                subnet: Some(network.subnet.to_string()),
                gateway: network.gateway.or(network.host_ip).map(|address| address.to_string()),
                ..IpamConfig::default()
            }]),
            ..Ipam::default()
        }),
        options: Some(options),
        labels: Some(HashMap::from([(label::FLEET.to_owned(), fleet.to_owned())])),
        ..NetworkCreateRequest::default()
    }
}

/// What a network made of `network` looks like.
fn wanted(network: &Network) -> ObservedNetwork {
    ObservedNetwork {
        driver: network.driver.name().to_owned(),
        parent: Some(network.parent.clone()),
        subnet: Some(network.subnet),
        gateway: network.gateway,
    }
}

fn observed(network: DockerNetwork) -> ObservedNetwork {
    let pools = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
    let pool = pools.into_iter().next().unwrap_or_default();
    let gateway = pool.gateway.filter(|_| network.internal != Some(true));
    ObservedNetwork {
        driver: network.driver.unwrap_or_default(),
        parent: network.options.and_then(|mut options| options.remove("parent")),
        subnet: pool.subnet.and_then(|subnet| subnet.parse().ok()),
        gateway: gateway.and_then(|gateway| gateway.parse().ok()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn who_holds_a_network_is_told_and_nobody_is_a_miscount() {
        assert!(held_by(&[]).contains("systemctl restart docker"));
        let text = held_by(&["a".into(), "b".into()]);
        assert_eq!(text, "it is used by a, b, which must be removed or disconnected first");
    }

    fn check(network: &Network, expect: &Value) {
        let request = serde_json::to_value(request(network, "lan", "x")).unwrap();
        let mut expect = expect.clone();
        expect["Name"] = "lan".into();
        expect["Labels"] = json!({"decnet.fleet": "x"});
        assert_eq!(request, expect);
    }

    #[test]
    fn a_request_says_driver_parent_and_pool() {
        let mut network = Network {
            driver: LinkDriver::Macvlan,
            parent: "eth0".into(),
            subnet: "10.0.0.0/24".parse().unwrap(),
            gateway: Some([10, 0, 0, 1].into()),
            host_ip: Some([10, 0, 0, 2].into()),
            routes: Vec::new(),
        };
        check(
            &network,
            &json!({
                "Driver": "macvlan",
                "Internal": false,
                "IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.1"}]},
                "Options": {"parent": "eth0", "macvlan_mode": "bridge"},
            }),
        );
        network.driver = LinkDriver::Ipvlan;
        network.gateway = None;
        check(
            &network,
            &json!({
                "Driver": "ipvlan",
                "Internal": true,
                "IPAM": {"Config": [{"Subnet": "10.0.0.0/24", "Gateway": "10.0.0.2"}]},
                "Options": {"parent": "eth0", "ipvlan_mode": "l2"},
            }),
        );
    }
}
