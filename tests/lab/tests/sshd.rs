//! A real OpenSSH server as an image of the operator's own, by the recipe in
//! `docs/operations/real-sshd.md`.

use std::{fs, time::Duration};

use anyhow::{Context, Result, ensure};
use decnet_proto::plan::{Decky, Isolation};
use lab::{
    attacker,
    clients::{Login, openssh},
    log::Seen,
    sshd, stage,
    stage::Stage,
    wait, workspace,
};

#[test]
fn a_real_sshd_joins_a_decky() -> Result<()> {
    let image = sshd::image()?;
    let text = fs::read_to_string(workspace::root().join("tests/lab/fleet-sshd.ini")).context("its fleet")?;
    let ini = workspace::lab().join("fleet-sshd.ini");
    fs::create_dir_all(workspace::lab()).context("making the lab's folder")?;
    fs::write(&ini, text.replace("IMAGE", &image)).context("writing its fleet")?;
    let [.., folder] = stage::folders();
    let stage = Stage::deploy_file(&folder, &ini, Isolation::Service, &stage::programs())?;
    let outcome = claims(&stage);
    stage.fleet.teardown()?;
    outcome
}

fn claims(stage: &Stage) -> Result<()> {
    let gateway = stage.decky("gateway")?;
    until_it_answers(gateway)?;
    let host = gateway.persona.ip.to_string();
    the_right_password_alone_logs_in(stage, gateway)?;
    let page = attacker::say(
        "curl",
        ["-sS", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", &format!("http://{host}/")],
    )?;
    ensure!(page == "200", "the built-in service beside it answered {page}");

    let spare = stage.decky("spare")?;
    until_it_answers(spare)?;
    let planned =
        spare.custom.first().and_then(|custom| custom.password.clone()).context("no password planned")?;
    let login = Login { host: spare.persona.ip, user: "root".to_owned(), password: planned.clone() };
    let said = openssh::ssh(&login, &[], "id -un")?.said().context("with the decky's own password")?;
    ensure!(said == "root\n", "root is told {said:?}");
    ensure!(planned != "Spring2025", "two deckies share a password");
    host_keys_differ([gateway, spare])
}

fn until_it_answers(decky: &Decky) -> Result<()> {
    let address = (decky.persona.ip, 22).into();
    wait::until("sshd to greet", Duration::from_secs(60), || {
        let (_, greeting) = attacker::inside(|| attacker::touch(address)).ok()?;
        greeting.starts_with(b"SSH-2.0-OpenSSH_").then_some(())
    })
}

fn the_right_password_alone_logs_in(stage: &Stage, gateway: &Decky) -> Result<()> {
    let mut follower = stage.follow();
    let login =
        Login { host: gateway.persona.ip, user: "root".to_owned(), password: "Spring2025".to_owned() };
    let refused = openssh::ssh(&login.with_password("Winter2024"), &[], "id -un")?;
    ensure!(refused.errors.contains("Permission denied"), "a wrong password was not refused: {refused:?}");
    let line = "id -un; cat /etc/hostname; tr '\\0' '\\n' < /proc/1/environ";
    let said = openssh::ssh(&login, &[], line)?.said().context("with the password of the fleet file")?;
    let begin = format!("root\n{}\n", gateway.persona.hostname);
    ensure!(said.starts_with(&begin), "root is told {said:?}, and should be told {begin:?}");
    ensure!(
        !said.contains("Spring2025") && !said.contains("NODE_NAME"),
        "it can be read from inside: {said}"
    );
    let seen = follower.until("sshd's own words", Duration::from_secs(15), |seen| {
        let says = |words: &str| seen.iter().any(|e| e.kind == "output" && e.field("line").contains(words));
        says("Failed password for root from 10.77.0.9") && says("Accepted password for root from 10.77.0.9")
    })?;
    let elsewhere = |event: &&Seen| event.field("line").contains("password for") && event.decky != "gateway";
    ensure!(!seen.iter().any(|event| elsewhere(&event)), "it is told of another decky");
    Ok(())
}

fn host_keys_differ(deckies: [&Decky; 2]) -> Result<()> {
    let [one, other] = deckies.map(|decky| openssh::fingerprint(decky.persona.ip, "ed25519"));
    ensure!(one? != other?, "two deckies share a host key");
    Ok(())
}
