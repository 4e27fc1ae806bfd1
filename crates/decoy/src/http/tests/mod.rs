//! The whole service, over a pipe.

mod attacks;
mod conversations;
mod mutations;
mod site;
mod tls;
mod transcripts;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::{persona::ProductName, service::ServiceId};

use super::Web;
use crate::{
    ConnectionService as _, Host,
    testing::{self, Pace, Seen},
};

/// A server of this product with these keys.
fn web(host: &Host, name: ProductName, version: &str, keys: &[(&str, &str)]) -> Web {
    Web::build(&testing::spec(ServiceId::Http, name, version, keys), host).unwrap()
}

/// An Apache with these keys.
fn apache(host: &Host, keys: &[(&str, &str)]) -> Web {
    web(host, ProductName::Apache, "2.4.62", keys)
}

/// An nginx with these keys.
fn nginx(host: &Host, keys: &[(&str, &str)]) -> Web {
    web(host, ProductName::Nginx, "1.22.1", keys)
}

/// The server of [`apache`] or [`nginx`] on which also these files stand.
fn web_with_files(host: &Host, name: ProductName, version: &str, files: &[(&str, &str)]) -> Web {
    let mut spec = testing::spec(ServiceId::Http, name, version, &[]);
    spec.files = files.iter().map(|(path, text)| ((*path).to_owned(), STANDARD.encode(text))).collect();
    Web::build(&spec, host).unwrap()
}

/// Sends `input` in one piece.
fn talk(host: &Arc<Host>, web: &Web, input: &str) -> (String, Vec<Seen>) {
    let (output, _, events) = testing::dialogue(web, ServiceId::Http, host, input.as_bytes(), Pace::Whole);
    (String::from_utf8_lossy(&output).into_owned(), events)
}

/// The answer to one request for `path`.
fn get(host: &Arc<Host>, web: &Web, path: &str) -> String {
    talk(host, web, &format!("GET {path} HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\n\r\n")).0
}

/// A form sent to `path`.
fn post(host: &Arc<Host>, web: &Web, path: &str, body: &str) -> (String, Vec<Seen>) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: www.example.com\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    talk(host, web, &format!("{head}{body}"))
}

/// Events of a kind.
fn of_kind<'a>(events: &'a [Seen], kind: &str) -> Vec<&'a Seen> {
    events.iter().filter(|event| event.kind == kind).collect()
}
