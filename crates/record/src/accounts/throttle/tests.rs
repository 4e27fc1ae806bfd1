//! Nobody guesses more than he may, whatever else he does.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{
    entry::{FIRST, LIMIT, LONGEST, SECOND, WINDOW},
    *,
};

fn name(text: &str) -> Username {
    text.parse().unwrap()
}

/// An address in a network of its own.
fn address(number: u32) -> IpAddr {
    Ipv4Addr::from_bits(number).into()
}

/// Fails as often as it can at one moment, each time from elsewhere; how long the door is closed then.
fn fail_until_closed(throttle: &mut Throttle, who: &Username, now: i64) -> (usize, u32) {
    for times in 0.. {
        match throttle.attempt(
            who,
            address(((now / SECOND) as u32 + 1).wrapping_mul(64) + times as u32),
            Timestamp(now),
        ) {
            Ok(attempt) => drop(attempt),
            Err(Throttled { retry_after }) => return (times, retry_after),
        }
    }
    unreachable!("it is closed at some time")
}

#[test]
fn the_door_is_closed_for_longer_and_longer() {
    let (mut throttle, admin) = (Throttle::default(), name("admin"));
    let mut now = 1_764_154_033 * SECOND;
    for (attempts, closed) in [(10, 300), (1, 60), (1, 120), (1, 240), (1, 480), (1, 900), (1, 900), (1, 900)]
    {
        assert_eq!(fail_until_closed(&mut throttle, &admin, now), (attempts, closed));
        now += i64::from(closed) * SECOND;
        assert!(throttle.attempt(&admin, address(1), Timestamp(now - 1)).is_err(), "a moment too early");
    }
    // It opened now. A quarter of an hour later all is forgotten, and a moment before it is not.
    assert_eq!(fail_until_closed(&mut throttle, &admin, now + LONGEST - 1), (1, 900));
    now += LONGEST - 1 + 900 * SECOND;
    assert_eq!(fail_until_closed(&mut throttle, &admin, now + LONGEST), (10, 300));
}

/// The waits that grow never end before the window has moved.
#[test]
fn the_eleventh_does_not_come_before_its_time() {
    let (mut throttle, admin) = (Throttle::default(), name("admin"));
    drop(throttle.attempt(&admin, address(1), Timestamp(0)).unwrap());
    assert_eq!(fail_until_closed(&mut throttle, &admin, WINDOW - SECOND), (LIMIT - 1, 1));
    assert_eq!(fail_until_closed(&mut throttle, &admin, WINDOW), (1, 299));
}

/// When the door was closed by ten and one of them was right, nine are left.
#[test]
fn a_right_one_among_ten_opens_the_door() {
    for right in 0..LIMIT {
        let (mut throttle, here) = (Throttle::default(), address(1));
        let who = |n: usize| name(&format!("user{n}"));
        let mut begun: Vec<_> =
            (0..LIMIT).map(|n| throttle.attempt(&who(n), here, Timestamp(n as i64)).unwrap()).collect();
        assert!(throttle.attempt(&who(LIMIT), here, Timestamp(20)).is_err());
        throttle.succeeded(begun.remove(right));
        assert!(throttle.attempt(&who(LIMIT), here, Timestamp(20)).is_ok(), "{right}");
        assert!(throttle.attempt(&who(LIMIT), here, Timestamp(20)).is_err(), "{right}");
    }
}

#[test]
fn who_shares_goes_on_sharing() {
    let mut table = Table::new(1, 1);
    let late = Timestamp(WINDOW - 1);
    let own = table.slot(&"first", &"", Timestamp(0));
    table.charge(&own, Timestamp(0));
    for _ in 0..LIMIT {
        let shared = table.slot(&"second", &"", late);
        assert_eq!(shared, Slot::Shared(0));
        table.charge(&shared, late);
    }
    // There is room now.
    let slot = table.slot(&"second", &"", Timestamp(WINDOW));
    assert!(table.wait(&slot, Timestamp(WINDOW)) > 0);
    let slot = table.slot(&"second", &"", Timestamp(2 * WINDOW + LONGEST));
    assert_eq!(slot, Slot::Own("second"));
}

#[test]
fn who_shares_clears_only_what_is_his() {
    let (mut table, now) = (Table::new(0, 1), Timestamp(0));
    let [guessed, mine] = ["admin", "viewer"].map(|who| table.slot(&who, &"", now));
    assert_eq!(guessed, mine);
    for _ in 0..LIMIT - 1 {
        table.charge(&guessed, now);
        table.charge(&mine, Timestamp(1));
        table.clear(&mine, Timestamp(1));
    }
    table.charge(&guessed, now);
    assert!(table.wait(&guessed, now) > 0);
}

