//! How long things took.

use serde::Serialize;

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Times {
    /// How many.
    count: usize,
    /// What half of them did not exceed.
    p50: f64,
    /// What 99 of 100 did not exceed.
    p99: f64,
    /// The longest.
    most: f64,
}

impl Times {
    /// Sums up; without a time all are 0.
    pub(crate) fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let last = times.len().saturating_sub(1);
        let at = |percent: usize| times.get((times.len() * percent / 100).min(last)).copied().unwrap_or(0.0);
        Self { count: times.len(), p50: at(50), p99: at(99), most: at(100) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_summed_up() {
        let times = Times::of((1..=200).rev().map(f64::from).collect());
        assert_eq!(times, Times { count: 200, p50: 101.0, p99: 199.0, most: 200.0 });
        assert_eq!(Times::of(Vec::new()), Times { count: 0, p50: 0.0, p99: 0.0, most: 0.0 });
    }
}
