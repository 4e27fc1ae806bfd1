//! What every main shares: arguments, configuration, diagnostics, signals, pid files, locks.
