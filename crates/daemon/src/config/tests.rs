//! Files, variables and flags that become a configuration, and those that do not.

use std::fs;

use super::*;

/// A file with `text`, and the environment `variables`.
struct Case {
    dir: tempfile::TempDir,
    command_line: CommandLine,
    environment: Environment,
}

impl Case {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("decnet.ini");
        fs::write(&file, text).expect("written");
        let command_line = CommandLine { config_file: Some(file), flags: Vec::new() };
        Self { dir, command_line, environment: Environment::default() }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.environment.decnet.insert(name.to_owned(), value.to_owned());
        self
    }

    fn flag(mut self, key: &'static str, value: &str) -> Self {
        self.command_line.flags.push(Flag { key, flag: format!("--{key}"), value: value.to_owned() });
        self
    }

    fn load<S: Section>(&self) -> Result<Config<S>, ConfigError> {
        load(&self.command_line, &self.environment)
    }

    fn path(&self) -> String {
        self.dir.path().join("decnet.ini").display().to_string()
    }
}

/// What is wrong with `text`, without the folder of the file.
fn problems(text: &str) -> String {
    let case = Case::new(text);
    let error = case.load::<Agent>().expect_err("a mistake").to_string();
    error.replace(&case.path(), "decnet.ini")
}

#[test]
fn every_mistake_names_its_place_and_what_would_be_right() {
    let check = |text: &str, expected: &str| assert_eq!(problems(text), expected, "{text}");
    check(
        "[decnet]\n\nmode = agnet",
        "decnet.ini:3: [decnet] mode: \"agnet\" cannot be; it must be master or agent",
    );
    check(
        "[decnet]\nmode = agent\nmode = agent",
        "decnet.ini:3: [decnet] mode: already given at decnet.ini:2; keep one of them",
    );
    check(
        "[agents]",
        "decnet.ini:1: [agents] unknown section; there are [decnet], [master], [agent], [forwarder], [listener], [updater]",
    );
    check("[decnet]\nparallel = 4", "decnet.ini:2: [decnet] parallel: belongs into [agent]");
    check("[master]\nca-dir = x", "decnet.ini:2: [master] ca-dir: not in this build");
    let url = Case::new("[master]\ndb-url = redis://a:geheim@b/c").load::<Master>().expect_err("a mistake");
    let right = "[master] db-url: the value cannot be; it must be postgres://user@host/database or mariadb://user@host/database";
    assert!(url.to_string().contains(right) && !url.to_string().contains("geheim"), "{url}");
    for right in ["postgres", "postgresql", "mariadb", "mysql"] {
        let text = format!("[master]\ndb-url = {right}://a@/b");
        assert!(Case::new(&text).load::<Master>().is_ok(), "{text}");
    }
    let names: Vec<_> = Master::INFO.keys.iter().map(Key::name).collect();
    let expected =
        format!("decnet.ini:2: [master] agent: unknown key; this section has {}", names.join(", "));
    check("[master]\nagent = x", &expected);
    check("mode = agent", "decnet.ini:1: mode: a key needs a section above it, as [decnet]");
    check(
        "[decnet]\nagent",
        "decnet.ini:2: [decnet] the line is neither a section nor a key; write key = value",
    );
    check("[decnet", "decnet.ini:1: \"[decnet\" is no section; write [name]");
    check(
        "[decnet]\n[agent]\n[decnet]",
        "decnet.ini:3: [decnet] the section is already at decnet.ini:1; join the two",
    );
    check(
        "[agent]\nparallel = 65",
        "decnet.ini:2: [agent] parallel: \"65\" cannot be; it must be a whole number from 1 to 64",
    );
    check(
        "[agent]\ndocker-socket = docker.sock",
        "decnet.ini:2: [agent] docker-socket: \"docker.sock\" cannot be; it must be an absolute path",
    );
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = problems("[agent]\nparallel = many\n[x]\n[decnet]\nmode = ?\nfoo = 1");
    assert_eq!(text.lines().count(), 4, "{text}");
}

#[test]
fn a_mistake_in_a_section_of_another_role_is_one_too_but_its_values_are_not_read() {
    assert!(problems("[master]\nfoo = 1").contains("unknown key"));
    let config = Case::new("[master]\nagent-program = relative").load::<Agent>();
    assert!(config.is_ok(), "{config:?}");
}

#[test]
fn flag_wins_over_environment_over_file_over_default() {
    let socket = |case: Case| {
        let config = case.load::<Master>().expect("valid");
        let place = config.provenance.of("agent-socket").replace(&case.path(), "decnet.ini");
        format!("{} from {place}", config.decnet.agent_socket.display())
    };
    let file = "[decnet]\nagent_socket = /file ; a comment";
    assert_eq!(socket(Case::new("")), "/run/decnet/agent.sock from default");
    assert_eq!(socket(Case::new(file)), "/file from decnet.ini:2");
    let case = || Case::new(file).variable("DECNET_AGENT_SOCKET", "/env");
    assert_eq!(socket(case()), "/env from environment variable DECNET_AGENT_SOCKET");
    assert_eq!(socket(case().flag("agent-socket", "/flag")), "/flag from flag --agent-socket");
}

#[test]
fn a_missing_file_is_a_mistake_only_when_a_flag_named_it() {
    let mut environment = Environment::default();
    environment.decnet.insert(CONFIG.to_owned(), "/nonexistent/decnet.ini".to_owned());
    load::<Master>(&CommandLine::default(), &environment).expect("defaults");
    let named = CommandLine { config_file: Some("/nonexistent/decnet.ini".into()), flags: Vec::new() };
    let error = load::<Master>(&named, &environment).expect_err("missing");
    assert!(matches!(error, ConfigError::Unreadable { .. }), "{error}");
}

