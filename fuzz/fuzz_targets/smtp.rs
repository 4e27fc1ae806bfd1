//! SMTP answers any bytes, or ends the connection.

#![no_main]

use std::{cell::LazyCell, sync::Arc};

use decnet_decoy::{
    ConnectionService as _, Host,
    smtp::Smtp,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

thread_local! {
    // Its key takes a while to make.
    static SERVER: LazyCell<(Arc<Host>, Option<Smtp>)> = LazyCell::new(|| {
        let host = testing::host(1);
        let spec = testing::spec(ServiceId::Smtp, ProductName::Postfix, "3.7.11", &[]);
        let smtp = Smtp::build(&spec, &host).ok();
        (host, smtp)
    });
}

fuzz_target!(|input: &[u8]| {
    SERVER.with(|server| {
        if let (host, Some(smtp)) = &**server {
            let _ = testing::dialogue(smtp, ServiceId::Smtp, host, input, Pace::Whole);
        }
    });
});
