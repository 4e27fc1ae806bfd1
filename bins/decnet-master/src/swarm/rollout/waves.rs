//! Which hosts are tried together.

use std::num::NonZeroUsize;

/// Hosts in their order, wave by wave: each of `percent` of them, rounded up, and the last of what is left.
pub(super) fn waves<T>(hosts: &[T], percent: u8) -> impl Iterator<Item = &[T]> {
    let size = (hosts.len() * usize::from(percent.min(100))).div_ceil(100);
    hosts.chunks(NonZeroUsize::new(size).unwrap_or(NonZeroUsize::MIN).get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waves_are_a_share_of_all_and_nobody_is_left_out() {
        let check = |hosts: usize, percent, expect: &[usize]| {
            let all: Vec<_> = (0..hosts).collect();
            let found: Vec<_> = waves(&all, percent).map(<[_]>::len).collect();
            assert_eq!(found, expect, "{hosts} hosts, {percent} %");
            assert_eq!(waves(&all, percent).flatten().copied().collect::<Vec<_>>(), all);
        };
        check(0, 25, &[]);
        check(1, 25, &[1]);
        check(3, 25, &[1, 1, 1]);
        check(3, 34, &[2, 1]);
        check(10, 25, &[3, 3, 3, 1]);
        check(100, 1, &[1; 100]);
        check(3, 100, &[3]);
        check(3, 0, &[1, 1, 1]);
        check(3, 255, &[3]);
    }
}
