//! What a fleet file may say, and what is said of one that is wrong.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use decnet_composer::{
    files::Loaded,
    fleet::{DeckySpec, DistroChoice, FleetSpec, MAX_DECKIES, ServiceChoice, ServiceRequest},
    ini,
};
use decnet_proto::{
    persona::OsFamily,
    plan::{Isolation, LinkDriver, StandIn},
    service::ServiceId,
};

/// A message without the list of services, which each build makes longer.
fn without_list(said: &str) -> String {
    said.replace(&ServiceId::list(), "[services]")
}

/// Checks everything that is said of a file, warnings included, one line each.
fn check(text: &str, expect: &[&str]) {
    let found = match ini::parse("f.ini", text.as_bytes()) {
        Ok(checked) => checked.warnings,
        Err(errors) => errors,
    };
    let got: Vec<_> = found.0.iter().map(|said| without_list(&said.to_string())).collect();
    assert_eq!(got, expect, "in\n{text}");
}

fn fleet(text: &str) -> FleetSpec {
    ini::parse("f.ini", text.as_bytes()).unwrap_or_else(|errors| panic!("{errors}")).value
}

fn requests(decky: &DeckySpec) -> &[ServiceRequest] {
    match &decky.services {
        ServiceChoice::Listed(requests) => requests,
        ServiceChoice::Random => panic!("{} has random services", decky.name),
    }
}

fn key(fleet: &FleetSpec, decky: &str, service: &str, key: &str) -> Option<String> {
    let decky = fleet.deckies.iter().find(|d| d.name.as_str() == decky).unwrap();
    let request = requests(decky).iter().find(|r| r.service.slug() == service).unwrap();
    request.config.get(key).cloned()
}

#[test]
fn general_section() {
    let fleet = fleet(
        "[general]\nNET: 10.44.0.0/24 ; the office\ngw = 10.44.0.1\ninterface = ens18 # uplink\n\
         ipvlan = yes\nisolation = service\n[web]\nservices = http\n",
    );
    assert_eq!(fleet.network.subnet, Some("10.44.0.0/24".parse().unwrap()));
    assert_eq!(fleet.network.gateway.as_ref().unwrap().value.to_string(), "10.44.0.1");
    assert_eq!(fleet.network.interface.as_deref(), Some("ens18"));
    assert_eq!(fleet.network.driver, Some(LinkDriver::Ipvlan));
    assert_eq!(fleet.isolation, Some(Isolation::Service));
}

#[test]
fn groups_expand_and_archetypes_fill_in() {
    let fleet = fleet(
        "[ws]\narchetype = windows-workstation\nservices = http\namount = 100\n\
         [one]\nservices = ftp, redis\namount = 1\n[free]\nnmap-os = bsd\n[shop]\narchetype = web-server\n",
    );
    let names: Vec<_> = fleet.deckies.iter().map(|d| d.name.to_string()).collect();
    assert_eq!(names.len(), 103);
    assert_eq!([&names[0], &names[98], &names[99], &names[100]], ["ws-01", "ws-99", "ws-100", "one"]);
    assert_eq!(fleet.deckies[0].os, OsFamily::Windows);
    assert_eq!(fleet.deckies[100].os, OsFamily::Linux);
    assert_eq!(fleet.deckies[101].os, OsFamily::Bsd);
    assert_eq!(fleet.deckies[101].services, ServiceChoice::Random);
    assert_eq!(fleet.deckies[101].distro, DistroChoice::Preferred);
    let shop: Vec<_> = requests(&fleet.deckies[102]).iter().map(|r| r.service.slug()).collect();
    assert_eq!(shop, ["http", "ftp"]);
}

#[test]
fn the_family_that_is_named_outranks_the_archetype() {
    let fleet = fleet("[w]\narchetype = web-server\nnmap_os = windows\n");
    assert_eq!(fleet.deckies[0].os, OsFamily::Windows);
}

