//! What each product answers to a request, before the answer takes its form.

use super::{
    answer::{Answer, Detail},
    intake::Refusal,
    product::{Identity, Product},
    request::Request,
    site::{Found, Site},
    target::PathError,
};

/// Methods that Apache knows by name; others are not implemented rather than not allowed.
const APACHE_METHODS: &[&[u8]] = &[
    b"PUT",
    b"DELETE",
    b"CONNECT",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"VERSION-CONTROL",
    b"CHECKOUT",
    b"UNCHECKOUT",
    b"CHECKIN",
    b"UPDATE",
    b"LABEL",
    b"REPORT",
    b"MKWORKSPACE",
    b"MKACTIVITY",
    b"BASELINE-CONTROL",
    b"MERGE",
];
/// What IIS says that a static file allows.
const IIS_ALLOWS: &str = "GET, HEAD, OPTIONS, TRACE";

/// The answer to a request whose head and body the product accepts.
pub(super) fn respond<'a>(identity: &Identity, site: &'a Site, request: &Request) -> Answer<'a> {
    match identity.product {
        Product::Apache => apache(identity, site, request),
        Product::Nginx => nginx(identity, site, request),
        Product::Iis => iis(identity, site, request),
    }
}

/// The answer to a request that goes no further than its head.
pub(super) fn refuse(product: Product, refusal: Refusal) -> Answer<'static> {
    let answer = Answer::own(refusal.status(product)).closing();
    let because = match (product, refusal) {
        (Product::Apache, Refusal::FieldTooLarge) => "Size of a request header field exceeds server limit.",
        (Product::Apache, Refusal::TooManyFields) => {
            "The number of request header fields exceeds this server's limit."
        }
        (Product::Apache, Refusal::PlainOnTls) => {
            "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n Instead use the HTTPS scheme to access this URL, please.<br />\n"
        }
        (Product::Nginx, Refusal::FieldTooLarge) => "Request Header Or Cookie Too Large",
        (Product::Nginx, Refusal::PlainOnTls) => "The plain HTTP request was sent to HTTPS port",
        (Product::Iis, Refusal::Host) => "The request hostname is invalid.",
        (Product::Iis, Refusal::LineTooLong) => "The request URL is too long.",
        (Product::Iis, Refusal::FieldTooLarge | Refusal::TooManyFields) => {
            "A request header field is too long."
        }
        (Product::Iis, Refusal::Timeout) => "The request timed out.",
        (Product::Iis, _) => "The request is badly formed.",
        _ => return answer,
    };
    answer.detail(Detail::Because(because))
}

fn apache<'a>(identity: &Identity, site: &'a Site, request: &Request) -> Answer<'a> {
    let method = request.method();
    if request.head.target() == b"*" {
        return Answer::nothing(None);
    }
    match method {
        b"TRACE" => return trace(identity, request),
        b"CONNECT" => return Answer::own(405).header("Allow", &identity.allow),
        _ => {}
    }
    let path = match &request.path {
        Ok(path) => path,
        Err(PathError::Malformed) => return Answer::own(400).closing(),
        Err(PathError::Missing) => return Answer::own(404),
    };
    if let Some(expectation) = request.head.get("Expect").filter(|e| !e.eq_ignore_ascii_case(b"100-continue"))
    {
        return Answer::own(417).detail(Detail::Expectation(expectation.to_vec()));
    }
    let found = site.find(identity, path);
    match found {
        Found::Forbidden => return Answer::own(403),
        Found::Protected => return unauthorized(),
        Found::Folder | Found::Missing | Found::Unslashed => {
            if let Some(answer) = site.app_answer(identity, request) {
                return answer;
            }
        }
        Found::File(_) | Found::Index(_) => {}
    }
    match method {
        b"GET" | b"HEAD" | b"POST" => apache_file(identity, site, request, path, found),
        b"OPTIONS" => {
            let media = match found {
                Found::File(file) | Found::Index(file) => file.media,
                Found::Folder | Found::Unslashed => Some("httpd/unix-directory"),
                _ => None,
            };
            Answer::nothing(media).header("Allow", &identity.allow)
        }
        known if APACHE_METHODS.contains(&known) => Answer::own(405).header("Allow", &identity.allow),
        _ => Answer::own(501).header("Allow", &identity.allow),
    }
}

