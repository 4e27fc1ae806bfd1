//! What each kind of event becomes elsewhere: the one table.

/// A kind, and its places in other schemas.
#[derive(Debug)]
pub(super) struct Mapping {
    /// The kind; empty for what is not in the catalogue.
    pub(super) kind: &'static str,
    /// `event.category` and `event.type` of ECS.
    pub(super) ecs: (Category, &'static str),
    /// Class and activity of OCSF.
    pub(super) ocsf: (Class, Activity),
}

/// Categories of ECS 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Category {
    Authentication,
    Configuration,
    Email,
    File,
    Host,
    Iam,
    IntrusionDetection,
    Network,
    Process,
    Session,
    Web,
}

impl Category {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Configuration => "configuration",
            Self::Email => "email",
            Self::File => "file",
            Self::Host => "host",
            Self::Iam => "iam",
            Self::IntrusionDetection => "intrusion_detection",
            Self::Network => "network",
            Self::Process => "process",
            Self::Session => "session",
            Self::Web => "web",
        }
    }
}

/// Classes of OCSF 1.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    FileSystemActivity,
    ProcessActivity,
    DetectionFinding,
    AccountChange,
    Authentication,
    NetworkActivity,
    HttpActivity,
    SshActivity,
    EmailActivity,
    ApplicationLifecycle,
}

impl Class {
    /// Its number; the thousands are its category's.
    pub(super) const fn uid(self) -> u32 {
        match self {
            Self::FileSystemActivity => 1001,
            Self::ProcessActivity => 1007,
            Self::DetectionFinding => 2004,
            Self::AccountChange => 3001,
            Self::Authentication => 3002,
            Self::NetworkActivity => 4001,
            Self::HttpActivity => 4002,
            Self::SshActivity => 4007,
            Self::EmailActivity => 4009,
            Self::ApplicationLifecycle => 6002,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::FileSystemActivity => "File System Activity",
            Self::ProcessActivity => "Process Activity",
            Self::DetectionFinding => "Detection Finding",
            Self::AccountChange => "Account Change",
            Self::Authentication => "Authentication",
            Self::NetworkActivity => "Network Activity",
            Self::HttpActivity => "HTTP Activity",
            Self::SshActivity => "SSH Activity",
            Self::EmailActivity => "Email Activity",
            Self::ApplicationLifecycle => "Application Lifecycle",
        }
    }
}

/// Activities of OCSF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    /// A number of the class, with its name.
    Is(u32, &'static str),
    /// It is what the method of a request says.
    Method,
}

const CREATE: Activity = Activity::Is(1, "Create");
const READ: Activity = Activity::Is(2, "Read");
const LAUNCH: Activity = Activity::Is(1, "Launch");
const PASSWORD_CHANGE: Activity = Activity::Is(3, "Password Change");
const LOGON: Activity = Activity::Is(1, "Logon");
const OPEN: Activity = Activity::Is(1, "Open");
const CLOSE: Activity = Activity::Is(2, "Close");
const FAIL: Activity = Activity::Is(4, "Fail");
const TRAFFIC: Activity = Activity::Is(6, "Traffic");
const RECEIVE: Activity = Activity::Is(2, "Receive");
const START: Activity = Activity::Is(3, "Start");
const STOP: Activity = Activity::Is(4, "Stop");
const UPDATE: Activity = Activity::Is(8, "Update");
const OTHER: Activity = Activity::Is(99, "Other");

/// What is not in the catalogue.
const UNKNOWN: Mapping = map("", (Category::Host, "info"), (Class::DetectionFinding, CREATE));

const fn map(kind: &'static str, ecs: (Category, &'static str), ocsf: (Class, Activity)) -> Mapping {
    Mapping { kind, ecs, ocsf }
}

