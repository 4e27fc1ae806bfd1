//! The host's place in its swarm, where it is a worker.

use decnet_proto::agent::{ForwarderStatus, Place};

use crate::output::moment;

/// When the first of its certificates runs out.
fn first_end(place: &Place) -> Option<i64> {
    place.certificates.iter().map(|certificate| certificate.not_after).min()
}

/// Whether its master can reach it still.
pub(super) fn is_good(place: &Place, now: i64) -> bool {
    first_end(place).is_some_and(|end| now <= end)
}

/// A line on it, and one on its forwarder where the agent sees to one.
pub(super) fn describe(place: &Place, now: i64) -> String {
    let word = if is_good(place, now) { "certificates until" } else { "certificates ran out at" };
    let end = first_end(place).map(moment).unwrap_or_default();
    let forwarder = match &place.forwarder {
        None => String::new(),
        Some(ForwarderStatus::Up(pid)) => format!("Forwarder  process {pid}\n"),
        Some(ForwarderStatus::Down(why)) => format!("Forwarder  does not run: {why}\n"),
    };
    format!("Swarm      {} at {}, {word} {end}\n{forwarder}", place.name, place.controller)
}

#[cfg(test)]
mod tests {
    use decnet_proto::{agent::Validity, swarm::operator::Profile};

    use super::*;

    #[test]
    fn the_first_certificate_that_runs_out_counts() {
        let validity = |profile, not_after| Validity { profile, not_after };
        let place = Place {
            host: "0b9f6f2e-3c1d-4e5f-8a7b-9c0d1e2f3a4b".parse().unwrap(),
            name: "w1".parse().unwrap(),
            controller: "https://m:8771".to_owned(),
            certificates: vec![validity(Profile::AgentServer, 20), validity(Profile::AgentClient, 10)],
            forwarder: None,
        };
        assert!(is_good(&place, 10) && !is_good(&place, 11));
        let expect = "Swarm      w1 at https://m:8771, certificates until 1970-01-01 00:00:10Z\n";
        assert_eq!(describe(&place, 1), expect);
        assert!(describe(&place, 11).contains("ran out at 1970"));
        let with = |forwarder| describe(&Place { forwarder: Some(forwarder), ..place.clone() }, 1);
        assert!(with(ForwarderStatus::Up(7)).ends_with("Z\nForwarder  process 7\n"));
        let down = with(ForwarderStatus::Down("it ended".to_owned()));
        assert!(down.ends_with("Z\nForwarder  does not run: it ended\n"), "{down}");
    }
}