/// The head of the request as it came, or a refusal.
fn trace(identity: &Identity, request: &Request) -> Answer<'static> {
    if !identity.habits.traces {
        return Answer::own(405).header("Allow", "");
    }
    if request.body.size > 0 {
        return Answer::own(413).closing();
    }
    let version = request.head.version();
    let target = request.head.target();
    let mut echo = [request.method(), b" ", target].concat();
    echo.extend_from_slice(format!(" HTTP/{}.{}\r\n", version.major, version.minor).as_bytes());
    for field in request.head.fields() {
        echo.extend_from_slice(&[field.name, b": ", field.value, b"\r\n"].concat());
    }
    echo.extend_from_slice(b"\r\n");
    Answer::page(200, echo).media("message/http").unmeasured()
}

fn apache_file<'a>(
    identity: &Identity,
    site: &'a Site,
    request: &Request,
    path: &[u8],
    found: Found<'a>,
) -> Answer<'a> {
    match found {
        Found::File(file) | Found::Index(file) => Answer::file(file),
        Found::Unslashed => moved(identity, request, path),
        Found::Folder if path == b"/" => Answer::own(403),
        Found::Folder => {
            let page = site.listing(identity, request, path);
            Answer::page(200, page).media("text/html;charset=UTF-8")
        }
        _ => missing(site),
    }
}

fn nginx<'a>(identity: &Identity, site: &'a Site, request: &Request) -> Answer<'a> {
    let method = request.method();
    let Ok(path) = &request.path else { return Answer::own(400).closing() };
    let found = site.find(identity, path);
    let plain = matches!(method, b"GET" | b"HEAD");
    match found {
        Found::Protected => return unauthorized(),
        Found::Folder | Found::Missing | Found::Unslashed => {
            if let Some(answer) = site.app_answer(identity, request) {
                return answer;
            }
        }
        _ => {}
    }
    match found {
        Found::Missing | Found::Forbidden | Found::Protected => missing(site),
        Found::Unslashed if plain || method == b"POST" => moved(identity, request, path),
        Found::Folder if plain || method == b"POST" => Answer::own(403),
        Found::File(file) | Found::Index(file) if plain => Answer::file(file),
        _ => Answer::own(405),
    }
}

fn iis<'a>(identity: &Identity, site: &'a Site, request: &Request) -> Answer<'a> {
    let Ok(path) = &request.path else { return refuse(Product::Iis, Refusal::Malformed) };
    match request.method() {
        b"OPTIONS" => {
            const ALL: &str = "OPTIONS, TRACE, GET, HEAD, POST";
            return Answer::nothing(None).header("Allow", ALL).header("Public", ALL);
        }
        b"TRACE" => return Answer::own(501),
        _ => {}
    }
    let plain = matches!(request.method(), b"GET" | b"HEAD");
    match site.find(identity, path) {
        Found::File(file) | Found::Index(file) if plain => Answer::file(file),
        Found::File(_) | Found::Index(_) => Answer::own(405).header("Allow", IIS_ALLOWS),
        Found::Protected => {
            Answer::own(401).header("WWW-Authenticate", format!("Basic realm=\"{}\"", identity.server_name))
        }
        Found::Unslashed => moved(identity, request, path),
        Found::Folder => Answer::own(403),
        Found::Forbidden | Found::Missing => missing(site),
    }
}

/// A folder without the slash at its end.
fn moved(identity: &Identity, request: &Request, path: &[u8]) -> Answer<'static> {
    let query = request.parts().query.map(|q| format!("?{}", String::from_utf8_lossy(q))).unwrap_or_default();
    let path = String::from_utf8_lossy(path);
    Answer::moved(301, format!("{}{path}/{query}", request.origin(identity)))
}

fn unauthorized() -> Answer<'static> {
    Answer::own(401).header("WWW-Authenticate", "Basic realm=\"Restricted Content\"")
}

/// Where nothing is, the operator may want another status than 404.
fn missing(site: &Site) -> Answer<'_> {
    match (site.missing(), site.front()) {
        (status @ 200..300, Some(front)) => Answer { status, ..Answer::file(front) },
        (status, _) => Answer::own(status),
    }
}
