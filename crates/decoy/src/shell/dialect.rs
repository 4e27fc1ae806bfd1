//! Which shell it is: what it understands beyond POSIX, and how it words its errors.

/// A shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// bash.
    Bash,
    /// dash, `/bin/sh` of Debian and its kin.
    Dash,
    /// The shell of BusyBox.
    Ash,
}

impl Dialect {
    /// Whether it is bash.
    pub(crate) const fn is_bash(self) -> bool {
        matches!(self, Self::Bash)
    }

    /// Whether it is dash.
    pub(crate) const fn is_dash(self) -> bool {
        matches!(self, Self::Dash)
    }
}
