//! lftp.

use std::{net::Ipv4Addr, path::Path};

/// What lftp is to do to bring the file at `path` to a server as `name`, as anybody.
///
/// Without TLS: of TLS 1.3 it leaves the server's ticket unread when it closes, and the reset that comes
/// of it overtakes what it sent. vsftpd answers 426 to that, and so do we.
pub fn upload(server: Ipv4Addr, path: &Path, name: &str) -> String {
    format!(
        "set ftp:ssl-allow no; set net:timeout 10; set net:max-retries 3; \
         open -u anonymous,guest@ {server}; put {} -o {name}; bye",
        path.display()
    )
}