#[test]
fn personas_reach_members_and_nobody_else() {
    let fleet = fleet(
        "[web]\nservices = http\namount = 2\n[web-dmz]\nservices = http\n\
         [web-02.http]\nresponse_code = 500\n\
         [web.http]\nresponse_code = 404\nserver_header = nginx/1.24.0\n",
    );
    let code = |decky| key(&fleet, decky, "http", "response_code");
    assert_eq!(code("web-01").as_deref(), Some("404"));
    assert_eq!(code("web-02").as_deref(), Some("500"), "a member's own section outranks the group's");
    assert_eq!(key(&fleet, "web-02", "http", "server_header").as_deref(), Some("nginx/1.24.0"));
    assert_eq!(code("web-dmz"), None, "web is no prefix of web-dmz");
}

#[test]
fn defaults_are_inherited_where_the_key_is_known() {
    let fleet = fleet(
        "[DEFAULT]\nnmap_os = bsd\nresponse_code = 404\n[a1]\nservices = http\n[b1]\nservices = ftp\n\
         nmap_os = linux\n[a1.http]\nfake_app = wordpress\n",
    );
    assert_eq!(fleet.deckies[0].os, OsFamily::Bsd);
    assert_eq!(fleet.deckies[1].os, OsFamily::Linux);
    assert_eq!(key(&fleet, "a1", "http", "response_code").as_deref(), Some("404"));
    check(
        "[DEFAULT]\ncolour = red\n[web]\nservices = http\n",
        &["f.ini:2: [DEFAULT] colour: error: no section of this file has such a key"],
    );
}

#[test]
fn services_of_the_operators_own() {
    let fleet = fleet(
        "[door]\nservices = badge, http\n[custom-badge]\nbinary = reg.example/badge:3\n\
         exec = /srv/badge --listen 9090\nports = 9090, 9091\n",
    );
    let badge = &fleet.deckies[0].custom[0];
    assert_eq!(badge.image, "reg.example/badge:3");
    assert_eq!(badge.command, ["/srv/badge", "--listen", "9090"]);
    assert_eq!(badge.ports, [9090, 9091]);
    check(
        "[door]\nservices = http\n[custom-badge]\nbinary = x:1\n",
        &["f.ini:3: [custom-badge]: warning: no decky lists service badge"],
    );
    check(
        "[door]\nservices = http, badge\n[custom-badge]\nbinary = x:1\nports = 80\n",
        &["f.ini:2: [door] services: error: services http and badge both listen on port 80"],
    );
    check(
        "[door]\nservices = badge\n[custom-badge]\nbinary = x:1\n[door.badge]\nkey = 1\n",
        &[
            "f.ini:5: [door.badge]: error: a service of your own takes no persona, unless plays = says which service it stands in for; give its values in exec or in the image",
        ],
    );
    check(
        "[door]\nservices = http\n[custom-http]\nbinary = x:1\n",
        &["f.ini:3: [custom-http]: error: \"http\" is the name of a built-in service; give yours another"],
    );
    check(
        "[door]\nservices = badge\n[custom-badge]\nports = 0, 80x\n",
        &[
            "f.ini:3: [custom-badge]: error: key binary is missing; it names the image, as registry.example/badge:3",
            "f.ini:4: [custom-badge] ports: error: \"0\" is no port; a port is a number from 1 to 65535",
        ],
    );
    check(
        "[door]\nservices = bagde\n[custom-badge]\nbinary = x:1\n",
        &[
            "f.ini:2: [door] services: error: unknown service \"bagde\"; this build has [services], and this file defines badge",
        ],
    );
}

#[test]
fn images_that_stand_in_for_a_service() {
    let fleet = fleet(
        "[gate]\nservices = sshd\namount = 2\n[custom-sshd]\nbinary = x:1\nplays = ssh\n\
         [gate.sshd]\npassword = Spring2025\n[gate-02.sshd]\nhostname = bastion\n",
    );
    let told = |number: usize| {
        let custom = &fleet.deckies[number].custom[0];
        (custom.plays, custom.password.as_deref(), custom.hostname.as_deref())
    };
    assert_eq!(told(0), (Some(StandIn::Ssh), Some("Spring2025"), None));
    assert_eq!(told(1), (Some(StandIn::Ssh), Some("Spring2025"), Some("bastion")));
    check(
        "[gate]\nservices = sshd\n[custom-sshd]\nbinary = x:1\nplays = http\n",
        &[
            "f.ini:5: [custom-sshd] plays: error: an image cannot stand in for \"http\"; it can for one of: ssh, telnet",
        ],
    );
    check(
        "[gate]\nservices = sshd\n[custom-sshd]\nbinary = x:1\nplays = ssh\n[gate.sshd]\nport = 22\npassword =\n",
        &[
            "f.ini:7: [gate.sshd] port: error: unknown key; allowed are password, hostname",
            "f.ini:8: [gate.sshd] password: error: the value is empty; leave the key out for the default",
        ],
    );
    check(
        "[gate]\nservices = http\n[door]\nservices = sshd\n[custom-sshd]\nbinary = x:1\nplays = ssh\n[gate.sshd]\npassword = x\n",
        &["f.ini:8: [gate.sshd]: error: gate has no service sshd"],
    );
}

