//! The trees of all products, and what one says to a client.

use std::sync::{Arc, LazyLock};

use decnet_proto::{
    persona::{OsFamily, ProductName},
    service::ServiceId,
};

use super::{
    Snmp,
    ber::{self, Reader},
    facts::Facts,
    message,
    settings::Settings,
    stats::Stats,
    tree::Rows,
    value::{self, Value},
};
use crate::{ConnectionService as _, DatagramService as _, Host, testing};

/// Systems of personas, and the products that play them.
const SYSTEMS: &[(OsFamily, &str, &str)] = &[
    (OsFamily::Linux, "Debian GNU/Linux 12 (bookworm)", "Linux 6.1.0-28-amd64"),
    (OsFamily::Linux, "Rocky Linux 9.5 (Blue Onyx)", "Linux 5.14.0-503.14.1.el9_5.x86_64"),
    (OsFamily::Linux, "CentOS Linux 7 (Core)", "Linux 3.10.0-1160.119.1.el7.x86_64"),
    (OsFamily::Linux, "Alpine Linux v3.19", "Linux 6.6.58-0-lts"),
    (OsFamily::Bsd, "FreeBSD 13.2-RELEASE", "FreeBSD 13.2-RELEASE-p9"),
    (OsFamily::Windows, "Windows Server 2019 Standard", "Windows 10.0.17763"),
    (OsFamily::Cisco, "Cisco IOS XE Software, Version 16.12.04", "Cisco IOS Software 16.12.4"),
    (OsFamily::Embedded, "HP FutureSmart 3.9", "Linux 3.4.11"),
    (OsFamily::Embedded, "Brother NC-8300h", "Linux 2.6.18"),
    (OsFamily::Embedded, "KYOCERA Print Server 2.1", "Linux 3.0.35"),
    (OsFamily::Embedded, "SIMATIC S7-1200", "Linux 3.10.33"),
    (OsFamily::Embedded, "1756-EN2T/D", "VxWorks 6.9"),
    (OsFamily::Embedded, "BMENOC0301", "VxWorks 6.4"),
    (OsFamily::Embedded, "AXIS OS 9.80.3", "Linux 4.9.206"),
    (OsFamily::Embedded, "Raspbian GNU/Linux 11 (bullseye)", "Linux 5.15.84-v7+"),
    (OsFamily::Embedded, "OpenWrt 19.07.10", "Linux 4.14.275"),
];

fn host(seed: u8, (os, name, kernel): (OsFamily, &str, &str)) -> Host {
    let plain = testing::host(seed);
    let mut persona = plain.persona.clone();
    persona.os = os;
    persona.system.pretty_name = name.into();
    persona.system.kernel = kernel.into();
    let host = Host::new(persona, Arc::clone(&plain.emitter));
    let web = testing::spec(ServiceId::Http, ProductName::Nginx, "1.22.1", &[]);
    host.set_serving([web, spec(&[])]);
    host
}

fn spec(config: &[(&str, &str)]) -> decnet_proto::persona::ServiceSpec {
    testing::spec(ServiceId::Snmp, ProductName::Snmpd, "5.9.3", config)
}

fn debian() -> Host {
    host(1, SYSTEMS[0])
}

/// Names and values of all that a persona's agent tells, at a moment.
fn all(host: &Host, archetype: &str, now: f64) -> Vec<(Vec<u32>, Value)> {
    let settings = Settings::new(&spec(&[("snmp_archetype", archetype)]), &host.persona);
    let stats = Stats::default();
    let facts = Facts {
        persona: &host.persona,
        machine: host.machine(),
        settings: &settings,
        stats: &stats,
        serving: host.serving(),
        now,
    };
    let mut out = Vec::new();
    for group in settings.profile.groups {
        let mut rows = Rows::default();
        (group.fill)(&facts, &mut rows);
        for (name, value) in rows.all() {
            assert!(name.starts_with(group.prefix), "{} below {:?}", value::dotted(name), group.prefix);
            out.push((name.to_vec(), value.clone()));
        }
    }
    out
}

