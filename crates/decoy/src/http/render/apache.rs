//! Answers as Apache httpd sends them.

use super::{
    super::{
        answer::{Answer, Content, phrase},
        body::Framing,
        date::http_date,
        product::{Identity, Product},
        request::Request,
        site::Resource,
    },
    Connection, Lines, Rendered, Selection, apache_pages, chunked, gzip, multipart, select,
};

/// Requests after the first on one connection (`MaxKeepAliveRequests`).
const KEPT: u32 = 100;
/// Smallest body that `mod_deflate` looks at.
const GZIP_FROM: usize = 69;

/// What the body of an answer does to its head.
enum Length {
    /// It is known.
    Known(usize),
    /// It is not, so that the body comes in one chunk where the connection stays open.
    Unknown,
    /// There is no body, and nothing is said of one.
    Silent,
}

pub(super) fn render(
    identity: &Identity,
    request: &Request,
    answer: Answer<'_>,
    connection: Connection,
) -> Rendered {
    let mut form = Form::of(identity, request, &answer);
    let own_page = matches!(answer.content, Content::Own(_)) || form.status == 416;
    if request.is_head() && own_page {
        form.length = Length::Silent;
    }
    let open = stays_open(request, form.status, &answer, connection);
    let mut lines = Lines::new(form.status, phrase(form.status));
    lines.add("Date", &http_date(request.now));
    lines.add("Server", &identity.banner);
    lines.all(&form.before);
    let mut body = form.body;
    let mut in_chunks = false;
    match form.length {
        Length::Known(length) => lines.add("Content-Length", &length.to_string()),
        Length::Unknown => {
            let dated = identity.habits.is_dated && form.status == 416;
            in_chunks = open || (request.is_modern() && (dated || request.method() == b"TRACE"));
        }
        Length::Silent => {}
    }
    lines.all(&form.after);
    lines.all(&answer.extra);
    keep_alive(&mut lines, request, open, connection);
    if in_chunks {
        lines.add("Transfer-Encoding", "chunked");
        body = chunked(&body);
    }
    if let Some(media) = form.media {
        lines.add("Content-Type", &media);
    }
    Rendered { bytes: lines.with(request, &body), status: form.status, close: !open }
}

fn keep_alive(lines: &mut Lines, request: &Request, open: bool, connection: Connection) {
    if !open {
        lines.add("Connection", "close");
    } else if request.head.lists("Connection", "keep-alive") {
        lines.add("Keep-Alive", &format!("timeout=5, max={}", KEPT - connection.served));
        lines.add("Connection", "Keep-Alive");
    }
}

fn stays_open(request: &Request, status: u16, answer: &Answer<'_>, connection: Connection) -> bool {
    let drops = matches!(status, 400 | 408 | 411 | 413 | 414 | 500 | 501 | 503);
    let asked_to_close = request.head.lists("Connection", "close");
    let may_stay = request.is_modern() || request.head.lists("Connection", "keep-alive");
    // A peer that waits for a go-ahead which never comes cannot be understood any further.
    let waits =
        request.head.get("Expect").is_some() && request.body.framing == Framing::None && request.is_modern();
    !(drops || asked_to_close || waits || answer.close || connection.must_close)
        && may_stay
        && connection.served < KEPT
}

/// The parts of an answer, in the order in which they go out.
struct Form {
    status: u16,
    before: Vec<(String, String)>,
    length: Length,
    after: Vec<(String, String)>,
    media: Option<String>,
    body: Vec<u8>,
}

impl Form {
    fn of(identity: &Identity, request: &Request, answer: &Answer<'_>) -> Self {
        let mut form = match &answer.content {
            Content::File(resource) => Self::file(identity, request, answer, resource),
            Content::Page { media, body } => Self::page(identity, request, answer, media, body),
            Content::Own(detail) => Self::own(
                answer.status,
                answer.unmeasured,
                apache_pages::page(identity, request, answer.status, detail),
            ),
            Content::Nothing(media) => Self::bare(answer.status, Length::Known(0), *media),
        };
        let own: Vec<_> = answer.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        form.before.splice(0..0, own);
        form
    }

    fn bare(status: u16, length: Length, media: Option<&str>) -> Self {
        Self {
            status,
            before: Vec::new(),
            length,
            after: Vec::new(),
            media: media.map(str::to_owned),
            body: Vec::new(),
        }
    }

