//! SSH: OpenSSH, as the machine's distribution ships it.
//!
//! The data flow: [`transport`] greets, exchanges keys ([`kex`]) and turns bytes into payloads
//! ([`packet`]) and back; what is above it logs in and opens channels. [`product`] holds all in
//! which builds of OpenSSH differ.
#![expect(dead_code, reason = "the service that uses it comes with the session layer")]

mod cipher;
mod hostkey;
mod identification;
mod kex;
mod mac;
mod message;
mod packet;
pub mod product;
mod public_key;
mod quirks;
mod transport;
mod wire;