const NOW: f64 = 1_764_200_000.0;

#[test]
fn every_tree_is_in_order_and_tells_nothing_of_us() {
    for system in SYSTEMS {
        for archetype in ["default", "water_plant", "factory", "substation", "hospital"] {
            let host = host(1, *system);
            let tree = all(&host, archetype, NOW);
            assert!(tree.len() > 60, "{system:?} {archetype}: {}", tree.len());
            for pair in tree.windows(2) {
                assert!(
                    pair[0].0 < pair[1].0,
                    "{} then {}",
                    value::dotted(&pair[0].0),
                    value::dotted(&pair[1].0)
                );
            }
            for (_, value) in tree {
                let mut bytes = Vec::new();
                value.put(&mut bytes);
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                assert!(!["decky", "decnet", "honey"].iter().any(|word| text.contains(word)), "{text}");
            }
        }
    }
}

#[test]
fn counters_never_go_back() {
    for system in SYSTEMS {
        let host = host(1, *system);
        let (before, after) = (all(&host, "default", NOW), all(&host, "default", NOW + 7.0));
        let mut moved = 0;
        for ((name, old), (_, new)) in before.iter().zip(&after) {
            if let (Value::Counter64(old), Value::Counter64(new)) = (old, new) {
                // net-snmp writes sizes of memory as counters.
                let size = name.starts_with(&[1, 3, 6, 1, 4, 1, 2021, 4]);
                assert!(new >= old || size, "{}", value::dotted(name));
            }
            if let (Value::Counter(old), Value::Counter(new)) = (old, new) {
                assert!(new.wrapping_sub(*old) < 1 << 31, "{} {old} {new}", value::dotted(name));
                moved += usize::from(old != new);
            }
        }
        assert!(moved > 3, "{system:?}");
    }
}

#[test]
fn no_two_deckies_share_a_secret() {
    let settings = |seed| Settings::new(&spec(&[]), &testing::host(seed).persona);
    let (one, other) = (settings(1), settings(2));
    assert_ne!(one.engine, other.engine);
    let community = |seed| super::settings::bait_community(&testing::host(seed).persona);
    assert_ne!(community(1), community(2));
    assert!(one.view(community(1).as_bytes()).is_some());
    assert!(one.view(community(2).as_bytes()).is_none());
}

/// A request in version 2c or 1.
fn request(
    version: u8,
    community: &[u8],
    tag: u8,
    fields: (i64, i64),
    variables: &[(&[u32], &[u8])],
) -> Vec<u8> {
    let mut out = Vec::new();
    ber::wrap(&mut out, ber::SEQUENCE, |out| {
        ber::put_integer(out, ber::INTEGER, version.into());
        ber::put(out, ber::OCTETS, community);
        ber::wrap(out, tag, |out| {
            for number in [0x1122_3344, fields.0, fields.1] {
                ber::put_integer(out, ber::INTEGER, number);
            }
            ber::wrap(out, ber::SEQUENCE, |out| {
                for (name, raw) in variables {
                    ber::wrap(out, ber::SEQUENCE, |out| {
                        value::put_name(out, name);
                        out.extend_from_slice(raw);
                    });
                }
            });
        });
    });
    out
}

/// Error status, error index, and variables with the bytes of their values.
type Answer = (i64, i64, Vec<(Vec<u32>, Vec<u8>)>);

fn ask(host: &Host, service: &Snmp, datagram: &[u8]) -> Option<Answer> {
    let replies = service.answer(datagram, testing::session().src, host);
    let bytes = replies.datagrams.into_iter().next()?;
    let message::Message::Community { pdu, .. } = message::read(&bytes).unwrap() else { panic!("version") };
    let variables = pdu.variables.into_iter().map(|v| (v.name, v.raw.to_vec())).collect();
    Some((pdu.status, pdu.index, variables))
}

