//! Telnet answers any bytes, or ends the connection.

#![no_main]

use decnet_decoy::{
    ConnectionService as _,
    telnet::Telnet,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let host = testing::host(1);
    let spec = testing::spec(ServiceId::Telnet, ProductName::Telnetd, "2.4", &[]);
    if let Ok(telnet) = Telnet::build(&spec, &host) {
        let _ = testing::dialogue(&telnet, ServiceId::Telnet, &host, input, Pace::Whole);
    }
});
