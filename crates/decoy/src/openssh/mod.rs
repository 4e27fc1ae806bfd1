//! What OpenSSH's server and its tools share: data types, and files of keys.

pub(crate) mod private_key;
pub(crate) mod wire;
