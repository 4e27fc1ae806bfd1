//! Plans fleets and drives agents.

use decnet_daemon::{Exit, environment::Environment};

fn main() -> Exit {
    let arguments: Vec<_> = std::env::args_os().collect();
    decnet_master::run(&arguments, &Environment::of_process())
}