#[test]
fn failures_that_are_old_do_not_count() {
    let (mut throttle, admin) = (Throttle::default(), name("admin"));
    for minute in 0..100 {
        for _ in 0..LIMIT / 5 - 1 {
            let now = Timestamp(minute * FIRST);
            drop(
                throttle.attempt(&admin, address(minute as u32), now).expect("five or less in five minutes"),
            );
        }
    }
}

#[test]
fn the_wait_is_rounded_up() {
    let (mut throttle, admin) = (Throttle::default(), name("admin"));
    fail_until_closed(&mut throttle, &admin, 0);
    let wait =
        |throttle: &mut Throttle, now| throttle.attempt(&admin, address(1), Timestamp(now)).unwrap_err();
    assert_eq!(wait(&mut throttle, WINDOW - 1), Throttled { retry_after: 1 });
    assert_eq!(wait(&mut throttle, WINDOW - SECOND), Throttled { retry_after: 1 });
    assert_eq!(wait(&mut throttle, WINDOW - SECOND - 1), Throttled { retry_after: 2 });
}

#[test]
fn one_network_tries_many_names() {
    let check = |addresses: [&str; 2], together: bool| {
        let mut throttle = Throttle::default();
        let [first, second] = addresses.map(|address| address.parse::<IpAddr>().unwrap());
        for times in 0..LIMIT {
            drop(throttle.attempt(&name(&format!("user{times}")), first, Timestamp(0)).unwrap());
        }
        let refused = throttle.attempt(&name("another"), second, Timestamp(1)).is_err();
        assert_eq!(refused, together, "{addresses:?}");
    };
    check(["192.0.2.1", "192.0.2.1"], true);
    check(["192.0.2.1", "192.0.2.2"], false);
    check(["192.0.2.1", "::ffff:192.0.2.1"], true);
    check(["::ffff:192.0.2.1", "::ffff:192.0.2.2"], false);
    check(["2001:db8::1", "2001:db8::ffff:0:0:1"], true);
    check(["2001:db8::1", "2001:db8:0:1::1"], false);
}

/// A hundred that all begin before the first ends are ten.
#[test]
fn attempts_count_before_they_end() {
    let (mut throttle, admin) = (Throttle::default(), name("admin"));
    let begun: Vec<_> =
        (0..100).filter_map(|n| throttle.attempt(&admin, address(n), Timestamp(0)).ok()).collect();
    assert_eq!(begun.len(), LIMIT);
}

#[test]
fn a_right_password_clears_the_name_and_not_the_address() {
    let mut throttle = Throttle::default();
    let (here, mine, admin) = (address(1), name("viewer"), name("admin"));
    for _ in 0..LIMIT - 1 {
        drop(throttle.attempt(&admin, here, Timestamp(0)).unwrap());
    }
    // Logging in oneself, as often as one likes, changes nothing for others.
    for _ in 0..100 {
        let attempt = throttle.attempt(&mine, here, Timestamp(1)).unwrap();
        throttle.succeeded(attempt);
    }
    drop(throttle.attempt(&admin, here, Timestamp(2)).unwrap());
    assert!(throttle.attempt(&mine, here, Timestamp(3)).is_err(), "ten failures came from here");

    // The name is clear as soon as its bearer gets in from elsewhere.
    let mut throttle = Throttle::default();
    for place in 0..LIMIT - 1 {
        drop(throttle.attempt(&admin, address(place as u32), Timestamp(0)).unwrap());
    }
    let attempt = throttle.attempt(&admin, address(99), Timestamp(1)).unwrap();
    throttle.succeeded(attempt);
    assert_eq!(fail_until_closed(&mut throttle, &admin, 10 * SECOND).0, LIMIT);
}

#[test]
fn a_withdrawn_attempt_is_none() {
    let (mut throttle, admin) = (Throttle::default(), name("admin"));
    for _ in 0..100 {
        let attempt = throttle.attempt(&admin, address(1), Timestamp(0)).unwrap();
        throttle.withdraw(attempt);
    }
    assert_eq!(fail_until_closed(&mut throttle, &admin, 1).0, LIMIT);
    // Also one that comes when the door was closed before: it is no longer closed for that.
    let attempt = throttle.attempt(&admin, address(999), Timestamp(WINDOW + 1)).unwrap();
    throttle.withdraw(attempt);
    assert_eq!(fail_until_closed(&mut throttle, &admin, WINDOW + 1), (1, 60));
}

