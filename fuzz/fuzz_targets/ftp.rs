//! FTP answers any bytes, or ends the connection.

#![no_main]

use decnet_decoy::{
    ConnectionService as _,
    ftp::Ftp,
    testing::{self, Pace},
};
use decnet_proto::{persona::ProductName, service::ServiceId};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let host = testing::host(1);
    for (name, version) in [(ProductName::Vsftpd, "3.0.3"), (ProductName::Proftpd, "1.3.8")] {
        let spec = testing::spec(ServiceId::Ftp, name, version, &[("tls", "no")]);
        if let Ok(ftp) = Ftp::build(&spec, &host) {
            let _ = testing::dialogue(&ftp, ServiceId::Ftp, &host, input, Pace::Whole);
        }
    }
});
