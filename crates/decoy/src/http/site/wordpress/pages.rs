//! The pages of the blog.

use super::{
    super::super::{date::listing_date, render::escape, token},
    Blog,
};
use crate::identity;

/// Why a log-in failed.
pub(super) enum Failure {
    /// No name was given.
    NoName,
    /// No password was given.
    NoPassword,
    /// The name is known, the password is not its.
    WrongPassword(String),
    /// The name is not known.
    UnknownName(String),
}

/// The style of the log-in page.
pub(super) const LOGIN_CSS: &str = "html,body{height:100%;margin:0}body{background:#f0f0f1;color:#3c434a;font-family:sans-serif;font-size:13px}#login{margin:auto;padding:5% 0 0;width:320px}.login form{background:#fff;border:1px solid #c3c4c7;margin-top:20px;padding:26px 24px}.login .input{font-size:24px;margin:2px 6px 16px 0;width:100%}#login_error{background:#fff;border-left:4px solid #d63638;margin-bottom:20px;padding:12px}.button-primary{background:#2271b1;border:0;color:#fff;padding:6px 12px}\n";

pub(super) fn readme(release: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n\t<meta charset=\"utf-8\" />\n\t<title>WordPress &#8250; ReadMe</title>\n</head>\n<body>\n<h1 id=\"logo\">WordPress</h1>\n<p>Version {release}</p>\n<p>Open <code>wp-admin/install.php</code> in a browser to begin, and <code>wp-login.php</code> once that is done.</p>\n</body>\n</html>\n"
    )
}

/// The frame of the theme around `body`.
pub(super) fn themed(blog: &Blog<'_>, body: &str) -> String {
    let (title, origin) = (escape(&blog.title()), &blog.origin);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n\t<meta charset=\"UTF-8\" />\n\t<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<meta name='robots' content='max-image-preview:large' />\n<title>{title}</title>\n<link rel='stylesheet' id='wp-block-library-css' href='{origin}/wp-includes/css/dist/block-library/style.min.css?ver={release}' media='all' />\n<link rel=\"https://api.w.org/\" href=\"{origin}/wp-json/\" /><link rel=\"EditURI\" type=\"application/rsd+xml\" title=\"RSD\" href=\"{origin}/xmlrpc.php?rsd\" />\n<meta name=\"generator\" content=\"WordPress {release}\" />\n</head>\n<body class=\"home blog wp-embed-responsive theme-{theme}\">\n<header class=\"wp-block-template-part\"><h1 class=\"wp-block-site-title\"><a href=\"{origin}\" rel=\"home\">{title}</a></h1></header>\n<main class=\"wp-block-group\">\n{body}</main>\n<footer><p>Proudly powered by <a href=\"https://wordpress.org\" rel=\"nofollow\">WordPress</a></p></footer>\n</body>\n</html>\n",
        release = blog.release,
        theme = blog.theme(),
    )
}

pub(super) fn front(blog: &Blog<'_>) -> String {
    let key = &blog.persona.key;
    let installed = identity::installed_at(blog.persona);
    let titles = [
        "Opening hours over the holidays",
        "We are moving offices",
        "New contact numbers",
        "Planned maintenance this weekend",
    ];
    let author = blog.persona.users.first().map_or("admin", String::as_str);
    let first = identity::number(key, "wordpress first post", titles.len() as u64);
    let posts = titles.iter().cycle().skip(usize::try_from(first).unwrap_or(0)).take(2).enumerate();
    posts
        .map(|(index, title)| {
            let later = identity::number(key, &format!("wordpress post {index}"), 20 * 86_400);
            let date = listing_date(installed + later as i64);
            let day = date.split(' ').next().unwrap_or_default();
            format!(
                "<article class=\"wp-block-post\"><h2 class=\"wp-block-post-title\"><a href=\"{origin}/?p={id}\">{title}</a></h2><div class=\"wp-block-post-date\"><time datetime=\"{day}\">{day}</time></div><div class=\"wp-block-post-author\"><a href=\"{origin}/author/{author}/\">{author}</a></div></article>\n",
                origin = blog.origin,
                id = 12 + index * 9,
            )
        })
        .collect()
}

