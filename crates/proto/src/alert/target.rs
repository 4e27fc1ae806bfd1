//! Where alerts go: what goes in, and what of it comes out.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a mail server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// TLS is agreed on in the conversation, and nothing is said without it.
    Starttls,
    /// TLS from the first byte.
    Tls,
    /// None: to a server on this very machine only.
    None,
}

/// Where alerts go, with what is secret of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A webhook that takes alerts as they are.
    Json {
        /// Its address, `https://…`.
        url: String,
        /// Whether the address may begin with `http://`: alerts can then be read on the way.
        #[serde(default)]
        allow_http: bool,
        /// The key that signs what is sent, 16 to 256 bytes.
        secret: String,
    },
    /// An incoming webhook of Slack.
    Slack {
        /// Its address, a secret.
        url: String,
    },
    /// A webhook of a workflow of Teams.
    Teams {
        /// Its address, a secret.
        url: String,
    },
    /// Mail.
    Mail(Mail),
}

/// A mail server, and who gets mail through it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The server's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub security: MailSecurity,
    /// The name to log in with; without one there is no log-in.
    pub username: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The sender.
    pub from: String,
    /// The recipients, 1 to 20.
    pub to: Vec<String>,
}

/// Shows no secret.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.view(), f)
    }
}

/// Shows no secret.
impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.view(), f)
    }
}

impl Target {
    /// What may be seen of it.
    pub fn view(&self) -> TargetView {
        match self {
            Self::Json { url, allow_http, .. } => {
                TargetView::Json { url: without_query(url), allow_http: *allow_http }
            }
            Self::Slack { url } => TargetView::Slack { host: host_of(url) },
            Self::Teams { url } => TargetView::Teams { host: host_of(url) },
            Self::Mail(mail) => mail.view(),
        }
    }
}

impl Mail {
    fn view(&self) -> TargetView {
        let Self { host, port, security, username, password, from, to } = self.clone();
        TargetView::Mail { host, port, security, username, password_set: password.is_some(), from, to }
    }
}

/// An address with a mark in place of its query, in which some receivers want a key.
fn without_query(url: &str) -> String {
    url.split_once('?').map_or_else(|| url.to_owned(), |(before, _)| format!("{before}?…"))
}

/// The host of an address, without what may be secret in it.
fn host_of(url: &str) -> String {
    let behind = url.split_once("://").map_or(url, |(_, behind)| behind);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Where alerts go, without what is secret of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TargetView {
    /// A webhook that takes alerts as they are. It has a key.
    Json {
        /// Its address; what stands behind its question mark is not shown.
        url: String,
        /// Whether it may be one without TLS.
        allow_http: bool,
    },
    /// An incoming webhook of Slack. The rest of its address is a secret.
    Slack {
        /// The host of its address.
        host: String,
    },
    /// A webhook of a workflow of Teams. The rest of its address is a secret.
    Teams {
        /// The host of its address.
        host: String,
    },
    /// Mail.
    Mail {
        /// The server's name or address.
        host: String,
        /// Its port.
        port: u16,
        /// How it is spoken to.
        security: MailSecurity,
        /// The name to log in with.
        username: Option<String>,
        /// Whether there is a password.
        password_set: bool,
        /// The sender.
        from: String,
        /// The recipients.
        to: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Target {
        Target::Mail(Mail {
            host: "mail.example".to_owned(),
            port: 587,
            security: MailSecurity::Starttls,
            username: Some("alerts".to_owned()),
            password: Some("hush-pass".to_owned()),
            from: "a@example.org".to_owned(),
            to: vec!["b@example.org".to_owned()],
        })
    }

    #[test]
    fn nothing_that_is_shown_has_a_secret() {
        let secret = |text: &str| text.contains("hush");
        let json = Target::Json {
            url: "https://r.example/hook?key=hush".to_owned(),
            allow_http: false,
            secret: "hush-0123456789ab".to_owned(),
        };
        let slack = Target::Slack { url: "https://hooks.slack.example/services/hush".to_owned() };
        let teams = Target::Teams { url: "https://u:hush@flow.example?sig=hush".to_owned() };
        for target in [json, slack, teams, mail()] {
            assert!(secret(&serde_json::to_string(&target).unwrap()), "the row needs it");
            assert!(!secret(&format!("{target:?}")), "{target:?}");
            assert!(!secret(&serde_json::to_string(&target.view()).unwrap()));
        }
        let Target::Mail(mail) = mail() else { unreachable!() };
        assert!(!secret(&format!("{mail:?}")));
    }

    #[test]
    fn a_target_is_read_as_it_was_written_and_strictly() {
        let text = serde_json::to_string(&mail()).unwrap();
        assert_eq!(serde_json::from_str::<Target>(&text).unwrap(), mail());
        for bad in [
            r#"{"kind":"slack"}"#,
            r#"{"kind":"slack","url":"https://x","secret":"y"}"#,
            r#"{"kind":"pager","url":"https://x"}"#,
        ] {
            assert!(serde_json::from_str::<Target>(bad).is_err(), "{bad}");
        }
    }
}
