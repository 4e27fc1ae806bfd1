//! https: handshakes as the products do them, and peers that speak no TLS.

use std::{pin::Pin, sync::Arc};

use decnet_proto::{persona::ProductName, service::ServiceId};
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::Web;
use crate::{
    ConnectionService as _, Host,
    testing::{self, Pace},
};

fn https(host: &Host, name: ProductName, keys: &[(&str, &str)]) -> Web {
    Web::build(&testing::spec(ServiceId::Https, name, "1.22.1", keys), host).unwrap()
}

/// What a handshake came to: version, protocol, names in the certificate; or that it failed.
fn shake(host: &Arc<Host>, web: &Web, offer: &[u8]) -> Result<(String, Vec<u8>, String, String), ()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (mut conn, peer) = testing::open(host, ServiceId::Https);
        let serve = async {
            let _ = web.serve(&mut conn).await;
            conn.close().await;
            drop(conn);
        };
        let client = async {
            let mut builder = SslConnector::builder(SslMethod::tls_client()).unwrap();
            builder.set_verify(SslVerifyMode::NONE);
            builder.set_alpn_protos(offer).unwrap();
            let ssl = builder.build().configure().unwrap().into_ssl("a.example").unwrap();
            let mut stream = tokio_openssl::SslStream::new(ssl, peer).unwrap();
            Pin::new(&mut stream).connect().await.map_err(|_| ())?;
            stream.write_all(b"GET /nope HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let ssl = stream.ssl();
            let certificate = ssl.peer_certificate().unwrap();
            let name = certificate.subject_name().entries().next().unwrap().data().to_string().unwrap();
            let protocol = ssl.selected_alpn_protocol().unwrap_or_default().to_vec();
            Ok((ssl.version_str().to_owned(), protocol, name, String::from_utf8_lossy(&answer).into_owned()))
        };
        tokio::join!(serve, client).1
    })
}

#[test]
fn pages_come_over_tls_with_the_machines_certificate() {
    let host = testing::host(1);
    let (version, protocol, name, answer) =
        shake(&host, &https(&host, ProductName::Apache, &[]), b"\x02h2\x08http/1.1").unwrap();
    assert_eq!(
        (version.as_str(), protocol.as_slice(), name.as_str()),
        ("TLSv1.3", &b"http/1.1"[..], "web01.northgate.lan")
    );
    assert!(answer.contains("Server at a Port 443</address>"), "{answer}");
    let named = https(&host, ProductName::Nginx, &[("tls_cn", "shop.example.com")]);
    assert_eq!(shake(&host, &named, b"\x08http/1.1").unwrap().2, "shop.example.com");
}

#[test]
fn protocols_that_nobody_speaks_end_as_the_product_ends_them() {
    let host = testing::host(1);
    assert!(shake(&host, &https(&host, ProductName::Nginx, &[]), b"\x02h2").is_err());
    // Apache answers its own protocol, and it is the client that gives up.
    assert!(shake(&host, &https(&host, ProductName::Apache, &[]), b"\x02h2").is_err());
}

#[test]
fn plain_http_gets_the_page_of_the_product() {
    let host = testing::host(1);
    let check = |name: ProductName, input: &str, expect: &str| {
        let (output, ..) = testing::dialogue(
            &https(&host, name, &[]),
            ServiceId::Https,
            &host,
            input.as_bytes(),
            Pace::Whole,
        );
        let output = String::from_utf8_lossy(&output);
        assert!(
            output.contains(expect) && output.is_empty() == expect.is_empty(),
            "{name:?} {input:?}: {output}"
        );
    };
    let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    check(
        ProductName::Apache,
        request,
        "\nReason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n",
    );
    check(ProductName::Apache, "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n", "");
    check(ProductName::Apache, "hello\r\n", "");
    check(ProductName::Nginx, request, "<title>400 The plain HTTP request was sent to HTTPS port</title>");
    check(ProductName::Nginx, "GET / HTTP/1.1\r\n\r\n", "<title>400 Bad Request</title>");
    check(ProductName::Nginx, "hello\r\n", "<title>400 Bad Request</title>");
}

#[test]
fn a_key_of_ones_own_needs_its_certificate() {
    let host = testing::host(1);
    let mut spec = testing::spec(ServiceId::Https, ProductName::Nginx, "1.22.1", &[]);
    spec.files.insert("tls_key".into(), "AAAA".into());
    assert!(Web::build(&spec, &host).unwrap_err().to_string().contains("tls_cert"));
    spec.files.insert("tls_cert".into(), "AAAA".into());
    assert!(Web::build(&spec, &host).is_err());
}
