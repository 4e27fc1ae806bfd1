//! Plans fleets and drives agents.

fn main() {}
