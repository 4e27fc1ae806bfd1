//! Survey and links on a real kernel: namespaces, a cable between them, MACVLAN on its end.
//! They need root, as making a namespace does.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod namespace;

use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    process::Command,
    time::Duration,
};

use decnet_netdrv::{
    Claim, Expected, NetError, Watch,
    host_link::{self, HostLink},
    link, survey,
};
use decnet_proto::{agent::SiteQuery, mac::Mac, plan::LinkDriver, site::LinkKind};
use namespace::{Namespace, index, netlink};
use pnet::datalink::{self, Channel, ChannelType, Config, DataLinkReceiver};
use rtnetlink::RouteMessageBuilder;

const HOST: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
const PEER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const DECKY: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 126);
const DECKY_MAC: Mac = Mac([0, 0x1b, 0x21, 1, 2, 3]);

/// A host whose `lan0` is cabled to `eth0` of a machine.
fn lan() -> (Namespace, Namespace) {
    let (host, peer) = (Namespace::new(), Namespace::new());
    host.cable("lan0", &peer, "eth0");
    host.address("lan0", "10.77.0.2/24");
    peer.address("eth0", "10.77.0.1/24");
    (host, peer)
}

fn decky(host: &Namespace, address: &'static str) -> Namespace {
    let decky = Namespace::new();
    host.macvlan("lan0", &decky, DECKY_MAC);
    decky.address("lan", address);
    decky
}

fn wanted() -> HostLink {
    HostLink {
        driver: LinkDriver::Macvlan,
        parent: "lan0".to_owned(),
        address: HOST,
        deckies: [(DECKY, Some(DECKY_MAC))].into(),
    }
}

/// Sends a word from one namespace to an address of the other.
#[track_caller]
fn check_reaches(from: &Namespace, to: &Namespace, ip: Ipv4Addr) {
    let listener = to.run(move || async move { TcpListener::bind((ip, 0)).unwrap() });
    let target = listener.local_addr().unwrap();
    from.run(move || async move {
        let mut stream = TcpStream::connect_timeout(&target, Duration::from_secs(10)).unwrap();
        stream.write_all(b"hello").unwrap();
    });
    let mut text = String::new();
    listener.accept().unwrap().0.read_to_string(&mut text).unwrap();
    assert_eq!(text, "hello");
}

fn query(interface: &str, probe: bool) -> SiteQuery {
    SiteQuery { interface: Some(interface.to_owned()), subnet: None, probe }
}

#[test]
fn a_survey_reads_address_subnet_and_gateway_of_the_interface() {
    let (host, _peer) = lan();
    let site = host.run(|| async {
        let route =
            RouteMessageBuilder::<Ipv4Addr>::new().gateway(PEER).output_interface(index("lan0").await);
        netlink().route().add(route.build()).execute().await.unwrap();
        survey(&SiteQuery::default()).await.unwrap()
    });
    assert_eq!(site.interface, "lan0");
    assert_eq!(site.kind, LinkKind::Ethernet);
    assert!(site.mac.is_some());
    assert_eq!(site.host_ip, Some(HOST));
    assert_eq!(site.subnet, Some("10.77.0.0/24".parse().unwrap()));
    assert_eq!(site.gateway, Some(PEER));
    assert_eq!(site.in_use, None, "nobody asked");
}

#[test]
fn a_probe_finds_the_addresses_in_use_and_no_others() {
    let (host, peer) = lan();
    peer.address("eth0", "10.77.0.200/24");
    let site = host.run(|| async { survey(&query("lan0", true)).await.unwrap() });
    assert_eq!(site.in_use, Some(BTreeSet::from([PEER, Ipv4Addr::new(10, 77, 0, 200)])));
}

#[test]
fn a_subnet_that_is_too_wide_is_refused_with_the_way_out() {
    let (host, _peer) = lan();
    let wide = SiteQuery { subnet: Some("10.64.0.0/12".parse().unwrap()), ..query("lan0", true) };
    let error = host.run(move || async move { survey(&wide).await.unwrap_err() });
    assert_eq!(
        error.to_string(),
        "10.64.0.0/12 is too wide for an ARP survey, which takes at most a /20: narrow it with --subnet"
    );
}

