//! UMAC (RFC 4418): a universal hash of the packet, encrypted with its number.
//!
//! Two hashes in parallel give a code of eight bytes, four give one of sixteen.
//!
//! Limits: messages up to 16 MiB, for longer ones the second layer would change its prime; a
//! packet is never that long.

use openssl::{cipher::Cipher, cipher_ctx::CipherCtx, error::ErrorStack};

/// Bytes that the first layer takes at once.
const CHUNK: usize = 1_024;
/// Largest prime below 2^64.
const P64: u128 = 0xffff_ffff_ffff_ffc5;
/// Largest prime below 2^36.
const P36: u64 = 0xf_ffff_fffb;

/// The code with its keys.
pub(super) struct Umac {
    /// Number of hashes.
    streams: usize,
    /// Words of the first layer's key; each hash starts four words after the one before.
    first: Vec<u32>,
    /// Keys of the second layer.
    second: Vec<u64>,
    /// Keys of the third layer: eight factors and a pad for each hash.
    third: Vec<([u64; 8], u32)>,
    pads: CipherCtx,
}

impl Umac {
    /// A code of `4 * streams` bytes under a key of sixteen.
    pub(super) fn new(key: &[u8], streams: usize) -> Result<Self, ErrorStack> {
        let mut master = aes(key)?;
        let pad_key = derive(&mut master, 0, 16)?;
        let first = derive(&mut master, 1, CHUNK + 16 * (streams - 1))?;
        let second = derive(&mut master, 2, 24 * streams)?;
        let factors = derive(&mut master, 3, 64 * streams)?;
        let pads = derive(&mut master, 4, 4 * streams)?;
        let words =
            |bytes: &[u8]| bytes.as_chunks().0.iter().map(|w| u32::from_be_bytes(*w)).collect::<Vec<_>>();
        let longs =
            |bytes: &[u8]| bytes.as_chunks().0.iter().map(|w| u64::from_be_bytes(*w)).collect::<Vec<_>>();
        let third = longs(&factors)
            .as_chunks::<8>()
            .0
            .iter()
            .zip(words(&pads))
            .map(|(factors, pad)| (factors.map(|factor| factor % P36), pad))
            .collect();
        Ok(Self {
            streams,
            first: words(&first),
            // Of the key of each hash only the first eight bytes serve messages of this length.
            second: longs(&second).iter().step_by(3).map(|key| key & 0x01ff_ffff_01ff_ffff).collect(),
            third,
            pads: aes(&pad_key)?,
        })
    }

    /// Writes the code of `message` under `nonce` to the start of `code`.
    pub(super) fn tag(&mut self, nonce: [u8; 8], message: &[u8], code: &mut [u8]) -> Result<(), ErrorStack> {
        let pad = self.pad(nonce)?;
        for (stream, (out, pad)) in code.as_chunks_mut::<4>().0.iter_mut().zip(pad).enumerate() {
            if stream < self.streams {
                *out = (self.hash(stream, message) ^ pad).to_be_bytes();
            }
        }
        Ok(())
    }

    /// The nonce encrypted: of short codes, half a block, and which half is the nonce's last bit.
    fn pad(&mut self, nonce: [u8; 8]) -> Result<impl Iterator<Item = u32> + use<>, ErrorStack> {
        let number = u64::from_be_bytes(nonce);
        let low = if self.streams == 2 { number & 1 } else { 0 };
        let mut block = [0; 32];
        if let Some(start) = block.first_chunk_mut() {
            *start = (number ^ low).to_be_bytes();
        }
        self.pads.cipher_update_inplace(&mut block, 16)?;
        let words = block.as_chunks::<4>().0.iter().map(|word| u32::from_be_bytes(*word)).collect::<Vec<_>>();
        Ok(words.into_iter().skip(if low == 1 { 2 } else { 0 }))
    }

    /// One of the hashes.
    fn hash(&self, stream: usize, message: &[u8]) -> u32 {
        let key = self.first.get(4 * stream..).unwrap_or_default();
        let mut hashes = chunks(message).map(|chunk| nh(key, chunk));
        let short = message.len() <= CHUNK;
        let second = if short {
            u128::from(hashes.next().unwrap_or_default())
        } else {
            polynomial(self.second.get(stream).copied().unwrap_or_default(), hashes)
        };
        let Some((factors, pad)) = self.third.get(stream) else { return 0 };
        inner_product(factors, second) ^ pad
    }
}

/// The pieces of the message that the first layer hashes; there is one even if it is empty.
fn chunks(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let empty = message.is_empty().then_some(message);
    empty.into_iter().chain(message.chunks(CHUNK))
}

