//! The only process of a host that touches Docker and the network.

fn main() {}
