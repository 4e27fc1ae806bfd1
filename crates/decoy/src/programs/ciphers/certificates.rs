//! Certificates and requests for them: req and x509.

use openssl::{
    asn1::{Asn1Integer, Asn1Time},
    bn::{BigNum, MsbOption},
    error::ErrorStack,
    hash::MessageDigest,
    pkey::{PKey, Private},
    x509::{
        X509, X509Builder, X509Name, X509NameBuilder, X509Req, X509ReqBuilder,
        extension::{AuthorityKeyIdentifier, BasicConstraints, SubjectKeyIdentifier},
    },
};

use super::{Options, has, library, pairs, put, read, value};
use crate::{
    programs::context::{Done, number},
    shell::{Exit, Process},
};

/// `/CN=x/O=y` as a name.
fn name(text: &str) -> Result<X509Name, ErrorStack> {
    let mut builder = X509NameBuilder::new()?;
    for part in text.split('/').filter(|part| !part.is_empty()).take(32) {
        if let Some((field, text)) = part.split_once('=').filter(|(_, text)| !text.is_empty()) {
            builder.append_entry_by_text(field, text)?;
        }
    }
    Ok(builder.build())
}

/// A name as it is printed: `C = US, CN = x`.
fn shown(name: &openssl::x509::X509NameRef) -> String {
    let parts: Vec<String> = name
        .entries()
        .map(|entry| {
            let field = entry.object().nid().short_name().unwrap_or_default().to_owned();
            format!("{field} = {}", String::from_utf8_lossy(entry.data().as_slice()))
        })
        .collect();
    parts.join(", ")
}

fn signed(key: &PKey<Private>, subject: &X509Name, now: i64, days: u32) -> Result<X509, ErrorStack> {
    let mut builder = X509Builder::new()?;
    builder.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(159, MsbOption::MAYBE_ZERO, false)?;
    builder.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
    builder.set_subject_name(subject)?;
    builder.set_issuer_name(subject)?;
    builder.set_not_before(&*Asn1Time::from_unix(now)?)?;
    builder.set_not_after(&*Asn1Time::from_unix(now + i64::from(days) * 86_400)?)?;
    builder.set_pubkey(key)?;
    let identifier = SubjectKeyIdentifier::new().build(&builder.x509v3_context(None, None))?;
    builder.append_extension(identifier)?;
    let authority = AuthorityKeyIdentifier::new().keyid(true).build(&builder.x509v3_context(None, None))?;
    builder.append_extension(authority)?;
    builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
    sign(&mut builder, key)?;
    Ok(builder.build())
}

fn sign(builder: &mut X509Builder, key: &PKey<Private>) -> Result<(), ErrorStack> {
    use openssl::pkey::Id;
    let none = matches!(key.id(), Id::ED25519 | Id::ED448);
    builder.sign(key, if none { MessageDigest::null() } else { MessageDigest::sha256() })
}

fn requested(key: &PKey<Private>, subject: &X509Name) -> Result<Vec<u8>, ErrorStack> {
    let mut builder = X509ReqBuilder::new()?;
    builder.set_version(0)?;
    builder.set_subject_name(subject)?;
    builder.set_pubkey(key)?;
    builder.sign(key, MessageDigest::sha256())?;
    builder.build().to_pem()
}

/// The questions about a subject, with the letters of their answers.
const QUESTIONS: &[(&str, &str, &str)] = &[
    ("Country Name (2 letter code) [AU]:", "C", "AU"),
    ("State or Province Name (full name) [Some-State]:", "ST", "Some-State"),
    ("Locality Name (eg, city) []:", "L", ""),
    ("Organization Name (eg, company) [Internet Widgits Pty Ltd]:", "O", "Internet Widgits Pty Ltd"),
    ("Organizational Unit Name (eg, section) []:", "OU", ""),
    ("Common Name (e.g. server FQDN or YOUR name) []:", "CN", ""),
    ("Email Address []:", "emailAddress", ""),
];

