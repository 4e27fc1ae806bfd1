//! Message numbers (RFC 4250, section 4.1) of the transport.

pub(super) const DISCONNECT: u8 = 1;
pub(super) const IGNORE: u8 = 2;
pub(super) const UNIMPLEMENTED: u8 = 3;
pub(super) const DEBUG: u8 = 4;
pub(super) const SERVICE_REQUEST: u8 = 5;
pub(super) const EXT_INFO: u8 = 7;
pub(super) const KEXINIT: u8 = 20;
pub(super) const NEWKEYS: u8 = 21;
/// First message of a client in most key exchange methods.
pub(super) const KEX_INIT: u8 = 30;
/// Its answer.
pub(super) const KEX_REPLY: u8 = 31;
pub(super) const GROUP: u8 = 31;
pub(super) const GROUP_INIT: u8 = 32;
pub(super) const GROUP_REPLY: u8 = 33;
pub(super) const GROUP_REQUEST: u8 = 34;
/// Last number of the transport.
pub(super) const LAST_OF_TRANSPORT: u8 = 49;
pub(super) const USERAUTH_REQUEST: u8 = 50;
pub(super) const USERAUTH_SUCCESS: u8 = 52;
pub(super) const GLOBAL_REQUEST: u8 = 80;
/// Whether the peer is there, of OpenSSH since 9.5.
pub(super) const PING: u8 = 192;
pub(super) const PONG: u8 = 193;