/// Whatever comes, there are so many counts and no more, and the one that matters is still there.
#[test]
fn a_flood_pushes_nobody_out() {
    let (mut throttle, admin) = (Throttle::with_room(50, 4), name("admin"));
    let (attempts, _) = fail_until_closed(&mut throttle, &admin, 0);
    assert_eq!(attempts, LIMIT);
    for n in 0..10_000 {
        let _ = throttle.attempt(&name(&format!("nobody{n}")), address(n * 300), Timestamp(i64::from(n)));
    }
    assert!(throttle.names.len() <= 50 && throttle.networks.len() <= 50);
    assert!(throttle.attempt(&admin, "2001:db8::1".parse().unwrap(), Timestamp(20_000)).is_err());
    // Afterwards there is room again.
    let later = Timestamp(WINDOW + LONGEST + SECOND);
    for n in 0..20 {
        assert!(throttle.attempt(&name(&format!("user{n}")), address(n), later).is_ok());
    }
}

/// Who fills the table from his network is not in the way of others.
#[test]
fn floods_share_with_themselves() {
    let mut throttle = Throttle::with_room(50, SHARED);
    for n in 0..10_000_u128 {
        let from = Ipv6Addr::from_bits((0x2001_0db8 << 96) + (n << 64));
        let _ = throttle.attempt(&name(&format!("nobody{n}")), from.into(), Timestamp(0));
    }
    let served = (0..=u8::MAX).filter(|n| {
        let address = IpAddr::from([*n, 0, 2, 1]);
        let network =
            throttle.networks.slot(&Network::of(address), &Network::of(address).wider(), Timestamp(1));
        throttle.networks.wait(&network, Timestamp(1)) == 0
    });
    assert!(served.count() >= 240, "all but who share by chance");
}

/// How an attempt ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Wrong,
    Right,
    Unknown,
}

prop_compose! {
    /// Half of them from the same two.
    fn step()(
        name in prop_oneof![0..2_usize, 0..40_usize],
        network in prop_oneof![0..2_u32, 0..40_u32],
        pause in prop_oneof![4 => Just(0), 2 => 0..FIRST, 2 => Just(FIRST), 1 => 0..WINDOW, 1 => 0..LONGEST],
        end in prop_oneof![6 => Just(End::Wrong), 1 => Just(End::Right), 1 => Just(End::Unknown)],
    ) -> (usize, u32, i64, End) {
        (name, network, pause, end)
    }
}

/// Most times in any stretch of [`WINDOW`].
fn densest(times: &[i64]) -> usize {
    let within = |from: i64| times.iter().filter(|time| (from..from + WINDOW).contains(*time)).count();
    times.iter().map(|from| within(*from)).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// With hardly any room and hardly anything to share, no name and no network fails more than ten
    /// times in five minutes.
    #[test]
    fn nobody_guesses_more_than_he_may(steps in prop::collection::vec(step(), 0..400), room in 0..6_usize) {
        let mut throttle = Throttle::with_room(room, 3);
        let (mut names, mut networks) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        let mut cleared = BTreeSet::new();
        let mut now = 0;
        for (who, from, pause, end) in steps {
            now += pause;
            let Ok(attempt) = throttle.attempt(&name(&format!("user{who}")), address(from), Timestamp(now)) else {
                continue;
            };
            match end {
                End::Wrong => {
                    drop(attempt);
                    names.entry(who).or_default().push(now);
                    networks.entry(from).or_default().push(now);
                }
                End::Right => {
                    throttle.succeeded(attempt);
                    cleared.insert(who);
                }
                End::Unknown => throttle.withdraw(attempt),
            }
            prop_assert!(throttle.names.len() <= room);
        }
        for (who, times) in names {
            prop_assert!(cleared.contains(&who) || densest(&times) <= LIMIT, "{who}: {times:?}");
        }
        for (from, times) in networks {
            prop_assert!(densest(&times) <= LIMIT, "{from}: {times:?}");
        }
    }

    /// What is refused may come when it was told to.
    #[test]
    fn who_waits_gets_in(steps in prop::collection::vec(step(), 0..200)) {
        let mut throttle = Throttle::default();
        let mut now = 0;
        for (who, from, pause, _) in steps {
            now += pause;
            let who = name(&format!("user{who}"));
            if let Err(Throttled { retry_after }) = throttle.attempt(&who, address(from), Timestamp(now)) {
                prop_assert!((1..=900).contains(&retry_after));
                now += i64::from(retry_after) * SECOND;
                prop_assert!(throttle.attempt(&who, address(from), Timestamp(now)).is_ok());
            }
        }
    }
}
