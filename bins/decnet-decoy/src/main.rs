//! One fake machine: every built-in service of a decky in one static process.

fn main() {}
