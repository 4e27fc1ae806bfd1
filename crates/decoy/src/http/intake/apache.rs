//! What Apache httpd 2.4 takes for a head in its strict mode, which is the default.
//!
//! Every line ends with CR LF; a bare line feed is refused as soon as it comes. Limits are those
//! of `LimitRequestLine`, `LimitRequestFieldSize` and `LimitRequestFields` as shipped.

use super::{
    LONGEST_LINE, Progress, Refusal,
    head::{Head, Version, is_token_byte},
};

/// Longest line without its end that passes.
const LINE: usize = 8_191;
/// Header lines that pass.
const FIELDS: usize = 100;
/// Empty lines that may stand before the request line.
const BLANK_LINES: usize = 10;

/// Where a head of Apache's stands.
#[derive(Debug, Default)]
pub(super) struct Rules {
    blank_lines: usize,
    in_fields: bool,
    /// The last header line with its folds: it is judged only when the next line has come,
    /// because that one might continue it.
    pending: Vec<u8>,
}

impl Rules {
    /// One line with its line feed.
    pub(super) fn line(&mut self, line: &[u8], head: &mut Head) -> Progress {
        let text = line.strip_suffix(b"\r\n");
        if self.in_fields {
            return text.map_or(Progress::Refused(Refusal::Malformed), |text| self.field_line(text, head));
        }
        match text {
            Some(text) if text.len() > LINE => Progress::Refused(Refusal::LineTooLong),
            Some([]) => {
                self.blank_lines += 1;
                if self.blank_lines > BLANK_LINES {
                    Progress::Refused(Refusal::Malformed)
                } else {
                    Progress::Incomplete
                }
            }
            Some(text) => self.request_line(text, head),
            None => Progress::Refused(Refusal::Malformed),
        }
    }

    /// A line without end so far.
    pub(super) fn unfinished(&self, length: usize) -> Progress {
        match (length > LONGEST_LINE, self.in_fields) {
            (false, _) => Progress::Incomplete,
            (true, false) => Progress::Refused(Refusal::LineTooLong),
            (true, true) => Progress::Refused(Refusal::FieldTooLarge),
        }
    }

    fn request_line(&mut self, line: &[u8], head: &mut Head) -> Progress {
        let Some((method, target, version)) = split(line) else {
            return Progress::Refused(Refusal::Malformed);
        };
        head.set_request_line(method, target, version);
        self.in_fields = true;
        match version.is_headless() {
            true => Progress::Complete,
            false => Progress::Incomplete,
        }
    }

    fn field_line(&mut self, line: &[u8], head: &mut Head) -> Progress {
        let is_fold = matches!(line.first(), Some(b' ' | b'\t'));
        if line.len() > LINE || (is_fold && self.pending.len() + line.len() > LINE) {
            return Progress::Refused(Refusal::FieldTooLarge);
        }
        if is_fold && !self.pending.is_empty() {
            // A fold stands for one space (RFC 9112, section 5.2).
            self.pending.push(b' ');
            self.pending.extend_from_slice(line.trim_ascii());
            return Progress::Incomplete;
        }
        if !self.pending.is_empty()
            && let Err(refusal) = field(&self.pending, head)
        {
            return Progress::Refused(refusal);
        }
        if is_fold {
            return Progress::Refused(Refusal::Malformed);
        }
        self.pending.clear();
        self.pending.extend_from_slice(line);
        if line.is_empty() { Progress::Complete } else { Progress::Incomplete }
    }
}

/// Method, target and version, one space between them; nothing else passes.
fn split(line: &[u8]) -> Option<(&[u8], &[u8], Version)> {
    let mut words = line.split(|b| *b == b' ');
    let (method, target) = (words.next()?, words.next()?);
    let version = match words.next() {
        Some(word) => protocol(word)?,
        None => Version::HTTP_0_9,
    };
    let clean = !method.is_empty()
        && method.iter().all(|b| is_token_byte(*b))
        && !target.is_empty()
        && !target.iter().any(|b| b.is_ascii_control());
    let plain_get = !version.is_headless() || method == b"GET";
    let leads_somewhere = is_target(method, target);
    (words.next().is_none() && clean && plain_get && leads_somewhere).then_some((method, target, version))
}

/// A path, a query alone, an absolute URI, `*` for OPTIONS, a host and port for CONNECT; and
/// never a fragment.
fn is_target(method: &[u8], target: &[u8]) -> bool {
    let rooted = matches!(target.first(), Some(b'/' | b'?'));
    let formed = match method {
        b"CONNECT" => !rooted,
        b"OPTIONS" if target == b"*" => true,
        _ => rooted || target.windows(3).any(|w| w == b"://"),
    };
    formed && !target.contains(&b'#')
}

/// `HTTP/` and two digits with a dot; versions above 1.1 are served as 1.1.
fn protocol(word: &[u8]) -> Option<Version> {
    match word {
        [b'H', b'T', b'T', b'P', b'/', major @ b'1'..=b'9', b'.', minor @ b'0'..=b'9'] => {
            Some(Version { major: u16::from(major - b'0'), minor: u16::from(minor - b'0') })
        }
        _ => None,
    }
}

/// Judges a header line with its folds.
fn field(line: &[u8], head: &mut Head) -> Result<(), Refusal> {
    if head.field_count() == FIELDS {
        return Err(Refusal::TooManyFields);
    }
    let colon = line.iter().position(|b| *b == b':').unwrap_or(0);
    let (name, value) = (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default());
    if name.is_empty() || !name.iter().all(|b| is_token_byte(*b)) || !is_content(value) {
        return Err(Refusal::Malformed);
    }
    head.add_field(name, value.trim_ascii(), true);
    Ok(())
}

/// No control character but the tab.
fn is_content(value: &[u8]) -> bool {
    !value.iter().any(|b| b.is_ascii_control() && *b != b'\t')
}
