//! Random and mutated input for every service: no panic, no hang, no memory that stays.
//!
//! Each service has a few conversations as real clients hold them. Inputs are these, broken
//! in every way that is cheap to do, and plain noise. `HOSTILE_INPUTS` says how many per
//! service; `cargo xtask proof first-light` asks for a hundred thousand.

#![cfg(test)]

use std::{fs, sync::Arc, time::Duration};

use decnet_proto::{persona::ProductName, service::ServiceId};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Runtime,
};

use crate::{Host, registry::Service, testing};

/// Inputs per service when nothing else is asked for.
const INPUTS: u64 = 500;
/// Most processor time that one input may cost: what takes longer hangs. Waiting costs none.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most that the process may grow over all inputs of a service, in KiB.
const GROWTH: u64 = 24 * 1024;

/// What a service plays, and conversations that a client would hold with it.
struct Subject {
    service: ServiceId,
    product: ProductName,
    version: &'static str,
    talks: &'static [&'static [u8]],
}

const WEB: &[&[u8]] = &[
    b"GET /a?b=c HTTP/1.1\r\nHost: h\r\nRange: bytes=0-9,20-\r\nIf-None-Match: \"x\"\r\n\r\n",
    b"POST /wp-login.php HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nlog=a&pwd=bGET / HTTP/1.0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\nTRACE / HTTP/1.1\r\nHost: h\r\n\r\n",
];

const MYSQL: &[&[u8]] = &[
    b"S\0\0\x01\x05\xa2\x08\0\0\0\0\x01!\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0scanner\0\x14pqrstuvwxyzabcdefghimysql_native_password\0",
    b"S\0\0\x01\x05\xa2\x08\0\0\0\0\x01!\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0scanner\0\x14pqrstuvwxyzabcdefghicaching_sha2_password\0\x14\0\0\x03pqrstuvwxyzabcdefghi\x01\0\0\x03\x02",
    b" \0\0\x01\x05\xaa\x08\0\0\0\0\x01!\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x16\x03\x01\0\x05hello",
    b"\x12\0\0\x01\x85$\0\0@old\x0012345678\0",
    b"\r\n\r\n\0\r\nQUIT\n",
];

const SUBJECTS: &[Subject] = &[
    Subject { service: ServiceId::Http, product: ProductName::Apache, version: "2.4.62", talks: WEB },
    Subject { service: ServiceId::Http, product: ProductName::Nginx, version: "1.22.1", talks: WEB },
    Subject { service: ServiceId::Https, product: ProductName::Nginx, version: "1.22.1", talks: WEB },
    Subject {
        service: ServiceId::Redis,
        product: ProductName::Redis,
        version: "7.0.15",
        talks: &[
            b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
            b"HELLO 3 AUTH default x\r\nINFO\r\nCONFIG GET *\r\nEVAL \"return 1\" 0\r\n",
            b"SLAVEOF 10.0.0.1 6379\r\nMODULE LOAD /tmp/x.so\r\nSCAN 0 MATCH * COUNT 10\r\n",
            b"*-1\r\n*1\r\n$-1\r\n*1000000\r\n$536870912\r\n",
        ],
    },
    Subject {
        service: ServiceId::Ftp,
        product: ProductName::Vsftpd,
        version: "3.0.3",
        talks: &[
            b"USER anonymous\r\nPASS a@\r\nFEAT\r\nCWD /\r\nPWD\r\nTYPE I\r\nSIZE x\r\nQUIT\r\n",
            b"USER anonymous\r\nPASS a@\r\nPORT 10,0,0,1,4,5\r\nEPRT |1|10.0.0.1|99|\r\nREST 9\r\nSITE CHMOD 1 x\r\n",
            b"HELP\r\nSYST\r\nAUTH TLS\r\n",
        ],
    },
    Subject {
        service: ServiceId::Ftp,
        product: ProductName::Proftpd,
        version: "1.3.8",
        talks: &[b"USER admin\r\nPASS x\r\nCLNT y\r\nOPTS UTF8 ON\r\nMLST /\r\nACCT\r\n\xff\xf4\xf2ABOR\r\n"],
    },
    Subject {
        service: ServiceId::Smtp,
        product: ProductName::Postfix,
        version: "3.7.11",
        talks: &[
            b"EHLO x\r\nMAIL FROM:<a@b> SIZE=99\r\nRCPT TO:<postmaster>\r\nDATA\r\nSubject: s\r\n\r\nhi\r\n.\r\nQUIT\r\n",
            b"EHLO x\r\nAUTH PLAIN AGEAYg==\r\nAUTH LOGIN\r\nYQ==\r\nYg==\r\nVRFY root\r\n",
            b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<@a,@b:c@d>\r\nRSET\r\nNOOP x\r\nBDAT 3 LAST\r\nabc",
        ],
    },
    Subject {
        service: ServiceId::Snmp,
        product: ProductName::Snmpd,
        version: "5.9.3",
        talks: crate::snmp::SEEDS,
    },
    Subject {
        service: ServiceId::Mysql,
        product: ProductName::Mariadb,
        version: "10.11.6-MariaDB-0+deb12u1",
        talks: MYSQL,
    },
    Subject {
        service: ServiceId::Mysql,
        product: ProductName::Mysql,
        version: "8.0.40-0ubuntu0.22.04.1",
        talks: MYSQL,
    },
    Subject {
        service: ServiceId::Ssh,
        product: ProductName::Openssh,
        version: "9.2p1",
        talks: crate::ssh::fuzzing::SEEDS,
    },
    Subject {
        service: ServiceId::Telnet,
        product: ProductName::Telnetd,
        version: "2.4",
        talks: crate::telnet::SEEDS,
    },
];