#[test]
fn what_configparser_users_stumble_over() {
    check("", &["f.ini:1: error: the file is empty"]);
    check(" \n\t\n", &["f.ini:1: error: the file is empty"]);
    check(
        "; only words\n",
        &["f.ini:1: error: the file has no section; a decky is described by one, as [web-01]"],
    );
    check(
        "[general]\nnet = 10.0.0.0/24\n",
        &[
            "f.ini:1: [general]: error: the file describes no decky; one is described by a section, as [web-01]",
        ],
    );
    check(
        "[web]\nservices = http\n[web]\nservices = ftp\n",
        &["f.ini:3: [web]: error: section [web] is there already, on line 1; put their keys together"],
    );
    check(
        "[web]\nservices = http\nservices = ftp\n",
        &["f.ini:3: [web]: error: key \"services\" is there already, on line 2"],
    );
    check(
        "[web]\nip = 10.0.0.5\n  services = http\n",
        &[
            "f.ini:2: [web] ip: error: \"10.0.0.5\\nservices = http\" is no IPv4 address; write one as 10.44.0.20",
        ],
    );
    check("[web]\r\nservices = http\r\n", &[]);
    check("[web]\nservices = http\n[web.http]\ncustom_body = 100% of %(this)s\n", &[]);
}

#[test]
fn keys_and_values_of_a_decky() {
    const ALLOWED: &str = "unknown key; allowed are ip, services, archetype, amount, nmap_os, distro";
    check("[web]\nservices = http\nport = 80\n", &[&format!("f.ini:3: [web] port: error: {ALLOWED}")]);
    check(
        "[web]\nservices = http, HTTP, rdp, nonsense, http\n",
        &[
            "f.ini:2: [web] services: error: unknown service \"HTTP\"; this build has [services]",
            "f.ini:2: [web] services: error: service \"rdp\" is not in this build; this build has [services]",
            "f.ini:2: [web] services: error: unknown service \"nonsense\"; this build has [services]",
            "f.ini:2: [web] services: error: service \"http\" is there twice",
        ],
    );
    check(
        "[web]\nservices = ,\n",
        &["f.ini:2: [web] services: error: the list is empty; leave the key out, or name some of [services]"],
    );
    check(
        "[web]\nservices = http\nnmap_os = plan9\ndistro = gentoo\n",
        &[
            "f.ini:3: [web] nmap_os: error: unknown family \"plan9\"; allowed are linux, windows, bsd, embedded, cisco",
            "f.ini:4: [web] distro: error: unknown distro \"gentoo\"; allowed are debian, ubuntu22, ubuntu20, rocky9, centos7, alpine, fedora, kali, arch",
        ],
    );
    for (amount, text) in [("0", "\"0\""), ("101", "\"101\""), ("-1", "\"-1\""), ("six", "\"six\"")] {
        let message = format!("f.ini:3: [web] amount: error: {text} is no whole number from 1 to 100");
        check(&format!("[web]\nservices = http\namount = {amount}\n"), &[&message]);
    }
    check(
        "[web]\nservices = http\namount = 2\nip = 10.0.0.9\n",
        &[
            "f.ini:4: [web] ip: error: \"10.0.0.9\" cannot be the address of 2 deckies; leave out ip or amount",
        ],
    );
    check(
        "[web]\nservices = http\nmutate-interval = 30\n",
        &["f.ini:3: [web] mutate-interval: error: rotation of services is not in this build"],
    );
    check(
        "[file_srv]\nservices = http\n",
        &[
            "f.ini:1: [file_srv]: error: \"file_srv\" is no valid name: 1 to 63 letters, digits, dots and hyphens, with a letter or digit at both ends",
        ],
    );
}

