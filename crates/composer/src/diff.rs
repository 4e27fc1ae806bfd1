//! Deployment and what runs to steps.

use crate::deployment::{Deployment, Observed, Steps};

/// The way from what is observed to what should be.
pub fn diff(deployment: &Deployment, observed: &Observed) -> Steps {
    let _ = (deployment, observed);
    todo!()
}

/// The way from what is observed to nothing.
pub fn teardown_all(observed: &Observed) -> Steps {
    let _ = observed;
    todo!()
}

/// The way to a host without one decky. With the `deployment` that runs, the host's link loses
/// its route as well.
pub fn teardown_one(decky: &str, observed: &Observed, deployment: Option<&Deployment>) -> Steps {
    let _ = (decky, observed, deployment);
    todo!()
}
