//! What derives from the decky's key: the same after every restart, different on every decky.

use hkdf::Hkdf;
use sha2::Sha256;

use decnet_proto::{ids::SecretKey, persona::Persona};

/// `N` bytes for `purpose`, by HKDF-SHA256 (RFC 5869) from the decky's key.
pub fn derive<const N: usize>(key: &SecretKey, purpose: &str) -> [u8; N] {
    let mut out = [0; N];
    fill(key, purpose, &mut out);
    out
}

/// A number below `bound` (at least 1) for `purpose`.
pub fn number(key: &SecretKey, purpose: &str, bound: u64) -> u64 {
    u64::from_be_bytes(derive(key, purpose)) % bound.max(1)
}

/// `length` lower-case hexadecimal digits for `purpose`; at most 4,096.
pub fn hex(key: &SecretKey, purpose: &str, length: usize) -> String {
    let mut bytes = vec![0; length.min(4_096).div_ceil(2)];
    fill(key, purpose, &mut bytes);
    let mut text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    text.truncate(length);
    text
}

/// When the system was installed, in seconds since the Unix epoch: some weeks or months before
/// it booted last. Certificates and files of the installation carry this date.
pub fn installed_at(persona: &Persona) -> i64 {
    const DAY: i64 = 86_400;
    let days = 20 + number(&persona.key, "installed before boot", 300) as i64;
    persona.boot_time - days * DAY - number(&persona.key, "installed at", DAY as u64) as i64
}

/// Fills `out` (at most 8,160 bytes, the bound of HKDF-SHA256; more stays zero).
pub fn fill(key: &SecretKey, purpose: &str, out: &mut [u8]) {
    let longest = out.len().min(255 * 32);
    if let Some(out) = out.get_mut(..longest) {
        // The only error of `expand` is a length above that bound.
        let _ = Hkdf::<Sha256>::new(None, &key.0).expand(purpose.as_bytes(), out);
    }
}