#[test]
fn archetypes_of_which_this_build_has_a_part() {
    check(
        "[a1]\narchetype = database-server\n",
        &[
            "f.ini:2: [a1] archetype: warning: archetype database-server is left without postgres: not in this build",
        ],
    );
    check(
        "[a1]\narchetype = windows-server\n",
        &[
            "f.ini:2: [a1] archetype: error: archetype windows-server wants smb, rdp, ldap: not in this build; name its services yourself, some of [services]",
        ],
    );
    check(
        "[a1]\narchetype = mainframe\nservices = http\n",
        &[
            "f.ini:2: [a1] archetype: error: unknown archetype \"mainframe\"; allowed are database-server, deaddeck, devops-host, domain-controller, file-server, industrial-control, iot-device, linux-server, mail-server, monitoring-node, printer, voip-server, web-server, windows-server, windows-workstation",
        ],
    );
}

#[test]
fn names_and_addresses_that_are_there_twice() {
    check(
        "[ws]\nservices = http\namount = 2\n[WS-02]\nservices = http\n",
        &["f.ini:4: [WS-02]: error: a decky named ws-02 is there already (names are compared without case)"],
    );
    check(
        "[a1]\nservices = http\nip = 10.0.0.9\n[b1]\nservices = ftp\nip = 10.0.0.9\n",
        &["f.ini:6: [b1] ip: error: address 10.0.0.9 belongs to a1 already"],
    );
}

#[test]
fn personas_that_reach_nobody() {
    check(
        "[web]\nservices = http\n[wbe.http]\nresponse_code = 404\n",
        &["f.ini:3: [wbe.http]: error: no decky or group is named \"wbe\"; there are web"],
    );
    check(
        "[web]\nservices = http\n[web.ftp]\nbanner = hello\n",
        &["f.ini:3: [web.ftp]: error: web has no service ftp; it has http"],
    );
    check(
        "[web]\n[web.ftp]\nbanner = hello\n",
        &["f.ini:2: [web.ftp]: error: the services of web are drawn at random; give it services = ftp"],
    );
    check(
        "[web]\nservices = http\n[web.rdp]\npassword = x\n",
        &["f.ini:3: [web.rdp]: error: this service is not in this build, so it cannot have a persona"],
    );
}

#[test]
fn persona_keys_and_values() {
    check(
        "[web]\nservices = http\n[web.http]\nserver = nginx\nresponse_code = 999\nfake_app = drupal\n\
         extra_headers = {\"a\": 1}\ncustom_body =\n",
        &[
            "f.ini:4: [web.http] server: error: unknown key; allowed are server_header, response_code, fake_app, extra_headers, custom_body, files",
            "f.ini:5: [web.http] response_code: error: \"999\" is no whole number from 200 to 599",
            "f.ini:6: [web.http] fake_app: error: \"drupal\" is not allowed; allowed are apache_default, nginx_default, wordpress, phpmyadmin, iis_default",
            "f.ini:7: [web.http] extra_headers: error: \"{\\\"a\\\": 1}\" is no JSON object of strings, as {\"X-Frame-Options\": \"DENY\"}: invalid type: integer `1`, expected a string at line 1 column 7 (a comment begins at \" ;\" or \" #\")",
            "f.ini:8: [web.http] custom_body: error: the value is empty; leave the key out for the default",
        ],
    );
    check(
        "[web]\nservices = https\n[web.https]\ntls_cert = chain.pem\n",
        &["f.ini:3: [web.https]: error: tls_cert needs tls_key beside it"],
    );
}

