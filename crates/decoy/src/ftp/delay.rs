//! Delays that make guessing slow.

use std::time::Duration;

/// A sixteen-bit number.
fn random() -> u32 {
    let mut bytes = [0; 2];
    // Without randomness the delay is its shortest; nothing depends on it.
    let _ = getrandom::fill(&mut bytes);
    u32::from(u16::from_be_bytes(bytes))
}

/// What PAM adds to a failed log-in: two seconds, give or take up to half of them, the middle
/// being the most likely.
pub(super) fn of_pam() -> Duration {
    let sum = u64::from(random() + random() + random());
    Duration::from_millis(1_000 + sum * 2_000 / (3 * 65_535))
}

/// The second that vsftpd waits by itself, and then PAM.
pub(super) fn of_vsftpd() -> Duration {
    Duration::from_secs(1) + of_pam()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_vary_within_their_bounds() {
        let delays: Vec<_> = (0..200).map(|_| of_vsftpd()).collect();
        assert!(delays.iter().all(|d| (Duration::from_secs(2)..=Duration::from_secs(4)).contains(d)));
        assert!(delays.iter().any(|d| *d != delays[0]));
    }
}
