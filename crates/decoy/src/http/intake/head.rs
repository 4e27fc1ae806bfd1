//! The head of a request: the request line and the header lines, in one piece of memory.

use std::ops::Range;

/// A version of HTTP as the request line gives it; requests without one are 0.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// The number before the dot.
    pub major: u16,
    /// The number after the dot.
    pub minor: u16,
}

/// What is assumed of a peer before its request line is known.
impl Default for Version {
    fn default() -> Self {
        Self::HTTP_1_1
    }
}

impl Version {
    /// A request without version, whose answer has no head.
    pub(crate) const HTTP_0_9: Self = Self { major: 0, minor: 9 };
    /// The last version in which connections close by default.
    pub(crate) const HTTP_1_0: Self = Self { major: 1, minor: 0 };
    /// The first version in which connections stay open by default.
    pub(crate) const HTTP_1_1: Self = Self { major: 1, minor: 1 };

    /// Whether answers have no head.
    pub(crate) fn is_headless(self) -> bool {
        self < Self::HTTP_1_0
    }
}

/// One header line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    /// Its name as it came.
    pub name: &'a [u8],
    /// Its value without space around it.
    pub value: &'a [u8],
}

/// The head of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    text: Vec<u8>,
    method: Range<usize>,
    target: Range<usize>,
    version: Version,
    fields: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    name: Range<usize>,
    value: Range<usize>,
    /// Whether the product acts on it; a decoy records it either way.
    honoured: bool,
}

impl Head {
    /// The first two words of a line that is no request line, for the record only.
    pub(in crate::http) fn loosely(line: &[u8]) -> Option<Self> {
        let line = line.split(|b| *b == b'\n').next()?.trim_ascii();
        let mut words = line.splitn(3, |b| *b == b' ');
        let (method, target) = (words.next()?, words.next()?);
        let mut head = Self::default();
        head.set_request_line(method, target, Version::default());
        method.iter().all(|b| is_token_byte(*b)).then_some(head)
    }

    /// The method.
    pub(crate) fn method(&self) -> &[u8] {
        self.part(&self.method)
    }

    /// The target as it came.
    pub(crate) fn target(&self) -> &[u8] {
        self.part(&self.target)
    }

    /// The version.
    pub(crate) fn version(&self) -> Version {
        self.version
    }

    /// All header lines in order.
    pub(crate) fn fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.fields.iter().map(|span| Field { name: self.part(&span.name), value: self.part(&span.value) })
    }

    /// How many header lines there are.
    pub(crate) fn field_count(&self) -> usize {
        self.fields.len()
    }

    /// The values of a header that the product acts on, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(|span| span.honoured && self.part(&span.name).eq_ignore_ascii_case(name.as_bytes()))
            .map(|span| self.part(&span.value))
    }

    /// The first value of a header.
    pub(crate) fn get<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Whether a list header has `token` among its members.
    pub(crate) fn lists(&self, name: &str, token: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|b| *b == b','))
            .any(|member| member.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
    }

    /// Memory that it takes.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.fields.len() * size_of::<Span>()
    }

    pub(super) fn set_request_line(&mut self, method: &[u8], target: &[u8], version: Version) {
        self.method = self.push(method);
        self.target = self.push(target);
        self.version = version;
    }

    pub(super) fn add_field(&mut self, name: &[u8], value: &[u8], honoured: bool) {
        let span = Span { name: self.push(name), value: self.push(value), honoured };
        self.fields.push(span);
    }

    fn push(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        start..self.text.len()
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.text.get(range.clone()).unwrap_or_default()
    }
}

/// Characters of a token (RFC 9110, section 5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
