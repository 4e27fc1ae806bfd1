//! Exit codes: the same for every program of DECNET.

use std::process::{ExitCode, Termination};

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All went well.
    Success = 0,
    /// Something failed; the message says what.
    Failure = 1,
    /// The command line cannot be obeyed (`EX_USAGE` of sysexits.h).
    Usage = 64,
    /// The configuration cannot be obeyed (`EX_CONFIG` of sysexits.h).
    Config = 78,
}

impl Exit {
    /// Every code, with what it means, for help texts and the reference.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Success, "all went well"),
        (Self::Failure, "something failed; the message says what"),
        (Self::Usage, "the command line cannot be obeyed"),
        (Self::Config, "the configuration cannot be obeyed"),
    ];
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}
