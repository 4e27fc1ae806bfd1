//! Lists that several builds share, as OpenSSH's defaults of some version.

/// Key exchange of 8.2 to 8.8.
pub(super) const KEX_8_2: &str = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,\
    diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,\
    kex-strict-s-v00@openssh.com";

/// Key exchange of 8.9, which has Streamlined NTRU Prime behind the curves.
pub(super) const KEX_8_9: &str = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,sntrup761x25519-sha512@openssh.com,\
    diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
    diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com";

/// Key exchange of 9.0 to 9.8, with the registered name of Streamlined NTRU Prime, as Debian has it.
pub(super) const KEX_DEBIAN_12: &str = "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,\
    curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,\
    ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,\
    diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,kex-strict-s-v00@openssh.com";

/// Key exchange of 9.6, the first that says that it reads the client's extensions.
pub(super) const KEX_9_6: &str = "sntrup761x25519-sha512@openssh.com,curve25519-sha256,\
    curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
    diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
    diffie-hellman-group14-sha256,ext-info-s,kex-strict-s-v00@openssh.com";

/// Key exchange of 9.9.
pub(super) const KEX_9_9: &str = "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,\
    mlkem768x25519-sha256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,\
    diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group14-sha256,\
    ext-info-s,kex-strict-s-v00@openssh.com";

/// Key exchange of the policy `DEFAULT` of Red Hat's line, version 9 and its Fedora.
pub(super) const KEX_RED_HAT: &str = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,\
    diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,\
    kex-strict-s-v00@openssh.com";

/// Key exchange of 7.4.
pub(super) const KEX_7_4: &str = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,\
    diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha1,\
    diffie-hellman-group14-sha256,diffie-hellman-group14-sha1,diffie-hellman-group1-sha1";

/// Ciphers of 7.6 to 9.9.
pub(super) const CIPHERS: &str = "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,\
    aes128-gcm@openssh.com,aes256-gcm@openssh.com";

/// Ciphers of the policy `DEFAULT` of Red Hat's line.
pub(super) const CIPHERS_RED_HAT: &str = "aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,\
    aes128-gcm@openssh.com,aes128-ctr";

/// Ciphers of CentOS 7.
pub(super) const CIPHERS_CENTOS_7: &str = "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,\
    aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-cbc,aes192-cbc,aes256-cbc,blowfish-cbc,\
    cast128-cbc,3des-cbc";

/// Message authentication codes of 6.7 and newer.
pub(super) const MACS: &str = "umac-64-etm@openssh.com,umac-128-etm@openssh.com,\
    hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,\
    umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";

/// Message authentication codes of the policy `DEFAULT` of Red Hat's line.
pub(super) const MACS_RED_HAT: &str = "hmac-sha2-256-etm@openssh.com,hmac-sha1-etm@openssh.com,\
    umac-128-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha1,\
    umac-128@openssh.com,hmac-sha2-512";

/// Compression of all of them.
pub(super) const COMPRESSION: &str = "none,zlib@openssh.com";

/// Host keys from 8.8 on, without SHA-1.
pub(super) const HOST_KEYS: &str = "rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519";
/// Host keys of 7.5 to 8.7.
pub(super) const HOST_KEYS_8_2: &str = "rsa-sha2-512,rsa-sha2-256,ssh-rsa,ecdsa-sha2-nistp256,ssh-ed25519";
/// Host keys of 7.4.
pub(super) const HOST_KEYS_7_4: &str = "ssh-rsa,rsa-sha2-512,rsa-sha2-256,ecdsa-sha2-nistp256,ssh-ed25519";

/// What 7.4 says that it takes as signatures.
pub(super) const SIGNATURES_7_4: &str = "rsa-sha2-256,rsa-sha2-512";
/// The same of 8.2.
pub(super) const SIGNATURES_8_2: &str = "ssh-ed25519,sk-ssh-ed25519@openssh.com,ssh-rsa,rsa-sha2-256,\
    rsa-sha2-512,ssh-dss,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,\
    sk-ecdsa-sha2-nistp256@openssh.com";
/// The same of 8.4 to 9.0.
pub(super) const SIGNATURES_8_9: &str = "ssh-ed25519,sk-ssh-ed25519@openssh.com,ssh-rsa,rsa-sha2-256,\
    rsa-sha2-512,ssh-dss,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,\
    sk-ecdsa-sha2-nistp256@openssh.com,webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
/// The same of 9.2 and 9.3.
pub(super) const SIGNATURES_9_2: &str = "ssh-ed25519,sk-ssh-ed25519@openssh.com,ecdsa-sha2-nistp256,\
    ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ecdsa-sha2-nistp256@openssh.com,\
    webauthn-sk-ecdsa-sha2-nistp256@openssh.com,ssh-dss,ssh-rsa,rsa-sha2-256,rsa-sha2-512";
/// The same of 9.6 and newer, which name only what they accept.
pub(super) const SIGNATURES_9_6: &str = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,\
    ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,\
    rsa-sha2-256";

/// Keys of clients that are accepted from 8.8 on.
pub(super) const ACCEPTED: &str = "ssh-ed25519-cert-v01@openssh.com,ecdsa-sha2-nistp256-cert-v01@openssh.com,\
    ecdsa-sha2-nistp384-cert-v01@openssh.com,ecdsa-sha2-nistp521-cert-v01@openssh.com,\
    sk-ssh-ed25519-cert-v01@openssh.com,sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,\
    rsa-sha2-512-cert-v01@openssh.com,rsa-sha2-256-cert-v01@openssh.com,ssh-ed25519,\
    ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,\
    sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,rsa-sha2-256";
/// The same before, with SHA-1.
pub(super) const ACCEPTED_8_2: &str = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,\
    ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com,rsa-sha2-512,\
    rsa-sha2-256,ssh-rsa";
/// The same of 7.4.
pub(super) const ACCEPTED_7_4: &str = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,\
    ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256,ssh-rsa";
