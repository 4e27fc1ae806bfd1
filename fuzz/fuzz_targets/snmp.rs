//! SNMP answers any datagram, or drops it.

#![no_main]

use std::sync::{Arc, LazyLock};

use decnet_decoy::{ConnectionService as _, DatagramService as _, Host, snmp::Snmp, testing};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

static AGENT: LazyLock<(Arc<Host>, Option<Snmp>)> = LazyLock::new(|| {
    let host = testing::host(1);
    let spec = testing::spec(ServiceId::Snmp, ProductName::Snmpd, "5.9.3", &[("community", "public")]);
    let agent = Snmp::build(&spec, &host).ok();
    (host, agent)
});

fuzz_target!(|datagram: &[u8]| {
    let (host, agent) = &*AGENT;
    if let Some(agent) = agent {
        let _ = agent.answer(datagram, testing::session().src, host);
    }
});
