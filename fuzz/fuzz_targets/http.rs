//! Web servers answer any bytes, or end the connection.

#![no_main]

use decnet_decoy::{
    ConnectionService as _,
    http::Web,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let host = testing::host(1);
    for (name, version) in [(ProductName::Apache, "2.4.62"), (ProductName::Nginx, "1.22.1")] {
        let spec = testing::spec(ServiceId::Http, name, version, &[("fake_app", "wordpress")]);
        if let Ok(web) = Web::build(&spec, &host) {
            let _ = testing::dialogue(&web, ServiceId::Http, &host, input, Pace::Whole);
        }
    }
});
