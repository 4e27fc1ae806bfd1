//! The query part of routes.

use serde::{Deserialize, Serialize};

use crate::alert::DeliveryState;

/// Writes the queries of lists: what each has of its own, and where in the list a page is.
macro_rules! lists {
    ($( #[doc = $doc:literal] $name:ident { $( #[doc = $field_doc:literal] $field:ident: $type:ty, )* } )+) => { $(
        #[doc = $doc]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
        pub struct $name {
            $( #[doc = $field_doc] pub $field: Option<$type>, )*
            /// How many, 1 to 1000; 50 without it.
            #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
            pub limit: Option<u32>,
            /// How many to leave out.
            pub offset: Option<u64>,
            /// Where the page before this one ended: its `next`.
            pub cursor: Option<String>,
        }

        impl $name {
            /// Where in the list the page is.
            pub fn page(&self) -> PageQuery {
                PageQuery { limit: self.limit, offset: self.offset, cursor: self.cursor.clone() }
            }
        }
    )+ };
}

/// Where in a list a page is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
pub struct PageQuery {
    /// How many, 1 to 1000; 50 without it.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
    pub limit: Option<u32>,
    /// How many to leave out.
    pub offset: Option<u64>,
    /// Where the page before this one ended: its `next`.
    pub cursor: Option<String>,
}

lists! {
    /// Which events.
    LogsQuery {
        /// What they must say: words, `name:value`, `-` before what they must not.
        search: String,
        /// When they happened, at the earliest: RFC 3339, or `YYYY-MM-DD HH:MM:SS` in UTC.
        start_time: String,
        /// Before when they happened.
        end_time: String,
    }
    /// Which bounties.
    BountyQuery {
        /// `credential` or `fingerprint`.
        bounty_type: String,
        /// A part of what they say.
        search: String,
    }
    /// Which credentials.
    CredentialsQuery {
        /// A part of the user name or the secret.
        search: String,
    }
    /// Which attackers.
    AttackersQuery {
        /// A part of the address.
        search: String,
        /// What comes first.
        sort_by: SortBy,
        /// A service that they touched.
        service: String,
    }
    /// Which commands.
    CommandsQuery {
        /// The service that they were given to.
        service: String,
    }
    /// Which conversations.
    SessionsQuery {
        /// The address of the attacker.
        attacker_ip: String,
        /// The decky.
        decky: String,
        /// The service.
        service: String,
    }
    /// Which deliveries.
    DeliveriesQuery {
        /// How far they are; those that were given up without it.
        state: DeliveryState,
    }
    /// Which captured files.
    ArtifactsQuery {
        /// SHA-256 of the content.
        sha256: String,
    }
}

/// Which attackers come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum SortBy {
    /// Those that did something last.
    #[default]
    Recent,
    /// Those with most events.
    Active,
    /// Those that touched most deckies.
    Traversals,
}

/// Events over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
pub struct HistogramQuery {
    /// What they must say.
    pub search: Option<String>,
    /// When they happened, at the earliest.
    pub start_time: Option<String>,
    /// Before when they happened.
    pub end_time: Option<String>,
    /// Minutes of one span, 1 to 525600; 15 without it.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 525_600))]
    pub interval_minutes: Option<u32>,
}

/// What events are written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ExportFormat {
    /// One JSON object a line.
    #[default]
    Jsonl,
    /// Comma separated (RFC 4180).
    Csv,
    /// Elastic Common Schema, one JSON object a line.
    Ecs,
    /// Open Cybersecurity Schema Framework, one JSON object a line.
    Ocsf,
    /// Common Event Format, one line each.
    Cef,
}

/// Which events, and what they are written as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
pub struct ExportQuery {
    /// What they are written as; JSON lines without it.
    pub format: Option<ExportFormat>,
    /// What they must say.
    pub search: Option<String>,
    /// When they happened, at the earliest.
    pub start_time: Option<String>,
    /// Before when they happened.
    pub end_time: Option<String>,
}

/// Which events are told as they come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema, utoipa::IntoParams))]
pub struct StreamQuery {
    /// What they must say.
    pub search: Option<String>,
    /// Id of the last event that is known; the header `Last-Event-ID` says the same.
    #[serde(rename = "lastEventId")]
    #[cfg_attr(feature = "openapi", param(rename = "lastEventId"))]
    pub last_event_id: Option<i64>,
}
