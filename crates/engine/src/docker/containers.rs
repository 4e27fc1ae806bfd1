//! Containers: made, started, stopped and removed, and never one that is not the fleet's.

use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, RemoveContainerOptionsBuilder,
    RestartContainerOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
};
use decnet_composer::deployment::{Container, Image, label};

use super::{
    Docker,
    body::{Names, body},
    failure::{is_conflict, is_missing, is_so_already, refused},
};
use crate::error::{Attempt, EngineError};

/// How long a container may take to end by itself, in seconds; a decoy drains its events in less.
const GRACE: i32 = 10;

impl Docker {
    /// Makes and starts it; one of ours that has its name is a leftover and makes room.
    pub(super) async fn create_container(&self, container: &Container) -> Result<(), EngineError> {
        if self.create(container).await? == Created::NameTaken {
            self.remove_container(&container.name).await?;
            if self.create(container).await? == Created::NameTaken {
                let attempt = Attempt::CreateContainer(container.name.clone());
                return Err(refused(attempt, "something else took its name"));
            }
        }
        self.start(&container.name).await
    }

    async fn create(&self, container: &Container) -> Result<Created, EngineError> {
        let image = match &container.image {
            Image::Decoy => self.decoy_tag().await?,
            Image::Named(name) => name.clone(),
        };
        let settings = self.settings();
        let names = Names { image: &image, fleet: &settings.fleet, network: &settings.network };
        let options = CreateContainerOptionsBuilder::new().name(&container.name).build();
        let made = self.client().await?.create_container(Some(options), body(container, &names));
        match made.await {
            Ok(_) => Ok(Created::Made),
            Err(error) if is_conflict(&error) => Ok(Created::NameTaken),
            Err(error) => Err(self.failed(Attempt::CreateContainer(container.name.clone()), error)),
        }
    }

    async fn start(&self, name: &str) -> Result<(), EngineError> {
        match self.client().await?.start_container(name, None::<StartContainerOptions>).await {
            Err(error) if !is_so_already(&error) => {
                Err(self.failed(Attempt::StartContainer(name.to_owned()), error))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn restart_container(&self, name: &str) -> Result<(), EngineError> {
        let attempt = || Attempt::RestartContainer(name.to_owned());
        self.check_ours(name, attempt()).await?;
        let options = RestartContainerOptionsBuilder::new().t(GRACE).build();
        let restarted = self.client().await?.restart_container(name, Some(options)).await;
        restarted.map_err(|error| self.failed(attempt(), error))
    }

    pub(super) async fn stop_container(&self, name: &str) -> Result<(), EngineError> {
        let attempt = || Attempt::StopContainer(name.to_owned());
        if self.check_ours(name, attempt()).await? == Found::Nothing {
            return Ok(());
        }
        let options = StopContainerOptionsBuilder::new().t(GRACE).build();
        match self.client().await?.stop_container(name, Some(options)).await {
            Err(error) if !is_so_already(&error) && !is_missing(&error) => Err(self.failed(attempt(), error)),
            _ => Ok(()),
        }
    }

    /// Its anonymous volumes go with it.
    pub(super) async fn remove_container(&self, name: &str) -> Result<(), EngineError> {
        let attempt = || Attempt::RemoveContainer(name.to_owned());
        if self.check_ours(name, attempt()).await? == Found::Nothing {
            return Ok(());
        }
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        match self.client().await?.remove_container(name, Some(options)).await {
            Err(error) if !is_missing(&error) => Err(self.failed(attempt(), error)),
            _ => Ok(()),
        }
    }

    /// Refuses to touch a container of somebody else's that has a name of ours.
    async fn check_ours(&self, name: &str, attempt: Attempt) -> Result<Found, EngineError> {
        let client = self.client().await?;
        let container = match client.inspect_container(name, None::<InspectContainerOptions>).await {
            Ok(container) => container,
            Err(error) if is_missing(&error) => return Ok(Found::Nothing),
            Err(error) => return Err(self.failed(attempt, error)),
        };
        let labels = container.config.and_then(|config| config.labels).unwrap_or_default();
        if labels.get(label::FLEET) == Some(&self.settings().fleet) {
            return Ok(Found::Ours);
        }
        let reason = "a container of this name is there that is not of this fleet: rename or remove it";
        Err(refused(attempt, reason))
    }
}

#[derive(PartialEq, Eq)]
enum Created {
    Made,
    NameTaken,
}

#[derive(PartialEq, Eq)]
enum Found {
    Ours,
    Nothing,
}
