//! Paths of the played file system: absolute, clean, bounded.

/// Longest name of one file, as on every Linux file system.
pub(super) const NAME_MAX: usize = 255;
/// Longest path, the PATH_MAX of Linux without its NUL.
const PATH_MAX: usize = 4_095;

/// An absolute path without `.`, `..`, empty parts, and without `/` at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FilePath(Vec<u8>);

impl FilePath {
    /// The path `/`.
    pub(super) fn root() -> Self {
        Self(Vec::new())
    }

    /// What `argument` names for someone who works in `self`; `..` stops at the root. `None` for
    /// what no file can be called.
    pub(super) fn resolve(&self, argument: &[u8]) -> Option<Self> {
        if argument.is_empty() || argument.contains(&0) {
            return None;
        }
        let mut out = if argument.starts_with(b"/") { Vec::new() } else { self.0.clone() };
        for part in argument.split(|b| *b == b'/') {
            match part {
                b"" | b"." => {}
                b".." => out.truncate(out.iter().rposition(|b| *b == b'/').unwrap_or(0)),
                name if name.len() > NAME_MAX => return None,
                name => {
                    out.push(b'/');
                    out.extend_from_slice(name);
                }
            }
        }
        (out.len() <= PATH_MAX).then_some(Self(out))
    }

    /// The path whose parts are those of `self` and then those of `inner`.
    pub(super) fn enter(&self, inner: &Self) -> Self {
        Self([self.0.as_slice(), inner.0.as_slice()].concat())
    }

    /// The entry `name` of the directory `self`; `name` must be one part.
    pub(super) fn child(&self, name: &[u8]) -> Self {
        Self([self.0.as_slice(), b"/", name].concat())
    }

    /// The directory that holds it; the root's is the root.
    pub(super) fn parent(&self) -> Self {
        let end = self.0.iter().rposition(|b| *b == b'/').unwrap_or(0);
        Self(self.0.get(..end).unwrap_or_default().to_vec())
    }

    /// The last part; empty for the root.
    pub(super) fn name(&self) -> &[u8] {
        self.0.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// Whether it is `other` or lies below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.below(other).is_some()
    }

    /// What remains below `other`, starting with `/`, empty if they are equal.
    pub(super) fn below<'a>(&'a self, other: &Self) -> Option<&'a [u8]> {
        self.0.strip_prefix(other.0.as_slice()).filter(|rest| rest.first().is_none_or(|b| *b == b'/'))
    }

    /// The path as programs print it.
    pub(super) fn as_bytes(&self) -> &[u8] {
        if self.0.is_empty() { b"/" } else { &self.0 }
    }
}

impl From<&str> for FilePath {
    fn from(path: &str) -> Self {
        Self::root().resolve(path.as_bytes()).unwrap_or_else(Self::root)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::FilePath;

    #[track_caller]
    fn check(here: &str, argument: &str, expect: &str) {
        let path = FilePath::from(here).resolve(argument.as_bytes());
        assert_eq!(path.as_ref().map(FilePath::as_bytes), Some(expect.as_bytes()));
    }

    #[test]
    fn arguments_resolve_as_a_shell_would() {
        check("/", "pub", "/pub");
        check("/pub", "..", "/");
        check("/pub/a", "../b/./c//d/", "/pub/b/c/d");
        check("/pub", "/etc", "/etc");
        check("/pub", "../../../..", "/");
        check("/", "a..b", "/a..b");
    }

    #[test]
    fn names_that_no_file_has_are_refused() {
        let root = FilePath::root();
        assert_eq!(root.resolve(b""), None);
        assert_eq!(root.resolve(b"a\0b"), None);
        assert_eq!(root.resolve(&[b'a'; 256]), None);
        assert_eq!(root.resolve(&b"/abcdefg".repeat(600)), None);
    }

    #[test]
    fn being_within_goes_by_parts() {
        let within = |path: &str, other: &str| FilePath::from(path).is_within(&FilePath::from(other));
        assert!(within("/srv/ftp", "/srv"));
        assert!(within("/srv", "/"));
        assert!(within("/srv", "/srv"));
        assert!(!within("/srvx", "/srv"));
    }

    proptest! {
        #[test]
        fn a_resolved_path_is_clean(argument in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(path) = FilePath::from("/a/b").resolve(&argument) {
                let text = path.as_bytes();
                prop_assert!(text.starts_with(b"/"));
                prop_assert!(text == b"/" || !text.ends_with(b"/"));
                prop_assert!(text.split(|b| *b == b'/').all(|p| p != b".." && p != b"."));
                prop_assert_eq!(FilePath::root().resolve(text).unwrap(), path);
            }
        }
    }
}
