//! One request and its answer.

use std::time::{Duration, UNIX_EPOCH};

use super::{
    Web,
    answer::{Answer, Content},
    body::{BodyError, Framing, Receiver, framing},
    intake::{Head, Refusal},
    product::{Identity, Product},
    render::{self, Connection, Rendered},
    request::Request,
    respond::{refuse, respond},
    serve::Next,
    site::Found,
    target::authority,
    watch,
};
use crate::{Conn, End};

/// The go-ahead for a body (RFC 9110, section 15.2.1).
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// How long nginx reads away what it refused (`lingering_time`).
const NGINX_LINGER: Duration = Duration::from_secs(30);
/// Status in the event where the peer went away before it had an answer, as nginx logs it.
const NO_ANSWER: u16 = 499;
/// Bytes of a line that is no request line in which a method and a target are looked for.
const LOOSE_LINE: usize = 2_048;
/// Headers that nginx refuses to see twice.
const NGINX_ONCE: &[&str] = &[
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Match",
    "If-None-Match",
    "If-Range",
    "Content-Range",
    "Transfer-Encoding",
    "Expect",
    "Authorization",
];

/// Answers a request whose head is whole.
pub(super) async fn run(
    web: &Web,
    conn: &mut Conn,
    head: Head,
    mut connection: Connection,
) -> Result<Next, End> {
    let product = web.identity.product;
    let (mut request, accepted) = new_request(web, conn, head);
    let framed = accepted
        .and_then(|()| framing(&web.identity, &request.head))
        .and_then(|framed| screened(&web.identity, &request).map(|()| framed));
    match framed {
        Err(refusal) => Box::pin(refuse_request(web, conn, request, refusal)).await,
        Ok((Framing::None, untrusted)) => {
            connection.must_close = untrusted;
            let rendered = answer(web, &request, connection);
            watch::report(conn, &request, rendered.status);
            send(conn, &request, rendered).await
        }
        Ok((framing, untrusted)) => {
            connection.must_close = untrusted;
            request.body.framing = framing;
            let first = product.reads_body_first() || is_wanted(web, &request);
            if first {
                Box::pin(body_first(web, conn, request, connection)).await
            } else {
                Box::pin(answer_first(web, conn, request, connection)).await
            }
        }
    }
}

/// Answers a head with which the product goes no further.
pub(super) async fn refuse_head(
    web: &Web,
    conn: &mut Conn,
    head: Head,
    refusal: Refusal,
) -> Result<Next, End> {
    let (mut request, _) = new_request(web, conn, head);
    // Before the headers were read to their end Apache knows no name but its own.
    request.authority = Default::default();
    refuse_request(web, conn, request, refusal).await
}

async fn refuse_request(
    web: &Web,
    conn: &mut Conn,
    mut request: Request,
    refusal: Refusal,
) -> Result<Next, End> {
    if matches!(refusal, Refusal::Framing | Refusal::Coding) {
        request.authority = Default::default();
    }
    let line = [request.method(), b" ", request.head.target()].concat();
    let nameless = request.method().is_empty();
    conn.protocol_error(refusal.reason(), if nameless { conn.buffered() } else { &line });
    let loose = Head::loosely(conn.buffered().get(..LOOSE_LINE).unwrap_or(conn.buffered()));
    let rendered = finish(web, &request, refuse(web.identity.product, refusal), Connection::default());
    conn.write(&rendered.bytes).await?;
    if refusal == Refusal::BodyTooLarge {
        request.body.framing = framing_of_refused(&request);
        let mut receiver = Receiver::new(conn, web.identity.product, &request.head, request.body.framing);
        let patience = web.identity.product.patience().discard;
        let reading = receiver.run(conn, patience);
        let _ = tokio::time::timeout(NGINX_LINGER, reading).await;
        request.body = receiver.finish();
    }
    match loose.filter(|_| nameless) {
        Some(head) => watch::report(conn, &new_request(web, conn, head).0, rendered.status),
        None if nameless => {}
        None => watch::report(conn, &request, rendered.status),
    }
    conn.release(request.body.kept().len());
    Ok(Next::Close)
}

/// What nginx finds wrong with a head before it notices that it came without TLS.
pub(super) fn fault(identity: &Identity, head: &Head) -> Option<Refusal> {
    let (_, accepted) = authority(identity, head);
    accepted.and_then(|()| framing(identity, head)).err()
}

/// The body that was too large, for which the product has no use but a decoy has.
fn framing_of_refused(request: &Request) -> Framing {
    let text = request.head.get("Content-Length").and_then(|v| std::str::from_utf8(v).ok());
    text.and_then(|t| t.parse().ok()).map_or(Framing::None, Framing::Length)
}

fn new_request(web: &Web, conn: &Conn, head: Head) -> (Request, Result<(), Refusal>) {
    let product = web.identity.product;
    let (authority, accepted) = authority(&web.identity, &head);
    let now = conn.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let connection = (conn.is_secure(), conn.local());
    let now = i64::try_from(now).unwrap_or_default();
    (Request::new(product, head, authority, connection, now), accepted)
}