async fn asked(process: &Process) -> Result<String, Exit> {
    process.complain("You are about to be asked to enter information that will be incorporated\ninto your certificate request.\nWhat you are about to enter is what is called a Distinguished Name or a DN.\nThere are quite a few fields but you can leave some blank\nFor some fields there will be a default value,\nIf you enter '.', the field will be left blank.\n-----\n").await;
    let mut out = String::new();
    for (question, field, usual) in QUESTIONS {
        process.complain(*question).await;
        let line = process.input.read_line(256).await;
        if line.is_empty() {
            process.complain("Error making certificate request\n").await;
            return Err(Exit::FAILURE);
        }
        let answer = String::from_utf8_lossy(line.trim_ascii()).replace('/', "");
        match answer.as_str() {
            "." => {}
            "" if usual.is_empty() => {}
            "" => out += &format!("/{field}={usual}"),
            answer => out += &format!("/{field}={answer}"),
        }
    }
    Ok(out)
}

/// The key of a request: made anew, or read.
async fn request_key(process: &Process, options: &Options) -> Result<PKey<Private>, Exit> {
    if let Some(name) = value(options, "key") {
        return pairs::load(process, options, name, "private key").await;
    }
    let kind = value(options, "newkey").unwrap_or(b"rsa:2048").to_vec();
    let bits = match kind.strip_prefix(b"rsa") {
        Some(rest) => pairs::bits(process, "req", rest.strip_prefix(b":")).await?,
        None => 2_048,
    };
    let key = if kind == b"ed25519" { PKey::generate_ed25519().ok() } else { pairs::rsa(bits).await };
    let Some(key) = key else { return Err(Exit::FAILURE) };
    let pem = key.private_key_to_pem_pkcs8().unwrap_or_default();
    let target = value(options, "keyout").unwrap_or(b"privkey.pem").to_vec();
    if let Err(error) = process.files.write(&target, &pem, 0o600) {
        let text = String::from_utf8_lossy(&target).into_owned();
        process.complain(format!("Can't open \"{text}\" for writing, {}\n", error.text())).await;
        return Err(Exit::FAILURE);
    }
    process.complain("-----\n").await;
    Ok(key)
}

pub(super) async fn req(process: &mut Process, words: &[Vec<u8>]) -> Done {
    let (options, _) = read(
        words,
        &[
            "in",
            "out",
            "key",
            "keyout",
            "newkey",
            "subj",
            "days",
            "config",
            "addext",
            "passin",
            "passout",
            "extensions",
            "set_serial",
            "reqexts",
            "inform",
            "outform",
            "keyform",
        ],
    );
    if let Some(source) = value(&options, "in").map(<[u8]>::to_vec) {
        let text = process.read_input(&source).await.unwrap_or_default();
        let Ok(request) = X509Req::from_pem(&text) else {
            process.complain(format!("Unable to load X509 request\n{}:error:0480006C:PEM routines:get_name:no start line:../crypto/pem/pem_lib.c:763:Expecting: CERTIFICATE REQUEST\n", library())).await;
            return Ok(Exit::FAILURE);
        };
        let mut out = Vec::new();
        if has(&options, "text") {
            out.extend(request.to_text().unwrap_or_default());
        }
        if has(&options, "subject") {
            out.extend(format!("subject={}\n", shown(request.subject_name())).into_bytes());
        }
        if !has(&options, "noout") {
            out.extend(text);
        }
        return put(process, &options, out).await;
    }
    if !["new", "x509", "newkey"].iter().any(|name| has(&options, name)) {
        let text = process.read_input(b"-").await.unwrap_or_default();
        if X509Req::from_pem(&text).is_err() {
            process.complain(format!("Unable to load X509 request\n{}:error:0480006C:PEM routines:get_name:no start line:../crypto/pem/pem_lib.c:763:Expecting: CERTIFICATE REQUEST\n", library())).await;
            return Ok(Exit::FAILURE);
        }
        return put(process, &options, text).await;
    }
    let key = request_key(process, &options).await?;
    let subject = match value(&options, "subj") {
        Some(subject) => String::from_utf8_lossy(subject.get(..1_024).unwrap_or(subject)).into_owned(),
        None => asked(process).await?,
    };
    if !subject.is_empty() && !subject.starts_with('/') {
        process.complain(format!("req: subject name is expected to be in the format /type0=value0/type1=value1/type2=... where characters may be escaped by \\. This name is not in that format: '{}'\n", subject.get(1..).unwrap_or_default())).await;
        return Ok(Exit::FAILURE);
    }
    let Ok(subject) = name(&subject) else {
        process.complain("Error adding subject name attribute\n").await;
        return Ok(Exit::FAILURE);
    };
    let made = if has(&options, "x509") {
        let days = value(&options, "days").and_then(number).map_or(30, |(days, _)| days.min(36_500));
        let now = process.machine.now().seconds;
        signed(&key, &subject, now, u32::try_from(days).unwrap_or(30)).and_then(|made| made.to_pem())
    } else {
        requested(&key, &subject)
    };
    put(process, &options, made.unwrap_or_default()).await
}

