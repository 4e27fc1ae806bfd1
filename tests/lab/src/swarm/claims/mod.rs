//! What DECNET claims of a swarm, each claim as a function that shows it on the lab's swarm and
//! says with which figure, or fails. They build on one another and go in this order.

mod api;
mod enrolment;
mod faults;
mod leaving;
mod standing;
mod transport;

use anyhow::{Context as _, Result};

pub use self::api::{attacks_arrive, attacks_survive};
use super::Swarm;

/// Shows one claim and says with which figure.
pub type Claim = fn(&Swarm) -> Result<String>;

/// What every run of the tests shows.
pub const LIGHT: &[(&str, Claim)] = &[
    ("three_workers_join_by_token", enrolment::three_workers_join_by_token),
    ("a_token_lets_in_once", enrolment::a_token_lets_in_once),
    ("the_operators_port_is_the_masters_own", enrolment::the_operators_port_is_the_masters_own),
    ("twelve_deckies_run", standing::twelve_deckies_run),
    ("each_attacker_finds_the_deckies_of_his_lan", standing::each_attacker_finds_the_deckies_of_his_lan),
    ("what_attackers_did_is_told_by_the_workers", standing::what_attackers_did_is_told_by_the_workers),
    ("an_attack_is_in_the_masters_log_once", transport::an_attack_is_in_the_masters_log_once),
    ("an_attack_is_in_the_api_once", api::an_attack_is_in_the_api_once),
    ("the_same_fleet_again_changes_nothing", standing::the_same_fleet_again_changes_nothing),
];

/// What takes long of the way that events take.
pub const TRANSPORT: &[(&str, Claim)] = &[
    ("an_attack_is_in_the_masters_log_once", transport::an_attack_is_in_the_masters_log_once),
    ("each_part_of_the_transport_killed_in_turn", transport::each_part_of_the_transport_killed_in_turn),
];

/// What takes long.
pub const HEAVY: &[(&str, Claim)] = &[
    ("each_process_killed_in_turn", faults::each_process_killed_in_turn),
    ("an_agent_alone_keeps_its_deckies", faults::an_agent_alone_keeps_its_deckies),
    ("a_link_cut_and_healed", faults::a_link_cut_and_healed),
    ("a_worker_that_was_rebooted_gets_its_deckies_back", faults::a_worker_rebooted),
    ("killed_at_random_while_fleets_change", faults::killed_at_random_while_fleets_change),
    ("a_real_machine_has_its_address_at_once", faults::a_real_machine_has_its_address_at_once),
];

/// What ends the swarm.
pub const LAST: &[(&str, Claim)] = &[
    ("panic_silences_the_fleet", leaving::panic_silences_the_fleet),
    ("a_host_that_leaves_is_shut_out_within_a_second", leaving::a_host_leaves),
    ("a_host_that_is_away_leaves_its_deckies_behind", leaving::a_host_that_is_away_leaves),
];

/// Shows a claim of [`LIGHT`] on the swarm that all cases share, as a test does.
///
/// # Panics
/// When it does not hold, which is how a test fails.
#[expect(clippy::panic, clippy::print_stdout, reason = "a test speaks by printing and fails by panicking")]
pub fn check(name: &str) {
    let show = || {
        let (_, claim) = LIGHT.iter().find(|(known, _)| *known == name).context("there is no such claim")?;
        claim(&Swarm::shared()?)
    };
    match show() {
        Ok(figure) => println!("{figure}"),
        Err(error) => panic!("{error:#}"),
    }
}
