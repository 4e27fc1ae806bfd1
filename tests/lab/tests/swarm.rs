//! Claims of a swarm of a master and three workers, each with an engine of its own.

use lab::swarm::claims;

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
    three_workers_join_by_token,
    a_token_lets_in_once,
    the_operators_port_is_the_masters_own,
    twelve_deckies_run,
    each_attacker_finds_the_deckies_of_his_lan,
    what_attackers_did_is_told_by_the_workers,
    an_attack_is_in_the_masters_log_once,
    an_attack_is_in_the_api_once,
    the_same_fleet_again_changes_nothing,
}
