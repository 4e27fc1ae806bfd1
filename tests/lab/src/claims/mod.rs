//! What DECNET claims, each claim as a function that shows it on a deployed fleet and says
//! with which figure, or fails.
//!
//! The tests run each claim as a case of its own, `cargo xtask proof` prints them all.

mod api;
mod containment;
mod delivery;
mod files;
mod lan;
mod mail;
mod mysql;
mod redis;
mod scan;
mod sighting;
mod snmp;
mod ssh;
mod telnet;
mod web;
mod words;

use anyhow::{Context, Result};
use decnet_proto::plan::Isolation;

pub use api::{attacks_arrive, attacks_survive};
pub use delivery::storm;

use crate::stage::Stage;

/// Shows one claim and says with which figure.
pub type Claim = fn(&Stage) -> Result<String>;

/// Calls `$with!` with the name and function of every claim.
#[macro_export]
macro_rules! claims {
    ($with:ident) => {
        $with! {
            scan::nmap_names_each_product,
            scan::every_contact_appears_once,
            web::requests_appear_as_sent,
            web::form_credentials_are_captured,
            web::tls_is_of_the_decky,
            files::an_upload_is_kept,
            files::log_ins_are_captured,
            redis::a_conversation_completes,
            redis::an_attack_path_is_recorded,
            mail::a_message_is_kept,
            mysql::a_wrong_password_leaves_its_proof,
            mysql::bait_opens_the_database,
            snmp::a_tree_is_walked,
            snmp::a_wrong_community_is_silence,
            ssh::a_log_in_is_told_with_its_commands,
            ssh::bait_logs_in_over_ssh,
            ssh::a_key_is_told_by_its_fingerprint,
            ssh::a_file_over_sftp_is_kept,
            ssh::a_terminal_is_recorded,
            ssh::the_fingerprint_is_that_of_the_real_one,
            telnet::a_log_in_over_telnet_is_told,
            containment::containers_are_contained,
            words::nothing_on_the_wire_names_the_product,
            words::nothing_inside_names_the_product,
            lan::the_host_reaches_its_deckies_only,
            lan::no_two_deckies_share_an_identity,
            delivery::sequences_have_no_holes,
            delivery::both_files_tell_the_same,
            delivery::a_second_deploy_changes_nothing,
            delivery::restarts_lose_nothing,
            delivery::an_agent_killed_loses_nothing,
            api::an_attack_is_in_the_api_once,
            api::the_api_and_the_collector_killed_lose_nothing,
        }
    };
}

macro_rules! table {
    ($( $module:ident :: $name:ident, )*) => {
        /// Every claim with its name.
        pub const ALL: &[(&str, Claim)] = &[ $( (stringify!($name), $module::$name), )* ];
    };
}
claims!(table);

/// Shows one claim on the fleet that all cases of a layout share, as a test does.
///
/// # Panics
/// When the claim does not hold.
#[expect(clippy::panic, clippy::print_stdout, reason = "a test speaks by printing and fails by panicking")]
pub fn check(isolation: Isolation, name: &str) {
    let claim = ALL.iter().find(|(known, _)| *known == name).context("no such claim");
    match claim.and_then(|(_, claim)| claim(&Stage::shared(isolation)?)) {
        Ok(figure) => println!("{figure}"),
        Err(error) => panic!("{error:#}"),
    }
}
