//! Who comes how often, by address: before anybody has said who he is, nothing else is known.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use tokio::time::Instant;

use crate::{limits::Limits, throttle::Throttle};

/// Addresses that are remembered. Beyond that the ones that owe nothing are forgotten, and if all
/// do, all are.
const REMEMBERED: usize = 16_384;

/// New connections of each address.
#[derive(Debug)]
pub(crate) struct Crowd {
    cost: Duration,
    credit: Duration,
    throttles: HashMap<IpAddr, Throttle>,
}

impl Crowd {
    pub(crate) fn new(limits: &Limits) -> Self {
        let cost = Duration::from_secs(1) / limits.pace.max(1);
        Self { cost, credit: cost * limits.burst.max(1), throttles: HashMap::new() }
    }

    /// Whether one more connection of this address may come.
    pub(crate) fn admits(&mut self, address: IpAddr, now: Instant) -> bool {
        if self.throttles.len() >= REMEMBERED {
            self.throttles.retain(|_, throttle| !throttle.is_paid(now));
        }
        if self.throttles.len() >= REMEMBERED {
            self.throttles.clear();
        }
        let throttle = self.throttles.entry(site(address)).or_insert_with(|| Throttle::new(now));
        throttle.afford(self.cost, self.credit, now)
    }
}

/// What one machine has at least: an address, or 64 bits of an IPv6 network.
fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_keep_others_out() {
        let limits = Limits { pace: 10, burst: 20, ..Limits::default() };
        let (mut crowd, now) = (Crowd::new(&limits), Instant::now());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let came = |crowd: &mut Crowd, text: &str, now| {
            (0..100).filter(|_| crowd.admits(address(text), now)).count()
        };
        assert_eq!(came(&mut crowd, "192.0.2.1", now), 20);
        assert_eq!(came(&mut crowd, "::ffff:192.0.2.1", now), 0);
        assert_eq!(came(&mut crowd, "192.0.2.2", now), 20);
        assert_eq!(came(&mut crowd, "2001:db8::1", now), 20);
        assert_eq!(came(&mut crowd, "2001:db8::2", now), 0);
        assert_eq!(came(&mut crowd, "192.0.2.1", now + Duration::from_secs(1)), 10);
    }

    #[test]
    fn what_is_remembered_has_a_bound() {
        let (mut crowd, now) = (Crowd::new(&Limits::default()), Instant::now());
        for number in 0..3 * u32::try_from(REMEMBERED).unwrap() {
            assert!(crowd.admits(IpAddr::V4(number.into()), now));
            assert!(crowd.throttles.len() <= REMEMBERED);
        }
    }
}
