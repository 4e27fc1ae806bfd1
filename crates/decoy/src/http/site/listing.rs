//! The page on which Apache lists a folder (`mod_autoindex` as Debian configures it).

use super::{
    super::{
        date::listing_date,
        product::Identity,
        render::{escape, signature},
        request::Request,
    },
    Resource,
};

/// The page for `folder`, which ends with a slash; names are relative to it.
pub(super) fn page<'a>(
    identity: &Identity,
    request: &Request,
    folder: &[u8],
    entries: impl Iterator<Item = (&'a [u8], &'a Resource)>,
) -> Vec<u8> {
    let order = Order::of(request.parts().query.unwrap_or_default());
    let shown = String::from_utf8_lossy(folder.strip_suffix(b"/").unwrap_or(folder)).into_owned();
    let title = format!("Index of {}", if shown.is_empty() { "/" } else { &shown });
    let title = escape(&title);
    let parent =
        shown.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
    let slash = if parent.ends_with('/') { "" } else { "/" };
    let mut page = format!(
        "{doctype}<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n<h1>{title}</h1>\n  <table>\n   <tr><th valign=\"top\"><img src=\"/icons/blank.gif\" alt=\"[ICO]\"></th>{columns}</tr>\n   <tr><th colspan=\"5\"><hr></th></tr>\n<tr><td valign=\"top\"><img src=\"/icons/back.gif\" alt=\"[PARENTDIR]\"></td><td><a href=\"{parent}{slash}\">Parent Directory</a></td><td>&nbsp;</td><td align=\"right\">  - </td><td>&nbsp;</td></tr>\n",
        doctype = identity.listing_doctype(),
        columns = order.columns(),
    );
    let mut entries: Vec<_> = entries.filter(|(name, _)| is_shown(name)).collect();
    order.sort(&mut entries);
    for (name, resource) in entries {
        page.push_str(&row(name, resource));
    }
    page.push_str("   <tr><th colspan=\"5\"><hr></th></tr>\n</table>\n");
    page.push_str(&signature(identity, request));
    page.push_str("</body></html>\n");
    page.into_bytes()
}

/// Letters and names of the columns by which a list can be sorted.
const COLUMNS: [(u8, &str); 4] =
    [(b'N', "Name"), (b'M', "Last modified"), (b'S', "Size"), (b'D', "Description")];

/// How a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    column: u8,
    descending: bool,
}

impl Order {
    /// What a query like `C=M;O=D` asks for; the name, rising, is the default.
    fn of(query: &[u8]) -> Self {
        let value = |key: &[u8]| {
            query
                .split(|b| matches!(b, b';' | b'&'))
                .find_map(|part| part.strip_prefix(key)?.first().copied())
        };
        let column = value(b"C=").filter(|c| COLUMNS.iter().any(|(letter, _)| letter == c));
        Self { column: column.unwrap_or(b'N'), descending: value(b"O=") == Some(b'D') }
    }

    fn sort(self, entries: &mut [(&[u8], &Resource)]) {
        match self.column {
            b'M' => entries.sort_by_key(|(name, resource)| (resource.modified, *name)),
            b'S' => entries.sort_by_key(|(name, resource)| (resource.body.len(), *name)),
            _ => entries.sort_by_key(|(name, _)| *name),
        }
        if self.descending {
            entries.reverse();
        }
    }

    /// The headings: each sorts by its column, the one in force the other way round.
    fn columns(self) -> String {
        COLUMNS
            .iter()
            .map(|(letter, name)| {
                let reverse = *letter == self.column && !self.descending;
                let order = if reverse { 'D' } else { 'A' };
                format!("<th><a href=\"?C={};O={order}\">{name}</a></th>", char::from(*letter))
            })
            .collect()
    }
}

/// Files of folders below are not listed, and neither are hidden ones (`IndexIgnore`).
fn is_shown(name: &[u8]) -> bool {
    !name.contains(&b'/') && !name.starts_with(b".") && !name.ends_with(b"~")
}

fn row(name: &[u8], resource: &Resource) -> String {
    let name = escape(&String::from_utf8_lossy(name));
    let (icon, alt) = icon(resource.media);
    let changed = listing_date(resource.modified.div_euclid(1_000_000));
    let size = size(resource.body.len() as u64);
    format!(
        "<tr><td valign=\"top\"><img src=\"/icons/{icon}.gif\" alt=\"[{alt}]\"></td><td><a href=\"{name}\">{name}</a></td><td align=\"right\">{changed}  </td><td align=\"right\">{size}</td><td>&nbsp;</td></tr>\n"
    )
}

fn icon(media: Option<&str>) -> (&'static str, &'static str) {
    match media.and_then(|m| m.split('/').next()) {
        Some("text") => ("text", "TXT"),
        Some("image") => ("image2", "IMG"),
        _ if media == Some("application/zip") || media == Some("application/x-gzip") => ("compressed", "   "),
        _ => ("unknown", "   "),
    }
}

/// A size in four characters, as APR prints it.
fn size(bytes: u64) -> String {
    if bytes < 973 {
        return format!("{bytes:3} ");
    }
    let mut rest = bytes;
    for unit in ['K', 'M', 'G'] {
        let (whole, part) = (rest / 1_024, rest % 1_024);
        if whole < 973 {
            let tenths = (part * 10 + 512) / 1_024;
            return match (whole + u64::from(tenths == 10), tenths % 10) {
                (whole @ 0..=9, tenths) => format!("{whole}.{tenths}{unit}"),
                _ => format!("{:3}{unit}", whole + u64::from(part >= 512)),
            };
        }
        rest = whole;
    }
    format!("{rest:3}T")
}
