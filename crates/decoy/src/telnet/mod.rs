//! Telnet: inetutils', netkit's and BusyBox's daemons with the log-in behind them, and the
//! virtual terminals of Cisco's IOS.
//!
//! [`stream`] takes bytes apart, [`negotiation`] answers options in the daemon's own order,
//! [`talk`] joins both with the connection; then [`unix`] asks for a name and a password as the
//! distribution's log-in program does and hands over to the shell, or [`ios`] plays a switch.
//! Exactly the persona's bait pairs log in, and root with the operator's password.

mod ios;
mod line;
mod login;
mod negotiation;
mod product;
mod sides;
mod stream;
mod talk;
#[cfg(test)]
mod tests;
mod unix;

use std::sync::atomic::{AtomicU64, Ordering};

use decnet_proto::persona::ServiceSpec;

use self::{product::Product, talk::Talk};
use crate::{Conn, ConnectionService, End, Host, ServiceError, census::Census, identity};

/// What clients would send, from which tests and fuzzers start.
pub const SEEDS: &[&[u8]] = &[
    b"\xff\xfd%\xff\xfd&\xff\xfb\x18\xff\xfb \xff\xfc#\xff\xfb'\xff\xfc$\xff\xfa \x0038400,38400\xff\xf0\xff\xfa'\x00\xff\xf0\xff\xfa\x18\x00XTERM\xff\xf0\xff\xfd\x03\xff\xfc\x01\xff\xfb\x22\xff\xfa\x22\x03\x01\0\0\x03b\x03\xff\xf0\xff\xfb\x1f\xff\xfa\x1f\0P\0\x18\xff\xf0root\r\nadmin\r\n",
    b"\xff\xfe\x25\xff\xfe\x26\xff\xfc\x18\xff\xfc\x20\xff\xfc\x23\xff\xfc\x27\xff\xfc\x24\xff\xfd\x03\xff\xfc\x01\xff\xfc\x22\xff\xfc\x1f\xff\xfe\x05\xff\xfc\x21root\r\0vizxv\r\0enable\r\0system\r\0shell\r\0sh\r\0/bin/busybox MIRAI\r\0",
    b"\xff\xfd\x63\xff\xfb\x63\xff\xf6\xff\xf4\xff\xff\xff\xfd\x05\xff\xfa\x05\x01\xff\xf0\xff\xfd\x12",
    b"\xff\xfb\x27\xff\xfa\x27\0\0USER\x01-f root\xff\xf0\xff\xfc\x18\xff\xfc\x20\xff\xfc\x23\xff\xfc\x24\xff\xfc\x1f\x03\x04\x15a\x7f\r\n",
];

/// Telnet of one decky.
#[derive(Debug)]
pub struct Telnet {
    product: Product,
    password: Option<String>,
    open: Census,
    draws: AtomicU64,
}

impl ConnectionService for Telnet {
    fn build(spec: &ServiceSpec, host: &Host) -> Result<Self, ServiceError> {
        Ok(Self {
            product: Product::of(host.machine()),
            password: spec.key("password").map(str::to_owned),
            open: Census::default(),
            draws: AtomicU64::new(identity::number(&host.persona.key, "telnet delays", u64::MAX)),
        })
    }

    async fn serve(&self, conn: &mut Conn) -> Result<(), End> {
        let counted = self.open.enter(conn.peer().ip());
        let mut talk = Talk::begin(conn, self.product).await?;
        let served = match self.product {
            Product::Ios => Box::pin(ios::serve(self, &mut talk)).await,
            _ => Box::pin(unix::serve(self, &mut talk, counted.total - 1)).await,
        };
        talk.tell();
        served
    }
}

impl Telnet {
    /// A number that is another one each time.
    fn draw(&self) -> u64 {
        let draw = self.draws.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        (draw ^ (draw >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
    }

    /// Whether a pair opens a switch: one of the bait, or any name with the operator's password
    /// for those that have one.
    fn opens_ios(&self, host: &Host, name: &[u8], password: &[u8]) -> bool {
        let bait = &host.persona.bait;
        let baited =
            bait.iter().any(|bait| bait.username.as_bytes() == name && bait.password.as_bytes() == password);
        let own = name == b"admin" && self.password.as_deref().is_some_and(|own| own.as_bytes() == password);
        baited || own
    }
}
