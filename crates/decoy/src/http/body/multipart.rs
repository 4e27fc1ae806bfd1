//! Files and fields in a `multipart/form-data` body (RFC 7578), piece by piece.

use super::super::target::find;

/// Longest header section of a part that is looked at.
const PART_HEAD: usize = 4_096;
/// Longest delimiter: two line ends, two hyphens and the 70 characters of RFC 2046.
const BOUNDARY: usize = 70;

/// What a body turns out to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A part begins: its field name, and its file name if it is a file.
    Begin {
        /// The name of the field.
        name: Vec<u8>,
        /// The name of the file.
        file: Option<Vec<u8>>,
    },
    /// More of the part that began last.
    Data(Vec<u8>),
    /// That part is whole.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first delimiter.
    Preamble,
    /// In the headers of a part.
    Head,
    /// In the content of a part.
    Content,
    /// After the last delimiter, or after something that is no multipart body.
    Over,
}

/// Takes a body apart. Holds at most [`PART_HEAD`] bytes and what one call brings.
#[derive(Debug)]
pub(crate) struct Multipart {
    delimiter: Vec<u8>,
    state: State,
    held: Vec<u8>,
}

impl Multipart {
    /// For a body of this content type; `None` if it is not multipart.
    pub(crate) fn of_type(content_type: &[u8]) -> Option<Self> {
        let kind = content_type.get(..19)?;
        let parameters = content_type.get(19..)?;
        let boundary =
            parameter(parameters, b"boundary=").filter(|b| !b.is_empty() && b.len() <= BOUNDARY)?;
        kind.eq_ignore_ascii_case(b"multipart/form-data").then(|| Self {
            delimiter: [b"\r\n--", boundary.as_slice()].concat(),
            state: State::Preamble,
            // The first delimiter may stand at the very start.
            held: b"\r\n".to_vec(),
        })
    }

    /// Takes more of the body.
    pub(crate) fn feed(&mut self, bytes: &[u8], mut found: impl FnMut(Part)) {
        if self.state == State::Over {
            return;
        }
        self.held.extend_from_slice(bytes);
        while self.advance(&mut found) {}
        if self.state == State::Over {
            self.held = Vec::new();
        }
    }

    /// One step; whether another may follow.
    fn advance(&mut self, found: &mut impl FnMut(Part)) -> bool {
        match self.state {
            State::Preamble | State::Content => self.until_delimiter(found),
            State::Head => self.part_head(found),
            State::Over => false,
        }
    }

    fn until_delimiter(&mut self, found: &mut impl FnMut(Part)) -> bool {
        let at = find(&self.held, &self.delimiter);
        // What could be the start of a delimiter stays.
        let sure = at.unwrap_or((self.held.len() + 1).saturating_sub(self.delimiter.len()));
        let data: Vec<u8> = self.held.drain(..sure).collect();
        if self.state == State::Content && !data.is_empty() {
            found(Part::Data(data));
        }
        if at.is_none() || self.held.len() < self.delimiter.len() + 2 {
            return false;
        }
        if self.state == State::Content {
            found(Part::End);
        }
        let rest = self.held.split_off(self.delimiter.len());
        self.state = if rest.starts_with(b"\r\n") { State::Head } else { State::Over };
        // The line end after the delimiter also begins the header section.
        self.held = rest;
        self.state == State::Head
    }

    fn part_head(&mut self, found: &mut impl FnMut(Part)) -> bool {
        let Some(end) = find(&self.held, b"\r\n\r\n") else {
            if self.held.len() > PART_HEAD {
                self.state = State::Over;
            }
            return false;
        };
        let head: Vec<u8> = self.held.drain(..end + 4).collect();
        let disposition = head
            .split(|b| *b == b'\n')
            .find(|line| line.get(..20).is_some_and(|n| n.eq_ignore_ascii_case(b"content-disposition:")))
            .unwrap_or_default();
        found(Part::Begin {
            name: parameter(disposition, b"name=").unwrap_or_default(),
            file: parameter(disposition, b"filename="),
        });
        self.state = State::Content;
        true
    }
}

/// The value of a parameter, with or without quotes.
fn parameter(header: &[u8], name: &[u8]) -> Option<Vec<u8>> {
    header.split(|b| *b == b';').find_map(|item| {
        let item = item.trim_ascii();
        let value = item.get(name.len()..)?;
        item.get(..name.len())?.eq_ignore_ascii_case(name).then(|| {
            let bare = value.strip_prefix(b"\"").unwrap_or(value);
            bare.split(|b| *b == b'"').next().unwrap_or_default().to_vec()
        })
    })
}
