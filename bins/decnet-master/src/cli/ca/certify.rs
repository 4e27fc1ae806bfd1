//! `ca certify`: a certificate of the swarm's authority for API and page, by which browsers know them.
//!
//! It says by which names this host is called, and nothing of a role: nobody in the swarm takes it for
//! anybody.

use std::{
    fs::{self, DirBuilder},
    net::IpAddr,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use decnet_daemon::{
    Exit,
    config::{Config, Master},
    users::Users,
};
use decnet_pki::{
    authority::{Authority, NAMES_MAX, SiteName},
    keys::Key,
};
use nix::{ifaddrs::getifaddrs, sys::socket::SockaddrStorage, unistd};
use serde::Serialize;

use crate::{
    cli::Context,
    fleet::{SwarmFolder, write_private, write_public},
    output::{Format, moment, now},
};

#[derive(clap::Args)]
pub(super) struct Certify {
    /// Name or address by which browsers and programs call this host; can be given again
    ///
    /// Without it the name of the host, with the address on which the page is served (web-host), or all of the
    /// host's where that is any or loopback.
    #[arg(long = "name", value_name = "NAME")]
    names: Vec<SiteName>,
    /// Folder for the files; it is made, and what is in it replaced. Without it web in the state folder
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// What was made.
#[derive(Serialize)]
struct Certified {
    names: Vec<String>,
    not_after: i64,
    /// As the configuration names them.
    api_certificate: PathBuf,
    api_key: PathBuf,
    /// Whoever is to trust it needs this.
    authority: PathBuf,
}

impl Certify {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<Exit> {
        let config = context.config()?;
        let swarm = SwarmFolder::of(&config.decnet.state_directory);
        check_owner(swarm.path())?;
        let folder = swarm.authority();
        if !folder.is_dir() {
            bail!("there is no authority in {}: the first `decnet-master run` makes it", folder.display());
        }
        let names = match self.names {
            names if names.is_empty() => usual_names(&config)?,
            names => names,
        };
        let dir = self.out_dir.unwrap_or_else(|| config.decnet.state_directory.join("web"));
        let dir = std::path::absolute(dir).context("cannot tell where the files go")?;
        // It may be open in a controller at the same time.
        let authority = Authority::open_or_create(&folder, now())?;
        let made = make(&authority, &names, &dir)
            .with_context(|| format!("cannot make a certificate in {}", dir.display()))?;
        self.format.print(&made, describe)?;
        Ok(Exit::Success)
    }
}

/// Has the files made by who reads them: were they root's, the master could not.
fn check_owner(swarm: &Path) -> anyhow::Result<()> {
    let Ok(folder) = fs::metadata(swarm) else { return Ok(()) };
    if folder.uid() == unistd::geteuid().as_raw() {
        return Ok(());
    }
    let users = Users::of_host();
    let owner = users.name(folder.uid()).map_or_else(|| format!("#{}", folder.uid()), str::to_owned);
    bail!("{} is {owner}'s, who runs the master: `sudo -u {owner} decnet-master ca certify`", swarm.display())
}

/// The host's name, and the addresses at which it is reached.
fn usual_names(config: &Config<Master>) -> anyhow::Result<Vec<SiteName>> {
    let host = unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    let host = host.and_then(|name| name.parse().ok());
    let all = getifaddrs().context("cannot list this host's addresses")?;
    let all = all.filter_map(|interface| interface.address.as_ref().and_then(address));
    let mut names: Vec<SiteName> = host
        .into_iter()
        .chain(addresses(config.role.web_host, all).into_iter().map(SiteName::from))
        .collect();
    names.truncate(NAMES_MAX);
    if names.is_empty() {
        bail!(
            "this host has neither a name nor an address that others reach: say what it is called by --name"
        );
    }
    Ok(names)
}

fn address(socket: &SockaddrStorage) -> Option<IpAddr> {
    let four = socket.as_sockaddr_in().map(|it| it.ip().into());
    four.or_else(|| socket.as_sockaddr_in6().map(|it| it.ip().into()))
}

/// The address on which the page is served, if it is one; else those of `all` that others may call it by.
fn addresses(served: IpAddr, all: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    if !served.is_unspecified() && !served.is_loopback() {
        return vec![served];
    }
    let is_near = |address: &IpAddr| match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    };
    let mut found: Vec<_> = all.filter(|address| !address.is_loopback() && !is_near(address)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Makes key and certificate, in place of what is there. A server that shows those before finds the new ones
/// by itself.
fn make(authority: &Authority, names: &[SiteName], dir: &Path) -> anyhow::Result<Certified> {
    // Whoever is to trust the authority may come and read its certificate; the key is its owner's alone.
    DirBuilder::new().recursive(true).mode(0o755).create(dir)?;
    let key = Key::draw()?;
    let site = authority.sign_site(&key, names, now())?;
    let [api_key, api_certificate, above] =
        ["web.key", "web.crt", "authority.crt"].map(|name| dir.join(name));
    write_private(&api_key, key.to_pem().as_bytes())?;
    write_public(&api_certificate, site.pem.as_bytes())?;
    write_public(&above, authority.certificates_pem().concat().as_bytes())?;
    let names = names.iter().map(ToString::to_string).collect();
    Ok(Certified { names, not_after: site.not_after, api_certificate, api_key, authority: above })
}

fn describe(made: &Certified) -> String {
    format!(
        "Names     {}\nGood      until {}\n\nIn decnet.ini, below [master]:\napi-certificate = {}\napi-key = {}\n\n\
         Browsers and programs take it that trust {}.\n",
        made.names.join(", "),
        moment(made.not_after),
        made.api_certificate.display(),
        made.api_key.display(),
        made.authority.display()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_that_is_served_is_meant_or_all_that_others_reach() {
        let check = |served: &str, expect: &[&str]| {
            let all = ["127.0.0.1", "10.0.0.2", "::1", "fe80::1", "169.254.0.9", "2001:db8::2", "10.0.0.2"];
            let all = all.into_iter().map(|text| text.parse().unwrap());
            let expect: Vec<IpAddr> = expect.iter().map(|text| text.parse().unwrap()).collect();
            assert_eq!(addresses(served.parse().unwrap(), all), expect, "{served}");
        };
        check("192.0.2.7", &["192.0.2.7"]);
        check("127.0.0.1", &["10.0.0.2", "2001:db8::2"]);
        check("0.0.0.0", &["10.0.0.2", "2001:db8::2"]);
        check("::", &["10.0.0.2", "2001:db8::2"]);
    }
}