const NULL: &[u8] = &[5, 0];
const SERVICES: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 7, 0];
const NOTHING: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 77, 0];
const COLUMN: &[u32] = &[1, 3, 6, 1, 2, 1, 1, 7];

/// What net-snmp 5.9.3 answered to the same bytes.
#[test]
fn answers_are_those_of_net_snmp() {
    let host = debian();
    let service = Snmp::build(&spec(&[("community", "full")]), &host).unwrap();
    let check = |version, tag, fields, variables: &[(&[u32], &[u8])], expect: (i64, i64, &[&[u8]])| {
        let datagram = request(version, b"full", tag, fields, variables);
        let (status, index, got) = ask(&host, &service, &datagram).unwrap();
        let values: Vec<&[u8]> = got.iter().map(|(_, raw)| raw.as_slice()).collect();
        assert_eq!((status, index, values.as_slice()), expect, "{version} {tag:x} {variables:?}");
    };
    let text: &[u8] = &[4, 1, b'x'];
    check(1, 0xa0, (0, 0), &[(SERVICES, NULL)], (0, 0, &[&[2, 1, 72]]));
    check(1, 0xa0, (5, 7), &[(SERVICES, &[2, 1, 9])], (0, 0, &[&[2, 1, 72]]));
    check(1, 0xa0, (0, 0), &[(COLUMN, NULL)], (0, 0, &[&[0x81, 0]]));
    check(1, 0xa0, (0, 0), &[(NOTHING, NULL)], (0, 0, &[&[0x80, 0]]));
    check(0, 0xa0, (0, 0), &[(SERVICES, NULL), (NOTHING, text)], (2, 2, &[NULL, text]));
    check(1, 0xa1, (0, 0), &[(&[2, 1], NULL)], (0, 0, &[&[0x82, 0]]));
    check(0, 0xa1, (0, 0), &[(&[2, 1], NULL)], (2, 1, &[NULL]));
    check(1, 0xa3, (0, 0), &[(SERVICES, text)], (6, 1, &[text]));
    check(0, 0xa3, (0, 0), &[(SERVICES, text)], (2, 1, &[text]));
    check(1, 0xa3, (0, 0), &[(SERVICES, NULL)], (7, 1, &[NULL]));
    check(0, 0xa3, (0, 0), &[(SERVICES, NULL)], (3, 1, &[NULL]));
    check(1, 0xa0, (0, 0), &[], (0, 0, &[]));
    check(1, 0xa5, (-1, -1), &[(COLUMN, NULL)], (0, 0, &[]));
    check(1, 0xa5, (0, 3), &[(&[1, 3, 6, 1, 6, 3, 99], NULL)], (0, 0, &[&[0x82, 0]]));
    check(1, 0xa5, (5, 2), &[(COLUMN, NULL)], (0, 0, &[&[2, 1, 72]]));
}

#[test]
fn bulk_answers_have_at_most_a_hundred_variables() {
    let host = debian();
    let service = Snmp::build(&spec(&[("community", "full")]), &host).unwrap();
    let all = &[1, 3][..];
    let count = |variables: &[(&[u32], &[u8])]| {
        let datagram = request(1, b"full", 0xa5, (0, 20_000), variables);
        ask(&host, &service, &datagram).unwrap().2.len()
    };
    assert_eq!(count(&[(all, NULL)]), 100);
    assert_eq!(count(&[(all, NULL); 3]), 99);
}

