//! The pages of phpMyAdmin.

use super::super::super::render::escape;

/// The release that Debian 12 ships.
const RELEASE: &str = "5.2.1";

/// The style of the log-in page.
pub(super) const CSS: &str = "body{background:#f3f3f3;font-family:sans-serif;margin:0}.container{margin:3em auto;text-align:center;width:30em}fieldset{background:#eee;border:1px solid #aaa;margin-top:1em}.alert-danger{background:#ebf8a4;border:1px solid #a2d246;padding:10px;text-align:left}\n";

/// What the database says of a log-in.
pub(super) fn refused(user: &str, with_password: bool) -> String {
    let using = if with_password { "YES" } else { "NO" };
    format!(
        "<div id=\"pma_errors\"></div>\n<div class=\"alert alert-danger\" role=\"alert\">\n<h1>MySQL said: </h1>\nCannot log in to the MySQL server\n</div>\n<div class=\"alert alert-danger\" role=\"alert\">\nmysqli::real_connect(): (HY000/1045): Access denied for user '{}'@'localhost' (using password: {using})\n</div>\n",
        escape(user)
    )
}

/// The log-in page under `root`.
pub(super) fn login(root: &str, user: &str, failure: Option<&str>, token: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n  <meta charset=\"utf-8\">\n  <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n  <meta name=\"referrer\" content=\"no-referrer\">\n  <meta name=\"robots\" content=\"noindex,nofollow,notranslate\">\n  <link rel=\"stylesheet\" type=\"text/css\" href=\"{root}themes/pmahomme/css/theme.css?v={RELEASE}\">\n  <title>phpMyAdmin</title>\n</head>\n<body id=\"loginform\">\n<div class=\"container\">\n<h1>Welcome to <bdo dir=\"ltr\" lang=\"en\">phpMyAdmin</bdo></h1>\n{failure}<form method=\"post\" id=\"login_form\" action=\"index.php?route=/\" name=\"login_form\" class=\"disableAjax hide js-show\" autocomplete=\"off\">\n<input type=\"hidden\" name=\"route\" value=\"/\">\n<input type=\"hidden\" name=\"token\" value=\"{token}\">\n<input type=\"hidden\" name=\"set_session\" value=\"{session}\">\n<fieldset><legend>Log in</legend>\n<label for=\"input_username\">Username:</label> <input type=\"text\" name=\"pma_username\" id=\"input_username\" value=\"{user}\" class=\"form-control\" autocomplete=\"username\" spellcheck=\"false\">\n<label for=\"input_password\">Password:</label> <input type=\"password\" name=\"pma_password\" id=\"input_password\" value=\"\" class=\"form-control\" autocomplete=\"current-password\" spellcheck=\"false\">\n<input type=\"hidden\" name=\"server\" value=\"1\">\n</fieldset>\n<fieldset><input class=\"btn btn-primary\" value=\"Log in\" type=\"submit\" id=\"input_go\"></fieldset>\n</form>\n</div>\n</body>\n</html>\n",
        failure = failure.unwrap_or_default(),
        user = escape(user),
        session = super::token::hex(32),
    )
}