#[test]
fn general_keys_and_values() {
    check(
        "[general]\nnet = 10.0.0.7/24\ngw = 10.0.0\ninterface = a/b\nipvlan = maybe\nisolation = vm\n\
         mutate_interval = 5\nlog_target = x\n[web]\nservices = http\n",
        &[
            "f.ini:2: [general] net: error: \"10.0.0.7/24\" is an address in a subnet; the subnet is 10.0.0.0/24",
            "f.ini:3: [general] gw: error: \"10.0.0\" is no IPv4 address; write one as 10.44.0.20",
            "f.ini:4: [general] interface: error: \"a/b\" is no interface name; it has 1 to 15 letters, digits or signs, as eth0",
            "f.ini:5: [general] ipvlan: error: \"maybe\" is neither yes nor no",
            "f.ini:6: [general] isolation: error: \"vm\" is not allowed; allowed are decky, service",
            "f.ini:7: [general] mutate_interval: error: rotation of services is not in this build",
            "f.ini:8: [general] log_target: error: unknown key; allowed are net, gw, interface, ipvlan, isolation",
        ],
    );
}

#[test]
fn caps() {
    let large = "; ".repeat(ini::MAX_BYTES / 2 + 1);
    check(
        &large,
        &[&format!(
            "f.ini:1: error: the file is too large: {} bytes; {} are allowed",
            large.len(),
            ini::MAX_BYTES
        )],
    );
    let many: String =
        (0..MAX_DECKIES / 100 + 1).map(|n| format!("[g{n}]\nservices = http\namount = 100\n")).collect();
    let line = many.lines().count() - 2;
    check(&many, &[&format!("f.ini:{line}: [g40]: error: the fleet has more than {MAX_DECKIES} deckies")]);
    let wrong: String = (0..100_000).map(|_| "x\n").collect();
    let found = ini::parse("f.ini", wrong.as_bytes()).unwrap_err();
    assert_eq!(found.0.len(), 250, "diagnostics are capped");
    let bytes = ini::parse("f.ini", b"[web]\nservices = \xff\n").unwrap_err();
    assert_eq!(bytes.to_string(), "f.ini:2: error: the line is no UTF-8 text");
}

const WITH_FILES: &str = "[web]\nservices = http, https\namount = 2\n[web.http]\nfiles = site\n\
                          [web.https]\ntls_cert = c.pem\ntls_key = k.pem\n";

fn loaded(site_bytes: usize) -> BTreeMap<String, Loaded> {
    let site = BTreeMap::from([("index.html".to_owned(), vec![b'x'; site_bytes])]);
    BTreeMap::from([
        ("site".to_owned(), Loaded::Folder(site)),
        ("c.pem".to_owned(), Loaded::File(b"cert".to_vec())),
        ("k.pem".to_owned(), Loaded::File(b"key".to_vec())),
    ])
}

#[test]
fn files_come_from_the_caller() {
    let fleet = fleet(WITH_FILES);
    let paths: Vec<_> = fleet.file_references().into_iter().map(|r| r.path).collect();
    assert_eq!(paths, ["c.pem", "k.pem", "site"]);
    let filled = fleet.clone().with_files(&loaded(3)).unwrap();
    assert!(filled.file_references().is_empty());
    let web = requests(&filled.deckies[1]);
    assert_eq!(web[0].files, BTreeMap::from([("/index.html".to_owned(), "eHh4".to_owned())]));
    assert_eq!(web[1].files["tls_key"], "a2V5");
    assert!(web.iter().all(|r| !r.config.contains_key("files")), "paths of the operator's stay at home");
}

#[test]
fn files_that_do_not_fit() {
    let fleet = fleet(WITH_FILES);
    let said = |loaded: &BTreeMap<String, Loaded>| fleet.clone().with_files(loaded).unwrap_err().to_string();
    assert_eq!(
        said(&loaded(24 * 1024 + 1)),
        "f.ini:5: [web.http] files: error: \"site\" is too large: with /index.html the files of this service reach 24577 bytes; 24576 are allowed"
    );
    let mut missing = loaded(1);
    missing.remove("c.pem");
    assert_eq!(
        said(&missing),
        "f.ini:7: [web.https] tls_cert: error: \"c.pem\" was not found; it must be a file"
    );
    let mut swapped = loaded(1);
    swapped.insert("site".to_owned(), Loaded::File(Vec::new()));
    assert_eq!(said(&swapped), "f.ini:5: [web.http] files: error: \"site\" is a file; it must be a folder");
}
