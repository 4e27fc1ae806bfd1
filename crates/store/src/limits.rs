//! How much the store keeps of anything: the last fence, behind those of who calls it.

/// Longest free text (a name, an address, a version, a word of an audit entry), in bytes.
pub const TEXT: usize = 256;
/// Longest reason, detail or note of an operation, in bytes.
pub const DETAIL: usize = 1024;
/// Longest text of a host's own about an update, in bytes.
pub const OUTPUT: usize = 8 * 1024;
/// Longest address or host name at which a host is reached, in bytes.
pub const ADDRESS: usize = 253;
/// Longest notes of operators about a host, in bytes.
pub const NOTES: usize = 4096;
/// Largest JSON of a host's site, in bytes; a larger one is not kept.
pub const SITE: usize = 256 * 1024;
/// Largest request of an operation, in bytes: a fleet with what surrounds it.
pub const REQUEST: usize = decnet_proto::swarm::operator::FLEET_MAX + 64 * 1024;
/// Most failures that are kept of one host in one operation.
pub const FAILURES: usize = 200;
/// Most notes of an operation.
pub const OPERATION_NOTES: i32 = 1000;
/// Operations that are remembered; of those that are over, the oldest go.
pub const OPERATIONS: i64 = 10_000;
/// Entries of the audit log that are remembered; the oldest go.
pub const AUDIT: i64 = 100_000;
/// Listeners on other hosts. Each has up to two keys among those that workers trust, and those have
/// a bound.
pub const LISTENERS: i64 = 16;
/// Rows that one question is answered with at most.
pub const LIST: u32 = 1000;
/// How long an invitation is kept though no token came with it, in seconds.
pub const INVITATION: i64 = decnet_proto::swarm::operator::TOKEN_LIFE as i64;
/// How long a token is remembered after it ran out, in seconds, to tell why it is refused.
pub const TOKEN_MEMORY: i64 = 24 * 60 * 60;

/// As much of `text` as fits into `most` bytes, cut between characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 2), "ab");
        assert_eq!(cut("aä", 2), "a");
        assert_eq!(cut("ä", 1), "");
        assert_eq!(cut("", 0), "");
    }
}
