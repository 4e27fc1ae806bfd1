//! The keys of the service's section, read into types once.

use decnet_proto::persona::{ProductName, ServiceSpec};

use super::site::App;
use crate::ServiceError;

/// What the operator decided.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The application that the site runs.
    pub app: App,
    /// Whether the front page is nginx's rather than Apache's.
    pub nginx_front: bool,
    /// Status of the answer where nothing is.
    pub missing: u16,
    /// Header lines of every answer.
    pub extra_headers: Vec<(String, String)>,
    /// The front page.
    pub custom_body: Option<String>,
}

impl Settings {
    /// Reads the keys.
    ///
    /// # Errors
    /// [`ServiceError::Key`] names the key whose value cannot be used.
    pub(super) fn read(spec: &ServiceSpec) -> Result<Self, ServiceError> {
        let fault = |key, problem: &str| ServiceError::Key {
            service: spec.service,
            key,
            problem: problem.to_owned(),
        };
        let app = match spec.key("fake_app") {
            None | Some("apache_default" | "nginx_default" | "iis_default") => App::None,
            Some("wordpress") => App::WordPress,
            Some("phpmyadmin") => App::PhpMyAdmin,
            Some(_) => return Err(fault("fake_app", "there is no such look")),
        };
        let missing = match spec.key("response_code").map(str::parse) {
            None => 404,
            Some(Ok(code @ 200..=599)) => code,
            Some(_) => return Err(fault("response_code", "must be a number from 200 to 599")),
        };
        let extra_headers = match spec.key("extra_headers") {
            None => Vec::new(),
            Some(json) => extra_headers(json)
                .ok_or_else(|| fault("extra_headers", "must be a JSON object of strings"))?,
        };
        let nginx_front = match spec.key("fake_app") {
            Some("nginx_default") => true,
            Some("apache_default") => false,
            _ => spec.product.name == ProductName::Nginx,
        };
        let custom_body = spec.key("custom_body").map(str::to_owned);
        Ok(Self { app, nginx_front, missing, extra_headers, custom_body })
    }
}

fn extra_headers(json: &str) -> Option<Vec<(String, String)>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    object.into_iter().map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect()
}
