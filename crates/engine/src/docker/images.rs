//! Images: the decoy's own, loaded from an archive; an operator's, pulled.

use std::{collections::HashMap, fs, io, os::unix::fs::MetadataExt, path::Path};

use bollard::{
    body_full,
    models::ImageSummary,
    query_parameters::{
        CreateImageOptionsBuilder, ImportImageOptionsBuilder, ListImagesOptionsBuilder, RemoveImageOptions,
    },
};
use decnet_composer::deployment::{Image, label};
use futures_util::TryStreamExt;

use super::{
    Docker,
    failure::{is_conflict, is_missing, refused},
};
use crate::{
    error::{Attempt, EngineError},
    image::DecoyImage,
};

/// The tag of a binary that was looked at before, and how to see that it is the same.
#[derive(Debug)]
pub(super) struct KnownTag {
    file: FileId,
    tag: String,
}

/// Device, inode, size, seconds and nanoseconds of the last change.
type FileId = (u64, u64, u64, i64, i64);

impl Docker {
    pub(super) async fn ensure_image(&self, image: &Image, fresh: bool) -> Result<(), EngineError> {
        match image {
            Image::Decoy if !fresh && self.has_image(&self.decoy_tag().await?).await? => Ok(()),
            Image::Decoy => self.load_decoy().await,
            Image::Named(name) if !fresh && self.has_image(name).await? => Ok(()),
            Image::Named(name) => self.pull(name).await,
        }
    }

    /// The tag of the decoy image, if Docker has it. A binary that cannot be read is no reason
    /// not to tell what runs.
    pub(super) async fn decoy_image_if_present(&self) -> Result<Option<String>, EngineError> {
        let Ok(tag) = self.decoy_tag().await else { return Ok(None) };
        Ok(self.has_image(&tag).await?.then_some(tag))
    }

    /// The tag of the image of our binary as it is now.
    pub(super) async fn decoy_tag(&self) -> Result<String, EngineError> {
        let path = &self.settings().decoy;
        let file = file_id(path).map_err(|error| self.unreadable(error))?;
        let mut known = self.tag.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.file == file) {
            return Ok(known.tag.clone());
        }
        let tag = self.make_decoy().await?.tag().to_owned();
        *known = Some(KnownTag { file, tag: tag.clone() });
        Ok(tag)
    }

    async fn make_decoy(&self) -> Result<DecoyImage, EngineError> {
        let settings = self.settings().clone();
        let make = move || {
            let binary = fs::read(&settings.decoy)?;
            DecoyImage::new(&binary, &settings.repository, &[(label::FLEET, &settings.fleet)])
        };
        let made = tokio::task::spawn_blocking(make).await.map_err(io::Error::other);
        made.flatten().map_err(|error| self.unreadable(error))
    }

    fn unreadable(&self, error: io::Error) -> EngineError {
        refused(Attempt::ReadDecoy(self.settings().decoy.clone()), error)
    }

    async fn load_decoy(&self) -> Result<(), EngineError> {
        let image = self.make_decoy().await?;
        let attempt = || Attempt::LoadImage(image.tag().to_owned());
        let archive = image.archive().map_err(|error| refused(attempt(), error))?;
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let client = self.client().await?;
        let loading = client.import_image(options, body_full(archive.into()), None);
        loading.try_for_each(|_| async { Ok(()) }).await.map_err(|e| self.failed(attempt(), e))?;
        if self.has_image(image.tag()).await? {
            return Ok(());
        }
        Err(refused(attempt(), "docker took the archive but does not have the image"))
    }

    async fn pull(&self, name: &str) -> Result<(), EngineError> {
        let options = CreateImageOptionsBuilder::new().from_image(&with_tag(name)).build();
        let pulling = self.client().await?.create_image(Some(options), None, None);
        let pulled = pulling.try_for_each(|_| async { Ok(()) }).await;
        pulled.map_err(|error| self.failed(Attempt::PullImage(name.to_owned()), error))
    }

    async fn has_image(&self, name: &str) -> Result<bool, EngineError> {
        match self.client().await?.inspect_image(name).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(self.failed(Attempt::FindImage(name.to_owned()), error)),
        }
    }

    /// Removes images that carry our fleet's label, but not that of the present binary nor any
    /// that a container was made from.
    pub(super) async fn prune_images(&self) -> Result<(), EngineError> {
        let current = self.decoy_tag().await?;
        let ours = format!("{}={}", label::FLEET, self.settings().fleet);
        let filters = HashMap::from([("label", vec![ours])]);
        let options = ListImagesOptionsBuilder::new().filters(&filters).build();
        let images = self.client().await?.list_images(Some(options)).await;
        let images = images.map_err(|error| self.failed(Attempt::PruneImages, error))?;
        for name in images.into_iter().flat_map(names).filter(|name| *name != current) {
            self.remove_image_if_unused(&name).await?;
        }
        Ok(())
    }

    async fn remove_image_if_unused(&self, name: &str) -> Result<(), EngineError> {
        let client = self.client().await?;
        match client.remove_image(name, None::<RemoveImageOptions>, None).await {
            Err(error) if !is_conflict(&error) && !is_missing(&error) => {
                Err(self.failed(Attempt::PruneImages, error))
            }
            _ => Ok(()),
        }
    }
}

/// What an image is removed by: its tags, or its digest where it has none.
fn names(image: ImageSummary) -> Vec<String> {
    let tags: Vec<_> = image.repo_tags.into_iter().filter(|tag| tag != "<none>:<none>").collect();
    if tags.is_empty() { vec![image.id] } else { tags }
}

/// Without tag or digest Docker pulls every tag there is.
fn with_tag(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains([':', '@']) { name.to_owned() } else { format!("{name}:latest") }
}

fn file_id(path: &Path) -> io::Result<FileId> {
    let of = fs::metadata(path)?;
    Ok((of.dev(), of.ino(), of.size(), of.mtime(), of.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::with_tag;

    #[test]
    fn a_reference_without_tag_means_latest() {
        let check = |name, expect| assert_eq!(with_tag(name), expect, "{name}");
        check("nginx", "nginx:latest");
        check("nginx:1.25", "nginx:1.25");
        check("registry.lan:5000/a/b", "registry.lan:5000/a/b:latest");
        check("registry.lan:5000/a/b:1", "registry.lan:5000/a/b:1");
        check("a/b@sha256:00", "a/b@sha256:00");
    }
}
