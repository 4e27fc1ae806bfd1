//! Contracts that users rely on: CLI, INI, wire, log lines.
