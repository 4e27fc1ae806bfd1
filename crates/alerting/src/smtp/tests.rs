//! Conversations with a mail server, over a pipe.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;

fn mail() -> Mail {
    Mail {
        host: "mail.example".to_owned(),
        port: 587,
        security: MailSecurity::Starttls,
        username: None,
        password: None,
        from: "decnet@example.org".to_owned(),
        to: vec!["a@example.org".to_owned()],
    }
}

/// What becomes of the change to TLS with a server that says all this at once.
async fn leave(said: &[u8]) -> Result<DuplexStream, SmtpError> {
    let (ours, mut theirs) = duplex(4096);
    theirs.write_all(said).await.unwrap();
    let left = Talk::new(ours).greeted().await?.leave_for_tls(&mail()).await;
    let mut heard = vec![0; 64];
    let read = theirs.read(&mut heard).await.unwrap();
    assert!(heard[..read].starts_with(b"EHLO example.org\r\n"));
    left
}

#[tokio::test]
async fn what_is_said_before_tls_does_not_count_in_it() {
    let good = b"220 mail.example\r\n250-mail.example\r\n250 STARTTLS\r\n220 go on\r\n";
    leave(good).await.unwrap();
    let early = [good.as_slice(), b"250 ok\r\n"].concat();
    assert!(matches!(leave(&early).await, Err(SmtpError::OutOfTurn)));
    let none = b"220 mail.example\r\n250 mail.example\r\n";
    assert!(matches!(leave(none).await, Err(SmtpError::Lacks("STARTTLS"))));
    let refused = b"220 mail.example\r\n250-mail.example\r\n250 STARTTLS\r\n454 not now\r\n";
    assert!(matches!(leave(refused).await, Err(SmtpError::Refused { code: 454, .. })));
}

#[tokio::test]
async fn a_refusal_is_told_in_printable_text() {
    let (ours, mut theirs) = duplex(4096);
    theirs.write_all("554 no\u{1b}[31m\r\n".as_bytes()).await.unwrap();
    let Err(error) = Talk::new(ours).greeted().await else { panic!("it was no greeting") };
    assert_eq!(error.to_string(), "the mail server refused to talk: 554 no\\x1b[31m");
}