#[test]
fn strangers_get_no_answer_and_public_sees_what_the_package_shows() {
    let host = debian();
    let service = Snmp::build(&spec(&[("community", "full")]), &host).unwrap();
    let get =
        |community: &[u8], name| ask(&host, &service, &request(1, community, 0xa0, (0, 0), &[(name, NULL)]));
    let next = |name| {
        ask(&host, &service, &request(1, b"public", 0xa1, (0, 0), &[(name, NULL)])).unwrap().2[0].0.clone()
    };
    assert_eq!(get(b"private", SERVICES), None);
    assert_eq!(get(b"", SERVICES), None);
    let interfaces = &[1, 3, 6, 1, 2, 1, 2, 1, 0][..];
    assert_eq!(get(b"public", interfaces).unwrap().2[0].1, [0x80, 0]);
    assert_eq!(get(b"full", interfaces).unwrap().2[0].1, [2, 1, 2]);
    assert_eq!(next(&[1, 3, 6, 1, 2, 1, 1, 9, 1, 4, 10]), [1, 3, 6, 1, 2, 1, 25, 1, 1, 0]);
    let end = [1, 3, 6, 1, 2, 1, 25, 1, 7, 0];
    assert_eq!(next(&end), end);
    for tag in [0xa2, 0xa4, 0xa6, 0xa7, 0xa8, 0xa9] {
        assert_eq!(ask(&host, &service, &request(1, b"full", tag, (0, 0), &[(SERVICES, NULL)])), None);
    }
}

#[test]
fn a_walk_sees_everything_once_and_ends() {
    for (system, version) in [(SYSTEMS[0], 1), (SYSTEMS[6], 0), (SYSTEMS[7], 1), (SYSTEMS[5], 0)] {
        let host = host(3, system);
        let service = Snmp::build(&spec(&[("community", "full")]), &host).unwrap();
        let mut name = vec![0, 0];
        let mut steps = 0;
        loop {
            let answer = ask(&host, &service, &request(version, b"full", 0xa1, (0, 0), &[(&name, NULL)]));
            let (status, _, variables) = answer.unwrap();
            if status != 0 || variables[0].1 == [0x82, 0] {
                break;
            }
            assert!(variables[0].0 > name);
            name.clone_from(&variables[0].0);
            steps += 1;
        }
        assert!(steps > 60, "{system:?}");
    }
}

#[test]
fn events_tell_who_asked_for_what() {
    let host = debian();
    let service = Snmp::build(&spec(&[("community", "full")]), &host).unwrap();
    let tell = |datagram: &[u8]| {
        let replies = service.answer(datagram, testing::session().src, &host);
        let origin = host.emitter.origin("snmp");
        for kind in replies.events {
            host.emitter.emit(&origin, Some(testing::session()), kind);
        }
        testing::events(&host)
    };
    let seen = tell(&request(1, b"private", 0xa3, (0, 0), &[(SERVICES, &[2, 1, 9])]));
    assert_eq!(seen[0].get("password"), "private");
    assert_eq!(seen[0].get("status"), "rejected");
    assert_eq!(seen[1].get("operation"), "set");
    assert_eq!(seen[1].get("oids"), "1.3.6.1.2.1.1.7.0");
    assert_eq!(seen[1].get("answered"), "false");
    let seen = tell(&request(1, b"full", 0xa0, (0, 0), &[(SERVICES, NULL)]));
    assert_eq!((seen[0].get("status"), seen[1].get("answered")), ("accepted", "true"));
    // The same source is told of once.
    assert_eq!(tell(&request(1, b"full", 0xa0, (0, 0), &[(SERVICES, NULL)])).len(), 1);
    assert_eq!(tell(b"GET / HTTP/1.0\r\n\r\n")[0].kind, "protocol_error");
    let many: Vec<(&[u32], &[u8])> = vec![(SERVICES, NULL); 2 * crate::caps::SNMP_NAMES_TOLD];
    let seen = tell(&request(1, b"full", 0xa0, (0, 0), &many));
    assert_eq!(seen[0].get("oids").split(',').count(), crate::caps::SNMP_NAMES_TOLD);
}