pub(super) async fn x509(process: &mut Process, words: &[Vec<u8>]) -> Done {
    let (options, _) = read(
        words,
        &[
            "in",
            "out",
            "inform",
            "outform",
            "nameopt",
            "checkend",
            "signkey",
            "days",
            "CA",
            "CAkey",
            "checkhost",
        ],
    );
    let source = value(&options, "in").unwrap_or(b"-").to_vec();
    let from = String::from_utf8_lossy(&source).into_owned();
    let mark = library();
    let text = match process.read_input(&source).await {
        Ok(text) => text,
        Err(error) => {
            let why = error.text();
            process.complain(format!("Could not open file or uri for loading certificate from {from}\n{mark}:error:16000069:STORE routines:ossl_store_get0_loader_int:unregistered scheme:../crypto/store/store_register.c:237:scheme=file\n{mark}:error:80000002:system library:file_open:{why}:../providers/implementations/storemgmt/file_store.c:267:calling stat({from})\nUnable to load certificate\n")).await;
            return Ok(Exit::FAILURE);
        }
    };
    let Ok(certificate) = X509::from_pem(&text) else {
        let from = if source == b"-" { "<stdin>" } else { &from };
        process
            .complain(format!("Could not read certificate from {from}\nUnable to load certificate\n"))
            .await;
        return Ok(Exit::FAILURE);
    };
    let mut out = Vec::new();
    for (option, _) in &options {
        let dates = |which: &str, time: &openssl::asn1::Asn1TimeRef| format!("{which}={time}\n");
        let line = match option.as_str() {
            "subject" => format!("subject={}\n", shown(certificate.subject_name())),
            "issuer" => format!("issuer={}\n", shown(certificate.issuer_name())),
            "startdate" => dates("notBefore", certificate.not_before()),
            "enddate" => dates("notAfter", certificate.not_after()),
            "dates" => {
                dates("notBefore", certificate.not_before()) + &dates("notAfter", certificate.not_after())
            }
            "serial" => {
                let number = certificate
                    .serial_number()
                    .to_bn()
                    .and_then(|number| number.to_hex_str().map(|digits| digits.to_string()));
                format!("serial={}\n", number.unwrap_or_default())
            }
            "fingerprint" => fingerprint(&certificate, has(&options, "sha256")),
            "text" => String::from_utf8_lossy(&certificate.to_text().unwrap_or_default()).into_owned(),
            "pubkey" => certificate
                .public_key()
                .and_then(|key| key.public_key_to_pem())
                .map(|pem| String::from_utf8_lossy(&pem).into_owned())
                .unwrap_or_default(),
            _ => String::new(),
        };
        out.extend(line.into_bytes());
    }
    if !has(&options, "noout") {
        out.extend(certificate.to_pem().unwrap_or_default());
    }
    put(process, &options, out).await
}

fn fingerprint(certificate: &X509, wide: bool) -> String {
    let (name, digest) =
        if wide { ("sha256", MessageDigest::sha256()) } else { ("SHA1", MessageDigest::sha1()) };
    let pairs: Vec<String> = certificate
        .digest(digest)
        .map(|sum| sum.iter().map(|byte| format!("{byte:02X}")).collect())
        .unwrap_or_default();
    format!("{name} Fingerprint={}\n", pairs.join(":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_names_whom_it_was_made_for() {
        let key = PKey::generate_ed25519().unwrap();
        let subject = name("/C=US/O=Acme/CN=test").unwrap();
        let made = signed(&key, &subject, 1_700_000_000, 3).unwrap();
        assert_eq!(shown(made.subject_name()), "C = US, O = Acme, CN = test");
        assert_eq!(made.not_before().to_string(), "Nov 14 22:13:20 2023 GMT");
        assert!(String::from_utf8(made.to_text().unwrap()).unwrap().contains("CA:TRUE"));
        assert!(name(&"/CN=x".repeat(1_000)).unwrap().entries().count() <= 32);
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_read_or_refused(text: String) {
            let _ = name(&text);
        }
    }
}
