//! Fleet to plan: every choice is made here, once.

use decnet_proto::{ids::SecretKey, plan::FleetPlan, site::Site};

use crate::{
    diagnostic::{Checked, Diagnostics},
    fleet::FleetSpec,
};

/// Makes all choices. `seed` is the fleet's secret, `now` the time in seconds since the Unix
/// epoch, `previous` the plan that runs, whose addresses, names and boot times are kept for
/// deckies that are the same machine in both.
///
/// The same arguments give the same plan.
///
/// # Errors
/// Everything that keeps the fleet from fitting the LAN.
pub fn plan(
    fleet: &FleetSpec,
    site: &Site,
    seed: &SecretKey,
    now: i64,
    previous: Option<&FleetPlan>,
) -> Result<Checked<FleetPlan>, Diagnostics> {
    let _ = (fleet, site, seed, now, previous);
    todo!()
}
