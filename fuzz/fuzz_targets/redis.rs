//! Redis answers any bytes, or ends the connection.

#![no_main]

use decnet_decoy::{
    ConnectionService as _,
    redis::Redis,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let host = testing::host(1);
    let spec = testing::spec(ServiceId::Redis, ProductName::Redis, "7.0.15", &[]);
    if let Ok(redis) = Redis::build(&spec, &host) {
        let _ = testing::dialogue(&redis, ServiceId::Redis, &host, input, Pace::Whole);
    }
});
