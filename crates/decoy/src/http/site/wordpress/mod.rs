//! WordPress, as far as people without a password see it.

mod pages;
mod xmlrpc;

use decnet_proto::persona::Persona;

use super::{
    super::{answer::Answer, product::Identity, request::Request, token},
    bait,
    files::File,
};
use crate::identity;

/// Releases that a site may run.
const RELEASES: [&str; 5] = ["6.4.3", "6.5.5", "6.6.2", "6.7.1", "6.7.2"];

/// The site as its pages describe it.
struct Blog<'a> {
    persona: &'a Persona,
    /// Scheme and host under which it was reached.
    origin: String,
    release: &'static str,
}

/// Files that every installation has.
pub(super) fn files(persona: &Persona) -> Vec<File> {
    let release = release(persona);
    let short = release.rsplit_once('.').map_or(release, |(short, _)| short);
    vec![
        ("/readme.html".into(), pages::readme(short).into_bytes(), 2),
        (
            "/license.txt".into(),
            b"WordPress is free software under the GNU General Public License, version 2 or later.\n"
                .to_vec(),
            2,
        ),
        (
            "/wp-includes/css/dist/block-library/style.min.css".into(),
            b".wp-block-group{box-sizing:border-box}.has-text-align-center{text-align:center}\n".to_vec(),
            2,
        ),
        ("/wp-admin/css/login.min.css".into(), pages::LOGIN_CSS.into(), 2),
        (
            "/robots.txt".into(),
            b"User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n".to_vec(),
            5,
        ),
    ]
}

fn release(persona: &Persona) -> &'static str {
    let index = identity::number(&persona.key, "wordpress release", RELEASES.len() as u64);
    usize::try_from(index).ok().and_then(|i| RELEASES.get(i)).copied().unwrap_or("6.6.2")
}

/// The page for a request that no file answers.
pub(super) fn answer(persona: &Persona, identity: &Identity, request: &Request) -> Option<Answer<'static>> {
    let blog = Blog { persona, origin: request.origin(identity), release: release(persona) };
    let path = request.path();
    Some(match path {
        b"/wp-login.php" => blog.login(request),
        b"/xmlrpc.php" => xmlrpc::answer(request),
        b"/wp-cron.php" => Answer::page(200, ""),
        b"/wp-admin/admin-ajax.php" => Answer::page(400, "0"),
        b"/" | b"/index.php" => blog.front(request),
        _ if path.starts_with(b"/wp-admin") => blog.to_login(request),
        _ if path.starts_with(b"/wp-json") => blog.api(path),
        _ if path.starts_with(b"/wp-includes/") || path.starts_with(b"/wp-content/") => {
            Answer::own(if path.ends_with(b"/") { 403 } else { 404 })
        }
        _ => blog.page(404, &pages::not_found(&blog.title())),
    })
}

impl Blog<'_> {
    fn title(&self) -> String {
        self.persona.organisation.clone()
    }

    /// People who may log in, as the site would tell.
    fn knows(&self, user: &str) -> bool {
        user == "admin" || self.persona.users.iter().any(|known| known == user)
    }

    fn page(&self, status: u16, body: &str) -> Answer<'static> {
        let link = format!("<{}/wp-json/>; rel=\"https://api.w.org/\"", self.origin);
        Answer::page(status, pages::themed(self, body)).header("Link", link)
    }

    fn front(&self, request: &Request) -> Answer<'static> {
        let author = request.parts().query.and_then(|q| q.strip_prefix(b"author=")).is_some();
        match (author, self.persona.users.first()) {
            // Numbers of authors lead to their names.
            (true, Some(first)) => Answer::page(301, "")
                .header("X-Redirect-By", "WordPress")
                .header("Location", format!("{}/author/{first}/", self.origin)),
            _ => self.page(200, &pages::front(self)),
        }
    }

    fn to_login(&self, request: &Request) -> Answer<'static> {
        let wanted = format!("{}{}", self.origin, String::from_utf8_lossy(request.path()));
        let location =
            format!("{}/wp-login.php?redirect_to={}&reauth=1", self.origin, token::percent(&wanted));
        uncached(Answer::page(302, "")).header("X-Redirect-By", "WordPress").header("Location", location)
    }

    fn login(&self, request: &Request) -> Answer<'static> {
        let form = request.body.form();
        let user = form.text("log");
        let message = match (request.method() == b"POST", user.is_empty(), form.text("pwd").is_empty()) {
            (false, ..) => None,
            (true, true, _) => Some(pages::Failure::NoName),
            (true, false, true) => Some(pages::Failure::NoPassword),
            (true, false, false) if self.knows(&user) => Some(pages::Failure::WrongPassword(user.clone())),
            (true, false, false) => Some(pages::Failure::UnknownName(user.clone())),
        };
        let page = pages::login(self, message.as_ref(), &user);
        uncached(Answer::page(200, page))
            .header("Set-Cookie", "wordpress_test_cookie=WP%20Cookie%20check; path=/; HttpOnly")
            .header("X-Frame-Options", "SAMEORIGIN")
            .header("Referrer-Policy", "strict-origin-when-cross-origin")
    }

    fn api(&self, path: &[u8]) -> Answer<'static> {
        let (status, body) = match path {
            b"/wp-json/wp/v2/users" | b"/wp-json/wp/v2/users/" => (200, self.users()),
            b"/wp-json" | b"/wp-json/" => (200, self.index()),
            _ => (
                404,
                serde_json::json!({
                    "code": "rest_no_route",
                    "message": "No route was found matching the URL and request method.",
                    "data": {"status": 404},
                }),
            ),
        };
        Answer::page(status, body.to_string())
            .media("application/json; charset=UTF-8")
            .header("X-Robots-Tag", "noindex")
            .header("X-Content-Type-Options", "nosniff")
            .header("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link")
            .header(
                "Access-Control-Allow-Headers",
                "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
            )
    }

    fn index(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.title(),
            "description": "",
            "url": self.origin,
            "home": self.origin,
            "gmt_offset": "0",
            "timezone_string": "",
            "namespaces": ["oembed/1.0", "wp/v2", "wp-site-health/v1", "wp-block-editor/v1"],
            "authentication": {"application-passwords": {"endpoints": {"authorization": format!("{}/wp-admin/authorize-application.php", self.origin)}}},
        })
    }

    fn users(&self) -> serde_json::Value {
        let users = self.persona.users.iter().enumerate().map(|(index, user)| {
            serde_json::json!({
                "id": index + 1,
                "name": user,
                "url": "",
                "description": "",
                "link": format!("{}/author/{user}/", self.origin),
                "slug": user,
            })
        });
        users.collect()
    }

    /// The name of the theme, one of the site's own.
    fn theme(&self) -> String {
        bait::slug(self.persona)
    }
}

/// Pages around the log-in must not be kept by anybody.
fn uncached(answer: Answer<'static>) -> Answer<'static> {
    answer
        .header("Expires", "Wed, 11 Jan 1984 05:00:00 GMT")
        .header("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
}
