//! The files of the page.

/// One of them.
#[derive(Debug)]
pub(super) struct File {
    /// Where it is.
    pub(super) path: &'static str,
    /// What it is.
    pub(super) media_type: &'static str,
    /// Its content.
    pub(super) content: &'static str,
}

/// All of them, the page itself first.
pub(super) const PAGE: &[File] = &[
    File { path: "/", media_type: "text/html; charset=utf-8", content: include_str!("page/index.html") },
    File { path: "/page.css", media_type: "text/css; charset=utf-8", content: include_str!("page/page.css") },
    File {
        path: "/page.js",
        media_type: "text/javascript; charset=utf-8",
        content: include_str!("page/page.js"),
    },
];