#[test]
fn a_variable_that_nothing_reads_is_told() {
    let case = Case::new("").variable("DECNET_SYSTEM_LOG", "x").variable(CONFIG, "y");
    let warnings = case.load::<Master>().expect("valid").warnings;
    assert_eq!(warnings, ["environment variable DECNET_SYSTEM_LOG: no part of this build reads it"]);
}

/// A value of the key that differs from its default.
fn another(key: &Key) -> &'static str {
    match key.rule {
        "true or false" if key.default == "true" => "false",
        "true or false" => "true",
        "master or agent" => "agent",
        "unihost or swarm" => "swarm",
        rule if rule.starts_with("http://") => "https://another.example:1",
        rule if rule.starts_with("postgres://") => "postgres://another@/record",
        "an absolute path" => "/another/path",
        "an IP address" => "192.0.2.1",
        _ => "3",
    }
}

#[test]
fn every_key_reaches_its_field_from_every_layer() {
    fn check<S: Section + std::fmt::Debug>(key: &Key) {
        let value = another(key);
        let show = |case: Case| format!("{:?}", case.load::<S>().map(|c| (c.decnet, c.role)).expect("valid"));
        let default = show(Case::new(""));
        let ini = show(Case::new(&format!("[{}]\n{} = {value}", key.section, key.name())));
        let variable = show(Case::new("").variable(&key.variable(), value));
        assert_ne!(default, ini, "[{}] {} changes nothing", key.section, key.name());
        assert_eq!(ini, variable, "{} differs from {}", key.variable(), key.name());
    }
    for key in SECTIONS.iter().flat_map(|s| s.keys) {
        match key.section {
            "agent" => check::<Agent>(key),
            "forwarder" => check::<Forwarder>(key),
            "listener" => check::<Listener>(key),
            "updater" => check::<Updater>(key),
            _ => check::<Master>(key),
        }
    }
}

#[test]
fn no_two_keys_share_a_variable() {
    let keys: Vec<_> = SECTIONS.iter().flat_map(|s| s.keys).map(Key::variable).collect();
    let unique: std::collections::BTreeSet<_> = keys.iter().collect();
    assert_eq!(unique.len(), keys.len());
    assert!(keys.iter().all(|name| name != CONFIG));
}

#[test]
fn a_secret_is_not_shown() {
    struct Secret;
    impl Setting for Secret {
        const RULE: &'static str = "at least 32 characters";
        const SECRET: bool = true;

        fn parse(_: &str) -> Option<Self> {
            None
        }
    }
    let case = Case::new("[decnet]\nagent-socket = hunter2");
    let (file, _) = ini::parse("decnet.ini", "[decnet]\nagent-socket = hunter2");
    let mut values =
        layers::merge(&[&Decnet::INFO], file, &case.environment, &CommandLine::default()).expect("merged");
    assert!(values.take::<Secret>("decnet", "agent_socket").is_none());
    let (problems, _) = values.finish();
    let text = problems.first().map(ToString::to_string).unwrap_or_default();
    assert!(text.contains("at least 32 characters") && !text.contains("hunter2"), "{text}");
}

#[test]
fn the_gate_shuts_on_an_agent_that_disallows_masters() {
    let gate_of = |case: Case| gate(&case.command_line, &case.environment);
    assert_eq!(gate_of(Case::new("")), Gate::Open);
    assert_eq!(gate_of(Case::new("[decnet]\nmode = agent")), Gate::Shut);
    assert_eq!(gate_of(Case::new("[decnet]\nmode = agent\ndisallow-master = false")), Gate::Open);
    assert_eq!(gate_of(Case::new("[decnet]\nmode = agent").variable("DECNET_MODE", "master")), Gate::Open);
    assert_eq!(gate_of(Case::new("").variable("DECNET_MODE", "AGENT")), Gate::Shut);
}

#[test]
fn the_format_refuses_through_the_config_crate_too() {
    use ::config::Format as _;
    let uri = "decnet.ini".to_owned();
    let error = IniFormat.parse(Some(&uri), "x = 1").expect_err("no section").to_string();
    assert!(error.starts_with("decnet.ini:1: "), "{error}");
    let tables = IniFormat.parse(Some(&uri), "[a]\nb = c").expect("valid");
    assert_eq!(tables.get("a").and_then(|a| a.origin()), Some("decnet.ini:1"));
}

proptest::proptest! {
    #[test]
    fn parsing_never_panics(text in "(\\[[a-z]{0,3}\\]?|[a-z_-]{0,3} ?[=:]? ?.{0,5}[;#]?|\n|\\PC){0,40}") {
        let _ = ini::parse("x", &text);
    }
}

#[test]
fn generated_files_are_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let files = [
        ("deploy/decnet.ini.example", ini_example()),
        ("deploy/env.config.example", env_example()),
        ("docs/reference/configuration.md", reference()),
    ];
    for (name, text) in files {
        let path = root.join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, &text).expect("written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, text, "{name} is stale; run the tests with UPDATE_GOLDEN=1");
    }
}

#[test]
fn the_example_with_every_key_uncommented_is_the_default() {
    let text: String = ini_example()
        .lines()
        .map(|line| line.strip_prefix(';').filter(|l| !l.starts_with(' ')).unwrap_or(line).to_owned() + "\n")
        .collect();
    let (with, without) =
        (Case::new(&text).load::<Agent>().expect("valid"), Case::new("").load::<Agent>().expect("valid"));
    assert_eq!((with.decnet, with.role), (without.decnet, without.role));
    assert_ne!(with.provenance, without.provenance);
}
