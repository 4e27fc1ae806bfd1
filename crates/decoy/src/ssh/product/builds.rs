//! One value for each distribution.

use super::{AuthDefaults, Build, RootLogin, Source, lists};

const HOSTBOUND: (&str, &str) = ("publickey-hostbound@openssh.com", "0");
const PING: (&str, &str) = ("ping@openssh.com", "0");
const SIGNATURES: &str = "server-sig-algs";

const AUTH: AuthDefaults = AuthDefaults {
    methods: "publickey,password",
    root: RootLogin::KeyOnly,
    most_tries: 6,
    grace: 120,
    startups: (10, 30, 100),
    accept_environment: &["LANG", "LC_*"],
};

const RED_HAT: AuthDefaults = AuthDefaults {
    methods: "publickey,gssapi-keyex,gssapi-with-mic,password",
    accept_environment: &[
        "LANG",
        "LC_CTYPE",
        "LC_NUMERIC",
        "LC_TIME",
        "LC_COLLATE",
        "LC_MONETARY",
        "LC_MESSAGES",
        "LC_PAPER",
        "LC_NAME",
        "LC_ADDRESS",
        "LC_TELEPHONE",
        "LC_MEASUREMENT",
        "LC_IDENTIFICATION",
        "LC_ALL",
        "LANGUAGE",
        "XMODIFIERS",
    ],
    ..AUTH
};

/// Debian 12.
pub(super) const DEBIAN: Build = Build {
    slug: "debian",
    source: Source::Measured,
    version: (9, 2),
    identifications: &["SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u10"],
    key_exchange: lists::KEX_DEBIAN_12,
    host_keys: lists::HOST_KEYS,
    ciphers: lists::CIPHERS,
    macs: lists::MACS,
    compression: lists::COMPRESSION,
    extensions: &[(SIGNATURES, lists::SIGNATURES_9_2), HOSTBOUND],
    accepted_keys: lists::ACCEPTED,
    rsa_bits: 3_072,
    hassh: "425d29fe50d8e4f5e37efb6e24bcf660",
    auth: AUTH,
};

const UBUNTU_22: Build = Build {
    slug: "ubuntu22",
    source: Source::Documented,
    version: (8, 9),
    // As the package that `dpkg` lists there.
    identifications: &["SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.10"],
    key_exchange: lists::KEX_8_9,
    extensions: &[(SIGNATURES, lists::SIGNATURES_8_9), HOSTBOUND],
    hassh: "41ff3ecd1458b0bf86e1b4891636213e",
    ..DEBIAN
};

const UBUNTU_20: Build = Build {
    slug: "ubuntu20",
    source: Source::Documented,
    version: (8, 2),
    identifications: &["SSH-2.0-OpenSSH_8.2p1 Ubuntu-4ubuntu0.11"],
    key_exchange: lists::KEX_8_2,
    host_keys: lists::HOST_KEYS_8_2,
    extensions: &[(SIGNATURES, lists::SIGNATURES_8_2)],
    accepted_keys: lists::ACCEPTED_8_2,
    hassh: "779664e66160bf75999f091fce5edb5a",
    ..DEBIAN
};

const ROCKY_9: Build = Build {
    slug: "rocky9",
    source: Source::Documented,
    version: (8, 7),
    identifications: &["SSH-2.0-OpenSSH_8.7"],
    key_exchange: lists::KEX_RED_HAT,
    ciphers: lists::CIPHERS_RED_HAT,
    macs: lists::MACS_RED_HAT,
    extensions: &[(SIGNATURES, lists::SIGNATURES_8_9)],
    hassh: "02d7dd8ce96185733225e6f56d67fb77",
    auth: RED_HAT,
    ..DEBIAN
};

const CENTOS_7: Build = Build {
    slug: "centos7",
    source: Source::Documented,
    version: (7, 4),
    identifications: &["SSH-2.0-OpenSSH_7.4"],
    key_exchange: lists::KEX_7_4,
    host_keys: lists::HOST_KEYS_7_4,
    ciphers: lists::CIPHERS_CENTOS_7,
    extensions: &[(SIGNATURES, lists::SIGNATURES_7_4)],
    accepted_keys: lists::ACCEPTED_7_4,
    rsa_bits: 2_048,
    hassh: "6832f1ce43d4397c2c0a3e2f8c94334e",
    auth: AuthDefaults { root: RootLogin::Yes, ..RED_HAT },
    ..DEBIAN
};

const ALPINE: Build = Build {
    slug: "alpine",
    source: Source::Documented,
    version: (9, 6),
    identifications: &["SSH-2.0-OpenSSH_9.6"],
    key_exchange: lists::KEX_9_6,
    extensions: &[(SIGNATURES, lists::SIGNATURES_9_6), HOSTBOUND, PING],
    hassh: "e42184b06d45385a906f0803d04c83da",
    auth: AuthDefaults {
        methods: "publickey,password,keyboard-interactive",
        accept_environment: &[],
        ..AUTH
    },
    ..DEBIAN
};

const FEDORA: Build = Build {
    slug: "fedora",
    source: Source::Documented,
    version: (9, 3),
    identifications: &["SSH-2.0-OpenSSH_9.3"],
    extensions: &[(SIGNATURES, lists::SIGNATURES_9_2), HOSTBOUND],
    hassh: "02d7dd8ce96185733225e6f56d67fb77",
    ..ROCKY_9
};

const KALI: Build = Build {
    slug: "kali",
    source: Source::Documented,
    version: (9, 9),
    identifications: &["SSH-2.0-OpenSSH_9.9p1 Debian-3"],
    key_exchange: lists::KEX_9_9,
    extensions: &[(SIGNATURES, lists::SIGNATURES_9_6), HOSTBOUND, PING],
    hassh: "bbd3df916ddc675cc91c127ab1a90657",
    ..DEBIAN
};

const ARCH: Build = Build {
    slug: "arch",
    identifications: &["SSH-2.0-OpenSSH_9.9"],
    auth: AuthDefaults { accept_environment: &["LANG", "LC_*", "COLORTERM", "NO_COLOR"], ..AUTH },
    ..KALI
};

/// Every build.
pub(super) const ALL: &[Build] =
    &[DEBIAN, UBUNTU_22, UBUNTU_20, ROCKY_9, CENTOS_7, ALPINE, FEDORA, KALI, ARCH];
