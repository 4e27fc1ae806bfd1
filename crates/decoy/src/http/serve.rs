//! One connection, from its first byte to its end.

use std::time::{Duration, UNIX_EPOCH};

use tokio::time::Instant;

use super::{
    Web,
    answer::{Answer, Content},
    body::{BodyError, Framing, Receiver, framing},
    intake::{Head, Intake, Progress, Refusal},
    product::Product,
    render::{self, Connection, Rendered},
    request::Request,
    respond::{refuse, respond},
    site::Found,
    target::authority,
    watch,
};
use crate::{Conn, End};

/// Bytes per second that keep a head of Apache's alive beyond its first 20 seconds, and for how
/// long at most (`RequestReadTimeout header=20-40,minrate=500`).
const APACHE_RATE: u64 = 500;
const APACHE_LONGEST_HEAD: Duration = Duration::from_secs(40);

/// Whether another request may follow.
enum Next {
    Request,
    Close,
}

/// Serves requests until the connection ends.
pub(super) async fn serve(web: &Web, conn: &mut Conn) -> Result<(), End> {
    let product = web.identity.product;
    let patience = product.patience();
    conn.set_idle_timeout(patience.first_byte);
    if let Some(tls) = &web.tls {
        conn.fill().await?;
        if !conn.buffered().starts_with(&[0x16]) && conn.buffered().first() != Some(&0x80) {
            return Box::pin(plain_on_tls(web, conn)).await;
        }
        Box::pin(conn.upgrade_tls(tls, true)).await?;
    }
    let mut connection = Connection::default();
    loop {
        if conn.buffered().is_empty() {
            conn.set_idle_timeout(if connection.served == 0 {
                patience.first_byte
            } else {
                patience.keep_alive
            });
            conn.fill().await?;
        }
        let (head, refusal) = read_head(product, conn).await?;
        let memory = head.size();
        let next = match refusal {
            Some(refusal) => Box::pin(refused(web, conn, head, refusal)).await,
            None => exchange(web, conn, head, connection).await,
        };
        conn.release(memory);
        if let Next::Close = next? {
            conn.close().await;
            return Ok(());
        }
        connection.served += 1;
    }
}

/// Reads a head to its end, or to where the product gives up.
async fn read_head(product: Product, conn: &mut Conn) -> Result<(Head, Option<Refusal>), End> {
    let mut intake = Intake::new(product);
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
        let patience = product.patience().head;
        let allowed = match product {
            Product::Apache => (patience + Duration::from_secs(read / APACHE_RATE)).min(APACHE_LONGEST_HEAD),
            _ => patience,
        };
        conn.set_idle_timeout(allowed.saturating_sub(start.elapsed()));
        match conn.fill().await {
            Ok(_) => {}
            // Apache tells a peer that began a request that it was too slow.
            Err(End::Idle) if product == Product::Apache && intake.has_request_line() => {
                return Ok((intake.into_head(), Some(Refusal::Timeout)));
            }
            // And one that stopped sending in its middle that this is no request.
            Err(End::Peer) if product == Product::Apache && intake.has_request_line() => {
                return Ok((intake.into_head(), Some(Refusal::Malformed)));
            }
            Err(end) => return Err(end),
        }
    }
}

fn new_request(web: &Web, conn: &Conn, head: Head) -> (Request, Result<(), Refusal>) {
    let now = conn.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (authority, accepted) = authority(web.identity.product, &head);
    let connection = (conn.is_secure(), conn.local());
    let now = i64::try_from(now).unwrap_or_default();
    (Request::new(web.identity.product, head, authority, connection, now), accepted)
}

/// Answers a head with which the product goes no further.
async fn refused(web: &Web, conn: &mut Conn, head: Head, refusal: Refusal) -> Result<Next, End> {
    let (mut request, _) = new_request(web, conn, head);
    // Before the headers were read to their end Apache knows no name but its own.
    if !matches!(refusal, Refusal::Path) {
        request.authority = Default::default();
    }
    say_refused(conn, &request, refusal);
    let answer = with_extra(web, refuse(web.identity.product, refusal));
    let rendered = render::render(&web.identity, &request, answer, Connection::default());
    watch::report(conn, &request, rendered.status);
    conn.write(&rendered.bytes).await?;
    Ok(Next::Close)
}

fn say_refused(conn: &Conn, request: &Request, refusal: Refusal) {
    let sample = [request.method(), b" ", request.head.target()].concat();
    conn.protocol_error(
        refusal.reason(),
        if request.method().is_empty() { conn.buffered() } else { &sample },
    );
}

/// One request and its answer.
async fn exchange(web: &Web, conn: &mut Conn, head: Head, mut connection: Connection) -> Result<Next, End> {
    let product = web.identity.product;
    let (mut request, accepted) = new_request(web, conn, head);
    let framed = accepted
        .and_then(|()| framing(product, &request.head))
        .and_then(|framed| screened(product, &request, framed));
    let (framing, untrusted) = match framed {
        Ok(framed) => framed,
        Err(refusal) => return Box::pin(refused_whole(web, conn, request, refusal)).await,
    };
    connection.must_close = untrusted;
    request.body.framing = framing;
    if framing == Framing::None {
        return answer(web, conn, request, connection).await;
    }
    Box::pin(exchange_with_body(web, conn, request, connection)).await
}

/// What nginx looks at before anything else.
fn screened(
    product: Product,
    request: &Request,
    framed: (Framing, bool),
) -> Result<(Framing, bool), Refusal> {
    let refused = product == Product::Nginx && matches!(request.method(), b"TRACE" | b"CONNECT");
    if refused { Err(Refusal::Method) } else { Ok(framed) }
}

