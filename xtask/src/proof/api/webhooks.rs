//! Receivers that fail, hang and restart, and a master that is killed: every alert is delivered or listed.

use anyhow::Result;

use crate::proof::figures;

/// Attackers, each of them worth two alerts to each receiver.
const ATTACKERS: &str = "1200";

/// Runs the test that draws what receivers do, with more attackers than in every test run.
pub(super) fn hold() -> Result<String> {
    let words = ["--test", "alerts", "--filterset", "test(chaos)"];
    Ok(figures::printed("decnet-master", &words, &[("ALERT_ATTACKERS", ATTACKERS)], "alerts: ")?.join("; "))
}
