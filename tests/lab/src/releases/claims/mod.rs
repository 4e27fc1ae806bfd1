//! What DECNET claims of its releases, each claim as a function that shows it on the lab's swarm and says
//! with which figure, or fails. Each stands by itself: it brings releases that are newer than all before.

mod back;
mod broken;
mod interrupted;
mod itself;
mod refused;
mod waves;

use anyhow::{Context as _, Result};

use super::{prober::Prober, stage::Stage};
use crate::swarm::Swarm;

/// Shows one claim and says with which figure.
pub type Claim = fn(&Stage) -> Result<String>;

/// What every run of the tests shows.
pub const LIGHT: &[(&str, Claim)] = &[
    ("a_good_release_rolls_out_in_waves", waves::a_good_release_rolls_out_in_waves),
    ("one_that_fails_on_one_worker_stops_there", waves::one_that_fails_on_one_worker_stops_there),
    ("one_whose_agent_does_not_start_is_undone", broken::one_whose_agent_does_not_start),
    ("what_is_no_release_is_refused_by_master_and_worker", refused::what_is_no_release_is_refused),
];

/// What takes long.
pub const HEAVY: &[(&str, Claim)] = &[
    ("one_whose_forwarder_does_not_start_is_undone", broken::one_whose_forwarder_does_not_start),
    ("one_that_hangs_is_undone", broken::one_that_hangs),
    ("one_that_answers_as_the_old_one_is_undone", broken::one_that_answers_as_the_old_one),
    ("a_worker_goes_back_when_it_is_told_to", back::a_worker_goes_back_when_it_is_told_to),
    ("a_dry_run_changes_nothing", back::a_dry_run_changes_nothing),
    ("a_worker_that_is_away_stops_nobody", back::a_worker_that_is_away_stops_nobody),
    ("the_updater_comes_after_the_worker", itself::the_updater_comes_after_the_worker),
    ("an_updater_that_does_not_start_comes_back", itself::one_that_does_not_start),
    ("an_updater_that_does_not_serve_comes_back", itself::one_that_does_not_serve),
    (
        "an_updater_killed_while_a_release_proves_itself",
        interrupted::an_updater_killed_while_a_release_proves_itself,
    ),
    ("an_updater_killed_while_it_undoes", interrupted::an_updater_killed_while_it_undoes),
    ("a_master_killed_in_the_middle", interrupted::a_master_killed_in_the_middle),
];

/// What takes deckies away with it.
pub const LAST: &[(&str, Claim)] =
    &[("a_worker_without_power_in_the_middle", interrupted::a_worker_without_power_in_the_middle)];

/// Shows a claim of [`LIGHT`] on the swarm that all cases share, as a test does, while somebody asks the
/// deckies.
///
/// # Panics
/// When it does not hold, which is how a test fails.
#[expect(clippy::panic, clippy::print_stdout, reason = "a test speaks by printing and fails by panicking")]
pub fn check(name: &str) {
    let show = || {
        let (_, claim) = LIGHT.iter().find(|(known, _)| *known == name).context("there is no such claim")?;
        probed(&Stage::on(Swarm::shared()?)?, *claim)
    };
    match show() {
        Ok(figure) => println!("{figure}"),
        Err(error) => panic!("{error:#}"),
    }
}

/// Shows a claim while somebody asks the deckies, who must answer throughout.
fn probed(stage: &Stage, claim: Claim) -> Result<String> {
    let prober = Prober::start(&stage.swarm)?;
    let figure = claim(stage)?;
    let probed = prober.stop()?;
    Ok(format!("{figure}; {}", probed.whole().context("the deckies did not answer throughout")?))
}