/// What nginx looks at before anything else.
fn screened(identity: &Identity, request: &Request) -> Result<(), Refusal> {
    if identity.product != Product::Nginx {
        return Ok(());
    }
    if NGINX_ONCE.iter().any(|name| request.head.all(name).nth(1).is_some()) {
        return Err(Refusal::Malformed);
    }
    match request.method() {
        b"TRACE" => Err(Refusal::Method),
        b"CONNECT" if !identity.habits.is_lenient => Err(Refusal::Method),
        _ => Ok(()),
    }
}

/// Whether an application reads the body, rather than the server throwing it away.
fn is_wanted(web: &Web, request: &Request) -> bool {
    let found = web.site.find(&web.identity, request.path());
    !matches!(found, Found::File(_) | Found::Index(_)) && web.site.runs_app()
}

/// Whether the peer waits for a go-ahead.
fn waits(request: &Request) -> bool {
    let expects = request.head.get("Expect").is_some_and(|e| e.eq_ignore_ascii_case(b"100-continue"));
    expects && request.is_modern()
}

fn answer(web: &Web, request: &Request, connection: Connection) -> Rendered {
    let answer = respond(&web.identity, &web.site, request);
    // nginx gives the go-ahead where it is about to throw a body away, even if there is none.
    let goes_ahead = web.identity.product == Product::Nginx && sends_file(&answer) && waits(request);
    let mut rendered = finish(web, request, answer, connection);
    if goes_ahead {
        rendered.bytes.splice(0..0, CONTINUE.iter().copied());
    }
    rendered
}

fn sends_file(answer: &Answer<'_>) -> bool {
    answer.status == 200 && matches!(answer.content, Content::File(_))
}

/// Gives an answer the operator's headers and the product's form.
fn finish<'a>(web: &'a Web, request: &Request, mut answer: Answer<'a>, connection: Connection) -> Rendered {
    let headers = web.settings.extra_headers.iter();
    answer.extra = headers.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    render::render(&web.identity, request, answer, connection)
}

async fn send(conn: &mut Conn, request: &Request, rendered: Rendered) -> Result<Next, End> {
    conn.write(&rendered.bytes).await?;
    Ok(if rendered.close || request.is_headless() { Next::Close } else { Next::Request })
}

/// As nginx does where nobody wants the body: it is read away after the answer.
async fn answer_first(
    web: &Web,
    conn: &mut Conn,
    mut request: Request,
    mut connection: Connection,
) -> Result<Next, End> {
    let product = web.identity.product;
    let mut receiver = Receiver::new(conn, product, &request.head, request.body.framing);
    let early = receiver.advance(conn).await;
    let broken = early.is_err();
    connection.must_close |= broken;
    let rendered = match respond(&web.identity, &web.site, &request) {
        // A file is sent only after what there is of the body was looked at.
        answer if broken && sends_file(&answer) => {
            finish(web, &request, refuse(product, Refusal::Malformed), connection)
        }
        _ => answer(web, &request, connection),
    };
    let status = rendered.status;
    let sent = send(conn, &request, rendered).await;
    let whole = match (early, &sent) {
        (Ok(false), Ok(_)) => receiver.run(conn, product.patience().discard).await.is_ok(),
        (early, _) => early.is_ok(),
    };
    request.body = receiver.finish();
    watch::report(conn, &request, status);
    conn.release(request.body.kept().len());
    if whole { sent } else { sent.map(|_| Next::Close) }
}

/// As Apache always does, and applications do: the body is read before the answer.
async fn body_first(
    web: &Web,
    conn: &mut Conn,
    mut request: Request,
    connection: Connection,
) -> Result<Next, End> {
    let product = web.identity.product;
    let mut receiver = Receiver::new(conn, product, &request.head, request.body.framing);
    let invited = if waits(&request) { conn.write(CONTINUE).await } else { Ok(()) };
    let came = match invited {
        Ok(()) => receiver.run(conn, product.patience().body).await,
        Err(end) => Err(BodyError::Ended(end)),
    };
    request.body = receiver.finish();
    let kept = request.body.kept().len();
    let outcome = match came {
        Ok(()) => Ok(respond(&web.identity, &web.site, &request)),
        Err(BodyError::Malformed) => Ok(Answer::own(400).closing().unmeasured()),
        Err(BodyError::TooLarge) => Ok(Answer::own(413).closing().unmeasured()),
        Err(BodyError::Timeout) => Ok(Answer::own(408).closing()),
        Err(BodyError::Ended(End::Peer)) if product == Product::Apache => Ok(Answer::own(400).closing()),
        Err(BodyError::Ended(end)) => Err(end),
    };
    let rendered = outcome.map(|answer| finish(web, &request, answer, connection));
    let status = rendered.as_ref().map_or(NO_ANSWER, |rendered| rendered.status);
    watch::report(conn, &request, status);
    conn.release(kept);
    send(conn, &request, rendered?).await
}
