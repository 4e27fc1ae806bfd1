//! What a machine's programs are told.

use super::{Machine, wiring::MASTER};
use crate::fleet::Programs;

/// Seconds that a release has to prove itself: as many as an agent and a forwarder that are quick to
/// build may take to start while tests run beside them.
const DEADLINE: u32 = 15;

/// The configuration file of a machine.
pub(super) fn of(machine: &Machine, programs: &Programs) -> String {
    let at = machine.folder.display();
    let mode = if machine.place == MASTER { "master" } else { "agent" };
    let (decoy, helper) = (programs.decoy.display(), programs.helper());
    format!(
        "[decnet]\n\
         mode = {mode}\n\
         ingest-log-file = {at}/decnet.log\n\
         system-logs = {at}/decnet.system.log\n\
         state-directory = {at}/state\n\
         agent-socket = {at}/agent.sock\n\
         agent-dir = {at}/identity\n\
         artifacts-root = {at}/artifacts\n\
         forwarder-status-port = 9515\n\n\
         [master]\n\
         deployment = swarm\n\
         release-key = {at}/release-key.pub\n\n\
         [agent]\n\
         decoy-program = {decoy}\n\n\
         [forwarder]\n\
         forwarder-state = {at}/forwarder\n\n\
         [listener]\n\
         master-log-file = {at}/master.log\n\
         master-artifacts-root = {at}/master-artifacts\n\
         spool-directory = {at}/spool\n\n\
         [updater]\n\
         updater-dir = {at}/updater\n\
         updater-root = {at}/var\n\
         updater-packages = {at}/usr\n\
         updater-deadline = {DEADLINE}\n\
         updater-helper = {}\n",
        helper.display()
    )
}
