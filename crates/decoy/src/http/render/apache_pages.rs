//! The pages that Apache httpd makes by itself. Their wording is fixed by the product.

use super::super::{
    answer::{Detail, phrase},
    product::Identity,
    request::Request,
};

/// The page for `status`.
pub(super) fn page(identity: &Identity, request: &Request, status: u16, detail: &Detail) -> Vec<u8> {
    let phrase = phrase(status);
    let rule = if identity.habits.signs { "<hr>\n" } else { "" };
    format!(
        "{}<html><head>\n<title>{status} {phrase}</title>\n</head><body>\n<h1>{phrase}</h1>\n{}{rule}{}</body></html>\n",
        identity.doctype(),
        text(identity, request, status, detail),
        signature(identity, request),
    )
    .into_bytes()
}

/// The line with which Apache signs, if it does.
pub(crate) fn signature(identity: &Identity, request: &Request) -> String {
    if !identity.habits.signs {
        return String::new();
    }
    let name = escape(request.server_name(identity));
    format!("<address>{} Server at {name} Port {}</address>\n", identity.banner, request.server_port())
}

/// Text with the characters that mean something in HTML replaced.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn text(identity: &Identity, request: &Request, status: u16, detail: &Detail) -> String {
    let method = escape(&String::from_utf8_lossy(request.method()));
    let because = match detail {
        Detail::Because(line) => line,
        _ => "",
    };
    if let Some(text) = identity.habits.names_paths.then(|| old_text(request, status)).flatten() {
        return text;
    }
    match (status, detail) {
        (301 | 302 | 307 | 308, Detail::Moved(to)) => {
            format!("<p>The document has moved <a href=\"{}\">here</a>.</p>\n", escape(to))
        }
        (400, _) => format!(
            "<p>Your browser sent a request that this server could not understand.<br />\n{because}</p>\n"
        ),
        (401, _) => "<p>This server could not verify that you\nare authorized to access the document\nrequested.  Either you supplied the wrong\ncredentials (e.g., bad password), or your\nbrowser doesn't understand how to supply\nthe credentials required.</p>\n".into(),
        (403, _) => "<p>You don't have permission to access this resource.</p>\n".into(),
        (404, _) => "<p>The requested URL was not found on this server.</p>\n".into(),
        (405, _) => format!("<p>The requested method {method} is not allowed for this URL.</p>\n"),
        (408, _) => "<p>Server timeout waiting for the HTTP request from the client.</p>\n".into(),
        (413, _) => format!(
            "The requested resource does not allow request data with {method} requests, or the amount of data provided in\nthe request exceeds the capacity limit.\n"
        ),
        (414, _) => "<p>The requested URL's length exceeds the capacity\nlimit for this server.<br />\n</p>\n".into(),
        (416, _) => "<p>None of the range-specifier values in the Range\nrequest-header field overlap the current extent\nof the selected resource.</p>\n".into(),
        (417, Detail::Expectation(value)) => format!(
            "<p>The expectation given in the Expect request-header\nfield could not be met by this server.\nThe client sent<pre>\n    Expect: {}\n</pre>\n</p><p>Only the 100-continue expectation is supported.</p>\n",
            escape(&String::from_utf8_lossy(value))
        ),
        (501, _) => format!("<p>{method} not supported for current URL.<br />\n</p>\n"),
        (503, _) => "<p>The server is temporarily unable to service your\nrequest due to maintenance downtime or capacity\nproblems. Please try again later.</p>\n".into(),
        _ => "<p>The server encountered an internal error or\nmisconfiguration and was unable to complete\nyour request.</p>\n<p>Please contact the server administrator at \n webmaster@localhost to inform them of the time this error occurred,\n and the actions you performed just before this error.</p>\n<p>More information about this error may be available\nin the server error log.</p>\n".into(),
    }
}

/// Pages that repeated the path until that was found to invite forgeries.
fn old_text(request: &Request, status: u16) -> Option<String> {
    let method = escape(&String::from_utf8_lossy(request.method()));
    let path = escape(&String::from_utf8_lossy(request.path()));
    Some(match status {
        403 => format!("<p>You don't have permission to access {path}\non this server.</p>\n"),
        404 => format!("<p>The requested URL {path} was not found on this server.</p>\n"),
        405 => format!("<p>The requested method {method} is not allowed for the URL {path}.</p>\n"),
        501 => format!("<p>{method} to {path} not supported.<br />\n</p>\n"),
        _ => return None,
    })
}
