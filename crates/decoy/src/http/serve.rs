//! One connection, from its first byte to its end.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    Web, exchange,
    intake::{Head, Intake, Progress, Refusal},
    product::{Identity, Product},
    render::Connection,
};
use crate::{Conn, End};

/// Bytes per second that keep a head of Apache's alive beyond its first 20 seconds, and for how
/// long at most (`RequestReadTimeout header=20-40,minrate=500`).
const APACHE_RATE: u64 = 500;
const APACHE_LONGEST_HEAD: Duration = Duration::from_secs(40);
/// First bytes of TLS: a handshake record, or a hello as SSL 2 wrote it.
const TLS_BYTES: [u8; 2] = [0x16, 0x80];
/// What OpenSSL recognises as HTTP when it expects a handshake.
const PLAIN_HTTP: [&[u8]; 4] = [b"GET ", b"POST ", b"HEAD ", b"PUT "];

/// Whether another request may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Request,
    Close,
}

/// A head as far as it came, and why the product goes no further with it.
pub(super) type Read = (Head, Option<Refusal>);

/// Serves requests until the connection ends.
pub(super) async fn serve(web: &Web, conn: &mut Conn) -> Result<(), End> {
    let product = web.identity.product;
    let patience = product.patience();
    conn.set_idle_timeout(patience.first_byte);
    if let Some(tls) = &web.tls {
        conn.fill().await?;
        if !conn.buffered().first().is_some_and(|byte| TLS_BYTES.contains(byte)) {
            return Box::pin(plain_on_tls(web, conn)).await;
        }
        Box::pin(conn.upgrade_tls(tls, true)).await?;
    }
    let mut connection = Connection::default();
    loop {
        if conn.buffered().is_empty() {
            let first = connection.served == 0;
            conn.set_idle_timeout(if first { patience.first_byte } else { patience.keep_alive });
            conn.fill().await?;
        }
        let (head, refusal) = read_head(&web.identity, conn).await?;
        let memory = head.size();
        let was_refused = refusal.is_some();
        let next = match refusal {
            Some(refusal) => Box::pin(exchange::refuse_head(web, conn, head, refusal)).await,
            None => exchange::run(web, conn, head, connection).await,
        };
        conn.release(memory);
        if next? == Next::Close {
            if product == Product::Nginx && !was_refused {
                conn.close_at_once();
            }
            return Ok(());
        }
        connection.served += 1;
    }
}

/// Reads a head to its end, or to where the product gives up.
async fn read_head(identity: &Identity, conn: &mut Conn) -> Result<Read, End> {
    let product = identity.product;
    let mut intake = Intake::new(identity);
    let start = Instant::now();
    let (mut read, mut claimed) = (0, 0);
    loop {
        let (used, progress) = intake.feed(conn.buffered());
        conn.consume(used);
        read += used as u64;
        conn.claim(intake.size() - claimed)?;
        claimed = intake.size();
        match progress {
            Progress::Incomplete => {}
            Progress::Complete => return Ok((intake.into_head(), None)),
            Progress::Refused(refusal) => return Ok((intake.into_head(), Some(refusal))),
        }
        conn.set_idle_timeout(head_patience(product, read).saturating_sub(start.elapsed()));
        match (conn.fill().await, product) {
            (Ok(_), _) => {}
            // Apache tells a peer that began a request that it was too slow,
            (Err(End::Idle), Product::Apache) if intake.has_request_line() => {
                return Ok((intake.into_head(), Some(Refusal::Timeout)));
            }
            // and one that stopped sending in its middle that this is no request.
            (Err(End::Peer), Product::Apache) if intake.has_request_line() => {
                return Ok((intake.into_head(), Some(Refusal::Malformed)));
            }
            (Err(end), _) => return Err(end),
        }
    }
}

/// How long the product waits for a head of which `read` bytes have come.
fn head_patience(product: Product, read: u64) -> Duration {
    let patience = product.patience().head;
    match product {
        Product::Apache => (patience + Duration::from_secs(read / APACHE_RATE)).min(APACHE_LONGEST_HEAD),
        Product::Nginx | Product::Iis => patience,
    }
}

/// Answers a peer that speaks no TLS where TLS is spoken.
async fn plain_on_tls(web: &Web, conn: &mut Conn) -> Result<(), End> {
    let product = web.identity.product;
    let recognised = PLAIN_HTTP.iter().any(|method| conn.buffered().starts_with(method));
    let (head, refusal) = match product {
        Product::Nginx => {
            let (head, refusal) = read_head(&web.identity, conn).await?;
            let refusal = refusal.or_else(|| exchange::fault(&web.identity, &head));
            (head, refusal.unwrap_or(Refusal::PlainOnTls))
        }
        Product::Apache if recognised => (Head::default(), Refusal::PlainOnTls),
        // Anything else is closed without a word.
        Product::Apache | Product::Iis => {
            conn.protocol_error(Refusal::PlainOnTls.reason(), conn.buffered());
            return Ok(());
        }
    };
    exchange::refuse_head(web, conn, head, refusal).await.map(|_| ())
}
