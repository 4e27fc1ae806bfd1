//! Headers of tar: blocks of 512 bytes, as GNU tar writes them.

use crate::machine::Kind;

/// Size of a block.
pub(super) const BLOCK: usize = 512;

/// One member of an archive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: Vec<u8>,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) size: u64,
    pub(super) modified: i64,
    /// `0` a file, `1` a hard link, `2` a symbolic one, `5` a directory.
    pub(super) kind: u8,
    pub(super) target: Vec<u8>,
    pub(super) user: String,
    pub(super) group: String,
}

/// The letter of a kind of file, if archives hold such.
pub(super) const fn letter(kind: Kind) -> Option<u8> {
    match kind {
        Kind::File => Some(b'0'),
        Kind::Symlink => Some(b'2'),
        Kind::Character => Some(b'3'),
        Kind::Block => Some(b'4'),
        Kind::Directory => Some(b'5'),
        Kind::Fifo => Some(b'6'),
        Kind::Socket => None,
    }
}

impl Member {
    /// Its header, after those of a long name.
    pub(super) fn blocks(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (letter, text) in [(b'K', &self.target), (b'L', &self.name)] {
            if text.len() > 100 {
                let size = text.len() as u64 + 1;
                let link = Self { name: b"././@LongLink".to_vec(), kind: letter, size, ..Self::default() };
                out.extend(Self { user: "root".into(), group: "root".into(), mode: 0o644, ..link }.block());
                out.extend_from_slice(text);
                out.push(0);
                out.resize(out.len().next_multiple_of(BLOCK), 0);
            }
        }
        out.extend(self.block());
        out
    }

    fn block(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(BLOCK);
        let mut field = |text: &[u8], width: usize| {
            let end = out.len() + width;
            out.extend(text.iter().take(width));
            out.resize(end, 0);
        };
        field(&self.name, 100);
        field(format!("{:07o}", self.mode & 0o7777).as_bytes(), 8);
        field(format!("{:07o}", self.uid).as_bytes(), 8);
        field(format!("{:07o}", self.gid).as_bytes(), 8);
        field(format!("{:011o}", self.size).as_bytes(), 12);
        field(format!("{:011o}", self.modified.max(0)).as_bytes(), 12);
        field(b"        ", 8);
        field(&[self.kind], 1);
        field(&self.target, 100);
        field(b"ustar  \0", 8);
        field(self.user.as_bytes().get(..31).unwrap_or(self.user.as_bytes()), 32);
        field(self.group.as_bytes().get(..31).unwrap_or(self.group.as_bytes()), 32);
        field(b"", 183);
        let sum = format!("{:06o}\0 ", sum(&out));
        out.splice(148..156, sum.into_bytes());
        out
    }

    /// Reads a header whose sum is right.
    pub(super) fn parse(block: &[u8]) -> Option<Self> {
        let field = |at: usize, width: usize| block.get(at..at + width);
        let text = |at: usize, width: usize| {
            field(at, width).map(|bytes| bytes.split(|byte| *byte == 0).next().unwrap_or_default().to_vec())
        };
        let number = |at: usize, width: usize| field(at, width).and_then(number);
        if block.len() != BLOCK || number(148, 8)? != u64::from(sum(block)) {
            return None;
        }
        let mut name = text(0, 100)?;
        let (magic, prefix) = (field(257, 8)?, text(345, 155)?);
        if magic.starts_with(b"ustar\0") && !prefix.is_empty() {
            name = [&prefix[..], b"/", &name].concat();
        }
        let owner = |at| text(at, 32).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let kind = *block.get(156)?;
        Some(Self {
            kind: match kind {
                0 | b'7' if name.ends_with(b"/") => b'5',
                0 | b'7' => b'0',
                kind => kind,
            },
            name,
            mode: u32::try_from(number(100, 8)?).ok()? & 0o7777,
            uid: u32::try_from(number(108, 8).unwrap_or(0)).unwrap_or_default(),
            gid: u32::try_from(number(116, 8).unwrap_or(0)).unwrap_or_default(),
            size: number(124, 12)?,
            modified: i64::try_from(number(136, 12)?).ok()?,
            target: text(157, 100)?,
            user: owner(265)?,
            group: owner(297)?,
        })
    }

    /// Whether bytes follow its header.
    pub(super) const fn has_data(&self) -> bool {
        matches!(self.kind, b'0' | b'L' | b'K' | b'x' | b'g')
    }

    /// Takes what a header of the newer kind says: `length key=value` lines.
    pub(super) fn take_records(&mut self, records: &[u8]) {
        for line in records.split(|byte| *byte == b'\n') {
            let Some(at) = line.iter().position(|byte| *byte == b' ') else { continue };
            let record = line.get(at + 1..).unwrap_or_default();
            let Some(at) = record.iter().position(|byte| *byte == b'=') else { continue };
            let (key, value) =
                (record.get(..at).unwrap_or_default(), record.get(at + 1..).unwrap_or_default());
            let number = || std::str::from_utf8(value).ok()?.split('.').next()?.parse::<u64>().ok();
            match key {
                b"path" => self.name = value.to_vec(),
                b"linkpath" => self.target = value.to_vec(),
                b"size" => self.size = number().unwrap_or(self.size),
                b"mtime" => self.modified = number().and_then(|n| n.try_into().ok()).unwrap_or(self.modified),
                _ => {}
            }
        }
    }
}

/// The sum of a header's bytes, its own field taken for blanks.
fn sum(block: &[u8]) -> u32 {
    let value = |(at, byte): (usize, &u8)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) };
    block.iter().enumerate().map(value).sum()
}

/// An octal number, or one in base 256.
fn number(field: &[u8]) -> Option<u64> {
    if let [0x80, rest @ ..] = field {
        return Some(rest.iter().fold(0_u64, |value, byte| value.wrapping_mul(256) | u64::from(*byte)));
    }
    let digits = field.trim_ascii_start();
    let end = digits.iter().position(|byte| matches!(byte, 0 | b' ')).unwrap_or(digits.len());
    let digits = std::str::from_utf8(digits.get(..end)?).ok()?;
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}