pub(super) fn not_found(title: &str) -> String {
    format!(
        "<h1 class=\"wp-block-heading\">Page Not Found</h1>\n<p>The page you are looking for does not exist on {}, or it has been moved.</p>\n",
        escape(title)
    )
}

pub(super) fn login(blog: &Blog<'_>, failure: Option<&Failure>, user: &str) -> String {
    let (title, origin, user) = (escape(&blog.title()), &blog.origin, escape(user));
    let error = failure.map(|failure| {
        format!(
            "<div id=\"login_error\" class=\"notice notice-error\"><p>{}</p></div>\n",
            message(failure, origin)
        )
    });
    format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n\t<meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\" />\n\t<title>Log In &lsaquo; {title} &#8212; WordPress</title>\n\t<meta name='robots' content='max-image-preview:large, noindex, noarchive' />\n<link rel='stylesheet' id='login-css' href='{origin}/wp-admin/css/login.min.css?ver={release}' media='all' />\n\t<meta name=\"viewport\" content=\"width=device-width\" />\n</head>\n<body class=\"login no-js login-action-login wp-core-ui locale-en-us\">\n<div id=\"login\">\n<h1><a href=\"https://wordpress.org/\">Powered by WordPress</a></h1>\n{error}<form name=\"loginform\" id=\"loginform\" action=\"{origin}/wp-login.php\" method=\"post\">\n<p><label for=\"user_login\">Username or Email Address</label>\n<input type=\"text\" name=\"log\" id=\"user_login\" class=\"input\" value=\"{user}\" size=\"20\" autocapitalize=\"off\" autocomplete=\"username\" required=\"required\" /></p>\n<div class=\"user-pass-wrap\"><label for=\"user_pass\">Password</label>\n<input type=\"password\" name=\"pwd\" id=\"user_pass\" class=\"input password-input\" value=\"\" size=\"20\" autocomplete=\"current-password\" spellcheck=\"false\" required=\"required\" /></div>\n<p class=\"forgetmenot\"><input name=\"rememberme\" type=\"checkbox\" id=\"rememberme\" value=\"forever\" /> <label for=\"rememberme\">Remember Me</label></p>\n<p class=\"submit\"><input type=\"submit\" name=\"wp-submit\" id=\"wp-submit\" class=\"button button-primary button-large\" value=\"Log In\" />\n<input type=\"hidden\" name=\"redirect_to\" value=\"{origin}/wp-admin/\" />\n<input type=\"hidden\" name=\"testcookie\" value=\"1\" />\n<input type=\"hidden\" name=\"_wpnonce\" value=\"{nonce}\" /></p>\n</form>\n<p id=\"nav\"><a class=\"wp-login-lost-password\" href=\"{origin}/wp-login.php?action=lostpassword\">Lost your password?</a></p>\n<p id=\"backtoblog\"><a href=\"{origin}/\">&larr; Go to {title}</a></p>\n</div>\n</body>\n</html>\n",
        release = blog.release,
        error = error.unwrap_or_default(),
        nonce = token::hex(10),
    )
}

fn message(failure: &Failure, origin: &str) -> String {
    match failure {
        Failure::NoName => "<strong>Error:</strong> The username field is empty.".into(),
        Failure::NoPassword => "<strong>Error:</strong> The password field is empty.".into(),
        Failure::WrongPassword(user) => format!(
            "<strong>Error:</strong> The password you entered for the username <strong>{}</strong> is incorrect. <a href=\"{origin}/wp-login.php?action=lostpassword\">Lost your password?</a>",
            escape(user)
        ),
        Failure::UnknownName(user) => format!(
            "<strong>Error:</strong> The username <strong>{}</strong> is not registered on this site. If you are unsure of your username, try your email address instead.",
            escape(user)
        ),
    }
}