/// A small source of numbers whose sequence is the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.roll() % bound.max(1) as u64).unwrap_or(0)
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.roll().to_le_bytes()[0]).collect()
    }

    /// An input made of conversations, or noise.
    fn input(&mut self, talks: &[&[u8]]) -> Vec<u8> {
        if self.below(10) == 0 {
            let length = self.below(600);
            return self.bytes(length);
        }
        let mut input = talks[self.below(talks.len())].to_vec();
        for _ in 0..=self.below(6) {
            self.break_somewhere(&mut input, talks);
        }
        input
    }

    fn break_somewhere(&mut self, input: &mut Vec<u8>, talks: &[&[u8]]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(24)).min(input.len());
        match self.below(8) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 => drop(input.drain(at..end)),
            2 => input.truncate(at),
            3 => {
                let piece = input[at..end].repeat(1 + self.below(40));
                input.splice(at..at, piece);
            }
            4 => {
                let length = self.below(12);
                let piece = self.bytes(length);
                input.splice(at..end, piece);
            }
            5 => {
                let other = talks[self.below(talks.len())];
                input.extend_from_slice(&other[self.below(other.len())..]);
            }
            6 => {
                let piece: &[u8] =
                    [&b"\r\n"[..], b"\0", b"\n", b"-1", b"99999999999999999999", b"%n", b"\xff\xfe"]
                        [self.below(7)];
                input.splice(at..at, piece.iter().copied());
            }
            _ => {
                let long = vec![input.get(at).copied().unwrap_or(b'A'); self.below(20_000)];
                input.splice(at..at, long);
            }
        }
    }
}

/// Gives a datagram to a service that answers them, as many as the input has pieces.
fn datagrams(service: &Service, host: &Arc<Host>, input: &[u8], piece: usize) {
    if let Some(part) = service.datagrams() {
        for datagram in input.chunks(piece.max(64)) {
            let _ = part.answer(datagram, testing::session().src, host);
        }
    }
}

/// Holds one conversation in pieces of odd sizes; what the service says is read away.
fn serve(runtime: &Runtime, service: &Service, id: ServiceId, host: &Arc<Host>, input: &[u8], piece: usize) {
    runtime.block_on(async {
        let (mut conn, peer) = testing::open(host, id);
        let (mut from_service, mut to_service) = tokio::io::split(peer);
        let serving = async {
            let _ = service.serve(&mut conn).await;
            drop(conn);
        };
        let writing = async {
            for part in input.chunks(piece) {
                if to_service.write_all(part).await.is_err() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            let _ = to_service.shutdown().await;
        };
        let reading = async {
            let mut answer = [0; 8192];
            while from_service.read(&mut answer).await.is_ok_and(|read| read > 0) {}
        };
        // Events are read away too: who is held back because nobody does waits for ever.
        tokio::select! {
            _ = async { tokio::join!(serving, writing, reading) } => {}
            _ = host.emitter.run(tokio::io::sink()) => {}
        }
    });
    host.emitter.take();
}

/// Time that this thread has run (the first field of `schedstat`, in nanoseconds).
fn processor_time() -> Duration {
    let status = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(status.split_whitespace().next().unwrap().parse().unwrap())
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

fn check(subject: &Subject) {
    let inputs = std::env::var("HOSTILE_INPUTS").map_or(INPUTS, |text| text.parse().unwrap());
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let host = testing::host(9);
    let spec = testing::spec(subject.service, subject.product, subject.version, &[]);
    let service = Service::build(&spec, &host).unwrap();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut slowest = Duration::ZERO;
    let mut before = 0;
    for number in 0..inputs {
        let input = dice.input(subject.talks);
        let piece = [1, 7, 1460, 65_536][dice.below(4)];
        let start = processor_time();
        datagrams(&service, &host, &input, piece);
        serve(&runtime, &service, subject.service, &host, &input, piece);
        slowest = slowest.max(processor_time().saturating_sub(start));
        assert!(slowest < PATIENCE, "{slowest:?} for {input:?}");
        // What is claimed once, by the first inputs, does not count.
        if number == inputs / 10 {
            before = resident_kib();
        }
    }
    let grown = resident_kib().saturating_sub(before);
    assert!(grown < GROWTH, "{} grew by {grown} KiB", subject.service);
    let (service, product) = (subject.service, subject.product);
    println!("hostile: {service} as {product:?} {inputs} inputs, +{grown} KiB, slowest {slowest:?}");
}

macro_rules! subjects {
    ($( $name:ident $number:literal, )*) => { $(
        #[test]
        fn $name() {
            check(&SUBJECTS[$number]);
        }
    )* };
}
subjects! {
    apache 0,
    nginx 1,
    nginx_over_tls 2,
    redis 3,
    vsftpd 4,
    proftpd 5,
    postfix 6,
    snmpd 7,
    mariadb 8,
    mysql_8 9,
    openssh 10,
    telnetd 11,
}