#[test]
fn a_machine_that_takes_a_deckys_address_is_heard_and_nobody_else_is() {
    let (host, peer) = lan();
    let decky = decky(&host, "10.77.0.126/24");
    let (mut watch, unspoken) = host.run(|| async {
        let watch = Watch::on("lan0").await.unwrap();
        watch.expect(Expected::from([(DECKY, DECKY_MAC)]));
        (watch, survey(&query("lan0", true)).await.unwrap())
    });
    assert!(unspoken.in_use.is_some_and(|in_use| in_use.contains(&PEER)));
    // The decky itself speaks, and so does a machine with an address of its own.
    check_reaches(&decky, &peer, PEER);
    check_reaches(&peer, &host, HOST);
    let nothing = host.run(move || async move {
        let heard = tokio::time::timeout(Duration::from_secs(1), watch.next()).await;
        (heard.ok(), watch)
    });
    let (heard, mut watch) = nothing;
    assert_eq!(heard, None);
    // Now that machine takes the decky's.
    peer.address("eth0", "10.77.0.126/24");
    let mac = peer.run(|| async {
        let all = decnet_netdrv::interfaces().await.unwrap();
        all.into_iter().find(|i| i.name == "eth0").unwrap().mac.unwrap()
    });
    peer.run(|| async {
        let from = std::net::SocketAddr::from((DECKY, 0));
        let socket = tokio::net::UdpSocket::bind(from).await.unwrap();
        socket.send_to(b"x", "10.77.0.77:9").await.unwrap();
    });
    let claim = host.run(move || async move {
        tokio::time::timeout(Duration::from_secs(10), watch.next()).await.unwrap().unwrap()
    });
    assert_eq!(claim, Claim { ip: DECKY, mac });
}

#[test]
fn a_missing_interface_is_named_beside_those_that_exist() {
    let (host, _peer) = lan();
    let error = host.run(|| async { survey(&query("eth9", false)).await.unwrap_err() });
    assert_eq!(error.to_string(), "there is no interface \"eth9\"; there are: lan0");
    let error = host.run(|| async { survey(&SiteQuery::default()).await.unwrap_err() });
    assert!(matches!(error, NetError::NoDefaultRoute { .. }), "{error}");
}

#[test]
fn macvlan_is_found_in_the_kernel_and_the_trial_leaves_nothing() {
    let (host, _peer) = lan();
    let names = host.run(|| async {
        link::validate(LinkDriver::Macvlan, "lan0").await.unwrap();
        let all = decnet_netdrv::interfaces().await.unwrap();
        all.into_iter().map(|i| i.name).filter(|name| name.starts_with("try")).collect::<Vec<_>>()
    });
    assert_eq!(names, Vec::<String>::new());
}

#[test]
fn ipvlan_works_or_the_error_says_that_the_kernel_lacks_it() {
    let (host, _peer) = lan();
    match host.run(|| async { link::validate(LinkDriver::Ipvlan, "lan0").await }) {
        Ok(()) => {}
        Err(e) => assert_eq!(
            e.to_string(),
            "the kernel has no ipvlan driver: leave out --ipvlan, or use a kernel with CONFIG_IPVLAN"
        ),
    }
}

#[test]
fn a_host_reaches_its_deckies_and_they_reach_it() {
    let (host, _peer) = lan();
    let decky = decky(&host, "10.77.0.126/24");
    host.run(|| async { host_link::ensure(&wanted()).await.unwrap() });
    check_reaches(&host, &decky, DECKY);
    check_reaches(&decky, &host, HOST);
}

#[test]
fn the_link_follows_what_is_wanted_and_a_repetition_changes_nothing() {
    let (host, _peer) = lan();
    let second = Ipv4Addr::new(10, 77, 0, 129);
    let changed = HostLink { deckies: [(second, None)].into(), ..wanted() };
    for wanted in [wanted(), wanted(), changed] {
        let expect = wanted.clone();
        let observed = host.run(move || async move {
            host_link::ensure(&wanted).await.unwrap();
            host_link::observe().await.unwrap().unwrap()
        });
        assert!(observed.satisfies(&expect), "{observed:?}");
        assert_eq!(observed.deckies, expect.deckies);
    }
    let gone = host.run(|| async {
        host_link::remove(LinkDriver::Macvlan).await.unwrap();
        host_link::remove(LinkDriver::Macvlan).await.unwrap();
        host_link::observe().await.unwrap()
    });
    assert_eq!(gone, None);
}

