//! `run`: everything that a master has, in one process.

use decnet_daemon::Exit;

use super::{
    Context, api,
    foreground::{self, Manner},
    swarmctl::Listen,
    web,
};
use crate::{api::Settings, parts::Parts};

/// Run all that a master has: the controller of the swarm, the API and the page
///
/// The flags are the controller's; the configuration says where API and page listen (api-host, api-port,
/// web-host, web-port). The first time it makes the user admin, and says the password, once. It ends on
/// SIGTERM or SIGINT, when what is under way has ended, after ten seconds at the latest; a second SIGINT ends
/// it at once. What runs on the hosts goes on running.
#[derive(clap::Args)]
pub(super) struct Run {
    #[command(flatten)]
    listen: Listen,
}

impl Run {
    pub(super) fn run(self, mut context: Context) -> anyhow::Result<Exit> {
        // A listener on this host is asked for its files before flags come that it does not know.
        let listener = context.listener_config()?;
        let (config, controller) = self.listen.controller(&mut context)?;
        let parts = Parts {
            controller: Some(controller),
            api: Some(Settings::new(&config, &listener)?),
            page: Some(web::settings(&config)?),
        };
        // A question to the API does not keep a worker waiting.
        let threads = api::workers(&config) + 1;
        let manner = Manner { verb: "run", word: "master", threads, daemon: self.listen.daemon };
        foreground::run(&context, &config, parts, manner)
    }
}
