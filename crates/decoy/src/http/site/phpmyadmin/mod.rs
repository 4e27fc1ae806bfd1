//! phpMyAdmin's log-in page.

mod pages;

use decnet_proto::persona::Persona;

use super::super::{answer::Answer, product::Identity, request::Request, target::find, token};

/// Where the application stands: at the root, and where Debian's package puts it.
const ROOTS: [&str; 3] = ["/phpmyadmin/", "/phpMyAdmin/", "/"];

/// The page for a request that no file answers.
pub(super) fn answer(_: &Persona, identity: &Identity, request: &Request) -> Option<Answer<'static>> {
    let path = std::str::from_utf8(request.path()).ok()?;
    if let Some(folder) = ROOTS.iter().find(|root| root.strip_suffix('/') == Some(path) && !path.is_empty()) {
        return Some(Answer::moved(301, format!("{}{folder}", request.origin(identity))));
    }
    let root = ROOTS.iter().find(|root| path.starts_with(*root))?;
    match path.strip_prefix(root)? {
        "" | "index.php" => Some(login(request, root)),
        "themes/pmahomme/css/theme.css" => Some(Answer::page(200, pages::CSS).media("text/css")),
        _ => None,
    }
}

fn login(request: &Request, root: &str) -> Answer<'static> {
    let form = request.body.form();
    let user = form.text("pma_username");
    let tried = request.method() == b"POST" && !user.is_empty();
    let failure = tried.then(|| pages::refused(&user, !form.text("pma_password").is_empty()));
    let session = session(request);
    let page = pages::login(root, &user, failure.as_deref(), &token::hex(32));
    let attributes =
        format!("path={root}; HttpOnly; SameSite=Strict{}", if request.secure { "; Secure" } else { "" });
    let (cookie, language) = if request.secure {
        ("__Secure-phpMyAdmin_https", "pma_lang_https")
    } else {
        ("phpMyAdmin", "pma_lang")
    };
    let mut answer = Answer::page(200, page)
        .header("X-Frame-Options", "DENY")
        .header("Referrer-Policy", "same-origin")
        .header("Content-Security-Policy", "default-src 'self' ;script-src 'self' 'unsafe-inline' 'unsafe-eval' ;style-src 'self' 'unsafe-inline' ;img-src 'self' data: ;object-src 'none';")
        .header("X-XSS-Protection", "1; mode=block")
        .header("X-Content-Type-Options", "nosniff")
        .header("X-Permitted-Cross-Domain-Policies", "none")
        .header("X-Robots-Tag", "noindex, nofollow")
        .header("Expires", crate::http::date::http_date(request.now))
        .header("Cache-Control", "no-store, no-cache, must-revalidate, pre-check=0, post-check=0, max-age=0")
        .header("Pragma", "no-cache");
    if session.is_none() {
        answer = answer
            .header("Set-Cookie", format!("{cookie}={}; {attributes}", token::hex(32)))
            .header("Set-Cookie", format!("{language}=en; {attributes}"));
    }
    answer
}

/// Whether the peer came back with the cookie of an earlier page.
fn session(request: &Request) -> Option<()> {
    request.head.all("Cookie").any(|cookie| find(cookie, b"phpMyAdmin").is_some()).then_some(())
}
