//! Answers as IIS and the HTTP driver below it send them.

use super::{
    super::{
        answer::{Answer, Content, Detail, phrase},
        date::http_date,
        product::{Identity, Product},
        request::Request,
        site::Resource,
    },
    Connection, Lines, Rendered, Selection, select,
};

/// Seconds between the epochs of Windows (1601) and Unix.
const WINDOWS_EPOCH: i64 = 11_644_473_600;

pub(super) fn render(
    identity: &Identity,
    request: &Request,
    answer: Answer<'_>,
    connection: Connection,
) -> Rendered {
    // What the driver refuses, it answers itself and under its own name.
    let by_driver = matches!(answer.content, Content::Own(Detail::Because(_)));
    let (status, media, headers, body) = form(request, &answer);
    let close = by_driver
        || answer.close
        || connection.must_close
        || request.head.lists("Connection", "close")
        || !(request.is_modern() || request.head.lists("Connection", "keep-alive"));
    let mut lines = Lines::new(status, iis_phrase(status));
    if let Some(media) = media {
        lines.add("Content-Type", media);
    }
    lines.all(&headers);
    lines.add("Server", if by_driver { "Microsoft-HTTPAPI/2.0" } else { &identity.banner });
    lines.all(&answer.headers);
    lines.all(&answer.extra);
    lines.add("Date", &http_date(request.now));
    if close {
        lines.add("Connection", "close");
    }
    if status != 304 {
        lines.add("Content-Length", &body.len().to_string());
    }
    Rendered { bytes: lines.with(request, &body), status, close }
}

type Form = (u16, Option<&'static str>, Vec<(&'static str, String)>, Vec<u8>);

fn form(request: &Request, answer: &Answer<'_>) -> Form {
    match &answer.content {
        Content::File(resource) => file(request, answer, resource),
        Content::Page { media, body } => (answer.status, Some(media), Vec::new(), body.clone()),
        Content::Nothing(_) => (answer.status, None, Vec::new(), Vec::new()),
        Content::Own(Detail::Because(reason)) => (
            answer.status,
            Some("text/html; charset=us-ascii"),
            Vec::new(),
            driver_page(answer.status, reason),
        ),
        Content::Own(_) => (answer.status, Some("text/html"), Vec::new(), page(answer.status)),
    }
}

fn file(request: &Request, answer: &Answer<'_>, resource: &Resource) -> Form {
    let modified = resource.modified.div_euclid(1_000_000);
    // The time in steps of 100 ns, each byte by itself, the lowest first.
    let ticks = WINDOWS_EPOCH.saturating_mul(10_000_000).saturating_add(resource.modified.saturating_mul(10));
    let digits: String = ticks.to_le_bytes().iter().map(|byte| format!("{byte:x}")).collect();
    let tag = format!("\"{digits}:0\"");
    let headers = vec![
        ("Last-Modified", http_date(modified)),
        ("Accept-Ranges", "bytes".to_owned()),
        ("ETag", tag.clone()),
    ];
    match select(Product::Iis, request, resource, &tag, &resource.body, answer.status == 200) {
        Selection::NotModified => (304, None, headers, Vec::new()),
        Selection::ConditionFailed => (412, Some("text/html"), Vec::new(), page(412)),
        Selection::Unsatisfiable => (416, Some("text/html"), Vec::new(), page(416)),
        Selection::Part((first, last), part) => {
            let mut headers = headers;
            headers.push(("Content-Range", format!("bytes {first}-{last}/{}", resource.body.len())));
            (206, resource.media, headers, part.to_vec())
        }
        // More than one range is answered with all of it.
        Selection::Whole(_) | Selection::Parts(_) => {
            (answer.status, resource.media, headers, resource.body.to_vec())
        }
    }
}

fn iis_phrase(status: u16) -> &'static str {
    match status {
        302 => "Redirect",
        412 => "Precondition Failed",
        _ => phrase(status),
    }
}

/// The short page of the driver.
fn driver_page(status: u16, reason: &str) -> Vec<u8> {
    let title = phrase(status);
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\"\"http://www.w3.org/TR/html4/strict.dtd\">\r\n<HTML><HEAD><TITLE>{title}</TITLE>\r\n<META HTTP-EQUIV=\"Content-Type\" Content=\"text/html; charset=us-ascii\"></HEAD>\r\n<BODY><h2>{title}</h2>\r\n<hr><p>HTTP Error {status}. {reason}</p>\r\n</BODY></HTML>\r\n"
    )
    .into_bytes()
}

/// The page that IIS shows to peers on other machines.
fn page(status: u16) -> Vec<u8> {
    let (title, text) = match status {
        401 => (
            "Unauthorized: Access is denied due to invalid credentials.",
            "You do not have permission to view this directory or page using the credentials that you supplied.",
        ),
        403 => (
            "Forbidden: Access is denied.",
            "You do not have permission to view this directory or page using the credentials that you supplied.",
        ),
        404 => (
            "File or directory not found.",
            "The resource you are looking for might have been removed, had its name changed, or is temporarily unavailable.",
        ),
        405 => (
            "HTTP verb used to access this page is not allowed.",
            "The page you are looking for cannot be displayed because an invalid method (HTTP verb) was used to attempt access.",
        ),
        _ => (
            "Server error.",
            "There is a problem with the resource you are looking for, and it cannot be displayed.",
        ),
    };
    format!(
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">\r\n<html xmlns=\"http://www.w3.org/1999/xhtml\">\r\n<head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=iso-8859-1\"/>\r\n<title>{status} - {title}</title>\r\n<style type=\"text/css\">\r\n<!--\r\nbody{{margin:0;font-size:.7em;font-family:Verdana, Arial, Helvetica, sans-serif;background:#EEEEEE;}}\r\nfieldset{{padding:0 15px 10px 15px;}}\r\n#header{{width:96%;margin:0;padding:6px 2%;color:#FFF;background-color:#555555;}}\r\n#content{{margin:0 0 0 2%;}}\r\n-->\r\n</style>\r\n</head>\r\n<body>\r\n<div id=\"header\"><h1>Server Error</h1></div>\r\n<div id=\"content\">\r\n <div class=\"content-container\"><fieldset>\r\n  <h2>{status} - {title}</h2>\r\n  <h3>{text}</h3>\r\n </fieldset></div>\r\n</div>\r\n</body>\r\n</html>\r\n"
    )
    .into_bytes()
}
