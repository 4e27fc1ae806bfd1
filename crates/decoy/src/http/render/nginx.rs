//! Answers as nginx sends them.

use super::{
    super::{
        answer::{Answer, Content, Detail, phrase},
        date::http_date,
        product::{Identity, Product},
        request::Request,
        site::Resource,
    },
    Connection, Lines, Rendered, Selection, chunked, gzip, multipart, select,
};

/// Smallest body that is compressed (`gzip_min_length`).
const GZIP_FROM: usize = 20;
/// A page shorter than this is one that browsers replaced by their own (`msie_padding`).
const PADDING: &str = "<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n";
/// How often the padding stands.
const PADDINGS: usize = 6;

/// The parts of an answer, in the order in which they go out.
#[derive(Default)]
struct Form {
    status: u16,
    media: Option<String>,
    /// Absent where the length is not known.
    length: Option<usize>,
    modified: Option<String>,
    location: Option<String>,
    /// Lines after `Connection`.
    after: Vec<(String, String)>,
    body: Vec<u8>,
}

pub(super) fn render(
    identity: &Identity,
    request: &Request,
    answer: Answer<'_>,
    connection: Connection,
) -> Rendered {
    let form = Form::of(identity, request, &answer);
    let open = stays_open(request, form.status, &answer, connection);
    let mut lines = Lines::new(form.status, status_phrase(form.status));
    lines.add("Server", &identity.banner);
    lines.add("Date", &http_date(request.now));
    let optional = [("Content-Type", &form.media), ("Content-Length", &form.length.map(|l| l.to_string()))];
    for (name, value) in
        optional.into_iter().chain([("Last-Modified", &form.modified), ("Location", &form.location)])
    {
        if let Some(value) = value {
            lines.add(name, value);
        }
    }
    let mut body = form.body;
    if form.length.is_none() && form.status != 304 && !request.is_head() && request.is_modern() {
        lines.add("Transfer-Encoding", "chunked");
        body = chunked(&body);
    }
    lines.add("Connection", if open { "keep-alive" } else { "close" });
    lines.all(&form.after);
    lines.all(&answer.extra);
    Rendered { bytes: lines.with(request, &body), status: form.status, close: !open }
}

fn stays_open(request: &Request, status: u16, answer: &Answer<'_>, connection: Connection) -> bool {
    let drops = matches!(status, 400 | 408 | 413 | 414 | 500 | 501 | 505);
    let asked_to_close = request.head.lists("Connection", "close");
    let may_stay = request.is_modern() || request.head.lists("Connection", "keep-alive");
    let last = connection.served + 1 >= Product::Nginx.requests_per_connection();
    !(drops || asked_to_close || last || answer.close || connection.must_close) && may_stay
}

impl Form {
    fn of(identity: &Identity, request: &Request, answer: &Answer<'_>) -> Self {
        let mut form = match &answer.content {
            Content::File(resource) => Self::file(identity, request, answer, resource),
            Content::Page { media, body } => Self {
                status: answer.status,
                media: Some((*media).to_owned()),
                body: body.clone(),
                ..Self::default()
            },
            Content::Own(detail) => Self::own(identity, request, answer.status, detail),
            Content::Nothing(_) => Self { status: answer.status, length: Some(0), ..Self::default() },
        };
        for (name, value) in &answer.headers {
            match *name {
                "Location" => form.location = Some(value.clone()),
                name => form.after.push((name.to_owned(), value.clone())),
            }
        }
        form.compress(identity, request, answer);
        form
    }

    fn own(identity: &Identity, request: &Request, status: u16, detail: &Detail) -> Self {
        let body = page(identity, request, status, detail);
        let media = Some("text/html".to_owned());
        Self { status, media, length: Some(body.len()), body, ..Self::default() }
    }