/// The first layer: products of sums, over words that are read with the low byte first. The
/// chunk is padded with zeros to a multiple of 32 bytes; its length in bits is added.
fn nh(key: &[u32], chunk: &[u8]) -> u64 {
    let bits = (chunk.len() as u64) * 8;
    let (whole, rest) = chunk.as_chunks::<32>();
    let mut padded = [0; 32];
    padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let last = (!rest.is_empty() || whole.is_empty()).then_some(&padded);
    let blocks = whole.iter().chain(last);
    let sum = blocks
        .zip(key.as_chunks::<8>().0)
        .fold(0_u64, |sum, (block, key)| sum.wrapping_add(nh_block(key, block)));
    sum.wrapping_add(bits)
}

#[inline]
fn nh_block(key: &[u32; 8], block: &[u8; 32]) -> u64 {
    let mut sums = [0_u32; 8];
    for ((sum, word), key) in sums.iter_mut().zip(block.as_chunks::<4>().0).zip(key) {
        *sum = u32::from_le_bytes(*word).wrapping_add(*key);
    }
    let [a, b, c, d, e, f, g, h] = sums.map(u64::from);
    let (first, second) = (a.wrapping_mul(e).wrapping_add(b.wrapping_mul(f)), c.wrapping_mul(g));
    first.wrapping_add(second).wrapping_add(d.wrapping_mul(h))
}

/// The second layer: the hashes of the first as a polynomial at the point `key`.
fn polynomial(key: u64, hashes: impl Iterator<Item = u64>) -> u128 {
    /// Values from here on do not fit and are marked.
    const MARK: u128 = (1 << 64) - (1 << 32);
    let key = u128::from(key);
    let step = |sum: u128, value: u128| (sum * key + value) % P64;
    hashes.fold(1, |sum, hash| {
        let hash = u128::from(hash);
        if hash >= MARK { step(step(sum, P64 - 1), hash - ((1 << 64) - P64)) } else { step(sum, hash) }
    })
}

/// The third layer: an inner product of sixteen-bit words.
fn inner_product(factors: &[u64; 8], value: u128) -> u32 {
    let bytes = value.to_be_bytes();
    let words = bytes.as_chunks::<2>().0.iter().map(|word| u64::from(u16::from_be_bytes(*word)));
    let sum = words.zip(factors).fold(0_u64, |sum, (word, factor)| sum + word * factor);
    #[expect(clippy::cast_possible_truncation, reason = "the low word is what the RFC takes")]
    let low = (sum % P36) as u32;
    low
}

/// AES with a key of sixteen bytes, block by block.
fn aes(key: &[u8]) -> Result<CipherCtx, ErrorStack> {
    let mut context = CipherCtx::new()?;
    context.encrypt_init(Some(Cipher::aes_128_ecb()), Some(key), None)?;
    context.set_padding(false);
    Ok(context)
}

/// `KDF` of the RFC: blocks that name the purpose and their number, encrypted.
fn derive(master: &mut CipherCtx, purpose: u64, length: usize) -> Result<Vec<u8>, ErrorStack> {
    let blocks = length.div_ceil(16) as u64;
    let plain: Vec<u8> =
        (1..=blocks).flat_map(|number| [purpose.to_be_bytes(), number.to_be_bytes()].concat()).collect();
    let mut out = Vec::new();
    master.cipher_update_vec(&plain, &mut out)?;
    out.truncate(length);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::Umac;

    fn hex(streams: usize, message: &[u8]) -> String {
        let mut code = [0; 16];
        let mut umac = Umac::new(b"abcdefghijklmnop", streams).unwrap();
        umac.tag(*b"bcdefghi", message, &mut code).unwrap();
        code[..4 * streams].iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// The appendix of RFC 4418.
    #[test]
    fn codes_are_those_of_the_rfc() {
        assert_eq!(hex(2, b""), "6E155FAD26900BE1");
        assert_eq!(hex(2, b"aaa"), "44B5CB542F220104");
        assert_eq!(hex(2, &b"a".repeat(1 << 10)), "26BF2F5D60118BD9");
        assert_eq!(hex(2, &b"a".repeat(1 << 15)), "27F8EF643B0D118D");
        assert_eq!(hex(2, &b"a".repeat(1 << 20)), "A4477E87E9F55853");
        assert_eq!(hex(2, b"abc"), "D4D7B9F6BD4FBFCF");
        assert_eq!(hex(2, &b"abc".repeat(500)), "D4CF26DDEFD5C01A");
    }

    /// The same of sixteen bytes, whose published table was mended by an erratum.
    #[test]
    fn long_codes_are_those_of_the_erratum() {
        assert_eq!(hex(4, b""), "32FEDB100C79AD58F07FF7643CC60465");
        assert_eq!(hex(4, b"aaa"), "185E4FE905CBA7BD85E4C2DC3D117D8D");
        assert_eq!(hex(4, b"abc"), "883C3D4B97A61976FFCF232308CBA5A5");
        assert_eq!(hex(4, &b"abc".repeat(500)), "8824A260C53C66A36C9260A62CB83AA1");
    }
}
