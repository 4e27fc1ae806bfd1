//! A fleet file that came through the API.
//!
//! It is read as the command line reads one, but for two things: it names no files, since those would be
//! files of this host that whoever asks may not see; and its fleet is no larger than the limit.

use std::sync::Arc;

use decnet_composer::{
    diagnostic::{Checked, Diagnostics, Place},
    fleet::FleetSpec,
    ini,
};
use decnet_proto::api::DEPLOYMENT_LIMIT;
use decnet_record::Setting;
use tokio::sync::Semaphore;

use crate::api::{app::App, refusal::Refusal};

/// Its name in messages.
const NAME: &str = "fleet.ini";

/// Fleets that are read and planned at once: each takes a core.
const AT_ONCE: usize = 2;

/// Bounds how many fleets are looked at.
#[derive(Clone, Debug)]
pub(in crate::api) struct Planning(Arc<Semaphore>);

impl Default for Planning {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Planning {
    /// Waits until there is room.
    pub(super) async fn room(&self) -> impl Send + use<> {
        Arc::clone(&self.0).acquire_owned().await
    }
}

/// The fleet of a text, or all that is wrong with it.
pub(super) async fn read(
    app: &App,
    text: String,
) -> Result<Result<Checked<FleetSpec>, Diagnostics>, Refusal> {
    let limit = limit(app).await?;
    let read = tokio::task::spawn_blocking(move || of_text(&text, limit)).await;
    read.map_err(|error| Refusal::Failed(error.into()))
}

/// How many deckies a fleet may have.
pub(in crate::api) async fn limit(app: &App) -> Result<u32, Refusal> {
    let kept = app.ask(|reader| reader.setting(Setting::DeploymentLimit)).await?;
    Ok(kept.and_then(|limit| limit.try_into().ok()).unwrap_or(DEPLOYMENT_LIMIT))
}

fn of_text(text: &str, limit: u32) -> Result<Checked<FleetSpec>, Diagnostics> {
    let Checked { value: spec, warnings: mut found } = ini::parse(NAME, text.as_bytes())?;
    for reference in spec.file_references() {
        let message = format!(
            "{:?} is not read: a fleet that comes through the API names no files; `decnet-master deploy` takes them",
            reference.path
        );
        found.error(&reference.place, message);
    }
    let deckies = spec.deckies.len();
    if u32::try_from(deckies).map_or(true, |deckies| deckies > limit) {
        let message = format!("{deckies} deckies are too many: the deployment limit is {limit}");
        found.error(&Place::Fleet, message);
    }
    found.checked(spec)
}

#[cfg(test)]
mod tests {
    use decnet_proto::{
        api::FLEET_FILE_MAX,
        service::{KeySpec, ServiceId, ValueRule},
    };

    use super::*;

    #[test]
    fn files_are_as_large_as_the_parser_takes_them() {
        assert_eq!(FLEET_FILE_MAX, ini::MAX_BYTES);
    }

    /// Every key of every service that names a file or a folder.
    #[test]
    fn no_file_of_this_host_is_named() {
        let is_path = |key: &&KeySpec| matches!(key.rule, ValueRule::File | ValueRule::Folder);
        let folder = tempfile::tempdir().unwrap();
        let mut tried = 0;
        for service in ServiceId::ALL {
            let slug = service.slug();
            let mut text = format!("[a]\nservices = {slug}\n[a.{slug}]\n");
            let keys: Vec<_> = service.info().keys.iter().filter(is_path).map(|key| key.name).collect();
            for key in &keys {
                let path = folder.path().join(format!("{slug}-{key}"));
                std::fs::write(&path, "secret").unwrap();
                text += &format!("{key} = {}\n", path.display());
            }
            let found = of_text(&text, 9).err().unwrap_or_default();
            let refused = found.0.iter().filter(|one| one.message.contains("is not read")).count();
            assert_eq!(refused, keys.len(), "{text}: {found}");
            tried += refused;
        }
        assert!(tried > 3, "{tried}");
    }

    #[test]
    fn a_fleet_may_be_as_large_as_the_limit() {
        let text = "[a]\nservices = ssh\namount = 7\n";
        assert_eq!(of_text(text, 7).unwrap().value.deckies.len(), 7);
        let found = of_text(text, 6).unwrap_err().to_string();
        assert_eq!(found, "fleet: error: 7 deckies are too many: the deployment limit is 6");
    }
}
