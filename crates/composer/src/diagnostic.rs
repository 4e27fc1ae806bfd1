//! What is wrong with a fleet, where it was written, and what would be right.

use std::{borrow::Cow, fmt, sync::Arc};

use decnet_proto::ids::DeckyName;
use serde::{Deserialize, Serialize};

use crate::wire;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The fleet can be built, but not as one might think.
    Warning,
    /// The fleet cannot be built.
    Error,
}

/// Where it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// In a fleet file.
    File {
        /// Name of the file, as it was given.
        #[serde(with = "wire::text")]
        file: Arc<str>,
        /// Line, counted from 1.
        line: u32,
        /// Section that the line belongs to.
        #[serde(with = "wire::optional_text")]
        section: Option<Arc<str>>,
        /// Key that is wrong, as the user wrote it.
        #[serde(with = "wire::optional_text")]
        key: Option<Arc<str>>,
    },
    /// On the command line: the flag with its hyphens.
    Flag(Cow<'static, str>),
    /// In a decky that no file describes.
    Decky(DeckyName),
    /// In the fleet as a whole, or in the LAN it is to live on.
    Fleet,
}

impl Place {
    /// The same line, at a key.
    #[must_use]
    pub fn with_key(&self, name: &str) -> Self {
        match self {
            Self::File { file, line, section, .. } => Self::File {
                file: file.clone(),
                line: *line,
                section: section.clone(),
                key: Some(name.into()),
            },
            other => other.clone(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { file, line, section, key } => {
                write!(f, "{file}:{line}")?;
                if let Some(section) = section {
                    write!(f, ": [{section}]")?;
                }
                key.as_ref().map_or(Ok(()), |key| write!(f, " {key}"))
            }
            Self::Flag(flag) => f.write_str(flag),
            Self::Decky(name) => write!(f, "decky {name}"),
            Self::Fleet => f.write_str("fleet"),
        }
    }
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub place: Place,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Where it was written.
    pub place: Place,
    /// The wrong value and what would be right.
    pub message: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(f, "{}: {severity}: {}", self.place, self.message)
    }
}

/// Most diagnostics of one severity that are kept: nobody reads more, and a hostile file must
/// not turn into memory.
pub const MAX_PER_SEVERITY: usize = 250;

/// Everything that is wrong, nothing twice; shows one line for
/// each.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds an error.
    pub fn error(&mut self, place: &Place, message: impl Into<String>) {
        self.push(Severity::Error, place, message.into());
    }

    /// Adds a warning.
    pub fn warn(&mut self, place: &Place, message: impl Into<String>) {
        self.push(Severity::Warning, place, message.into());
    }

    fn push(&mut self, severity: Severity, place: &Place, message: String) {
        let new = Diagnostic { severity, place: place.clone(), message };
        let alike = self.0.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        if alike < MAX_PER_SEVERITY && !self.0.contains(&new) {
            self.0.push(new);
        }
    }

    /// Adds what another step found.
    pub fn extend(&mut self, other: Self) {
        for Diagnostic { severity, place, message } in other.0 {
            self.push(severity, &place, message);
        }
    }

    /// Puts what was found into the order of the file.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|diagnostic| match diagnostic.place {
            Place::File { line, .. } => line,
            Place::Flag(_) | Place::Decky(_) | Place::Fleet => 0,
        });
    }

    /// Whether the fleet cannot be built.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The value with the warnings, or everything that was found if any of it is an error.
    ///
    /// # Errors
    /// When one of the diagnostics is an error.
    pub fn checked<T>(self, value: T) -> Result<Checked<T>, Self> {
        if self.has_errors() { Err(self) } else { Ok(Checked { value, warnings: self }) }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, diagnostic) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{diagnostic}")?;
        }
        Ok(())
    }
}

/// A value without errors, and what should be said of it all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<T> {
    /// The value.
    pub value: T,
    /// Warnings only.
    pub warnings: Diagnostics,
}