/// Every kind of the catalogue, in its order.
pub(super) const MAPPINGS: [Mapping; 37] = [
    map("startup", (Category::Process, "start"), (Class::ApplicationLifecycle, START)),
    map("shutdown", (Category::Process, "end"), (Class::ApplicationLifecycle, STOP)),
    map("services_changed", (Category::Configuration, "change"), (Class::ApplicationLifecycle, UPDATE)),
    map("bind_failed", (Category::Host, "info"), (Class::ApplicationLifecycle, OTHER)),
    map("limit_reached", (Category::IntrusionDetection, "info"), (Class::DetectionFinding, CREATE)),
    map("session_fault", (Category::Host, "info"), (Class::ApplicationLifecycle, OTHER)),
    map("connect", (Category::Network, "start"), (Class::NetworkActivity, OPEN)),
    map("disconnect", (Category::Network, "end"), (Class::NetworkActivity, CLOSE)),
    map("tls_session", (Category::Network, "protocol"), (Class::NetworkActivity, TRAFFIC)),
    map("tls_failed", (Category::Network, "protocol"), (Class::NetworkActivity, FAIL)),
    map("ssh_client", (Category::Network, "protocol"), (Class::SshActivity, OPEN)),
    map("protocol_error", (Category::IntrusionDetection, "info"), (Class::NetworkActivity, TRAFFIC)),
    map("auth_attempt", (Category::Authentication, "start"), (Class::Authentication, LOGON)),
    map("client_attributes", (Category::Network, "protocol"), (Class::NetworkActivity, TRAFFIC)),
    map("forward_attempt", (Category::IntrusionDetection, "denied"), (Class::DetectionFinding, CREATE)),
    map("request", (Category::Web, "access"), (Class::HttpActivity, Activity::Method)),
    map("command", (Category::Process, "start"), (Class::ProcessActivity, LAUNCH)),
    map("password_set", (Category::Iam, "change"), (Class::AccountChange, PASSWORD_CHANGE)),
    map("exploit_attempt", (Category::IntrusionDetection, "info"), (Class::DetectionFinding, CREATE)),
    map("download_attempt", (Category::File, "access"), (Class::FileSystemActivity, READ)),
    map("outbound_attempt", (Category::IntrusionDetection, "denied"), (Class::DetectionFinding, CREATE)),
    map("file_captured", (Category::File, "creation"), (Class::FileSystemActivity, CREATE)),
    map("ehlo", (Category::Network, "protocol"), (Class::NetworkActivity, TRAFFIC)),
    map("mail_from", (Category::Email, "info"), (Class::NetworkActivity, TRAFFIC)),
    map("rcpt_to", (Category::Email, "info"), (Class::NetworkActivity, TRAFFIC)),
    map("rcpt_denied", (Category::Email, "info"), (Class::NetworkActivity, TRAFFIC)),
    map("message_accepted", (Category::Email, "info"), (Class::EmailActivity, RECEIVE)),
    map("vrfy", (Category::Email, "info"), (Class::NetworkActivity, TRAFFIC)),
    map("unknown_command", (Category::Session, "info"), (Class::NetworkActivity, TRAFFIC)),
    map("telnet_client", (Category::Network, "protocol"), (Class::NetworkActivity, TRAFFIC)),
    map("snmp_request", (Category::Network, "protocol"), (Class::NetworkActivity, TRAFFIC)),
    map("gap", (Category::Host, "info"), (Class::ApplicationLifecycle, OTHER)),
    map("transport_gap", (Category::Host, "info"), (Class::ApplicationLifecycle, OTHER)),
    map("artifact_incomplete", (Category::File, "info"), (Class::ApplicationLifecycle, OTHER)),
    map("address_conflict", (Category::Network, "info"), (Class::DetectionFinding, CREATE)),
    map("certificate_expiring", (Category::Configuration, "info"), (Class::DetectionFinding, CREATE)),
    map("output", (Category::Process, "info"), (Class::ApplicationLifecycle, OTHER)),
];

/// The mapping of a kind.
pub(super) fn of(kind: &str) -> &'static Mapping {
    MAPPINGS.iter().find(|mapping| mapping.kind == kind).unwrap_or(&UNKNOWN)
}

/// The activity of HTTP that a method is.
pub(super) fn method(method: &str) -> (u32, &'static str) {
    let known = [
        ("CONNECT", 1, "Connect"),
        ("DELETE", 2, "Delete"),
        ("GET", 3, "Get"),
        ("HEAD", 4, "Head"),
        ("OPTIONS", 5, "Options"),
        ("POST", 6, "Post"),
        ("PUT", 7, "Put"),
        ("TRACE", 8, "Trace"),
    ];
    let found = known.into_iter().find(|(word, _, _)| *word == method);
    found.map_or((99, "Other"), |(_, number, name)| (number, name))
}
