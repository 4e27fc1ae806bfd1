//! Deployment to Compose file, for people who would rather start their fleet themselves.
//!
//! The dialect is what version 3.8 files have in common under `docker-compose` 1.29 and under
//! the Compose plugin. Every text is a double-quoted scalar with JSON's escapes, which YAML
//! shares, and with `$` doubled, which Compose would otherwise take for a variable.

use std::fmt::{self, Display, Formatter, Write};

use crate::deployment::{Container, Deployment, Image, NETWORK_NAME, Namespace, Network, containment, label};

/// What a Compose file needs beside the deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where the decoy image comes from.
    pub image: DecoyImage,
    /// Path of the decoys' seccomp list; the engine's own list when absent. Absolute, as
    /// `docker-compose` 1.29 reads it from the folder that it is called in.
    pub seccomp: Option<String>,
}

/// Where the decoy image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecoyImage {
    /// The engine has it under this reference.
    Reference(String),
    /// It is built from this folder, which holds a Dockerfile and the binary, and gets the
    /// reference.
    Build {
        /// Path of the folder, relative to the file.
        context: String,
        /// Reference of the result.
        reference: String,
    },
}

/// The Compose file of a deployment. It holds the deckies' secrets: keep it 0600.
pub fn print(deployment: &Deployment, options: &Options) -> String {
    // About what a decky takes; saves growing step by step.
    let mut text = String::with_capacity(1024 + 6 * 1024 * deployment.containers.len());
    // Writing to a string cannot fail.
    let _ = write!(text, "{}", File { deployment, options });
    text
}

struct File<'a> {
    deployment: &'a Deployment,
    options: &'a Options,
}

impl Display for File<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "# Generation {} of the fleet. Start it with", self.deployment.generation)?;
        writeln!(f, "#   docker-compose -p decnet -f THIS-FILE up -d")?;
        writeln!(f, "# It holds the secrets of its machines: keep it readable for yourself only.")?;
        writeln!(f, "version: \"3.8\"")?;
        writeln!(f, "services:")?;
        for container in &self.deployment.containers {
            service(f, container, self.options)?;
        }
        network(f, &self.deployment.network)
    }
}

