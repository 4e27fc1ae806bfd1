//! Objects of a log as the collector writes them: conversations of many peers with many deckies, which
//! overlap. The same seed gives the same objects.

mod numbers;
mod visits;

use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use decnet_event::{Boot, Event, Kind, Origin, Session, SessionId, Timestamp, record, wire};

pub(crate) use self::numbers::Numbers;

/// Deckies of the fleet.
const DECKIES: u64 = 50;

/// Peers; a few of them come much more often than most.
const PEERS: u64 = 20_000;

/// The first address of a peer: of the network for measurements (RFC 2544).
const FIRST_PEER: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 0);

/// Conversations that go on at a time.
const AT_A_TIME: usize = 64;

/// A fleet that is visited.
#[derive(Debug)]
pub(crate) struct Fleet {
    numbers: Numbers,
    deckies: Vec<Decky>,
    visits: Vec<Visit>,
}

#[derive(Debug)]
struct Decky {
    name: String,
    boot: Boot,
    seq: u64,
    visits: u64,
}

#[derive(Debug)]
struct Visit {
    decky: usize,
    service: &'static str,
    session: Session,
    kinds: VecDeque<Kind>,
}

impl Fleet {
    /// The fleet of a seed: another seed is another run of its deckies.
    pub(crate) fn new(seed: u64) -> Self {
        let mut numbers = Numbers::new(seed);
        let decky = |at| {
            let name = format!("decky-{at:02}");
            Decky { name, boot: Boot(numbers.wide()), seq: 0, visits: 0 }
        };
        let deckies = (0..DECKIES).map(decky).collect();
        Self { numbers, deckies, visits: Vec::new() }
    }

    /// Appends the object of the next event, which happens at `time`, and its line feed.
    pub(crate) fn write(&mut self, time: Timestamp, out: &mut Vec<u8>) {
        let Some(event) = self.next(time) else { return };
        let mut line = Vec::with_capacity(512);
        wire::encode(&event, &mut line);
        // What was encoded decodes.
        if let Ok(decoded) = wire::decode(&line) {
            record::write_json(&decoded, &line, &[], out);
            out.push(b'\n');
        }
    }

    fn next(&mut self, time: Timestamp) -> Option<Event> {
        while self.visits.len() < AT_A_TIME {
            let visit = self.visit()?;
            self.visits.push(visit);
        }
        let at = self.numbers.below(AT_A_TIME as u64) as usize;
        let visit = self.visits.get_mut(at)?;
        let (kind, decky) = (visit.kinds.pop_front()?, self.deckies.get_mut(visit.decky)?);
        decky.seq += 1;
        let origin =
            Origin { decky: decky.name.clone(), service: visit.service.to_owned(), boot: decky.boot };
        let (session, is_over) = (Some(visit.session), visit.kinds.is_empty());
        if is_over {
            self.visits.swap_remove(at);
        }
        Some(Event { time, origin: Arc::new(origin), seq: decky.seq, session, kind })
    }

    fn visit(&mut self) -> Option<Visit> {
        let numbers = &mut self.numbers;
        let at = numbers.below(DECKIES) as usize;
        let decky = self.deckies.get_mut(at)?;
        decky.visits += 1;
        let peer = (0..3).fold(PEERS, |most, _| numbers.below(most)) as u32;
        let address = Ipv4Addr::from_bits(FIRST_PEER.to_bits() + peer);
        let (service, port) = numbers.pick(&visits::SERVICES);
        let session = Session {
            id: SessionId(decky.boot.0.rotate_left(17) ^ decky.visits),
            src: SocketAddr::from((address, 1024 + numbers.below(60_000) as u16)),
            dst: SocketAddr::from(([192, 0, 2, at as u8], port)),
        };
        Some(Visit { decky: at, service, session, kinds: visits::events(service, peer, numbers) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    fn objects(seed: u64, count: i64) -> Vec<Value> {
        let (mut fleet, mut out) = (Fleet::new(seed), Vec::new());
        (0..count).for_each(|at| fleet.write(Timestamp(at), &mut out));
        let lines = out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    #[test]
    fn a_seed_always_gives_the_same_objects_one_for_each_event() {
        let some = objects(7, 2_000);
        assert_eq!(some.len(), 2_000);
        assert_eq!(some, objects(7, 2_000));
        let lines: HashSet<_> = some.iter().map(|object| object["raw_line"].to_string()).collect();
        let others = objects(8, 2_000);
        assert!(others.iter().all(|object| !lines.contains(&object["raw_line"].to_string())));
    }

    #[test]
    fn every_event_has_a_number_of_its_own_and_its_peer_in_the_network_for_measurements() {
        let mut seen = HashSet::new();
        for object in objects(7, 5_000) {
            let fields = &object["fields"];
            let key = [&object["decky"], &fields["boot"], &fields["seq"]].map(ToString::to_string);
            assert!(seen.insert(key), "{object}");
            let address: Ipv4Addr = object["attacker_ip"].as_str().unwrap().parse().unwrap();
            assert!(matches!(address.octets(), [198, 18 | 19, ..]), "{address}");
        }
    }
}
