//! What of a fleet runs: its containers by their label, its network by its exact name, its
//! image by its tag.

use std::{collections::HashMap, net::Ipv4Addr};

use bollard::{
    models::{ContainerInspectResponse, NetworkSettings},
    query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder},
};
use decnet_composer::deployment::{Observed, ObservedContainer, label};
use futures_util::{StreamExt, TryStreamExt, stream};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Docker, failure::is_missing};
use crate::error::{Attempt, EngineError};

/// How many containers are looked at side by side.
const INSPECTIONS: usize = 8;

impl Docker {
    pub(super) async fn observe_fleet(&self) -> Result<Observed, EngineError> {
        Ok(Observed {
            network: self.observe_network().await?,
            host_link: None,
            containers: self.observe_containers().await?,
            decoy_image: self.decoy_image_if_present().await?,
        })
    }

    /// Sorted by name. One that goes while it is looked at is left out.
    async fn observe_containers(&self) -> Result<Vec<ObservedContainer>, EngineError> {
        let names = self.container_ids().await?;
        let looks = names.into_iter().map(|id| self.observe_container(id));
        let found: Vec<_> = stream::iter(looks).buffer_unordered(INSPECTIONS).try_collect().await?;
        let mut containers: Vec<_> = found.into_iter().flatten().collect();
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }

    async fn container_ids(&self) -> Result<Vec<String>, EngineError> {
        let ours = format!("{}={}", label::FLEET, self.settings().fleet);
        let filters = HashMap::from([("label", vec![ours])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        let listed = self.client().await?.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| self.failed(Attempt::Observe, error))?;
        Ok(listed.into_iter().filter_map(|c| c.id).collect())
    }

    async fn observe_container(&self, id: String) -> Result<Option<ObservedContainer>, EngineError> {
        let client = self.client().await?;
        match client.inspect_container(&id, None::<InspectContainerOptions>).await {
            Ok(container) => Ok(Some(observed(container))),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(self.failed(Attempt::Observe, error)),
        }
    }
}

fn observed(container: ContainerInspectResponse) -> ObservedContainer {
    let config = container.config.unwrap_or_default();
    let state = container.state.unwrap_or_default();
    let mut labels = config.labels.unwrap_or_default();
    let mut label = |name| labels.remove(name).unwrap_or_default();
    ObservedContainer {
        name: container.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        decky: label(label::DECKY),
        role: label(label::ROLE),
        service: Some(label(label::SERVICE)).filter(|service| !service.is_empty()),
        spec: label(label::SPEC),
        image: config.image.unwrap_or_default(),
        running: state.running.unwrap_or(false),
        ip: container.network_settings.and_then(address),
        state: state.status.map(|status| status.to_string()).unwrap_or_default(),
        started_at: state.started_at.as_deref().map_or(0, nanoseconds),
    }
}

/// The address that it was given, whether it runs now or not.
fn address(settings: NetworkSettings) -> Option<Ipv4Addr> {
    settings.networks?.into_values().find_map(|network| {
        let fixed = network.ipam_config.and_then(|config| config.ipv4_address);
        let address = fixed.or(network.ip_address)?;
        address.parse().ok()
    })
}

/// Docker writes the year 1 for "never".
fn nanoseconds(time: &str) -> i64 {
    let parsed = OffsetDateTime::parse(time, &Rfc3339);
    let since_epoch = parsed.map_or(0, OffsetDateTime::unix_timestamp_nanos);
    i64::try_from(since_epoch).unwrap_or(0).max(0)
}

#[cfg(test)]
mod tests {
    use super::nanoseconds;

    #[test]
    fn times_of_docker() {
        let check = |text, expect| assert_eq!(nanoseconds(text), expect, "{text}");
        check("1970-01-01T00:00:01.000000002Z", 1_000_000_002);
        check("1970-01-01T01:00:00+01:00", 0);
        check("2026-11-26T11:03:00.5Z", 1_795_690_980_500_000_000);
        check("0001-01-01T00:00:00Z", 0);
        check("", 0);
    }
}
