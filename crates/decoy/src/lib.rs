//! The emulations: one folder per service, the driver that owns their sockets.