/// Answers a whole head that the product refuses.
async fn refused_whole(
    web: &Web,
    conn: &mut Conn,
    mut request: Request,
    refusal: Refusal,
) -> Result<Next, End> {
    if matches!(refusal, Refusal::Framing | Refusal::Coding) {
        request.authority = Default::default();
    }
    say_refused(conn, &request, refusal);
    let answer = with_extra(web, refuse(web.identity.product, refusal));
    let rendered = render::render(&web.identity, &request, answer, Connection::default());
    watch::report(conn, &request, rendered.status);
    conn.write(&rendered.bytes).await?;
    Ok(Next::Close)
}

async fn answer(web: &Web, conn: &mut Conn, request: Request, connection: Connection) -> Result<Next, End> {
    let rendered = rendered(web, &request, connection);
    watch::report(conn, &request, rendered.status);
    conn.write(&rendered.bytes).await?;
    Ok(after(&request, &rendered))
}

fn rendered(web: &Web, request: &Request, connection: Connection) -> Rendered {
    let answer = with_extra(web, respond(&web.identity, &web.site, request));
    let sends = matches!(answer.content, Content::File(_));
    let mut rendered = render::render(&web.identity, request, answer, connection);
    // nginx gives the go-ahead where it is about to throw a body away, even if there is none.
    let waits = request.head.get("Expect").is_some_and(|e| e.eq_ignore_ascii_case(b"100-continue"));
    if web.identity.product == Product::Nginx
        && sends
        && waits
        && request.is_modern()
        && rendered.status != 404
    {
        rendered.bytes.splice(0..0, CONTINUE.iter().copied());
    }
    rendered
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn after(request: &Request, rendered: &Rendered) -> Next {
    if rendered.close || request.is_headless() { Next::Close } else { Next::Request }
}

fn with_extra<'a>(web: &'a Web, mut answer: Answer<'a>) -> Answer<'a> {
    answer.extra = &web.settings.extra_headers;
    answer
}

/// A request with a body: products read it before they answer, except nginx where nobody
/// wants it.
async fn exchange_with_body(
    web: &Web,
    conn: &mut Conn,
    mut request: Request,
    mut connection: Connection,
) -> Result<Next, End> {
    let product = web.identity.product;
    let patience = product.patience();
    let mut receiver = Receiver::new(conn, product, &request.head, request.body.framing);
    let first = product.reads_body_first() || is_wanted(web, &request);
    if !first {
        let early = receiver.advance(conn).await;
        connection.must_close |= matches!(early, Err(BodyError::Malformed | BodyError::TooLarge));
        let rendered = rendered(web, &request, connection);
        conn.write(&rendered.bytes).await?;
        let rest = match early {
            Ok(_) => receiver.run(conn, patience.discard).await,
            Err(error) => Err(error),
        };
        request.body = receiver.finish();
        watch::report(conn, &request, rendered.status);
        conn.release(request.body.kept().len());
        return Ok(if rest.is_ok() { after(&request, &rendered) } else { Next::Close });
    }
    let waits = request.head.get("Expect").is_some_and(|e| e.eq_ignore_ascii_case(b"100-continue"));
    if waits && request.is_modern() {
        conn.write(CONTINUE).await?;
    }
    let came = receiver.run(conn, patience.body).await;
    request.body = receiver.finish();
    let answer = match came {
        Ok(()) => respond(&web.identity, &web.site, &request),
        Err(BodyError::Malformed) => Answer::own(400).closing().unmeasured(),
        Err(BodyError::TooLarge) => Answer::own(413).closing().unmeasured(),
        Err(BodyError::Timeout) => Answer::own(408).closing(),
        Err(BodyError::Ended(End::Peer)) if product == Product::Apache => Answer::own(400).closing(),
        Err(BodyError::Ended(end)) => {
            watch::report(conn, &request, 499);
            return Err(end);
        }
    };
    let rendered = render::render(&web.identity, &request, with_extra(web, answer), connection);
    watch::report(conn, &request, rendered.status);
    conn.release(request.body.kept().len());
    conn.write(&rendered.bytes).await?;
    Ok(after(&request, &rendered))
}

/// Whether an application reads the body, rather than the server throwing it away.
fn is_wanted(web: &Web, request: &Request) -> bool {
    let found = web.site.find(web.identity.product, request.path());
    !matches!(found, Found::File(_) | Found::Index(_)) && web.site.runs_app()
}

/// Answers a peer that speaks no TLS where TLS is spoken.
async fn plain_on_tls(web: &Web, conn: &mut Conn) -> Result<(), End> {
    let product = web.identity.product;
    let plain_http =
        [&b"GET "[..], b"POST ", b"HEAD ", b"PUT "].iter().any(|m| conn.buffered().starts_with(m));
    let (head, refusal) = match product {
        // The library tells HTTP by its first four bytes; anything else is closed without a word.
        Product::Apache | Product::Iis if plain_http && product == Product::Apache => {
            let head = Intake::new(product).into_head();
            (head, Refusal::PlainOnTls)
        }
        Product::Apache | Product::Iis => {
            conn.protocol_error(Refusal::PlainOnTls.reason(), conn.buffered());
            return Ok(());
        }
        Product::Nginx => {
            let (head, refusal) = read_head(product, conn).await?;
            (head, refusal.unwrap_or(Refusal::PlainOnTls))
        }
    };
    refused(web, conn, head, refusal).await?;
    conn.close().await;
    Ok(())
}
