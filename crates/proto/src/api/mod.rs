//! What the dashboard, and programs of operators, ask of the master: routes and who may.

mod fleet;
mod query;
mod swarm;
mod system;

pub use self::{
    fleet::{
        DEPLOYMENT_LIMIT, DEPLOYMENT_LIMITS, Deleted, DeployFleet, Emptied, FLEET_BODY_MAX, FLEET_FILE_MAX,
        Finding, FindingSeverity, FleetOperation, FleetProblem, HostProgress, PlannedDecky,
        SetDeploymentLimit, TakenOn, ValidateFleet, Validation,
    },
    query::{
        ArtifactsQuery, AttackersQuery, BountyQuery, CommandsQuery, CredentialsQuery, DeliveriesQuery,
        ExportFormat, ExportQuery, HistogramQuery, LogsQuery, PageQuery, SessionsQuery, SortBy, StreamQuery,
    },
    swarm::{EnrollHost, Enrolment, PushRelease, RollBack, UpdateHosts},
    system::{
        Component, ComponentState, ConfigView, DeckyView, DeploymentMode, HealthState, HealthView, Me,
        Message, Mode,
    },
};

/// Version of the API, as its paths say it.
pub const VERSION: u32 = 1;

/// What every path begins with.
pub const PREFIX: &str = "/api/v1";

/// Usual port of the page.
pub const WEB_PORT: u16 = 8080;

/// Usual port.
pub const PORT: u16 = 8000;

/// Largest body of a request, in bytes.
pub const BODY_MAX: usize = 64 * 1024;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Allowed {
    /// Whoever reaches the port.
    Anybody,
    /// Who is logged in, even when the password has to be changed first.
    Users,
    /// Who is logged in and has no password to change.
    Viewers,
    /// The same, if an administrator.
    Administrators,
}

/// Writes the routes and all that is known of each from one table.
macro_rules! routes {
    ($( #[doc = $doc:literal] $name:ident = $method:literal $path:literal $allowed:ident; )+) => {
        /// Every route of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Route {
            $( #[doc = $doc] $name, )+
        }

        impl Route {
            /// Every route.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )+ ];

            /// Its method.
            pub const fn method(self) -> &'static str {
                match self { $( Self::$name => $method, )+ }
            }

            /// Its path; `{id}` stands for what it is about.
            pub const fn path(self) -> &'static str {
                match self { $( Self::$name => concat!("/api/v1", $path), )+ }
            }

            /// What it does, in one sentence.
            pub const fn summary(self) -> &'static str {
                match self { $( Self::$name => $doc.trim_ascii(), )+ }
            }

            /// Who may ask.
            pub const fn allowed(self) -> Allowed {
                match self { $( Self::$name => Allowed::$allowed, )+ }
            }
        }
    };
}

