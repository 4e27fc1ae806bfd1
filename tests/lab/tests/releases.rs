//! Claims of releases that come to the workers of a swarm.

use lab::releases::claims;

macro_rules! cases {
    ($( $name:ident, )*) => {
        $(
            #[test]
            fn $name() {
                claims::check(stringify!($name));
            }
        )*

        /// A claim without a case would never be shown.
        #[test]
        fn every_claim_has_a_case() {
            let cases = [$( stringify!($name), )*];
            assert!(claims::LIGHT.iter().map(|(name, _)| *name).eq(cases));
        }
    };
}

cases! {
    a_good_release_rolls_out_in_waves,
    one_that_fails_on_one_worker_stops_there,
    one_whose_agent_does_not_start_is_undone,
    what_is_no_release_is_refused_by_master_and_worker,
}