    fn own(status: u16, unmeasured: bool, body: Vec<u8>) -> Self {
        let length = if unmeasured || status == 416 { Length::Unknown } else { Length::Known(body.len()) };
        Self { body, ..Self::bare(status, length, Some("text/html; charset=iso-8859-1")) }
    }

    fn page(identity: &Identity, request: &Request, answer: &Answer<'_>, media: &str, body: &[u8]) -> Self {
        let length = if answer.unmeasured { Length::Unknown } else { Length::Known(body.len()) };
        let mut form = Self::bare(answer.status, length, Some(media));
        let compressible = identity.habits.compresses && compresses(Some(media)) && body.len() >= GZIP_FROM;
        if compressible && gzip::accepted(&request.head) {
            form.body = gzip::gzip(Product::Apache, body);
            form.length = Length::Known(form.body.len());
            form.add_before("Vary", "Accept-Encoding");
            form.add_before("Content-Encoding", "gzip");
            return form;
        }
        if compressible {
            form.add_before("Vary", "Accept-Encoding");
        }
        form.body = body.to_vec();
        form
    }

    fn file(identity: &Identity, request: &Request, answer: &Answer<'_>, resource: &Resource) -> Self {
        let tag = tag(resource);
        let compressible =
            identity.habits.compresses && compresses(resource.media) && resource.body.len() >= GZIP_FROM;
        let packed = compressible && gzip::accepted(&request.head);
        let packed = packed.then(|| resource.gzip(|data| gzip::gzip(Product::Apache, data)));
        let body = packed.unwrap_or(&resource.body);
        let mut form = Self::bare(answer.status, Length::Silent, resource.media);
        let mut content_range = None;
        match select(Product::Apache, request, resource, &tag, body, answer.status == 200) {
            Selection::Unsatisfiable => {
                return Self::own(416, true, apache_pages::page(identity, request, 416, &Default::default()));
            }
            Selection::NotModified => {
                form.file_headers(resource, &tag);
                (form.status, form.media) = (304, None);
                return form;
            }
            Selection::ConditionFailed => {
                form.file_headers(resource, &tag);
                let length = if request.is_head() { resource.body.len() } else { 0 };
                (form.status, form.length) = (412, Length::Known(length));
                return form;
            }
            Selection::Whole(all) => form.body = all.to_vec(),
            Selection::Part((first, last), part) => {
                form.status = 206;
                content_range = Some(format!("bytes {first}-{last}/{}", body.len()));
                form.body = part.to_vec();
            }
            Selection::Parts(parts) => {
                form.status = 206;
                let names = ["Content-type", "Content-range"];
                form.body = multipart(body, &parts, &identity.boundary, resource.media, names);
                form.media = Some(format!("multipart/byteranges; boundary={}", identity.boundary));
            }
        }
        form.length = Length::Known(form.body.len());
        let coded_tag = tag.strip_suffix('"').map(|t| format!("{t}-gzip\"")).unwrap_or_default();
        form.file_headers(resource, if packed.is_some() { &coded_tag } else { &tag });
        let place = if packed.is_some() { &mut form.before } else { &mut form.after };
        if compressible {
            place.push(("Vary".into(), "Accept-Encoding".into()));
        }
        if packed.is_some() {
            place.push(("Content-Encoding".into(), "gzip".into()));
        }
        place.extend(content_range.map(|range| ("Content-Range".to_owned(), range)));
        if let Some(language) = resource.language {
            form.after.push(("Content-Language".into(), language.into()));
        }
        form
    }

    fn file_headers(&mut self, resource: &Resource, tag: &str) {
        self.add_before("Last-Modified", &http_date(resource.modified.div_euclid(1_000_000)));
        self.add_before("ETag", tag);
        self.add_before("Accept-Ranges", "bytes");
    }

    fn add_before(&mut self, name: &str, value: &str) {
        self.before.push((name.to_owned(), value.to_owned()));
    }
}

/// Size and modification time in microseconds, in hexadecimal (`FileETag MTime Size`).
fn tag(resource: &Resource) -> String {
    format!("\"{:x}-{:x}\"", resource.body.len(), resource.modified)
}

/// What Debian's `deflate.conf` has compressed.
fn compresses(media: Option<&str>) -> bool {
    let kind = media.unwrap_or_default().split(';').next().unwrap_or_default();
    matches!(
        kind,
        "text/html"
            | "text/plain"
            | "text/xml"
            | "text/css"
            | "text/javascript"
            | "application/x-javascript"
            | "application/javascript"
            | "application/ecmascript"
            | "application/rss+xml"
            | "application/wasm"
            | "application/xml"
    )
}
