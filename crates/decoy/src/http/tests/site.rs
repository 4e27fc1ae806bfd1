//! What stands on the server, and that no two servers are alike.

use super::{apache, get, nginx, of_kind, post, talk};
use crate::testing;

#[test]
fn bait_holds_the_deckys_own_credentials() {
    let (one, two) = (testing::host(1), testing::host(2));
    for path in ["/.env", "/backup.sql", "/wp-config.php.bak", "/backup/backup.sql"] {
        let first = get(&one, &apache(&one, &[]), path);
        let second = get(&two, &nginx(&two, &[]), path);
        assert!(
            first.starts_with("HTTP/1.1 200 OK") && first.contains("Wint3r-01-harbour"),
            "{path}: {first}"
        );
        assert!(second.contains("Wint3r-02-harbour"), "{path}: {second}");
    }
}

#[test]
fn a_restart_changes_nothing_and_another_decky_everything() {
    let dates = |seed| {
        let host = testing::host(seed);
        let web = apache(&host, &[]);
        ["/", "/robots.txt", "/.env"].map(|path| {
            let answer = get(&host, &web, path);
            let tag = answer.lines().find(|line| line.starts_with("ETag")).unwrap();
            tag.to_owned()
        })
    };
    assert_eq!(dates(1), dates(1));
    for (one, two) in dates(1).iter().zip(dates(2)) {
        assert_ne!(*one, two);
    }
}

#[test]
fn folders_are_listed_by_apache_and_closed_by_nginx() {
    let host = testing::host(1);
    let listing = get(&host, &apache(&host, &[]), "/backup/");
    assert!(
        listing.contains("<title>Index of /backup</title>") && listing.contains("<a href=\"backup.sql\">")
    );
    assert!(get(&host, &nginx(&host, &[]), "/backup/").starts_with("HTTP/1.1 403 Forbidden"));
    assert!(get(&host, &apache(&host, &[]), "/server-status").starts_with("HTTP/1.1 403 Forbidden"));
    assert!(get(&host, &nginx(&host, &[]), "/server-status").starts_with("HTTP/1.1 404 Not Found"));
    assert!(
        get(&host, &apache(&host, &[]), "/icons/text.gif").contains("Content-Type: image/gif\r\n\r\nGIF89a")
    );
    let sorted = get(&host, &apache(&host, &[]), "/backup/?C=S;O=A");
    assert!(sorted.contains("<a href=\"?C=S;O=D\">Size</a>"));
}

#[test]
fn log_in_pages_fail_as_the_real_ones_do() {
    let host = testing::host(1);
    let check = |app: &str, path: &str, body: &str, expect: &str| {
        for web in [apache(&host, &[("fake_app", app)]), nginx(&host, &[("fake_app", app)])] {
            let (answer, events) = post(&host, &web, path, body);
            assert!(answer.contains(expect), "{app} {path} {body}: {answer}");
            let attempts = of_kind(&events, "auth_attempt");
            assert_eq!(attempts.len(), 1, "{events:?}");
            assert_eq!((attempts[0].get("mechanism"), attempts[0].get("status")), ("form", "rejected"));
        }
    };
    check(
        "wordpress",
        "/wp-login.php",
        "log=admin&pwd=x",
        "The password you entered for the username <strong>admin</strong> is incorrect.",
    );
    check(
        "wordpress",
        "/wp-login.php",
        "log=<b>&pwd=x",
        "The username <strong>&lt;b&gt;</strong> is not registered",
    );
    check(
        "phpmyadmin",
        "/index.php?route=/",
        "pma_username=root&pma_password=x",
        "Access denied for user 'root'@'localhost' (using password: YES)",
    );
    check("phpmyadmin", "/phpmyadmin/index.php", "pma_username=root&pma_password=", "(using password: NO)");
}

#[test]
fn tokens_differ_per_page_and_cookies_are_set_once() {
    let host = testing::host(1);
    let web = apache(&host, &[("fake_app", "phpmyadmin")]);
    let token = |page: &str| {
        let at = page.find("name=\"token\" value=\"").unwrap() + 20;
        page[at..at + 32].to_owned()
    };
    let (one, two) = (get(&host, &web, "/"), get(&host, &web, "/"));
    assert_ne!(token(&one), token(&two));
    assert!(one.contains("\r\nSet-Cookie: phpMyAdmin="));
    let back = "GET / HTTP/1.1\r\nHost: a\r\nCookie: phpMyAdmin=1\r\nConnection: close\r\n\r\n";
    assert!(!talk(&host, &web, back).0.contains("Set-Cookie"));
}

#[test]
fn wordpress_tells_of_itself_as_it_does() {
    let host = testing::host(1);
    let web = nginx(&host, &[("fake_app", "wordpress")]);
    assert!(get(&host, &web, "/").contains("<meta name=\"generator\" content=\"WordPress 6."));
    assert!(get(&host, &web, "/wp-admin/").contains("\r\nLocation: http://www.example.com/wp-login.php?redirect_to=http%3A%2F%2Fwww.example.com%2Fwp-admin%2F&reauth=1\r\n"));
    assert!(get(&host, &web, "/wp-json/wp/v2/users").contains("\"slug\":\"mhansen\""));
    assert!(get(&host, &web, "/nowhere").starts_with("HTTP/1.1 404 Not Found"));
    let (answer, events) = post(
        &host,
        &web,
        "/xmlrpc.php",
        "<?xml version=\"1.0\"?><methodCall><methodName>wp.getUsersBlogs</methodName><params><param><value><string>admin</string></value></param><param><value><string>pass1</string></value></param></params></methodCall>",
    );
    assert!(answer.contains("<int>403</int>"), "{answer}");
    let attempt = of_kind(&events, "auth_attempt")[0];
    assert_eq!(
        ("xmlrpc", "admin", "pass1"),
        (attempt.get("mechanism"), attempt.get("username"), attempt.get("password"))
    );
}

#[test]
fn nothing_on_the_wire_names_what_it_is() {
    for keys in
        [&[][..], &[("fake_app", "wordpress")], &[("fake_app", "phpmyadmin")], &[("fake_app", "iis_default")]]
    {
        let host = testing::host(1);
        let web = apache(&host, keys);
        for path in
            ["/", "/nope", "/.env", "/backup/", "/admin/", "/wp-login.php", "/robots.txt", "/.git/config"]
        {
            let answer = get(&host, &web, path).to_ascii_lowercase();
            for word in ["decky", "decnet", "honeypot"] {
                assert!(!answer.contains(word), "{path} says {word}");
            }
        }
    }
}
