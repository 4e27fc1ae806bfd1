//! The host's certificates in its swarm: without good ones its master does not reach it.

use std::sync::Arc;

use decnet_membership::{Expiry, Membership};
use decnet_proto::{agent::Check, swarm::operator::Profile};

use super::{fail, ok, warn};

const NAME: &str = "certificates";

/// None where the host is in no swarm.
pub(super) fn checks(place: Option<Result<&Arc<Membership>, &str>>) -> Option<Check> {
    Some(match place? {
        Ok(membership) => {
            let (profile, expiry) = membership.first_expiry();
            judge(profile, expiry, membership.clock().now())
        }
        Err(error) => fail(
            NAME,
            format!("this host takes no part in its swarm: {error}"),
            "`decnet-agent join --again` with a new token, then restart the agent",
        ),
    })
}

fn judge(profile: Profile, expiry: Expiry, now: i64) -> Check {
    let (until, days) = (expiry.until(), expiry.days_left(now));
    if expiry.is_over(now) {
        let remedy = "look at the clock; if it is right, `decnet-agent join --again` with a new token";
        return fail(NAME, format!("{profile} ran out at {until}"), remedy);
    }
    if expiry.not_before > now {
        let remedy = "set the clock of this host";
        return fail(NAME, format!("{profile} is not good yet: the clock of this host is behind"), remedy);
    }
    let found = format!("good until {until} ({profile}, {days} days)");
    if expiry.is_near(now) {
        let remedy = "let the agent reach its controller, which renews them: see its log";
        return warn(NAME, found, remedy);
    }
    ok(NAME, found)
}

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Verdict;

    use super::*;

    #[test]
    fn a_certificate_is_judged_by_what_is_left_of_it() {
        const DAY: i64 = 86_400;
        let life = Expiry { not_before: 0, not_after: 90 * DAY };
        let check = |now, verdict, text: &str| {
            let found = judge(Profile::AgentServer, life, now);
            assert_eq!(found.verdict, verdict, "{now}");
            assert!(found.found.contains(text), "{found:?}");
            assert_eq!(found.remedy.is_none(), verdict == Verdict::Ok);
        };
        check(DAY, Verdict::Ok, "89 days");
        check(75 * DAY, Verdict::Warn, "15 days");
        check(91 * DAY, Verdict::Fail, "ran out at 1970-04-01T00:00:00Z");
        check(-DAY, Verdict::Fail, "clock");
    }
}