fn service(f: &mut Formatter<'_>, container: &Container, options: &Options) -> fmt::Result {
    writeln!(f, "  {}:", quoted(&container.name))?;
    image(f, container, &options.image)?;
    writeln!(f, "    container_name: {}", quoted(&container.name))?;
    if !container.command.is_empty() {
        writeln!(f, "    command: {}", list(&container.command))?;
    }
    if let Some(hostname) = &container.hostname {
        writeln!(f, "    hostname: {}", quoted(hostname))?;
    }
    writeln!(f, "    restart: unless-stopped")?;
    map(f, "environment", container.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    namespace(f, &container.namespace)?;
    map(f, "sysctls", container.sysctls.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    confinement(f, container, options.seccomp.as_deref())?;
    limits(f, container)?;
    writeln!(f, "    logging:\n      driver: json-file\n      options:")?;
    for (name, value) in containment::LOG_OPTIONS {
        writeln!(f, "        {name}: {}", quoted(value))?;
    }
    // Compose sets its own.
    let labels = container.labels();
    let labels = labels.iter().filter(|(name, _)| *name != label::COMPOSE_PROJECT);
    map(f, "labels", labels.map(|(name, value)| (name.as_str(), value.as_str())))
}

fn image(f: &mut Formatter<'_>, container: &Container, decoy: &DecoyImage) -> fmt::Result {
    match (&container.image, decoy) {
        (Image::Named(reference), _) | (Image::Decoy, DecoyImage::Reference(reference)) => {
            writeln!(f, "    image: {}", quoted(reference))
        }
        (Image::Decoy, DecoyImage::Build { context, reference }) => {
            writeln!(f, "    build: {}\n    image: {}", quoted(context), quoted(reference))
        }
    }
}

fn namespace(f: &mut Formatter<'_>, namespace: &Namespace) -> fmt::Result {
    match namespace {
        Namespace::Lan { ip, mac } => {
            writeln!(f, "    networks:\n      {NETWORK_NAME}:\n        ipv4_address: {ip}")?;
            mac.map_or(Ok(()), |mac| writeln!(f, "    mac_address: \"{mac}\""))
        }
        Namespace::Of(owner) => {
            let network = quoted(&format!("service:{owner}")).to_string();
            writeln!(f, "    network_mode: {network}\n    depends_on: [{}]", quoted(owner))
        }
    }
}

fn confinement(f: &mut Formatter<'_>, container: &Container, seccomp: Option<&str>) -> fmt::Result {
    writeln!(f, "    ipc: private\n    cap_drop: [\"ALL\"]")?;
    let new_privileges = "no-new-privileges:true".to_owned();
    if let Image::Named(_) = container.image {
        writeln!(f, "    cap_add: {}", list(&containment::CUSTOM_CAPABILITIES.map(str::to_owned)))?;
        return writeln!(f, "    security_opt: {}", list(&[new_privileges]));
    }
    let security = std::iter::once(new_privileges).chain(seccomp.map(|path| format!("seccomp:{path}")));
    writeln!(f, "    security_opt: {}", list(&security.collect::<Vec<_>>()))?;
    writeln!(f, "    user: \"{0}:{0}\"\n    read_only: true\n    init: false", containment::UID)?;
    let run = format!("{}:{}", containment::RUN, containment::run_options());
    writeln!(f, "    tmpfs: {}", list(&[run]))
}

/// Memory and swap together are what may be used of memory alone: there is no swap.
fn limits(f: &mut Formatter<'_>, container: &Container) -> fmt::Result {
    let limits = container.limits;
    let (memory, files) = (limits.memory_mib, limits.files);
    writeln!(f, "    mem_limit: {memory}m\n    memswap_limit: {memory}m\n    pids_limit: {}", limits.pids)?;
    writeln!(f, "    cpus: {}.{:03}", limits.milli_cpus / 1000, limits.milli_cpus % 1000)?;
    writeln!(f, "    ulimits:\n      nofile:\n        soft: {files}\n        hard: {files}")
}

/// Where the LAN has no gateway the host's own address takes its place, since the engine gives
/// every network one, and `internal` keeps routes to it away.
fn network(f: &mut Formatter<'_>, network: &Network) -> fmt::Result {
    let (driver, parent, subnet) = (network.driver.name(), quoted(&network.parent), network.subnet);
    writeln!(f, "networks:\n  {NETWORK_NAME}:\n    name: {NETWORK_NAME}\n    driver: {driver}")?;
    writeln!(f, "    driver_opts:\n      parent: {parent}")?;
    let mode = match network.driver {
        decnet_proto::plan::LinkDriver::Macvlan => "macvlan_mode: bridge",
        decnet_proto::plan::LinkDriver::Ipvlan => "ipvlan_mode: l2",
    };
    writeln!(f, "      {mode}")?;
    if network.gateway.is_none() {
        writeln!(f, "    internal: true")?;
    }
    writeln!(f, "    ipam:\n      config:\n        - subnet: {subnet}")?;
    if let Some(gateway) = network.gateway.or(network.host_ip) {
        writeln!(f, "          gateway: {gateway}")?;
    }
    writeln!(f, "    labels:\n      {}: \"default\"", label::FLEET)
}

fn map<'a>(
    f: &mut Formatter<'_>,
    name: &str,
    entries: impl Iterator<Item = (&'a str, &'a str)>,
) -> fmt::Result {
    let mut entries = entries.peekable();
    if entries.peek().is_some() {
        writeln!(f, "    {name}:")?;
    }
    entries.try_for_each(|(name, value)| writeln!(f, "      {}: {}", quoted(name), quoted(value)))
}

fn list(values: &[String]) -> String {
    let values: Vec<_> = values.iter().map(|value| quoted(value).to_string()).collect();
    format!("[{}]", values.join(", "))
}

fn quoted(text: &str) -> Quoted<'_> {
    Quoted(text)
}

/// A text as a double-quoted scalar.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        let mut plain = 0;
        for (at, c) in self.0.char_indices() {
            if let Some(escape) = escape(c) {
                f.write_str(self.0.get(plain..at).unwrap_or_default())?;
                f.write_str(&escape)?;
                plain = at + c.len_utf8();
            }
        }
        f.write_str(self.0.get(plain..).unwrap_or_default())?;
        f.write_char('"')
    }
}

fn escape(c: char) -> Option<std::borrow::Cow<'static, str>> {
    match c {
        '"' => Some("\\\"".into()),
        '\\' => Some("\\\\".into()),
        '$' => Some("$$".into()),
        c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
            Some(format!("\\u{:04X}", u32::from(c)).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn texts_survive_yaml_and_compose() {
        let check = |text: &str, expect: &str| assert_eq!(quoted(text).to_string(), expect);
        check("", "\"\"");
        check("a: [b] # c", "\"a: [b] # c\"");
        check("say \"hi\"", "\"say \\\"hi\\\"\"");
        check("back\\slash", "\"back\\\\slash\"");
        check("$HOME ${x}", "\"$$HOME $${x}\"");
        check("line\nend\u{7f}", "\"line\\u000Aend\\u007F\"");
        check("é\u{2028}ü", "\"é\\u2028ü\"");
    }
}
