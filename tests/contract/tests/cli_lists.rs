//! The command line of the master: what needs no fleet.

use contract::Master;

#[test]
fn lists_are_tables_for_people_and_json_for_programs() {
    let check = |verb: &str, rows: usize, fields: &[&str]| {
        let master = Master::new();
        let people = master.run(verb);
        assert_eq!((people.code, people.stderr.as_str()), (0, ""), "{verb}");
        let rows_of_json = master.run(&format!("{verb} --json")).json();
        let list = rows_of_json.as_array().unwrap();
        assert_eq!(list.len(), rows, "{verb}");
        for row in list {
            let names: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(names, fields, "{verb}");
            assert!(people.stdout.contains(row["slug"].as_str().unwrap()), "{verb}: {row}");
        }
        assert_eq!(master.files(), [""; 0], "{verb} wrote something");
    };
    check("services", decnet_proto::service::ServiceId::ALL.len(), &["keys", "ports", "slug", "summary"]);
    check("archetypes", 15, &["distros", "later", "name", "nmap_os", "services", "slug", "summary"]);
    check("distros", 9, &["kernel", "name", "slug"]);
}

#[test]
fn lists_and_help_do_not_care_for_a_broken_configuration() {
    let master = Master::new();
    master.write("decnet.ini", "[decnet]\nmode = ?\nfoo\n[x]");
    for verb in ["services", "archetypes", "distros", "--help", "deploy --help", "completions bash", "man"] {
        let answer = master.run(verb);
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{verb}");
    }
}

#[test]
fn misuse_ends_with_64_and_says_what_would_be_right() {
    let check = |arguments: &str, expected: &str| {
        let answer = Master::new().run(arguments);
        assert_eq!((answer.code, answer.stdout.as_str()), (64, ""), "{arguments}");
        assert!(answer.stderr.contains(expected), "{arguments}: {}", answer.stderr);
    };
    check("", "Usage: decnet-master [OPTIONS] <COMMAND>");
    check("deplo", "some similar subcommands exist: 'redeploy', 'deploy'");
    check("teardown", "<--all|--id <NAME>|--host <HOST>>");
    check("teardown --all --id web", "'--all' cannot be used with '--id <NAME>'");
    check("teardown --id -web", "unexpected argument '-w' found");
    check("deploy -n 0", "invalid value '0' for '--deckies <N>'");
    check("deploy --parallel=65", "65 is not in 1..=64");
    check(
        "deploy --mode x",
        "flag --mode: [master] deployment: \"x\" cannot be; it must be unihost or swarm",
    );
    check("deploy --isolation x", "[possible values: decky, service]");
    check("deploy --subnet 10.0.0/24", "invalid value '10.0.0/24' for '--subnet <CIDR>'");
    check("deploy -n 1 --services http --compose-out x", "--dry-run");
    check("completions tcsh", "[possible values: bash, elvish, fish, powershell, zsh]");
}

#[test]
fn what_comes_later_is_said_to_come_later() {
    let later = "agent correlate forwarder listener mutate probe profiler sniffer updater";
    for verb in later.split(' ') {
        let answer = Master::new().run(verb);
        assert_eq!(answer.code, 64, "{verb}");
        assert!(
            answer.stderr.starts_with(&format!("error: {verb} is not in this build")),
            "{}",
            answer.stderr
        );
    }
    for flag in ["--api", "--api-port=1", "--mutate-interval", "--daemon"] {
        let answer = Master::new().run(&format!("deploy {flag}"));
        let name = flag.split('=').next().unwrap();
        assert_eq!(answer.code, 64, "{flag}");
        assert!(
            answer.stderr.starts_with(&format!("error: {name} is not in this build")),
            "{}",
            answer.stderr
        );
    }
}

#[test]
fn an_agent_has_no_master_commands() {
    let check = |master: &Master, arguments: &str| {
        let answer = master.run(arguments);
        let verb = arguments.split(' ').find(|word| !word.starts_with('-') && !word.contains('.')).unwrap();
        assert_eq!(answer.code, 64, "{arguments}");
        assert!(
            answer.stderr.starts_with(&format!("error: {verb}: this host is an agent (mode = agent)")),
            "{}",
            answer.stderr
        );
    };
    let agent = Master::new().variable("DECNET_MODE", "agent");
    for verb in ["deploy", "teardown --all", "redeploy", "collect", "services", "archetypes", "distros"] {
        check(&agent, verb);
    }
    for verb in ["swarm list", "panic --yes", "ca show", "db-reset", "api", "web", "record backup x"] {
        check(&agent, verb);
    }
    for help in ["--help", "man", "completions bash"] {
        let text = agent.run(help).stdout;
        assert!(!text.contains("deploy") && !text.contains("panic") && text.contains("status"), "{text}");
    }
    assert_eq!(agent.run("man pages").code, 0);
    assert!(!agent.path("pages/decnet-master-deploy.1").exists());
    assert_eq!(agent.run("status").code, 0);

    let by_file = Master::new();
    by_file.write("decnet.ini", "[decnet]\nmode = agent");
    check(&by_file, "services");
    by_file.write("other.ini", "[decnet]\nmode = agent");
    by_file.write("decnet.ini", "");
    check(&by_file, "--config-file other.ini services");

    let hybrid = agent.variable("DECNET_DISALLOW_MASTER", "false");
    assert_eq!(hybrid.run("services").code, 0);
}

#[test]
fn a_wrong_configuration_ends_with_78_and_names_the_place() {
    let master = Master::new();
    master.write("decnet.ini", "[decnet]\ndeveloper = maybe\n[agent]\nca-dir = x\n");
    for verb in ["status", "doctor", "deploy -n 1 --services http --dry-run", "redeploy", "teardown --all"] {
        let answer = master.run(verb);
        assert_eq!((answer.code, answer.stdout.as_str()), (78, ""), "{verb}");
        let file = master.path("decnet.ini");
        let file = file.display();
        assert!(
            answer.stderr.contains(&format!("{file}:2: [decnet] developer: \"maybe\" cannot be")),
            "{}",
            answer.stderr
        );
        assert!(
            answer.stderr.contains(&format!("{file}:4: [agent] ca-dir: not in this build")),
            "{}",
            answer.stderr
        );
    }
    let missing = Master::new().run("--config-file /nonexistent status");
    assert_eq!(missing.code, 78);
    assert!(missing.stderr.contains("cannot read the configuration file /nonexistent"), "{}", missing.stderr);
}

#[test]
fn pages_and_completions_know_every_command() {
    let master = Master::new();
    let answer = master.run("man pages");
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let verbs = "archetypes ca ca-roll-over collect completions db-reset deploy distros doctor man panic redeploy run services status swarm swarm-decommission swarm-operator-add swarmctl teardown";
    for verb in verbs.split(' ') {
        let page = std::fs::read_to_string(master.path(&format!("pages/decnet-master-{verb}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{verb}");
        let verb = verb.rsplit('-').next().unwrap();
        for shell in ["bash", "zsh", "fish"] {
            assert!(master.run(&format!("completions {shell}")).stdout.contains(verb), "{shell}: {verb}");
        }
    }
    let main = std::fs::read_to_string(master.path("pages/decnet-master.1")).unwrap();
    assert_eq!(main, master.run("man").stdout);
    assert!(main.contains("Exit codes"), "{main}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = Master::new().command("services").stdout(writer).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}
