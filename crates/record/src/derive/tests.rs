use decnet_event::{Event, Kind, Origin, Session, Timestamp, record};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{finding::Fingerprint, *};

/// The object of an event, as it stands in the log.
fn object(kind: Kind) -> Vec<u8> {
    let event = Event {
        time: Timestamp(1_764_154_033_987_654),
        origin: Origin { decky: "decky-01".to_owned(), service: "ssh".to_owned(), boot: Boot(u64::MAX) }
            .into(),
        seq: 7,
        session: Some(Session {
            id: SessionId(0xf000_0000_0000_0001),
            src: "[::ffff:192.0.2.1]:4711".parse().unwrap(),
            dst: "192.0.2.9:22".parse().unwrap(),
        }),
        kind,
    };
    let mut line = Vec::new();
    wire::encode(&event, &mut line);
    of_line(&line)
}

fn of_line(line: &[u8]) -> Vec<u8> {
    let mut object = Vec::new();
    record::write_json(&wire::decode(line).unwrap(), line, &[("source_worker", "edge-01")], &mut object);
    object
}

fn findings(kind: Kind) -> Vec<Finding> {
    Object::read(&object(kind)).unwrap().entry(0).unwrap().findings
}

fn attempt(username: Option<&str>, password: Option<&[u8]>, status: &'static str) -> Kind {
    Kind::AuthAttempt {
        mechanism: "plain",
        username: username.map(|name| name.as_bytes().to_vec()),
        password: password.map(<[u8]>::to_vec),
        status,
        key_type: None,
        key_bits: None,
        key_fingerprint: None,
        hash: None,
    }
}

fn request(path: &str, user_agent: &str) -> Kind {
    Kind::Request {
        method: b"GET".to_vec(),
        path: path.as_bytes().to_vec(),
        query: None,
        http_version: None,
        host: None,
        user_agent: Some(user_agent.as_bytes().to_vec()),
        headers: "{}".to_owned(),
        body: None,
        status: 200,
    }
}

fn client(attributes: &str) -> Kind {
    Kind::ClientAttributes {
        capabilities: "1f".to_owned(),
        charset: 45,
        plugin: None,
        database: None,
        attributes: attributes.to_owned(),
    }
}

fn credentials(kind: Kind) -> Vec<Credential> {
    let is_it = |finding| if let Finding::Credential(credential) = finding { Some(credential) } else { None };
    findings(kind).into_iter().filter_map(is_it).collect()
}

fn fingerprints(kind: Kind) -> Vec<Fingerprint> {
    let is_it = |finding| if let Finding::Fingerprint(print) = finding { Some(print) } else { None };
    findings(kind).into_iter().filter_map(is_it).collect()
}

fn json_of(payload: &str) -> Value {
    serde_json::from_str(payload).unwrap()
}

#[test]
fn an_entry_has_what_the_line_says() {
    let bytes = object(Kind::Connect {});
    let object = Object::read(&bytes).unwrap();
    let entry = object.entry(1).unwrap();
    let (line, findings) = (entry.line, vec![Finding::Proven]);
    assert!(line.starts_with(b"<134>1 2025-11-26T10:47:13.987654+00:00 decky-01 ssh - connect ["));
    let expected = Entry {
        time: 1_764_154_033_987_654,
        worker: "edge-01",
        decky: "decky-01",
        service: "ssh",
        kind: "connect",
        address: Some("192.0.2.1".parse().unwrap()),
        port: 4711,
        emitted: Some(Emitted { boot: -1, seq: 7 }),
        session: Some(0xf000_0000_0000_0001_u64.cast_signed()),
        line,
        findings,
    };
    assert_eq!(entry, expected);
}

#[test]
fn what_other_emitters_leave_out_is_left_out() {
    let check = |line: &str, check: fn(&Entry<'_>)| {
        let bytes = of_line(line.as_bytes());
        check(&Object::read(&bytes).unwrap().entry(5).unwrap());
    };
    check("<1>1 - - - - - -", |entry| {
        assert_eq!((entry.time, entry.decky, entry.kind, entry.emitted), (5, "", "", None));
    });
    // Only the address of the socket counts, and a conversation only within a run.
    check(r#"<1>1 - d s - k [relay@55555 ip="192.0.2.1" session="1"]"#, |entry| {
        assert_eq!((entry.address, entry.session), (None, None));
    });
    for seq in ["0", "-1", "9223372036854775807", "x"] {
        let line = format!(r#"<1>1 - d s - k [relay@55555 boot="1" seq="{seq}"]"#);
        check(&line, |entry| assert_eq!(entry.emitted, None));
    }
    check(r#"<1>1 - d s - k [relay@55555 src_ip="2001:0DB8::0:1"]"#, |entry| {
        assert_eq!(entry.address.unwrap().to_string(), "2001:db8::1");
    });
    check(r#"<1>1 - d s - k [relay@55555 src_ip="192.0.2.1 or so"]"#, |entry| {
        assert_eq!(entry.address, None)
    });
}