    fn file(identity: &Identity, request: &Request, answer: &Answer<'_>, resource: &Resource) -> Self {
        let modified = resource.modified.div_euclid(1_000_000);
        let tag = format!("\"{modified:x}-{:x}\"", resource.body.len());
        let media = Some(resource.media.unwrap_or("application/octet-stream").to_owned());
        let mut form = Self {
            status: answer.status,
            modified: Some(http_date(modified)),
            after: vec![("ETag".into(), tag.clone())],
            media: media.clone(),
            ..Self::default()
        };
        // A compressed answer has no ranges.
        let whole = packs(identity, request, answer.status, media.as_deref(), resource.body.len());
        match select(Product::Nginx, request, resource, &tag, &resource.body, !whole && answer.status == 200)
        {
            Selection::Whole(all) => {
                form.after.push(("Accept-Ranges".into(), "bytes".into()));
                form.body = all.to_vec();
            }
            Selection::Part((first, last), part) => {
                form.status = 206;
                let range = format!("bytes {first}-{last}/{}", resource.body.len());
                form.after.push(("Content-Range".into(), range));
                form.body = part.to_vec();
            }
            Selection::Parts(parts) => {
                form.status = 206;
                // The real one counts what its process has done.
                let boundary = format!("{:020}", request.now.rem_euclid(1_000_000));
                let names = ["Content-Type", "Content-Range"];
                form.body = multipart(&resource.body, &parts, &boundary, media.as_deref(), names);
                form.media = Some(format!("multipart/byteranges; boundary={boundary}"));
            }
            Selection::NotModified => {
                (form.status, form.media) = (304, None);
                return form;
            }
            Selection::ConditionFailed => return Self::own(identity, request, 412, &Detail::None),
            Selection::Unsatisfiable => {
                let mut own = Self::own(identity, request, 416, &Detail::None);
                own.after.push(("Content-Range".into(), format!("bytes */{}", resource.body.len())));
                return own;
            }
        }
        form.length = Some(form.body.len());
        form
    }

    fn compress(&mut self, identity: &Identity, request: &Request, answer: &Answer<'_>) {
        if !packs(identity, request, self.status, self.media.as_deref(), self.body.len()) {
            return;
        }
        self.body = match &answer.content {
            Content::File(resource) => resource.gzip(|data| gzip::gzip(Product::Nginx, data)).to_vec(),
            _ => gzip::gzip(Product::Nginx, &self.body),
        };
        self.length = None;
        self.after.retain(|(name, _)| name != "Accept-Ranges");
        for (name, value) in &mut self.after {
            if name == "ETag" {
                value.insert_str(0, "W/");
            }
        }
        self.after.push(("Content-Encoding".into(), "gzip".into()));
    }
}

/// Whether an answer is compressed: HTML pages of some length, for those who take it, and not
/// through proxies.
fn packs(identity: &Identity, request: &Request, status: u16, media: Option<&str>, length: usize) -> bool {
    let html = media.is_some_and(|m| m.split(';').next() == Some("text/html"));
    let proxied = request.head.get("Via").is_some();
    matches!(status, 200 | 403 | 404)
        && html
        && length >= GZIP_FROM
        && request.is_modern()
        && !proxied
        && identity.habits.compresses
        && gzip::accepted(&request.head)
}

/// The phrase in the status line.
fn status_phrase(status: u16) -> &'static str {
    match status {
        302 => "Moved Temporarily",
        405 => "Not Allowed",
        408 => "Request Time-out",
        414 => "Request-URI Too Large",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => phrase(status),
    }
}

fn page(identity: &Identity, request: &Request, status: u16, detail: &Detail) -> Vec<u8> {
    let phrase = match status {
        302 => "Found",
        401 => "Authorization Required",
        _ => status_phrase(status),
    };
    let (title, more) = match detail {
        Detail::Because(line) => (format!("400 {line}"), format!("<center>{line}</center>\r\n")),
        _ => (format!("{status} {phrase}"), String::new()),
    };
    let mut page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{status} {phrase}</h1></center>\r\n{more}<hr><center>{}</center>\r\n</body>\r\n</html>\r\n",
        identity.banner
    );
    let agent = request.head.get("User-Agent").unwrap_or_default();
    let pads =
        [&b"MSIE "[..], b"Chrome/"].into_iter().any(|name| super::super::target::find(agent, name).is_some());
    if status >= 400 && pads && !request.is_headless() {
        page.push_str(&PADDING.repeat(PADDINGS));
    }
    page.into_bytes()
}
