//! Paths as bytes.

/// Longest path that the kernel takes.
pub(in crate::machine) const PATH_MAX: usize = 4_096;
/// Longest name.
pub(in crate::machine) const NAME_MAX: usize = 255;

/// The names in a path, without empty ones and `.`.
pub(in crate::machine) fn names(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|b| *b == b'/').filter(|name| !name.is_empty() && *name != b".")
}

/// `path` seen from `directory`, without empty names and `.`; `..` stays, since what is before it
/// may be a link.
pub(crate) fn absolute(directory: &[u8], path: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let base: &[u8] = if path.starts_with(b"/") { b"" } else { directory };
    for name in names(base).chain(names(path)) {
        out.push(b'/');
        out.extend_from_slice(name);
    }
    if out.is_empty() {
        out.push(b'/');
    }
    out
}

/// `directory/name`.
pub(crate) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut out = directory.to_vec();
    if !out.ends_with(b"/") {
        out.push(b'/');
    }
    out.extend_from_slice(name);
    out
}

/// The directory and the name of an absolute path that is not `/`.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let at = path.iter().rposition(|b| *b == b'/').unwrap_or(0);
    let (directory, name) = (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default());
    (if directory.is_empty() { b"/" } else { directory }, name)
}

/// What is left of `path` below `directory`: empty when they are the same.
pub(in crate::machine) fn below<'a>(path: &'a [u8], directory: &[u8]) -> Option<&'a [u8]> {
    if directory == b"/" {
        return path.strip_prefix(b"/");
    }
    let rest = path.strip_prefix(directory)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b"/") }
}
