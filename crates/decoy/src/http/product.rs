//! Which web server is played, and what of it does not depend on a request.

use std::time::Duration;

use decnet_proto::persona::{Persona, ProductName, ServiceSpec};

use crate::identity;

/// The products whose behaviour is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Product {
    /// Apache httpd 2.4 as Debian and its kin configure it.
    Apache,
    /// nginx as Debian and its kin configure it.
    Nginx,
    /// IIS 10 behind the HTTP driver of Windows.
    Iis,
}

/// Which answers a product gives to what takes too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From the connection to the first byte.
    pub first_byte: Duration,
    /// From the first byte to the end of the head.
    pub head: Duration,
    /// Between two requests.
    pub keep_alive: Duration,
    /// Between two pieces of a body that the product waits for.
    pub body: Duration,
    /// Between two pieces of a body that the product throws away after it answered.
    pub discard: Duration,
}

impl Product {
    /// How long the product waits in its shipped configuration.
    pub(super) const fn patience(self) -> Patience {
        const fn seconds(first_byte: u64, head: u64, keep_alive: u64, body: u64, discard: u64) -> Patience {
            Patience {
                first_byte: Duration::from_secs(first_byte),
                head: Duration::from_secs(head),
                keep_alive: Duration::from_secs(keep_alive),
                body: Duration::from_secs(body),
                discard: Duration::from_secs(discard),
            }
        }
        match self {
            // mod_reqtimeout: 20 s for the head, 10 s for a body. The kernel hands the
            // connection over only when data came, or after about 31 s (TCP_DEFER_ACCEPT).
            Self::Apache => seconds(51, 20, 5, 10, 10),
            Self::Nginx => seconds(60, 60, 75, 60, 5),
            Self::Iis => seconds(120, 120, 120, 120, 120),
        }
    }

    /// Requests that one connection may carry.
    pub(super) const fn requests_per_connection(self) -> u32 {
        match self {
            // MaxKeepAliveRequests 100 counts those after the first.
            Self::Apache => 101,
            Self::Nginx => 1_000,
            Self::Iis => u32::MAX,
        }
    }

    /// Whether a body is read before the answer to it is sent, also where nobody wants it.
    pub(super) const fn reads_body_first(self) -> bool {
        !matches!(self, Self::Nginx)
    }

    /// What a `Server` header says that it is, if that is known.
    fn of_banner(banner: &str) -> Option<Self> {
        let banner = banner.to_ascii_lowercase();
        [("apache", Self::Apache), ("nginx", Self::Nginx), ("microsoft-iis", Self::Iis)]
            .into_iter()
            .find_map(|(prefix, product)| banner.starts_with(prefix).then_some(product))
    }
}

/// What the system's package of a product does differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Habits {
    /// Apache signs its pages (`ServerSignature On`).
    pub signs: bool,
    /// Apache sends back what it is asked to trace (`TraceEnable On`, its default).
    pub traces: bool,
    /// What can be compressed is.
    pub compresses: bool,
    /// Apache has a status page, which it shows to nobody on another machine.
    pub has_status: bool,
    /// Pages of Apache repeat the path, as before release 2.4.41.
    pub names_paths: bool,
    /// Pages of Apache call themselves by older versions of HTML, and a page on ranges comes in
    /// chunks also where the connection closes: up to release 2.4.65.
    pub is_dated: bool,
    /// nginx lets spaces and control characters pass, as before release 1.21.1.
    pub is_lenient: bool,
}

impl Habits {
    fn new(banner: &str, persona: &Persona) -> Self {
        let debian = matches!(persona.system.banner_name.as_str(), "Debian" | "Ubuntu");
        let alpine = persona.system.pretty_name.starts_with("Alpine");
        Self {
            signs: debian || alpine,
            traces: !debian,
            compresses: debian,
            has_status: debian,
            names_paths: release(banner).is_some_and(|release| release < [2, 4, 41]),
            is_dated: release(banner).is_some_and(|release| release < [2, 4, 66]),
            is_lenient: release(banner).is_some_and(|release| release < [1, 21, 1]),
        }
    }
}

/// A product as it introduces itself.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The product.
    pub product: Product,
    /// The `Server` header.
    pub banner: String,
    /// What its package does differently.
    pub habits: Habits,
    /// What the machine calls itself where the peer gave no name.
    pub server_name: String,
    /// Parts the boundary of Apache's multipart answers, one per run of the real one.
    pub boundary: String,
    /// What Apache says that a file allows.
    pub allow: String,
}

const HTML_2: &str = "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n";
const HTML_3: &str = "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 3.2 Final//EN\">\n";
const HTML_4: &str =
    "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" \"http://www.w3.org/TR/html4/strict.dtd\">\n";

impl Identity {
    /// First line of the pages with which Apache answers what it cannot serve.
    pub(super) fn doctype(&self) -> &'static str {
        if self.habits.is_dated { HTML_2 } else { HTML_4 }
    }

    /// First line of the pages on which Apache lists a folder.
    pub(super) fn listing_doctype(&self) -> &'static str {
        if self.habits.is_dated { HTML_3 } else { HTML_4 }
    }

    /// The product that a service is to play; `server_header` outranks the plan's choice.
    pub(super) fn new(spec: &ServiceSpec, persona: &Persona) -> Self {
        let iis = spec.key("fake_app") == Some("iis_default");
        let banner = match spec.key("server_header") {
            Some(configured) => configured.to_owned(),
            None if iis => "Microsoft-IIS/10.0".to_owned(),
            None => banner(spec, persona),
        };
        let planned = match spec.product.name {
            _ if iis => Product::Iis,
            ProductName::Nginx => Product::Nginx,
            _ => Product::Apache,
        };
        let habits = Habits::new(&banner, persona);
        Self {
            product: Product::of_banner(&banner).unwrap_or(planned),
            habits,
            banner,
            server_name: persona.fqdn(),
            allow: allow(habits, spec, persona),
            boundary: identity::hex(&persona.key, &format!("{} boundary", spec.service), 16),
        }
    }
}

fn banner(spec: &ServiceSpec, persona: &Persona) -> String {
    let version = &spec.product.version;
    let system = persona.system.banner_name.as_str();
    match spec.product.name {
        // Of the distributions only Ubuntu's nginx names its system.
        ProductName::Nginx if system == "Ubuntu" => format!("nginx/{version} (Ubuntu)"),
        ProductName::Nginx => format!("nginx/{version}"),
        _ if system.is_empty() => format!("Apache/{version} (Unix)"),
        _ => format!("Apache/{version} ({system})"),
    }
}

/// The methods that a static file allows. The real one lists them from a hash table that is
/// seeded anew in each run: the circle is the same, its start is not.
fn allow(habits: Habits, spec: &ServiceSpec, persona: &Persona) -> String {
    const CIRCLE: [&str; 4] = ["OPTIONS", "HEAD", "GET", "POST"];
    let start = identity::number(&persona.key, &format!("{} allow", spec.service), CIRCLE.len() as u64);
    let start = usize::try_from(start).unwrap_or_default();
    let circle = CIRCLE.iter().cycle().skip(start).take(CIRCLE.len()).copied();
    circle.chain(habits.traces.then_some("TRACE")).collect::<Vec<_>>().join(",")
}

/// The three numbers of a release in a banner.
fn release(banner: &str) -> Option<[u32; 3]> {
    let version = banner.split(['/', ' ']).nth(1)?;
    let mut numbers = version.split('.').map_while(|n| n.parse().ok());
    Some([numbers.next()?, numbers.next()?, numbers.next()?])
}
