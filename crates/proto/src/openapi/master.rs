//! What the dashboard, and programs of operators, ask of the master.

use super::{
    BEARER, alerts,
    entry::{Entry, Status},
    fleet,
};
use crate::{
    account::{
        ChangePassword, LoginAnswer, LoginId, LoginRequest, LoginView, NewUser, ResetPassword, Role, SetRole,
        UserId, UserView,
    },
    api::{
        Allowed, ArtifactsQuery, AttackersQuery, BountyQuery, CommandsQuery, ConfigView, CredentialsQuery,
        DeckyView, DeploymentMode, ExportQuery, HealthView, HistogramQuery, LogsQuery, Me, Message,
        PageQuery, Route, SessionsQuery, StreamQuery,
    },
    record::{
        ArtifactRow, AttackerRow, BountyRow, Bucket, CommandRow, CredentialRow, LogRow, SessionRow, Stats,
    },
};

/// What the document says of a route.
pub(super) fn entry(route: Route) -> Entry {
    let entry = Entry::new(route, route.method(), route.path(), route.summary());
    let entry = match route.allowed() {
        Allowed::Anybody => entry.allows_anybody(),
        Allowed::Users => entry.allows_who(BEARER, &[]),
        Allowed::Viewers => entry.allows_who(BEARER, &[Role::Viewer.word(), Role::Admin.word()]),
        Allowed::Administrators => entry.allows_who(BEARER, &[Role::Admin.word()]),
    };
    match route {
        Route::Health => entry
            .remark("Where events are not kept, or nothing can be answered, it is 503 with the same body.")
            .answers::<HealthView>(Status::Ok)
            .answers::<HealthView>(Status::Unavailable),
        Route::Metrics => entry.answers_as("text/plain"),
        Route::Document => entry.answers_as("application/json"),
        Route::LogIn
        | Route::LogOut
        | Route::ChangePassword
        | Route::Me
        | Route::LogIns
        | Route::RevokeLogIn
        | Route::Users
        | Route::AddUser
        | Route::RemoveUser
        | Route::SetRole
        | Route::ResetPassword => of_users(entry, route),
        Route::Logs
        | Route::Histogram
        | Route::Export
        | Route::Stream
        | Route::Stats
        | Route::Bounty
        | Route::Credentials
        | Route::Attackers
        | Route::Attacker
        | Route::AttackerCommands
        | Route::AttackerArtifacts
        | Route::Sessions
        | Route::Session
        | Route::SessionEvents
        | Route::Artifacts
        | Route::Artifact => of_record(entry, route),
        Route::Alerts
        | Route::AlertRules
        | Route::SetAlertRule
        | Route::Receivers
        | Route::AddReceiver
        | Route::Receiver
        | Route::ChangeReceiver
        | Route::RemoveReceiver
        | Route::TestReceiver
        | Route::Deliveries
        | Route::RetryDeliveries
        | Route::Ignores
        | Route::AddIgnore
        | Route::Ignore
        | Route::RemoveIgnore => alerts::entry(entry, route),
        Route::Deckies => entry.lists::<DeckyView>(),
        Route::ValidateFleet
        | Route::DeployFleet
        | Route::TearDown
        | Route::TearDownDecky
        | Route::Operations
        | Route::Operation
        | Route::SwarmHosts
        | Route::Decommission
        | Route::SwarmDeckies
        | Route::EnrollHost
        | Route::UpdateHosts
        | Route::PushRelease
        | Route::RollBack
        | Route::SetDeploymentLimit
        | Route::EmptyRecord => fleet::describe(entry, route),
        Route::DeploymentMode => entry.answers::<DeploymentMode>(Status::Ok),
        Route::Config => entry.answers::<ConfigView>(Status::Ok),
    }
}

/// What it says of a route of users and their sessions.
fn of_users(entry: Entry, route: Route) -> Entry {
    match route {
        Route::LogIn => entry.body::<LoginRequest>().answers::<LoginAnswer>(Status::Ok),
        Route::LogOut => entry.answers::<Message>(Status::Ok),
        Route::ChangePassword => entry.body::<ChangePassword>().answers::<Message>(Status::Ok),
        Route::Me => entry.answers::<Me>(Status::Ok),
        Route::LogIns => entry.lists::<LoginView>(),
        Route::RevokeLogIn => entry.named::<LoginId>("The session.").answers::<Message>(Status::Ok),
        Route::Users => entry.lists::<UserView>(),
        Route::AddUser => entry.body::<NewUser>().answers::<UserView>(Status::Created),
        Route::RemoveUser => entry.named::<UserId>("The user.").answers::<Message>(Status::Ok),
        Route::SetRole => entry.named::<UserId>("The user.").body::<SetRole>().answers::<Message>(Status::Ok),
        Route::ResetPassword => {
            entry.named::<UserId>("The user.").body::<ResetPassword>().answers::<Message>(Status::Ok)
        }
        _ => entry,
    }
}

/// What it says of a route that the record answers.
fn of_record(entry: Entry, route: Route) -> Entry {
    match route {
        Route::Logs => entry.query::<LogsQuery>().pages::<LogRow>(),
        Route::Histogram => entry.query::<HistogramQuery>().lists::<Bucket>(),
        Route::Export => entry.query::<ExportQuery>().answers_as("application/x-ndjson"),
        Route::Stream => entry
            .remark(
                "Messages are `stats`, `histogram` and `logs`, in this order first; those of `logs` have the id of \
                 their last event. With that id in `Last-Event-ID` nothing is missed.",
            )
            .query::<StreamQuery>()
            .answers_as("text/event-stream"),
        Route::Stats => entry.answers::<Stats>(Status::Ok),
        Route::Bounty => entry.query::<BountyQuery>().pages::<BountyRow>(),
        Route::Credentials => entry.query::<CredentialsQuery>().pages::<CredentialRow>(),
        Route::Attackers => entry.query::<AttackersQuery>().pages::<AttackerRow>(),
        Route::Attacker => entry.uuid("The attacker.").answers::<AttackerRow>(Status::Ok),
        Route::AttackerCommands => {
            entry.uuid("The attacker.").query::<CommandsQuery>().pages::<CommandRow>()
        }
        Route::AttackerArtifacts => {
            entry.uuid("The attacker.").query::<PageQuery>().pages::<ArtifactRow>()
        }
        Route::Sessions => entry.query::<SessionsQuery>().pages::<SessionRow>(),
        Route::Session => entry.number("The session.").answers::<SessionRow>(Status::Ok),
        Route::SessionEvents => {
            entry.number("The session.").query::<PageQuery>().pages::<LogRow>()
        }
        Route::Artifacts => entry.query::<ArtifactsQuery>().pages::<ArtifactRow>(),
        Route::Artifact => entry.text("SHA-256 of the content.").answers_as("application/octet-stream"),
        _ => entry,
    }
}
