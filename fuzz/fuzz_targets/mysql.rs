//! MySQL and MariaDB answer any bytes before a log-in, and any statement after it.

#![no_main]

use std::sync::{Arc, LazyLock};

use decnet_decoy::{
    ConnectionService as _, Host,
    mysql::Mysql,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

/// Both, made once: their keys take long.
static SERVERS: LazyLock<(Arc<Host>, Vec<Mysql>)> = LazyLock::new(|| {
    let host = testing::host(1);
    let played = [(ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1"), (ProductName::Mysql, "5.7.44")];
    let servers = played.iter().filter_map(|(product, version)| {
        Mysql::build(&testing::spec(ServiceId::Mysql, *product, version, &[]), &host).ok()
    });
    let servers = servers.collect();
    (host, servers)
});

fuzz_target!(|input: &[u8]| {
    let (host, servers) = &*SERVERS;
    for mysql in servers {
        let _ = testing::dialogue(mysql, ServiceId::Mysql, host, input, Pace::Whole);
        let (conn, _peer) = testing::open(host, ServiceId::Mysql);
        mysql.try_statements(&conn, input);
    }
});
