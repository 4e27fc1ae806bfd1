//! Media types as the products' shipped tables have them, and dates of files.

use decnet_proto::ids::SecretKey;

use super::super::product::Product;
use crate::identity;

/// The media type of a file by its name: Apache's after Debian's `mime.types`, nginx's after
/// its own.
pub(super) fn of(product: Product, path: &[u8]) -> Option<&'static str> {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    // What stands before the first dot is no extension, be it empty.
    let first = name.iter().position(|b| *b == b'.')?;
    let mut extensions = name.get(first + 1..)?.rsplit(|b| *b == b'.');
    match product {
        Product::Nginx => of_extension(product, extensions.next()?),
        // The last one that is known decides.
        _ => extensions.find_map(|extension| of_extension(product, extension)),
    }
}

fn of_extension(product: Product, extension: &[u8]) -> Option<&'static str> {
    let (apache, nginx) = match extension.to_ascii_lowercase().as_slice() {
        b"html" | b"htm" => (Some("text/html"), Some("text/html")),
        b"css" => (Some("text/css"), Some("text/css")),
        b"js" => (Some("text/javascript"), Some("application/javascript")),
        b"json" => (Some("application/json"), Some("application/json")),
        b"xml" => (Some("application/xml"), Some("text/xml")),
        b"txt" => (Some("text/plain"), Some("text/plain")),
        b"png" => (Some("image/png"), Some("image/png")),
        b"jpg" | b"jpeg" => (Some("image/jpeg"), Some("image/jpeg")),
        b"gif" => (Some("image/gif"), Some("image/gif")),
        b"svg" => (Some("image/svg+xml"), Some("image/svg+xml")),
        b"ico" => (Some("image/vnd.microsoft.icon"), Some("image/x-icon")),
        b"pdf" => (Some("application/pdf"), Some("application/pdf")),
        b"zip" => (Some("application/zip"), Some("application/zip")),
        b"woff" => (Some("font/woff"), Some("font/woff")),
        b"woff2" => (Some("font/woff2"), Some("font/woff2")),
        b"gz" | b"tgz" => (Some("application/x-gzip"), None),
        b"tar" => (Some("application/x-tar"), None),
        b"sql" => (Some("application/sql"), None),
        b"csv" => (Some("text/csv"), None),
        b"sh" => (Some("application/x-sh"), None),
        b"bak" | b"old" => (Some("application/x-trash"), None),
        _ => (None, None),
    };
    if product == Product::Nginx { nginx } else { apache }
}

/// When a file was last changed: `age` days after the system was installed at most, at a time
/// of its own.
pub(super) fn modified(key: &SecretKey, path: &str, installed: i64, age: u64) -> i64 {
    let later = identity::number(key, &format!("modified {path}"), age.max(1) * 86_400);
    let fraction = identity::number(key, &format!("modified fraction {path}"), 1_000_000);
    (installed + later as i64) * 1_000_000 + fraction as i64
}
