//! The small pictures that Apache's lists of folders show, drawn by us.

use super::files::File;

/// Width and height of each.
const SIZE: (u16, u16) = (20, 22);
/// Colours of the table: nothing, outline, paper, accent.
const PALETTE: [[u8; 3]; 4] = [[255, 255, 255], [64, 64, 64], [250, 250, 240], [80, 110, 170]];
/// Index of the colour that is not drawn.
const NOTHING: u8 = 0;

/// Which lines of a picture are drawn as text.
type Rows = fn(u16) -> bool;

const ICONS: [(&str, bool, Rows); 7] = [
    ("blank", false, |_| false),
    ("back", true, |y| (9..13).contains(&y)),
    ("folder", true, |y| y < 6),
    ("text", true, |y| y % 3 == 0),
    ("unknown", true, |_| false),
    ("image2", true, |y| y > 11),
    ("compressed", true, |y| y % 2 == 0),
];

/// All of them, under `/icons/`.
pub(super) fn files() -> impl Iterator<Item = File> {
    ICONS.iter().map(|(name, framed, rows)| (format!("/icons/{name}.gif"), gif(*framed, *rows), 1))
}

/// A GIF (version 89a) whose one colour is transparent. Its LZW codes are never compressed: a
/// clear code before the table would grow keeps all codes at three bits.
fn gif(framed: bool, rows: Rows) -> Vec<u8> {
    let (width, height) = SIZE;
    let mut out = b"GIF89a".to_vec();
    out.extend_from_slice(&width.to_le_bytes());
    out.extend_from_slice(&height.to_le_bytes());
    // A table of four colours.
    out.extend_from_slice(&[0xf1, 0, 0]);
    out.extend(PALETTE.iter().flatten());
    out.extend_from_slice(&[0x21, 0xf9, 4, 1, 0, 0, NOTHING, 0]);
    out.extend_from_slice(&[0x2c, 0, 0, 0, 0]);
    out.extend_from_slice(&width.to_le_bytes());
    out.extend_from_slice(&height.to_le_bytes());
    // No interlacing, and colours of two bits.
    out.extend_from_slice(&[0, 2]);
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| pixel(framed, rows, x, y)));
    for block in codes(pixels).chunks(255) {
        out.push(u8::try_from(block.len()).unwrap_or(255));
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&[0, 0x3b]);
    out
}

fn pixel(framed: bool, rows: Rows, x: u16, y: u16) -> u8 {
    let inside = (3..17).contains(&x) && (1..21).contains(&y);
    let edge = matches!(x, 3 | 16) || matches!(y, 1 | 20);
    match (framed && inside, edge, rows(y)) {
        (false, ..) => NOTHING,
        (true, true, _) => 1,
        (true, false, true) => 3,
        (true, false, false) => 2,
    }
}

/// Codes of three bits, the lowest bits first: 4 clears, 5 ends.
fn codes(pixels: impl Iterator<Item = u8>) -> Vec<u8> {
    let (mut out, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    let mut push = |code: u8, out: &mut Vec<u8>| {
        held |= u32::from(code) << bits;
        bits += 3;
        while bits >= 8 {
            out.push((held & 0xff) as u8);
            held >>= 8;
            bits -= 8;
        }
    };
    for (index, pixel) in pixels.enumerate() {
        if index % 2 == 0 {
            push(4, &mut out);
        }
        push(pixel, &mut out);
    }
    push(5, &mut out);
    // The last byte, filled up.
    push(0, &mut out);
    push(0, &mut out);
    push(0, &mut out);
    out
}
