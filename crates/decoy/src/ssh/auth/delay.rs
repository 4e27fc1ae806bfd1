//! How long sshd takes to say no.
//!
//! A refused password costs what PAM makes of it: two seconds, more or less. On top of that
//! OpenSSH gives every user name a time of its own, between 5 and 9.3 milliseconds, and answers
//! only after that time or its double, or the double of that, so that nobody can tell from the
//! clock what was wrong.

use std::time::Duration;

use decnet_proto::ids::SecretKey;
use sha2::{Digest as _, Sha512};

use crate::identity;

/// `pam_unix` asks for this after a failure.
const PAM: f64 = 2.0;
/// The least time of a name.
const LEAST: f64 = 0.005;

/// The time that an answer about `user` takes at least, the same while the daemon runs.
pub(super) fn of_user(key: &SecretKey, user: &[u8]) -> Duration {
    let secret: [u8; 8] = identity::derive(key, "ssh timing secret");
    let digest = Sha512::new().chain_update(secret).chain_update(user).finalize();
    let number = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    Duration::from_secs_f64(LEAST + f64::from(number) / 1e12)
}

/// When an answer leaves that took `elapsed` to find: after `least`, doubled until it is not past.
pub(super) fn quantised(least: Duration, elapsed: Duration) -> Duration {
    let mut total = least.max(Duration::from_millis(1));
    while total < elapsed {
        total = total.saturating_mul(2);
    }
    total
}

/// How long PAM waits after a failure: half to one and a half of what was asked, mostly near it.
pub(super) fn pam(dice: [u8; 6]) -> Duration {
    let share = |one: u8, other: u8| f64::from(u16::from_be_bytes([one, other])) / 65_536.0;
    let [a, b, c, d, e, f] = dice;
    let mean = (share(a, b) + share(c, d) + share(e, f)) / 3.0;
    Duration::from_secs_f64(PAM * (0.5 + mean))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn every_name_has_its_own_time() {
        let key = SecretKey([7; 32]);
        let (root, admin) = (of_user(&key, b"root"), of_user(&key, b"admin"));
        assert_ne!(root, admin);
        assert_eq!(root, of_user(&key, b"root"));
        assert_ne!(root, of_user(&SecretKey([8; 32]), b"root"));
    }

    #[test]
    fn an_answer_leaves_after_a_doubled_time() {
        for (elapsed, expect) in [(0, 8), (8, 8), (9, 16), (2_000, 2_048), (2_049, 4_096)] {
            assert_eq!(quantised(milliseconds(8), milliseconds(elapsed)), milliseconds(expect));
        }
    }

    #[test]
    fn pam_waits_about_two_seconds() {
        assert_eq!(pam([0; 6]), milliseconds(1_000));
        assert_eq!(pam([128, 0, 128, 0, 128, 0]), milliseconds(2_000));
        assert!(pam([255; 6]) < milliseconds(3_000));
    }

    proptest! {
        #[test]
        fn a_time_is_within_what_openssh_draws(user: Vec<u8>) {
            let time = of_user(&SecretKey([1; 32]), &user);
            prop_assert!(time >= milliseconds(5) && time < Duration::from_micros(9_295));
        }

        #[test]
        fn quantising_ends(least in 0_u64..10_000, elapsed in 0_u64..1 << 40) {
            let elapsed = Duration::from_micros(elapsed);
            prop_assert!(quantised(Duration::from_micros(least), elapsed) >= elapsed);
        }
    }
}