routes! {
    /// Tells how every part is.
    Health = "GET" "/health" Anybody;
    /// Tells measurements as text of Prometheus.
    Metrics = "GET" "/metrics" Viewers;
    /// Tells of every route, as OpenAPI 3.1.
    Document = "GET" "/openapi.json" Anybody;

    /// Lets a user in, and answers with the token of the session.
    LogIn = "POST" "/auth/login" Anybody;
    /// Ends the session that asks.
    LogOut = "POST" "/auth/logout" Users;
    /// Sets one's own password, and ends one's other sessions.
    ChangePassword = "POST" "/auth/change-password" Users;
    /// Tells who asks.
    Me = "GET" "/auth/me" Users;
    /// Lists one's own sessions.
    LogIns = "GET" "/auth/sessions" Viewers;
    /// Ends one of one's own sessions.
    RevokeLogIn = "DELETE" "/auth/sessions/{id}" Viewers;

    /// Lists events, the newest first.
    Logs = "GET" "/logs" Viewers;
    /// Counts events over time.
    Histogram = "GET" "/logs/histogram" Viewers;
    /// Writes events into a file, the oldest first.
    Export = "GET" "/logs/export" Viewers;
    /// Tells events as they come, as server-sent events.
    Stream = "GET" "/stream" Viewers;
    /// Tells how much there is.
    Stats = "GET" "/stats" Viewers;
    /// Lists what was learnt of attackers, the newest first.
    Bounty = "GET" "/bounty" Viewers;
    /// Lists secrets that attackers showed, the newest first.
    Credentials = "GET" "/credentials" Viewers;
    /// Lists attackers.
    Attackers = "GET" "/attackers" Viewers;
    /// Tells of one attacker.
    Attacker = "GET" "/attackers/{id}" Viewers;
    /// Lists an attacker's commands, the newest first.
    AttackerCommands = "GET" "/attackers/{id}/commands" Viewers;
    /// Lists the files that an attacker brought.
    AttackerArtifacts = "GET" "/attackers/{id}/artifacts" Viewers;
    /// Lists conversations, the newest first.
    Sessions = "GET" "/sessions" Viewers;
    /// Tells of one conversation.
    Session = "GET" "/sessions/{id}" Viewers;
    /// Lists the events of a conversation, the oldest first.
    SessionEvents = "GET" "/sessions/{id}/events" Viewers;
    /// Lists captured files, the newest first.
    Artifacts = "GET" "/artifacts" Viewers;
    /// Answers with the content of a captured file. It is an attacker's.
    Artifact = "GET" "/artifacts/{id}" Administrators;

    /// Lists alerts, the newest first.
    Alerts = "GET" "/alerts" Viewers;
    /// Lists the rules that raise alerts.
    AlertRules = "GET" "/alerts/rules" Viewers;
    /// Changes a rule.
    SetAlertRule = "PUT" "/alerts/rules/{id}" Administrators;
    /// Lists where alerts go.
    Receivers = "GET" "/alerts/receivers" Viewers;
    /// Adds a receiver, which gets what is raised from then on.
    AddReceiver = "POST" "/alerts/receivers" Administrators;
    /// Tells of one receiver.
    Receiver = "GET" "/alerts/receivers/{id}" Viewers;
    /// Changes a receiver.
    ChangeReceiver = "PUT" "/alerts/receivers/{id}" Administrators;
    /// Removes a receiver, and what waits for it.
    RemoveReceiver = "DELETE" "/alerts/receivers/{id}" Administrators;
    /// Sends a receiver an alert that says that it is a test, and tells what came of it.
    TestReceiver = "POST" "/alerts/receivers/{id}/test" Administrators;
    /// Lists deliveries to a receiver, those of the newest alerts first.
    Deliveries = "GET" "/alerts/receivers/{id}/deliveries" Viewers;
    /// Has dead deliveries to a receiver tried again.
    RetryDeliveries = "POST" "/alerts/receivers/{id}/retry" Administrators;
    /// Lists whose doings raise no alerts.
    Ignores = "GET" "/alerts/ignores" Viewers;
    /// Adds an entry to the ignore list.
    AddIgnore = "POST" "/alerts/ignores" Administrators;
    /// Tells of an entry of the ignore list, be it removed.
    Ignore = "GET" "/alerts/ignores/{id}" Viewers;
    /// Removes an entry of the ignore list. Events that name it still do.
    RemoveIgnore = "DELETE" "/alerts/ignores/{id}" Administrators;

    /// Lists the deckies.
    Deckies = "GET" "/deckies" Viewers;
    /// Tells what a fleet file would come to; nothing is deployed.
    ValidateFleet = "POST" "/deckies/validate" Viewers;
    /// Makes the host, or the swarm, run exactly the fleet of a file.
    DeployFleet = "POST" "/deckies/deploy" Administrators;
    /// Takes the whole fleet down.
    TearDown = "DELETE" "/deckies" Administrators;
    /// Takes one decky down.
    TearDownDecky = "DELETE" "/deckies/{id}" Administrators;
    /// Lists what was taken on, the newest first.
    Operations = "GET" "/operations" Viewers;
    /// Tells how an operation goes, or waits for news of it.
    Operation = "GET" "/operations/{id}" Viewers;
    /// Lists the hosts of the swarm by name.
    SwarmHosts = "GET" "/swarm/hosts" Administrators;
    /// Takes what runs on a host down, then lets it in nowhere any more.
    Decommission = "DELETE" "/swarm/hosts/{id}" Administrators;
    /// Lists the deckies of the swarm by name, each with its host.
    SwarmDeckies = "GET" "/swarm/deckies" Administrators;
    /// Makes a token that lets a host into the swarm once.
    EnrollHost = "POST" "/swarm/enroll-token" Administrators;
    /// Tells what the hosts run, each of which is asked now, and which releases the controller keeps.
    UpdateHosts = "GET" "/swarm-updates/hosts" Administrators;
    /// Brings a release that the controller keeps to hosts, in waves, until the first failure.
    PushRelease = "POST" "/swarm-updates/push" Administrators;
    /// Switches hosts back to the good release before the one that runs.
    RollBack = "POST" "/swarm-updates/rollback" Administrators;
    /// Tells in which mode the master is, and how many hosts there are.
    DeploymentMode = "GET" "/system/deployment-mode" Viewers;
    /// Tells the settings.
    Config = "GET" "/config" Viewers;
    /// Sets how many deckies a fleet may have that is deployed through this API.
    SetDeploymentLimit = "PUT" "/config/deployment-limit" Administrators;
    /// Empties the record of events and of what was learnt of attackers; only where `developer` is set.
    EmptyRecord = "DELETE" "/config/reinit" Administrators;
    /// Lists the users.
    Users = "GET" "/config/users" Administrators;
    /// Adds a user, whose password must be changed first.
    AddUser = "POST" "/config/users" Administrators;
    /// Removes a user, and ends his sessions.
    RemoveUser = "DELETE" "/config/users/{id}" Administrators;
    /// Gives a user another role.
    SetRole = "PUT" "/config/users/{id}/role" Administrators;
    /// Gives a user another password, which must be changed first.
    ResetPassword = "PUT" "/config/users/{id}/reset-password" Administrators;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn paths_begin_as_said_and_none_is_there_twice() {
        let mut seen = BTreeSet::new();
        for route in Route::ALL {
            assert!(route.path().starts_with(PREFIX), "{route:?}");
            assert!(seen.insert((route.method(), route.path())), "{route:?}");
        }
    }

    #[test]
    fn only_three_routes_are_open_to_anybody() {
        let open: Vec<_> = Route::ALL.iter().filter(|route| route.allowed() == Allowed::Anybody).collect();
        assert_eq!(open, [&Route::Health, &Route::Document, &Route::LogIn]);
    }
}
