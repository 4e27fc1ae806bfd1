//! What is wrong with a configuration.

use std::{fmt, path::PathBuf};

use thiserror::Error;

/// How the place of a flag begins.
pub(super) const FLAG: &str = "flag ";

/// One mistake: where, in what, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// `FILE:LINE`, or the variable or flag that said it.
    pub place: String,
    /// The section, where it is known.
    pub section: Option<String>,
    /// The key, where it is known.
    pub key: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if let Some(section) = &self.section {
            write!(f, "[{section}] ")?;
        }
        match &self.key {
            Some(key) => write!(f, "{key}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file is there but cannot be read, or a flag names one that is not there.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The mistakes in it, all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Problems(Vec<Problem>),
    /// Layers could not be merged.
    #[error("cannot merge the layers of the configuration")]
    Merge(#[from] config::ConfigError),
}

impl ConfigError {
    /// Whether flags alone are wrong.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Problems(all) if all.iter().all(|problem| problem.place.starts_with(FLAG)))
    }
}
