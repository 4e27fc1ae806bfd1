//! The files of a site: the product's own, the operator's, and bait.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::persona::{Persona, ServiceSpec};

use super::{
    super::{
        product::{Identity, Product},
        settings::Settings,
    },
    App, bait, front, icons, wordpress,
};

/// A path, its content, and how many days after the installation it may have been changed.
pub(super) type File = (String, Vec<u8>, u64);

/// All files of the site. Later ones replace earlier ones of the same path.
pub(super) fn all(
    identity: &Identity,
    settings: &Settings,
    spec: &ServiceSpec,
    persona: &Persona,
) -> Vec<File> {
    let mut files = own(identity, settings, persona);
    if identity.product == Product::Apache {
        files.extend(icons::files());
    }
    if identity.product != Product::Iis {
        files.extend(bait::files(settings.app, persona));
    }
    if let Some(body) = &settings.custom_body {
        files.push(("/index.html".into(), body.clone().into_bytes(), 20));
    }
    for (path, content) in &spec.files {
        // A plan holds only base64 here, and what is none names no file of a `files` folder.
        if let Some(body) = STANDARD.decode(content).ok().filter(|_| path.starts_with('/')) {
            files.push((path.clone(), body, 20));
        }
    }
    files
}

fn own(identity: &Identity, settings: &Settings, persona: &Persona) -> Vec<File> {
    match (identity.product, settings.app) {
        (Product::Iis, _) => vec![
            ("/iisstart.htm".into(), front::iis().into_bytes(), 1),
            ("/index.html".into(), front::iis().into_bytes(), 1),
        ],
        (_, App::WordPress) => wordpress::files(persona),
        // The application stands at the root.
        (_, App::PhpMyAdmin) => vec![robots(&["/"])],
        (_, App::None) => {
            let page = if settings.nginx_front { front::nginx() } else { front::apache(persona) };
            vec![("/index.html".into(), page.into_bytes(), 1), robots(&["/admin/", "/backup/"])]
        }
    }
}

fn robots(hidden: &[&str]) -> File {
    let rules: String = hidden.iter().map(|path| format!("Disallow: {path}\n")).collect();
    ("/robots.txt".into(), format!("User-agent: *\n{rules}").into_bytes(), 10)
}
