//! What a master asks of an updater: over mutual TLS, on [`super::UPDATER_PORT`].

/// Every route of the API: method, path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// [`crate::agent::Health`] of the updater.
    Health,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 1] = [Self::Health];

    /// Its method.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Health => "GET",
        }
    }

    /// Its path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Health => "/v1/health",
        }
    }
}
