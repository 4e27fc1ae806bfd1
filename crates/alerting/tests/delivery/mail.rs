//! Alerts by mail.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use decnet_proto::alert::{Mail, MailSecurity, Target};

use super::{
    alert,
    mail_server::{MailServer, Replies, Security},
    outlet, tls,
};

const GOOD: Replies =
    Replies { offers: &["AUTH PLAIN LOGIN"], recipient: |_| "250 ok", message: Some("250 queued") };

fn mail(server: &MailServer) -> Mail {
    Mail {
        host: "127.0.0.1".to_owned(),
        port: server.address.port(),
        security: MailSecurity::None,
        username: Some("alerts".to_owned()),
        password: Some("hush".to_owned()),
        from: "decnet@example.org".to_owned(),
        to: vec!["a@example.org".to_owned(), "b@example.org".to_owned()],
    }
}

#[tokio::test]
async fn a_mail_arrives_whole() {
    let server = MailServer::new(GOOD).await;
    outlet().deliver(&Target::Mail(mail(&server)), &alert()).await.unwrap();
    let said = server.said();
    let plain = STANDARD.encode("\0alerts\0hush");
    let expect = [
        "EHLO example.org",
        &format!("AUTH PLAIN {plain}"),
        "MAIL FROM:<decnet@example.org>",
        "RCPT TO:<a@example.org>",
        "RCPT TO:<b@example.org>",
        "DATA",
    ];
    assert_eq!(said[..6], expect);
    let message = &said[6];
    assert!(message.contains(&format!("\nMessage-ID: <{}@example.org>\n", alert().id)), "{message}");
    let body = STANDARD.decode(message.split_once("\n\n").unwrap().1.replace('\n', "")).unwrap();
    let body = String::from_utf8(body).unwrap();
    assert!(body.starts_with("203.0.113.9 touched decky-03 (ssh)\r\n\r\n"), "{body}");
}

#[tokio::test]
async fn the_way_to_log_in_is_one_that_is_offered() {
    let server = MailServer::new(Replies { offers: &["auth login"], ..GOOD }).await;
    outlet().deliver(&Target::Mail(mail(&server)), &alert()).await.unwrap();
    assert_eq!(server.said()[1..4], ["AUTH LOGIN", &STANDARD.encode("alerts"), &STANDARD.encode("hush")]);
    let server = MailServer::new(Replies { offers: &["AUTH CRAM-MD5"], ..GOOD }).await;
    let failure = outlet().deliver(&Target::Mail(mail(&server)), &alert()).await.unwrap_err();
    assert_eq!(failure.error, "the mail server offers no log-in by PLAIN or LOGIN");
}

#[tokio::test]
async fn one_recipient_that_is_refused_does_not_keep_others_from_it() {
    let only_b = |line: &str| if line.contains("b@") { "251 will forward" } else { "550 nobody" };
    let server = MailServer::new(Replies { recipient: only_b, ..GOOD }).await;
    outlet().deliver(&Target::Mail(mail(&server)), &alert()).await.unwrap();
    let server = MailServer::new(Replies { recipient: |_| "550 nobody", ..GOOD }).await;
    let failure = outlet().deliver(&Target::Mail(mail(&server)), &alert()).await.unwrap_err();
    assert_eq!(failure.error, "the mail server refused a recipient: 550 nobody");
}

#[tokio::test]
async fn only_the_reply_to_the_message_is_a_delivery() {
    let refusing = Replies { message: Some("451 later"), ..GOOD };
    for replies in [refusing, Replies { message: None, ..GOOD }] {
        let server = MailServer::new(replies).await;
        outlet().deliver(&Target::Mail(mail(&server)), &alert()).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_server_with_tls_must_be_the_one() {
    let (acceptor, knowing) = tls();
    let cases = [
        (MailSecurity::Starttls, Security::Starttls(acceptor.clone()), 2),
        (MailSecurity::Tls, Security::Tls(acceptor), 0),
    ];
    for (security, server, before) in cases {
        let server = MailServer::with_tls(GOOD, server).await;
        let host = |host: &str| Target::Mail(Mail { host: host.to_owned(), security, ..mail(&server) });
        for (outlet, host) in [(&outlet(), host("localhost")), (&knowing, host("127.0.0.1"))] {
            let failure = outlet.deliver(&host, &alert()).await.unwrap_err();
            assert!(failure.error.starts_with("cannot agree on TLS"), "{}", failure.error);
        }
        assert_eq!(server.said().len(), 2 * before, "nobody told a stranger anything");
        knowing.deliver(&host("localhost"), &alert()).await.unwrap();
        let said = &server.said()[3 * before..];
        assert_eq!(said[0], "EHLO example.org", "what was offered before TLS is forgotten");
        assert!(said[1].starts_with("AUTH PLAIN "));
    }
}

#[tokio::test]
async fn nothing_is_said_without_tls_to_anybody_else() {
    let server = MailServer::new(GOOD).await;
    let starttls = Mail { security: MailSecurity::Starttls, ..mail(&server) };
    let failure = outlet().deliver(&Target::Mail(starttls), &alert()).await.unwrap_err();
    assert_eq!(failure.error, "the mail server offers no STARTTLS");
    assert_eq!(server.said(), ["EHLO example.org"], "no name, no password, no mail");
    let elsewhere = Mail { host: "10.255.255.1".to_owned(), ..mail(&server) };
    let failure = outlet().deliver(&Target::Mail(elsewhere), &alert()).await.unwrap_err();
    assert!(failure.error.contains("no address"), "{}", failure.error);
    let broken = Mail { to: vec!["a@b>\r\nRCPT TO:<c@d".to_owned()], ..mail(&server) };
    let failure = outlet().deliver(&Target::Mail(broken), &alert()).await.unwrap_err();
    assert_eq!(failure.error, "a recipient cannot be written in a mail");
}
