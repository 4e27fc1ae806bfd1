//! What attackers try first: ssh beside Debian's own sshd, the shell behind it, telnet, mysql, snmp.

use std::fs;

use anyhow::{Context, Result};
use decnet_proto::{plan::Isolation, service::ServiceId};
use lab::{
    beside::{self, guessing, intrusion},
    clients::{Login, library::Library},
    daemons,
    fleet::Programs,
    lan, packages, sshd,
    stage::{self, Stage},
    workspace,
};

use super::{Ledger, hostile};
use crate::{
    image::{self, Profile},
    lab_verb, programs, tty,
};

/// Clients and tools beside those of the lab.
const PACKAGES: &[&str] = &["putty-tools", "ssh-audit", "hydra", "telnet", "mariadb-client", "snmp"];
/// Subjects of the tests of hostile input that this proof is about.
const SUBJECTS: &str = "test(/hostile::(ssh|shell|telnet|mysql|mariadb|snmp|programs)/)";

/// Enters every claim.
pub(super) fn run(ledger: &mut Ledger) -> Result<()> {
    lab_verb::up()?;
    packages::install_absent(PACKAGES)?;
    packages::install_absent(daemons::PACKAGES)?;
    for library in Library::ALL {
        packages::install_absent(library.packages())?;
    }
    image::build(Profile::Shipped)?;
    programs::build()?;
    let stage = deploy()?;
    println!("\n{}", tty::bold("beside the real sshd"));
    beside_sshd(ledger, &stage)?;
    println!("\n{}", tty::bold("beside the real mariadbd, snmpd and telnetd"));
    beside_daemons(ledger, &stage)?;
    println!("\n{}", tty::bold("clients"));
    clients(ledger, &stage)?;
    println!("\n{}", tty::bold("behind the log-in"));
    let login = login(&stage, "bastion")?;
    ledger.enter("an intrusion runs to its end", || intrusion::an_intrusion_runs_to_its_end(&stage, &login));
    ledger.enter("detectors find nothing", || intrusion::detectors_find_nothing(&login));
    println!("\n{}", tty::bold("two hundred passwords"));
    let community = Login { user: String::new(), password: "public".to_owned(), ..bait_of(&stage, "hall")? };
    for (service, login) in [
        (ServiceId::Ssh, login),
        (ServiceId::Telnet, self::login(&stage, "gate")?),
        (ServiceId::Mysql, bait_of(&stage, "store")?),
        (ServiceId::Snmp, community),
    ] {
        ledger.enter(&format!("{service}: the right one alone works"), || {
            guessing::the_right_password_alone_works(&stage, service, &login)
        });
    }
    stage.fleet.teardown().context("taking the fleet down")?;
    println!("\n{}", tty::bold("hostile input"));
    ledger.enter("a hundred thousand inputs for each service", || hostile(SUBJECTS));
    Ok(())
}

fn deploy() -> Result<Stage> {
    let text = fs::read_to_string(workspace::root().join("tests/lab/fleet-ssh.ini")).context("its fleet")?;
    let ini = workspace::lab().join("fleet-ssh.ini");
    fs::write(&ini, text.replace("IMAGE", &sshd::image()?)).context("writing its fleet")?;
    let [.., folder] = stage::folders();
    Stage::deploy_file(&folder, &ini, Isolation::Service, &Programs::built("debug", "decoy"))
}

/// Root's log-in at a decky of the fleet file.
fn login(stage: &Stage, decky: &str) -> Result<Login> {
    let host = stage.decky(decky)?.persona.ip;
    Ok(Login { host, user: "root".to_owned(), password: "Spring2025".to_owned() })
}

/// The first of the bait of a decky.
fn bait_of(stage: &Stage, decky: &str) -> Result<Login> {
    let persona = &stage.decky(decky)?.persona;
    let bait = persona.bait.first().context("a decky without bait")?;
    Ok(Login { host: persona.ip, user: bait.username.clone(), password: bait.password.clone() })
}

fn beside_sshd(ledger: &mut Ledger, stage: &Stage) -> Result<()> {
    let pair = beside::ssh::Pair { real: login(stage, "real")?, ours: login(stage, "bastion")? };
    beside::ssh::until_both_answer(&pair)?;
    ledger.enter("the key exchange begins alike", || pair.the_key_exchange_begins_alike());
    ledger.enter("bad beginnings are answered alike", || pair.bad_beginnings_are_answered_alike());
    ledger.enter("transcripts of ssh -vv are alike", || pair.transcripts_are_alike());
    ledger.enter("an audit finds the same", || pair.an_audit_finds_the_same());
    ledger.enter("a scanner finds the same", || pair.a_scanner_finds_the_same());
    Ok(())
}

fn beside_daemons(ledger: &mut Ledger, stage: &Stage) -> Result<()> {
    let real = |ours: &Login| Login { host: lan::ATTACKER_IP, ..ours.clone() };
    let ours = bait_of(stage, "store")?;
    let pair = beside::mysql::Pair { real: real(&ours), ours };
    let daemon = daemons::mariadb(pair.real.host, &pair.own_database()?, &pair.grants()?)?;
    ledger.enter("mysql: statements are answered alike", || pair.statements_are_answered_alike());
    ledger.enter("mysql: refusals are alike", || pair.refusals_are_alike());
    ledger.enter("mysql: mysqladmin is told alike", || pair.an_administrator_is_told_alike());
    ledger.enter("mysql: a scanner finds the same", || pair.a_scanner_finds_the_same());
    drop(daemon);
    let ours = bait_of(stage, "meter")?;
    let pair = beside::snmp::Pair { real: real(&ours), ours };
    let daemon = daemons::snmpd(&pair.real)?;
    ledger.enter("snmp: walks are alike", || pair.walks_are_alike());
    ledger.enter("snmp: walks of a user are alike", || pair.walks_of_a_user_are_alike());
    ledger.enter("snmp: wrong questions are answered alike", || pair.wrong_questions_are_answered_alike());
    ledger.enter("snmp: a scanner finds the same", || pair.a_scanner_finds_the_same());
    drop(daemon);
    let _daemon = daemons::telnetd()?;
    let pair = beside::telnet::Pair { real: lan::ATTACKER_IP, ours: stage.decky("gate")?.persona.ip };
    ledger.enter("telnet: options are negotiated alike", || pair.options_are_negotiated_alike());
    ledger.enter("telnet: a scanner finds the same", || pair.a_scanner_finds_the_same());
    Ok(())
}

fn clients(ledger: &mut Ledger, stage: &Stage) -> Result<()> {
    let login = login(stage, "bastion")?;
    for (name, conversation) in beside::conversations::ALL {
        ledger.enter(name, || conversation(stage, &login));
    }
    for library in Library::ALL {
        ledger.enter(&format!("{library:?}"), || {
            library.converse(&login).map(|()| "150,000 bytes there and back".to_owned())
        });
    }
    Ok(())
}
