//! Plans fleets and drives agents.

use decnet_daemon::{Exit, environment::Environment, names};

fn main() -> Exit {
    names::by_files_and_dns();
    let arguments: Vec<_> = std::env::args_os().collect();
    decnet_master::run(&arguments, &Environment::of_process())
}