#[test]
fn a_link_on_another_parent_moves() {
    let (host, peer) = lan();
    host.cable("lan1", &peer, "eth1");
    let moved = HostLink { parent: "lan1".to_owned(), ..wanted() };
    let observed = host.run(move || async move {
        host_link::ensure(&wanted()).await.unwrap();
        host_link::ensure(&moved).await.unwrap();
        host_link::observe().await.unwrap().unwrap()
    });
    assert_eq!(observed.parent.as_deref(), Some("lan1"));
}

/// Hears every ARP packet that reaches a machine.
fn listen(machine: &Namespace) -> Box<dyn DataLinkReceiver> {
    machine.run(|| async {
        let eth0 = datalink::interfaces().into_iter().find(|i| i.name == "eth0").unwrap();
        let config = Config {
            channel_type: ChannelType::Layer3(0x0806),
            read_timeout: Some(Duration::from_millis(300)),
            ..Config::default()
        };
        match datalink::channel(&eth0, config).unwrap() {
            Channel::Ethernet(_, receiver) => receiver,
            _ => unreachable!("Linux makes packet sockets"),
        }
    })
}

/// Under which Ethernet addresses the host was heard, until nothing more is heard.
fn heard_of_host(mut receiver: Box<dyn DataLinkReceiver>) -> BTreeSet<Mac> {
    let mut heard = BTreeSet::new();
    while let Ok(packet) = receiver.next() {
        let (mac, ip) = (packet[8..14].try_into().unwrap(), &packet[14..18]);
        if ip == HOST.octets() {
            heard.insert(Mac(mac));
        }
    }
    heard
}

#[test]
fn the_lan_hears_the_host_under_the_address_of_its_parent_alone() {
    let (host, peer) = lan();
    let decky = decky(&host, "10.77.0.126/24");
    let parent = host.run(|| async { survey(&query("lan0", false)).await.unwrap().mac.unwrap() });
    let receiver = listen(&peer);
    host.run(|| async { host_link::ensure(&wanted()).await.unwrap() });
    check_reaches(&peer, &host, HOST);
    check_reaches(&host, &decky, DECKY);
    check_reaches(&decky, &host, HOST);
    assert_eq!(heard_of_host(receiver), BTreeSet::from([parent]));

    host.run(|| async { host_link::remove(LinkDriver::Macvlan).await.unwrap() });
    check_reaches(&peer, &host, HOST);
}

#[test]
fn without_rights_a_survey_works_and_the_rest_says_what_is_missing() {
    let (host, _peer) = lan();
    let ended = host.run(|| async {
        let mut child = Command::new("/proc/self/exe");
        child.args(["--ignored", "--exact", "as_nobody"]).uid(65534).gid(65534).output().unwrap()
    });
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
}

/// The half of the test above that runs as a user without rights, on its LAN.
#[test]
#[ignore = "started by without_rights_a_survey_works_and_the_rest_says_what_is_missing"]
fn as_nobody() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        assert_eq!(survey(&query("lan0", false)).await.unwrap().host_ip, Some(HOST));
        let refused = [
            survey(&query("lan0", true)).await.unwrap_err(),
            link::validate(LinkDriver::Macvlan, "lan0").await.unwrap_err(),
            host_link::ensure(&wanted()).await.unwrap_err(),
        ];
        let expect = [
            "not permitted to ask the LAN by ARP: run as root, or with the capability CAP_NET_RAW",
            "CAP_NET_ADMIN",
            "CAP_NET_ADMIN",
        ];
        for (error, expect) in refused.iter().zip(expect) {
            assert!(matches!(error, NetError::NotPermitted { .. }), "{error}");
            assert!(error.to_string().contains(expect), "{error}");
        }
    });
}
