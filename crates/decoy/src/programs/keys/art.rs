//! Fingerprints, and the picture of one.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use openssl::hash::{MessageDigest, hash};

const WIDE: usize = 17;
const HIGH: usize = 9;
const MARKS: &[u8] = b" .o+=*BOX@%&#/^SE";

/// The hash of a public key, by its name; sha256 when the name is none.
fn digest(blob: &[u8], md5: bool) -> Vec<u8> {
    let method = if md5 { MessageDigest::md5() } else { MessageDigest::sha256() };
    hash(method, blob).map(|sum| sum.to_vec()).unwrap_or_default()
}

/// The fingerprint as it is written.
pub(super) fn fingerprint(blob: &[u8], md5: bool) -> String {
    let sum = digest(blob, md5);
    if md5 {
        let pairs: Vec<String> = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        return format!("MD5:{}", pairs.join(":"));
    }
    format!("SHA256:{}", STANDARD_NO_PAD.encode(sum))
}

/// The walk of the bishop over a field, that two bits at a time lead.
pub(super) fn art(blob: &[u8], md5: bool, title: &str) -> String {
    let mut field = vec![vec![0_usize; WIDE]; HIGH];
    let (mut x, mut y) = (WIDE / 2, HIGH / 2);
    let last = MARKS.len() - 1;
    for byte in digest(blob, md5) {
        for pair in 0..4 {
            let bits = byte >> (2 * pair);
            x = if bits & 1 > 0 { (x + 1).min(WIDE - 1) } else { x.saturating_sub(1) };
            y = if bits & 2 > 0 { (y + 1).min(HIGH - 1) } else { y.saturating_sub(1) };
            if let Some(cell) = field.get_mut(y).and_then(|row| row.get_mut(x))
                && *cell < last - 2
            {
                *cell += 1;
            }
        }
    }
    for (row, column, mark) in [(HIGH / 2, WIDE / 2, last - 1), (y, x, last)] {
        if let Some(cell) = field.get_mut(row).and_then(|row| row.get_mut(column)) {
            *cell = mark;
        }
    }
    let border = |text: &str| {
        let left = (WIDE - text.len().min(WIDE)) / 2;
        let right = WIDE - text.len().min(WIDE) - left;
        format!("+{}{text}{}+\n", "-".repeat(left), "-".repeat(right))
    };
    let mut out = border(&format!("[{title}]"));
    for row in field {
        let cells: String =
            row.iter().map(|cell| MARKS.get(*cell).copied().map_or(' ', char::from)).collect();
        out += &format!("|{cells}|\n");
    }
    out + border(if md5 { "[MD5]" } else { "[SHA256]" }).trim_end_matches('\n')
}
