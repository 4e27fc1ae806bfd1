//! The clock: events are worth little with a wrong time.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use decnet_proto::agent::Check;

use super::{fail, ok, warn};

const NAME: &str = "clock";

/// The year 2026, before which this program did not exist, in seconds since the Unix epoch.
const BIRTH: u64 = 1_767_225_600;

/// What time services leave behind while they run.
const SERVICES: [(&str, &str); 4] = [
    ("/run/systemd/timesync/synchronized", "systemd-timesyncd"),
    ("/run/chrony/chronyd.pid", "chrony"),
    ("/run/chronyd.pid", "chrony"),
    ("/run/ntpd.pid", "ntpd"),
];

pub(super) fn check() -> Check {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let service = SERVICES.into_iter().find(|(path, _)| Path::new(path).exists());
    judge(now, service.map(|(_, name)| name))
}

fn judge(now: u64, service: Option<&str>) -> Check {
    let remedy = "run a time service: `apt-get install chrony`, or `timedatectl set-ntp true`";
    match service {
        _ if now < BIRTH => fail(NAME, "the clock is years behind", remedy),
        Some(service) => ok(NAME, format!("kept by {service}")),
        None => warn(NAME, "no time service is seen to keep it", remedy),
    }
}

#[cfg(test)]
mod tests {
    use decnet_proto::agent::Verdict;

    use super::*;

    #[test]
    fn a_clock_is_right_when_somebody_keeps_it() {
        let check = |now, service, verdict| assert_eq!(judge(now, service).verdict, verdict);
        check(BIRTH, Some("chrony"), Verdict::Ok);
        check(BIRTH, None, Verdict::Warn);
        check(0, Some("chrony"), Verdict::Fail);
    }
}
