//! How to get to MariaDB.

use std::{path::Path, time::Duration};

use mysql_async::{OptsBuilder, SslOpts};

use super::super::roots;
use crate::{
    RecordError,
    database::{DatabaseUrl, Host},
};

/// Statements that are kept prepared.
const PREPARED: usize = 256;

/// After how long without a word it is asked whether the other end is still there.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// What the client is to know of the database and the way to it.
pub(super) fn of(url: &DatabaseUrl) -> Result<OptsBuilder, RecordError> {
    let options = OptsBuilder::default()
        .user(Some(&url.user))
        .db_name(Some(&url.database))
        .pass(url.password()?.map(|password| password.to_string()))
        // It goes where it is told to, and nowhere else.
        .prefer_socket(false)
        .tcp_keepalive(Some(KEEPALIVE))
        .stmt_cache_size(PREPARED)
        // A row counts that was found, and not only one that is another now.
        .client_found_rows(true)
        .ssl_opts(url.roots.as_deref().map(trusting).transpose()?);
    Ok(match &url.host {
        Host::Socket(path) => options.socket(Some(path.display().to_string())),
        // The certificate is to have the name; the address is known, so that nothing is looked up.
        Host::Machine(name, address) => {
            let addresses = address.map(|address| vec![address]);
            options.ip_or_hostname(name).resolved_ips(addresses).tcp_port(url.port)
        }
    })
}

/// TLS with whom these PEM certificates vouch for.
fn trusting(file: &Path) -> Result<SslOpts, RecordError> {
    roots::read(file)?;
    Ok(SslOpts::default().with_root_certs(vec![file.to_owned().into()]).with_disable_built_in_roots(true))
}
