//! Telnet answers any bytes, or ends the connection.

#![no_main]

use std::sync::{Arc, LazyLock};

use decnet_decoy::{
    ConnectionService as _, Host,
    telnet::Telnet,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

static SERVER: LazyLock<(Arc<Host>, Option<Telnet>)> = LazyLock::new(|| {
    let host = testing::host(1);
    let spec = testing::spec(ServiceId::Telnet, ProductName::Telnetd, "2.4", &[]);
    let telnet = Telnet::build(&spec, &host).ok();
    (host, telnet)
});

fuzz_target!(|input: &[u8]| {
    let (host, telnet) = &*SERVER;
    if let Some(telnet) = telnet {
        let _ = testing::dialogue(telnet, ServiceId::Telnet, host, input, Pace::Whole);
    }
});
