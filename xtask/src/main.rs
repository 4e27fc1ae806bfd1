//! The workspace's own tasks: demo, test, proof, lint, tidy, lab, image, bench.

fn main() {}
