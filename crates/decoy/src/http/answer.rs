//! What a site answers, before a product gives it its form.

use super::site::Resource;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    /// Its status code.
    pub status: u16,
    /// Header lines of the application that made it, in its order.
    pub headers: Vec<(&'static str, String)>,
    /// What it carries.
    pub content: Content<'a>,
    /// Whether the product closes the connection after it, whatever the peer wants.
    pub close: bool,
    /// Whether the product sends the page without knowing its length.
    pub unmeasured: bool,
    /// Header lines of the operator's.
    pub extra: Vec<(&'a str, &'a str)>,
}

/// What an answer carries.
#[derive(Debug)]
pub(super) enum Content<'a> {
    /// A file, with everything that goes with files: dates, tags, ranges, conditions.
    File(&'a Resource),
    /// A page that an application made for this request.
    Page {
        /// Its media type.
        media: &'static str,
        /// Itself.
        body: Vec<u8>,
    },
    /// The product's own page for the status.
    Own(Detail),
    /// Nothing, and the media type that a file there would have.
    Nothing(Option<&'static str>),
}

/// What a product's own page says beside its status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Detail {
    /// No more than the status.
    #[default]
    None,
    /// Where the document moved.
    Moved(String),
    /// A line on what exactly was wrong.
    Because(&'static str),
    /// The expectation that cannot be met.
    Expectation(Vec<u8>),
}

impl<'a> Answer<'a> {
    fn bare() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            content: Content::Nothing(None),
            close: false,
            unmeasured: false,
            extra: Vec::new(),
        }
    }

    /// An answer without content; `media` is what a file there would be.
    pub(super) fn nothing(media: Option<&'static str>) -> Self {
        Self { content: Content::Nothing(media), ..Self::bare() }
    }

    /// The product's own page for `status`.
    pub(super) fn own(status: u16) -> Self {
        Self { status, content: Content::Own(Detail::None), ..Self::bare() }
    }

    /// A redirection to `location`.
    pub(super) fn moved(status: u16, location: String) -> Self {
        let headers = vec![("Location", location.clone())];
        Self { status, headers, content: Content::Own(Detail::Moved(location)), ..Self::bare() }
    }

    /// A file.
    pub(super) fn file(resource: &'a Resource) -> Self {
        Self { content: Content::File(resource), ..Self::bare() }
    }

    /// A page made by an application, as UTF-8 HTML.
    pub(super) fn page(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let content = Content::Page { media: "text/html; charset=UTF-8", body: body.into() };
        Self { status, content, ..Self::bare() }
    }

    /// The same with another media type.
    pub(super) fn media(mut self, of: &'static str) -> Self {
        if let Content::Page { media, .. } = &mut self.content {
            *media = of;
        }
        self
    }

    /// The same with one header line more.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with more said on the product's own page.
    pub(super) fn detail(mut self, detail: Detail) -> Self {
        self.content = Content::Own(detail);
        self
    }

    /// The same, but the product does not know the length of its page.
    pub(super) fn unmeasured(mut self) -> Self {
        self.unmeasured = true;
        self
    }

    /// The same, and the connection closes.
    pub(super) fn closing(mut self) -> Self {
        self.close = true;
        self
    }
}

/// The phrase of a status line (RFC 9110, section 15, and what products say instead).
pub(super) const fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        410 => "Gone",
        411 => "Length Required",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        416 => "Requested Range Not Satisfiable",
        417 => "Expectation Failed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}
