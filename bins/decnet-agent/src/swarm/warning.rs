//! A word a day about certificates that run out and were not renewed.

use std::{sync::Arc, time::Duration};

use decnet_engine::Engine;
use decnet_event::Kind;
use decnet_membership::{Expiry, Membership};
use decnet_pki::clock::DAY;

use crate::{agent::Agent, machine::Machine};

/// How often it is looked whether there is something to say.
const EVERY: Duration = Duration::from_secs(600);

/// Warns again and again, until the host leaves. An agent that starts warns at once: what an earlier
/// one said is not remembered.
pub(crate) async fn warn_forever<E: Engine + 'static, M: Machine>(
    agent: Arc<Agent<E, M>>,
    membership: Arc<Membership>,
) {
    let (mut told, mut left) = (None, membership.left());
    loop {
        let now = membership.clock().now();
        let all = membership.expiries();
        if all.iter().any(|(_, expiry)| is_due(*expiry, told, now)) {
            told = Some(now);
            for (profile, expiry) in all.into_iter().filter(|(_, expiry)| expiry.is_near(now)) {
                let (until, days) = (expiry.until(), expiry.days_left(now));
                tracing::warn!("the certificate for {profile} runs out at {until} and is not renewed");
                let kind = Kind::CertificateExpiring {
                    profile: profile.word(),
                    not_after: until,
                    days_left: days.unsigned_abs(),
                };
                agent.collection.report(membership.name(), kind).await;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = left.requested() => return,
        }
    }
}

/// Whether there is something to say that was not said within a day. A clock that was set back is no
/// reason to be silent.
fn is_due(expiry: Expiry, told: Option<i64>, now: i64) -> bool {
    expiry.is_near(now) && told.is_none_or(|told| !(told..told.saturating_add(DAY)).contains(&now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_a_day_from_a_sixth_of_life_on() {
        let life = Expiry { not_before: 0, not_after: 90 * DAY };
        let check = |told, now, expect| assert_eq!(is_due(life, told, now), expect, "{told:?} {now}");
        check(None, 75 * DAY - 1, false);
        check(None, 75 * DAY, true);
        check(Some(75 * DAY), 76 * DAY - 1, false);
        check(Some(75 * DAY), 76 * DAY, true);
        check(Some(80 * DAY), 100 * DAY, true);
        check(Some(80 * DAY), 76 * DAY, true);
        check(Some(60 * DAY), 61 * DAY, false);
    }
}
