//! What a container of ours costs beside an idle one of the same image, at several widths.

use std::time::Instant;

use bollard::{
    models::{ContainerCreateBody, EndpointIpamConfig, EndpointSettings, HostConfig, NetworkingConfig},
    query_parameters::{CreateContainerOptionsBuilder, StartContainerOptions},
};
use decnet_composer::deployment::{Container, Namespace};
use decnet_engine::{ContainerChange, Engine};
use futures_util::{StreamExt, stream};

use crate::site::{Site, run};

const COUNT: u8 = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement: minutes of load, no claim"]
async fn fifty_containers_beside_idle_ones() {
    let site = Site::new(20);
    site.prepare().await;
    let tag = site.docker.observe().await.unwrap().decoy_image.unwrap();
    let client =
        bollard::Docker::connect_with_unix("/var/run/docker.sock", 120, bollard::API_DEFAULT_VERSION)
            .unwrap()
            .negotiate_version()
            .await
            .unwrap();
    let containers: Vec<_> = (0..COUNT).map(|n| site.decoy(&n.to_string(), 100 + n)).collect();
    println!("width  floor s  ours s  ratio");
    for width in [1, 2, 4, 8, 16, 32] {
        let mut best = [f64::INFINITY; 2];
        for _ in 0..2 {
            let start = Instant::now();
            let idle = containers.iter().map(|container| start_idle(&client, &site, container, &tag));
            stream::iter(idle).buffer_unordered(width).collect::<Vec<()>>().await;
            best[0] = best[0].min(start.elapsed().as_secs_f64());
            clean(&containers);
            let start = Instant::now();
            let ours = containers.iter().map(|c| site.docker.container(ContainerChange::Create(c)));
            let outcomes = stream::iter(ours).buffer_unordered(width).collect::<Vec<_>>().await;
            best[1] = best[1].min(start.elapsed().as_secs_f64());
            assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
            clean(&containers);
        }
        println!("{width:5}  {:7.2}  {:6.2}  {:5.2}", best[0], best[1], best[1] / best[0]);
    }
}

async fn start_idle(client: &bollard::Docker, site: &Site, container: &Container, tag: &str) {
    let Namespace::Lan { ip, .. } = container.namespace else { return };
    let endpoint = EndpointSettings {
        ipam_config: Some(EndpointIpamConfig { ipv4_address: Some(ip.to_string()), ..Default::default() }),
        ..Default::default()
    };
    let body = ContainerCreateBody {
        image: Some(tag.to_owned()),
        host_config: Some(HostConfig { network_mode: Some(site.lan().to_owned()), ..Default::default() }),
        networking_config: Some(NetworkingConfig {
            endpoints_config: Some([(site.lan().to_owned(), endpoint)].into()),
        }),
        ..Default::default()
    };
    let options = CreateContainerOptionsBuilder::new().name(&container.name).build();
    client.create_container(Some(options), body).await.unwrap();
    client.start_container(&container.name, None::<StartContainerOptions>).await.unwrap();
}

fn clean(containers: &[Container]) {
    let names: Vec<_> = containers.iter().map(|container| container.name.as_str()).collect();
    run("docker", &[&["rm", "--force"], &names[..]].concat());
}