#[test]
fn told_credentials_are_forgotten_before_there_are_too_many() {
    let host = debian();
    let service = Snmp::build(&spec(&[("community", "full")]), &host).unwrap();
    let datagram = request(1, b"full", 0xa0, (0, 0), &[(SERVICES, NULL)]);
    for number in 0..2 * crate::caps::SNMP_KNOWN_SOURCES as u32 {
        let from = (std::net::Ipv4Addr::from(number), 40_000).into();
        service.answer(&datagram, from, &host);
    }
    assert_eq!(service.known.lock().unwrap().len(), crate::caps::SNMP_KNOWN_SOURCES);
}

/// A report: its number among those of the users, and its counter.
fn report(bytes: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(Reader::new(bytes).expect(ber::SEQUENCE).ok()?);
    reader.integer().ok()?;
    reader.item().ok()?;
    reader.item().ok()?;
    let scoped = super::v3::Scoped::read(reader.rest()).ok()?;
    scoped.pdu.variables.first()?.name.get(9).copied()
}

#[test]
fn version_three_discovers_and_reports() {
    let host = debian();
    let service = Snmp::build(&spec(&[]), &host).unwrap();
    let answer = |datagram: &[u8]| service.answer(datagram, testing::session().src, &host).datagrams.pop();
    let discovery = super::SEEDS[3];
    let engine = answer(discovery).unwrap();
    assert_eq!(report(&engine), Some(4));
    // With the right engine the user is unknown; what is cut off is not answered.
    let message = with_engine(&service.settings.engine, b"nobody");
    assert_eq!(report(&answer(&message).unwrap()), Some(3));
    for end in 1..discovery.len() {
        assert_eq!(answer(&discovery[..end]), None);
    }
    let windows = host_of_windows();
    let service = Snmp::build(&spec(&[]), &windows).unwrap();
    assert!(service.answer(discovery, testing::session().src, &windows).datagrams.is_empty());
}

fn host_of_windows() -> Host {
    host(1, SYSTEMS[5])
}

fn with_engine(engine: &[u8], user: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    ber::wrap(&mut out, ber::SEQUENCE, |out| {
        ber::put_integer(out, ber::INTEGER, 3);
        ber::wrap(out, ber::SEQUENCE, |out| {
            ber::put_integer(out, ber::INTEGER, 7);
            ber::put_integer(out, ber::INTEGER, 65_507);
            ber::put(out, ber::OCTETS, &[4]);
            ber::put_integer(out, ber::INTEGER, 3);
        });
        ber::wrap(out, ber::OCTETS, |out| {
            ber::wrap(out, ber::SEQUENCE, |out| {
                ber::put(out, ber::OCTETS, engine);
                ber::put_integer(out, ber::INTEGER, 0);
                ber::put_integer(out, ber::INTEGER, 0);
                ber::put(out, ber::OCTETS, user);
                ber::put(out, ber::OCTETS, &[]);
                ber::put(out, ber::OCTETS, &[]);
            });
        });
        ber::wrap(out, ber::SEQUENCE, |out| {
            ber::put(out, ber::OCTETS, &[]);
            ber::put(out, ber::OCTETS, &[]);
            message::Reply { status: 0, index: 0, variables: Vec::new() }.put(
                out,
                message::Operation::Get,
                1,
            );
        });
    });
    out
}

static SHARED: LazyLock<(Host, Snmp)> = LazyLock::new(|| {
    let host = debian();
    let service = Snmp::build(&spec(&[]), &host).unwrap();
    (host, service)
});

proptest::proptest! {
    #[test]
    fn any_bytes_are_answered_or_dropped(seed in 0..super::SEEDS.len(), at: usize, byte: u8, cut: usize) {
        let (host, service) = &*SHARED;
        let mut datagram = super::SEEDS[seed].to_vec();
        let place = at % datagram.len();
        datagram[place] = byte;
        datagram.truncate(1 + cut % datagram.len());
        let replies = service.answer(&datagram, testing::session().src, host);
        proptest::prop_assert!(replies.datagrams.len() <= 1);
    }
}
