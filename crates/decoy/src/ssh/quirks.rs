//! Programs that OpenSSH knows by their identification and treats with care.

/// What is done otherwise for a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    /// It says that it is a scanner.
    pub(super) is_scanner: bool,
    /// Its curve25519 is wrong once in a while, so that it is not offered under the old name.
    pub curve25519_padding: bool,
    /// Its group exchange is of before the RFC, so that none is offered.
    pub(super) old_group_exchange: bool,
    /// It cannot exchange keys again.
    pub(super) no_rekey: bool,
    /// It does not bear the announcement of host keys.
    pub(super) no_host_keys: bool,
    /// It is OpenSSH of version 5 or newer.
    pub(super) is_openssh: bool,
    /// It does not check which algorithm a signature names.
    pub(super) loose_signature_type: bool,
    /// It says the listening port of a remote forward as 0 where the server chose it.
    pub(super) no_dynamic_port: bool,
    /// It does not bear data after the end of a channel.
    pub(super) eof_ends_output: bool,
}

impl Quirks {
    /// Quirks of the program that calls itself `software`: of the first row that matches.
    pub(super) fn of(software: &[u8]) -> Self {
        let row = TABLE.iter().find(|(patterns, _)| patterns.iter().any(|p| matches(p.as_bytes(), software)));
        row.map(|(_, quirks)| *quirks).unwrap_or_default()
    }
}

const NONE: Quirks = Quirks {
    is_scanner: false,
    curve25519_padding: false,
    old_group_exchange: false,
    no_rekey: false,
    no_host_keys: false,
    is_openssh: false,
    loose_signature_type: false,
    no_dynamic_port: false,
    eof_ends_output: false,
};
const OPENSSH: Quirks = Quirks { is_openssh: true, ..NONE };
const LOOSE: Quirks = Quirks { loose_signature_type: true, ..OPENSSH };
const ANCIENT: Quirks = Quirks { loose_signature_type: true, ..NONE };
const OLD_GROUPS: Quirks = Quirks { old_group_exchange: true, ..NONE };
const NO_HOST_KEYS: Quirks = Quirks { no_host_keys: true, ..NONE };
const SCANNER: Quirks = Quirks { is_scanner: true, ..NONE };

/// Patterns of identifications and what OpenSSH 9.2 does otherwise for them; the first row wins.
const TABLE: &[(&[&str], Quirks)] = &[
    (&["OpenSSH_2.*", "OpenSSH_3.0*", "OpenSSH_3.1*"], Quirks { eof_ends_output: true, ..ANCIENT }),
    (&["OpenSSH_2*", "OpenSSH_3*", "OpenSSH_4*"], ANCIENT),
    (&["Sun_SSH_1.0*"], Quirks { no_rekey: true, eof_ends_output: true, ..ANCIENT }),
    (&["OpenSSH_5*"], Quirks { no_dynamic_port: true, ..LOOSE }),
    (&["OpenSSH_6.6.1*"], LOOSE),
    (&["OpenSSH_6.5*", "OpenSSH_6.6*"], Quirks { curve25519_padding: true, ..LOOSE }),
    (
        &[
            "OpenSSH_7.0*",
            "OpenSSH_7.1*",
            "OpenSSH_7.2*",
            "OpenSSH_7.3*",
            "OpenSSH_7.4*",
            "OpenSSH_7.5*",
            "OpenSSH_7.6*",
            "OpenSSH_7.7*",
        ],
        LOOSE,
    ),
    (&["OpenSSH*"], OPENSSH),
    (&["Cisco-1.*"], NO_HOST_KEYS),
    (&["*SSH_Version_Mapper*", "Probe-*"], SCANNER),
    (
        &[
            "PuTTY_Local:*",
            "PuTTY-Release-0.5*",
            "PuTTY_Release_0.5*",
            "PuTTY_Release_0.60*",
            "PuTTY_Release_0.61*",
            "PuTTY_Release_0.62*",
            "PuTTY_Release_0.63*",
            "PuTTY_Release_0.64*",
            "FuTTY*",
        ],
        OLD_GROUPS,
    ),
    (
        &[
            "TeraTerm SSH*",
            "TTSSH/1.5.*",
            "TTSSH/2.1*",
            "TTSSH/2.2*",
            "TTSSH/2.3*",
            "TTSSH/2.4*",
            "TTSSH/2.5*",
            "TTSSH/2.6*",
            "TTSSH/2.70*",
            "TTSSH/2.71*",
            "TTSSH/2.72*",
        ],
        NO_HOST_KEYS,
    ),
    (
        &[
            "WinSCP_release_4*",
            "WinSCP_release_5.0*",
            "WinSCP_release_5.1",
            "WinSCP_release_5.1.*",
            "WinSCP_release_5.5",
            "WinSCP_release_5.5.*",
            "WinSCP_release_5.6",
            "WinSCP_release_5.6.*",
            "WinSCP_release_5.7",
            "WinSCP_release_5.7.1",
            "WinSCP_release_5.7.2",
            "WinSCP_release_5.7.3",
            "WinSCP_release_5.7.4",
        ],
        OLD_GROUPS,
    ),
];

/// Whether `text` matches a pattern of one star at either end or none.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.strip_prefix(b"*"), pattern.strip_suffix(b"*")) {
        (Some(inner), Some(_)) => {
            let inner = inner.strip_suffix(b"*").unwrap_or(inner);
            text.windows(inner.len().max(1)).any(|window| window == inner)
        }
        (None, Some(start)) => text.starts_with(start),
        (Some(end), None) => text.ends_with(end),
        (None, None) => text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::Quirks;

    #[test]
    fn the_first_row_that_matches_wins() {
        assert!(Quirks::of(b"OpenSSH_6.6.1p1 Ubuntu-2ubuntu2").is_openssh);
        assert!(!Quirks::of(b"OpenSSH_6.6.1p1").curve25519_padding);
        assert!(Quirks::of(b"OpenSSH_6.6p1").curve25519_padding);
        assert!(Quirks::of(b"PuTTY_Release_0.63").old_group_exchange);
        assert!(!Quirks::of(b"PuTTY_Release_0.78").old_group_exchange);
        assert!(Quirks::of(b"WinSCP_release_5.7").old_group_exchange);
        assert_eq!(Quirks::of(b"WinSCP_release_5.75"), Quirks::default());
        assert!(Quirks::of(b"a SSH_Version_Mapper b").is_scanner);
        assert!(Quirks::of(b"Probe-9").is_scanner);
        assert_eq!(Quirks::of(b"a Probe-9"), Quirks::default());
    }
}
