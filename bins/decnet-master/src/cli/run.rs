//! `run`: everything that a master has, in one process.

use decnet_daemon::Exit;

use super::{
    Context, api,
    foreground::{self, Manner},
    swarmctl::Listen,
    web,
};
use crate::{api::Settings, parts::Parts};

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
