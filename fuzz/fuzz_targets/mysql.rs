//! MySQL and MariaDB answer any bytes before a log-in, and any statement after it.

#![no_main]

use decnet_decoy::{
    ConnectionService as _,
    mysql::Mysql,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let host = testing::host(1);
    for (product, version) in
        [(ProductName::Mariadb, "10.11.6-MariaDB-0+deb12u1"), (ProductName::Mysql, "5.7.44")]
    {
        let spec = testing::spec(ServiceId::Mysql, product, version, &[]);
        if let Ok(mysql) = Mysql::build(&spec, &host) {
            let _ = testing::dialogue(&mysql, ServiceId::Mysql, &host, input, Pace::Whole);
            let (conn, _peer) = testing::open(&host, ServiceId::Mysql);
            mysql.try_statements(&conn, input);
        }
    }
});