#[test]
fn what_is_no_event_is_none() {
    let undecodable = Object::read(br#"{"raw_line":"<134>1 yesterday"}"#).unwrap();
    assert_eq!(undecodable.entry(0), None);
}

#[test]
fn secrets_are_told_by_what_they_are() {
    let check = |kind: Kind, expect: &[(&str, Option<&str>, &str)], told: Value| {
        let all = credentials(kind);
        let found: Vec<_> = all.iter().map(|c| (c.kind, c.principal.as_deref(), &*c.secret)).collect();
        assert_eq!(found, expect);
        assert_eq!(all.first().map_or(Value::Null, |c| json_of(&c.payload)), told);
    };
    check(
        attempt(Some("root"), Some(b"toor"), "rejected"),
        &[("password", Some("root"), "toor")],
        json!({"kind": "password", "mechanism": "plain", "password": "toor", "username": "root"}),
    );
    check(
        attempt(None, Some(b"toor"), "rejected"),
        &[("password", None, "toor")],
        json!({"kind": "password", "mechanism": "plain", "password": "toor"}),
    );
    check(attempt(None, Some(b""), "rejected"), &[], Value::Null);
    let mut key = attempt(Some("root"), None, "rejected");
    if let Kind::AuthAttempt { key_fingerprint, key_type, hash, .. } = &mut key {
        *key_fingerprint = Some("SHA256:x".to_owned());
        *key_type = Some("ssh-ed25519".to_owned());
        *hash = Some(b"$mysqlna$1".to_vec());
    }
    check(
        key,
        &[("hash", Some("root"), "$mysqlna$1"), ("key", Some("root"), "SHA256:x")],
        json!({"kind": "hash", "mechanism": "plain", "hash": "$mysqlna$1", "username": "root"}),
    );
    let set = |hashed| Kind::PasswordSet {
        program: "passwd",
        username: b"root".to_vec(),
        password: b"new".to_vec(),
        hashed,
    };
    let told = |kind: &str| json!({"kind": kind, kind: "new", "program": "passwd", "set_by": "visitor", "username": "root"});
    check(set(false), &[("password", Some("root"), "new")], told("password"));
    check(set(true), &[("hash", Some("root"), "new")], told("hash"));
    let snmp = Kind::SnmpRequest {
        version: "2c",
        operation: "get",
        community: Some(b"public".to_vec()),
        username: None,
        engine_id: None,
        oids: String::new(),
        values: None,
        answered: true,
    };
    let told = json!({"kind": "community", "community": "public", "version": "2c"});
    check(snmp, &[("community", None, "public")], told);
}

#[test]
fn secrets_that_are_told_the_same_way_are_not_the_same() {
    let long = |last: u8| [vec![b'a'; limits::VALUE], vec![last]].concat();
    let pairs = [
        (attempt(Some("ab"), Some(b"c"), "rejected"), attempt(Some("a"), Some(b"bc"), "rejected")),
        (attempt(None, Some(&long(1)), "rejected"), attempt(None, Some(&long(2)), "rejected")),
    ];
    for (one, other) in pairs {
        assert_ne!(credentials(one)[0].digest, credentials(other)[0].digest);
    }
    let cut = &credentials(attempt(None, Some(&long(b'b')), "rejected"))[0].secret;
    assert!(cut.len() <= limits::VALUE && cut.ends_with("a… (4097 bytes)"), "{cut}");
    let escaped = &credentials(attempt(None, Some(b"\xff\0"), "rejected"))[0].secret;
    assert_eq!(escaped, r"\xff\x00");
}

#[test]
fn clients_are_told_by_what_lasts() {
    let check = |kind: Kind, expect: &[Value]| {
        let told: Vec<_> = fingerprints(kind).iter().map(|print| json_of(&print.payload)).collect();
        assert_eq!(told, expect);
    };
    check(
        request("/a", "curl/8"),
        &[json!({"fingerprint_type": "http_useragent", "value": "curl/8", "method": "GET", "path": "/a"})],
    );
    check(request("/a", ""), &[]);
    let first = fingerprints(request("/a", "curl/8"));
    assert_eq!(first[0].digest, fingerprints(request("/b", "curl/8"))[0].digest);
    let ssh = Kind::SshClient {
        identification: b"SSH-2.0-Go".to_vec(),
        hassh: "ab".to_owned(),
        hassh_algorithms: b"x;y".to_vec(),
        key_exchange: String::new(),
        host_key: "",
        cipher: "",
        mac: None,
        compression: "",
    };
    check(
        ssh,
        &[
            json!({"fingerprint_type": "ssh_client_banner", "value": "SSH-2.0-Go"}),
            json!({"fingerprint_type": "hassh", "value": "ab", "algorithms": "x;y"}),
        ],
    );
    check(
        client(r#"{"_pid":"7","_os":"Linux"}"#),
        &[json!({"fingerprint_type": "mysql_client", "value": r#"1f 45  {"_os":"Linux"}"#,
                 "capabilities": "1f", "charset": "45"})],
    );
    let telnet = Kind::TelnetClient {
        options: "DO 3".to_owned(),
        terminal: Some(b"xterm".to_vec()),
        speed: None,
        display: None,
        window: None,
        environment: None,
    };
    check(
        telnet,
        &[
            json!({"fingerprint_type": "telnet_client", "value": "DO 3 xterm", "options": "DO 3", "terminal": "xterm"}),
        ],
    );
    let one = fingerprints(client(r#"{"_pid":"1","_os":"Linux"}"#));
    assert_eq!(one[0].digest, fingerprints(client(r#"{"_os":"Linux","_pid":"2"}"#))[0].digest);
    assert_ne!(one[0].digest, fingerprints(client(r#"{"_os":"Win64"}"#))[0].digest);
}

#[test]
fn the_rest_is_found_by_its_kind() {
    let check = |kind: Kind, expect: Finding| assert!(findings(kind).contains(&expect), "{expect:?}");
    check(Kind::Command { command: b"ls".to_vec(), args: Vec::new() }, Finding::Command);
    check(attempt(Some("root"), Some(b""), "accepted"), Finding::Login("root".to_owned()));
    assert_eq!(findings(attempt(Some("root"), None, "rejected")), []);
    let end = End { reason: "peer".to_owned(), bytes_in: 3, bytes_out: i64::MAX - 1 };
    let disconnect = |bytes_out| Kind::Disconnect { reason: "peer", duration_ms: 1, bytes_in: 3, bytes_out };
    check(disconnect(i64::MAX as u64 - 1), Finding::End(end.clone()));
    check(disconnect(u64::MAX), Finding::End(End { bytes_out: 0, ..end }));
    let captured = |sha256: &str| Kind::FileCaptured {
        stored_as: sha256.to_owned(),
        sha256: sha256.to_owned(),
        size: 9,
        orig_path: b"/tmp/\xff".to_vec(),
        source: "upload",
        truncated: true,
    };
    let sha256 = "0f".repeat(32);
    let artifact = Artifact {
        sha256: sha256.clone(),
        size: 9,
        name: r"/tmp/\xff".to_owned(),
        source: "upload".to_owned(),
        truncated: true,
    };
    check(captured(&sha256), Finding::Artifact(artifact));
    assert_eq!(findings(captured("../../etc/passwd")), []);
}

#[test]
fn every_kind_that_is_looked_at_is_one_that_is_emitted() {
    for name in finding::KINDS {
        assert!(Kind::ALL.iter().any(|kind| kind.name == name), "{name}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>) {
        let _ = Object::read(&bytes).map(|object| object.entry(0).is_some());
    }

    #[test]
    fn any_line_is_read(
        kind in prop::sample::select(finding::KINDS.to_vec()),
        names in prop::collection::vec("username|password|hash|sha256|size|src_ip|boot|seq|session|attributes|\\PC{1,5}", 0..8),
        value in "\\PC{0,9}|\\\\x[0-9a-f]{2}|1{1,20}",
    ) {
        let fields: String = names.iter().map(|name| format!(" {name}=\"{value}\"")).collect();
        let line = format!("<134>1 - d s - {kind} [relay@55555{fields}]");
        let object = serde_json::to_vec(&json!({"raw_line": line})).unwrap();
        let _ = Object::read(&object).unwrap().entry(0).is_some();
    }
}
