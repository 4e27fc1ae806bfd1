//! Messages of the connection protocol (RFC 4254) that the server sends.

use crate::ssh::wire::{Writer as _, message};

pub(super) const GLOBAL_REQUEST: u8 = 80;
pub(super) const REQUEST_SUCCESS: u8 = 81;
pub(super) const REQUEST_FAILURE: u8 = 82;
pub(super) const CHANNEL_OPEN: u8 = 90;
pub(super) const OPEN_CONFIRMATION: u8 = 91;
pub(super) const OPEN_FAILURE: u8 = 92;
pub(super) const WINDOW_ADJUST: u8 = 93;
pub(super) const DATA: u8 = 94;
pub(super) const EXTENDED_DATA: u8 = 95;
pub(super) const EOF: u8 = 96;
pub(super) const CLOSE: u8 = 97;
pub(super) const CHANNEL_REQUEST: u8 = 98;
pub(super) const CHANNEL_SUCCESS: u8 = 99;
pub(super) const CHANNEL_FAILURE: u8 = 100;

const STDERR: u32 = 1;

/// Why a channel is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Prohibited = 1,
    ConnectFailed = 2,
}

/// A message about a channel that holds nothing more.
pub(super) fn about(number: u8, remote: u32) -> Vec<u8> {
    let mut out = message(number);
    out.put_u32(remote);
    out
}

pub(super) fn confirmation(remote: u32, local: u32, window: u32, packet: u32) -> Vec<u8> {
    let mut out = about(OPEN_CONFIRMATION, remote);
    out.put_u32(local);
    out.put_u32(window);
    out.put_u32(packet);
    out
}

pub(super) fn refusal(remote: u32, reason: Reason) -> Vec<u8> {
    let mut out = about(OPEN_FAILURE, remote);
    out.put_u32(reason as u32);
    out.put_string(b"open failed");
    out.put_string(b"");
    out
}

pub(super) fn adjustment(remote: u32, bytes: u32) -> Vec<u8> {
    let mut out = about(WINDOW_ADJUST, remote);
    out.put_u32(bytes);
    out
}

pub(super) fn data(remote: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = about(DATA, remote);
    out.put_string(bytes);
    out
}

pub(super) fn errors(remote: u32, bytes: &[u8]) -> Vec<u8> {
    let mut out = about(EXTENDED_DATA, remote);
    out.put_u32(STDERR);
    out.put_string(bytes);
    out
}

/// A request that wants no reply.
fn request(remote: u32, name: &str) -> Vec<u8> {
    let mut out = about(CHANNEL_REQUEST, remote);
    out.put_string(name.as_bytes());
    out.put_boolean(false);
    out
}

/// Nobody reads any more.
pub(super) fn end_of_writing(remote: u32) -> Vec<u8> {
    request(remote, "eow@openssh.com")
}

pub(super) fn exit_status(remote: u32, code: u8) -> Vec<u8> {
    let mut out = request(remote, "exit-status");
    out.put_u32(code.into());
    out
}

pub(super) fn exit_signal(remote: u32, name: &str) -> Vec<u8> {
    let mut out = request(remote, "exit-signal");
    out.put_string(name.as_bytes());
    out.put_boolean(false);
    out.put_string(b"");
    out.put_string(b"");
    out
}

/// The answer to a request about a channel.
pub(super) fn answer(remote: u32, success: bool) -> Vec<u8> {
    about(if success { CHANNEL_SUCCESS } else { CHANNEL_FAILURE }, remote)
}

/// A text for who debugs the client.
pub(super) fn debug(text: &[u8]) -> Vec<u8> {
    const DEBUG: u8 = 4;
    let mut out = message(DEBUG);
    out.put_boolean(false);
    out.put_string(text);
    out.put_string(b"");
    out
}
