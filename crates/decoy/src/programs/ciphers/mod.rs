//! openssl: digests, passwords, ciphers, keys and certificates.

mod certificates;
mod crypt;
mod enc;
mod pairs;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::hash::{MessageDigest, hash};

use super::context::{Done, number};
use crate::{
    caps,
    shell::{Exit, Process},
};

programs! {
    "openssl" => openssl_program;
}

const DIGESTS: &[(&str, &str)] = &[
    ("md5", "MD5"),
    ("sha1", "SHA1"),
    ("sha224", "SHA2-224"),
    ("sha256", "SHA2-256"),
    ("sha384", "SHA2-384"),
    ("sha512", "SHA2-512"),
    ("sha3-256", "SHA3-256"),
    ("sha3-512", "SHA3-512"),
    ("rmd160", "RIPEMD-160"),
    ("sm3", "SM3"),
    ("blake2b512", "BLAKE2B-512"),
];

async fn openssl_program(process: &mut Process) -> Done {
    let mut words = process.arguments().to_vec();
    if words.is_empty() {
        process.print("help:\n\nStandard commands\nasn1parse         ca                ciphers           cmp               \ncms               crl               crl2pkcs7         dgst              \ndhparam           dsa               dsaparam          ec                \necparam           enc               engine            errstr            \nfipsinstall       gendsa            genpkey           genrsa            \nhelp              info              kdf               list              \nmac               nseq              ocsp              passwd            \npkcs12            pkcs7             pkcs8             pkey              \npkeyparam         pkeyutl           prime             rand              \nrehash            req               rsa               rsautl            \ns_client          s_server          s_time            sess_id           \nsmime             speed             spkac             srp               \nstoreutl          ts                verify            version           \nx509              \n\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let verb = String::from_utf8_lossy(&words.remove(0)).into_owned();
    match verb.as_str() {
        "version" => version(process, &words).await,
        "passwd" => passwd(process, &words).await,
        "rand" => rand(process, &words).await,
        "base64" => base64(process, &words).await,
        "enc" => enc::enc(process, None, &words).await,
        "genrsa" => pairs::genrsa(process, &words).await,
        "genpkey" => pairs::genpkey(process, &words).await,
        "ecparam" => pairs::ecparam(process, &words).await,
        "rsa" | "pkey" | "ec" => pairs::pkey(process, &verb, &words).await,
        "req" => certificates::req(process, &words).await,
        "x509" => certificates::x509(process, &words).await,
        "prime" => pairs::prime(process, &words).await,
        name if enc::cipher(name).is_some() => enc::enc(process, Some(name), &words).await,
        "dgst" => digest(process, None, &words).await,
        name if DIGESTS.iter().any(|(known, _)| *known == name) => digest(process, Some(name), &words).await,
        "s_client" => s_client(process, &words).await,
        "help" | "list" | "ciphers" | "errstr" | "dhparam" | "verify" | "pkcs12" | "speed" | "s_server"
        | "asn1parse" => {
            process.complain(format!("{verb}: Use -help for summary.\n")).await;
            Ok(Exit::FAILURE)
        }
        _ => {
            process.complain(format!("Invalid command '{verb}'; type \"help\" for a list.\n")).await;
            Ok(Exit::FAILURE)
        }
    }
}

/// Options by name, with what some of them take.
type Options = Vec<(String, Option<Vec<u8>>)>;

/// Options with one dash, as words, of which some take a value.
fn read(words: &[Vec<u8>], valued: &[&str]) -> (Options, Vec<Vec<u8>>) {
    let (mut options, mut operands) = (Vec::new(), Vec::new());
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match word.strip_prefix(b"-").filter(|name| !name.is_empty()) {
            Some(name) => {
                let name = String::from_utf8_lossy(name).trim_start_matches('-').to_owned();
                let value = if valued.contains(&name.as_str()) { rest.next().cloned() } else { None };
                options.push((name, value));
            }
            None => operands.push(word.clone()),
        }
    }
    (options, operands)
}

fn value<'a>(options: &'a [(String, Option<Vec<u8>>)], name: &str) -> Option<&'a [u8]> {
    options.iter().find(|(known, _)| known == name)?.1.as_deref()
}

fn has(options: &[(String, Option<Vec<u8>>)], name: &str) -> bool {
    options.iter().any(|(known, _)| known == name)
}

async fn version(process: &Process, words: &[Vec<u8>]) -> Done {
    let mut text = "OpenSSL 3.0.15 3 Sep 2024 (Library: OpenSSL 3.0.15 3 Sep 2024)\n".to_owned();
    if words.iter().any(|word| word == b"-a") {
        text += "built on: Sun Oct 27 14:16:28 2024 UTC\nplatform: debian-amd64\noptions:  bn(64,64)\nOPENSSLDIR: \"/usr/lib/ssl\"\nENGINESDIR: \"/usr/lib/x86_64-linux-gnu/engines-3\"\nMODULESDIR: \"/usr/lib/x86_64-linux-gnu/ossl-modules\"\nSeeding source: os-specific\n";
    }
    process.print(text).await?;
    Ok(Exit::SUCCESS)
}

async fn passwd(process: &Process, words: &[Vec<u8>]) -> Done {
    let (options, mut passwords) = read(words, &["salt", "in"]);
    if has(&options, "stdin") || value(&options, "in").is_some() {
        let name = value(&options, "in").unwrap_or(b"-").to_vec();
        let text = process.read_input(&name).await.unwrap_or_default();
        passwords =
            text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect();
    } else if passwords.is_empty() {
        process.complain("Password: \n").await;
        return Ok(Exit::FAILURE);
    }
    let kind = ["1", "apr1", "5", "6"].into_iter().find(|kind| has(&options, kind)).unwrap_or("1");
    let length = if kind.len() == 1 && kind != "1" { 16 } else { 8 };
    for password in passwords.iter().take(64) {
        let salt = match value(&options, "salt") {
            Some(salt) => salt.to_vec(),
            None => random(length).iter().map(|byte| crypt::letter(u32::from(*byte))).collect(),
        };
        let text = match kind {
            "5" | "6" => crypt::sha(password, &salt, kind == "6"),
            kind => crypt::md5(password, &salt, kind),
        };
        process.print(text.unwrap_or_default() + "\n").await?;
        tokio::task::yield_now().await;
    }
    Ok(Exit::SUCCESS)
}

fn random(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    if getrandom::fill(&mut bytes).is_err() {
        bytes.clear();
    }
    bytes
}

/// Writes a result where `-out` says.
async fn put(process: &Process, options: &[(String, Option<Vec<u8>>)], bytes: Vec<u8>) -> Done {
    let Some(name) = value(options, "out") else {
        process.print(bytes).await?;
        return Ok(Exit::SUCCESS);
    };
    match process.files.write(name, &bytes, 0o666) {
        Ok(()) => Ok(Exit::SUCCESS),
        Err(error) => {
            let text =
                format!("Can't open \"{}\" for writing, {}\n", String::from_utf8_lossy(name), error.text());
            process.complain(text).await;
            Ok(Exit::FAILURE)
        }
    }
}

async fn rand(process: &Process, words: &[Vec<u8>]) -> Done {
    let (options, operands) = read(words, &["out", "writerand", "rand"]);
    let count = operands.first().and_then(|word| number(word)).filter(|(_, rest)| rest.is_empty());
    let Some((count, _)) = count else {
        if let Some(word) = operands.first() {
            let word = String::from_utf8_lossy(word).into_owned();
            process
                .complain(format!("rand: Can't parse \"{word}\" as a number\nrand: Use -help for summary.\n"))
                .await;
        }
        return Ok(if operands.is_empty() { Exit::SUCCESS } else { Exit::FAILURE });
    };
    let bytes = random(usize::try_from(count).unwrap_or(usize::MAX).min(caps::PROGRAM_INPUT));
    let text = if has(&options, "hex") {
        (bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n").into_bytes()
    } else if has(&options, "base64") {
        lines(&STANDARD.encode(&bytes))
    } else {
        bytes
    };
    put(process, &options, text).await
}

/// What begins a line of the library's errors: the thread that had it.
fn library() -> String {
    let bytes = random(4);
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("80{}{}7F0000", digits.get(..6).unwrap_or_default(), digits.get(6..).unwrap_or_default())
}

fn lines(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(64).flat_map(|line| [line, b"\n"].concat()).collect()
}

/// The input that `-in` names.
async fn input(process: &Process, options: &[(String, Option<Vec<u8>>)]) -> Result<Vec<u8>, Exit> {
    let name = value(options, "in").unwrap_or(b"-").to_vec();
    match process.read_input(&name).await {
        Ok(bytes) => Ok(bytes),
        Err(error) => {
            let text =
                format!("Can't open \"{}\" for reading, {}\n", String::from_utf8_lossy(&name), error.text());
            process.complain(text).await;
            Err(Exit::FAILURE)
        }
    }
}

async fn base64(process: &Process, words: &[Vec<u8>]) -> Done {
    let (options, _) = read(words, &["in", "out", "bufsize", "k", "pass"]);
    let bytes = input(process, &options).await?;
    let single = has(&options, "A");
    if !has(&options, "d") {
        let text = STANDARD.encode(&bytes);
        return put(process, &options, if single { text.into_bytes() } else { lines(&text) }).await;
    }
    let kept: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    put(process, &options, STANDARD.decode(kept).unwrap_or_default()).await
}

async fn digest(process: &Process, named: Option<&str>, words: &[Vec<u8>]) -> Done {
    let (options, operands) = read(words, &["out", "hmac", "sign", "verify", "mac"]);
    let asked = named.or_else(|| DIGESTS.iter().map(|(name, _)| *name).find(|name| has(&options, name)));
    let name = asked.unwrap_or("sha256");
    let title = DIGESTS.iter().find(|(known, _)| *known == name).map_or("", |(_, title)| *title);
    let Some(method) = MessageDigest::from_name(name) else { return Ok(Exit::FAILURE) };
    let standard = [b"-".to_vec()];
    let names = if operands.is_empty() { &standard[..] } else { &operands[..] };
    let mut out = Vec::new();
    let mut good = true;
    for file in names {
        let bytes = match process.read_input(file).await {
            Ok(bytes) => bytes,
            Err(error) => {
                good = false;
                let (mark, why) = (library(), error.text());
                let shown = String::from_utf8_lossy(file).into_owned();
                process.complain(format!("{shown}: {why}\n{mark}:error:80000002:system library:file_ctrl:{why}:../crypto/bio/bss_file.c:297:calling fopen({shown}, r)\n{mark}:error:10080002:BIO routines:file_ctrl:system lib:../crypto/bio/bss_file.c:300:\n")).await;
                continue;
            }
        };
        let sum = hash(method, &bytes).map(|sum| sum.to_vec()).unwrap_or_default();
        if has(&options, "binary") {
            out.extend(sum);
            continue;
        }
        let text: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
        let shown: &[u8] = if file == b"-" { b"stdin" } else { file };
        if has(&options, "r") {
            out.extend([text.as_bytes(), b" *", shown, b"\n"].concat());
        } else {
            out.extend([title.as_bytes(), b"(", shown, b")= ", text.as_bytes(), b"\n"].concat());
        }
    }
    let exit = put(process, &options, out).await?;
    Ok(if good { exit } else { Exit::FAILURE })
}

async fn s_client(process: &Process, words: &[Vec<u8>]) -> Done {
    let (options, operands) =
        read(words, &["connect", "host", "port", "servername", "cert", "key", "CAfile"]);
    let target = value(&options, "connect").map(<[u8]>::to_vec).or(operands.first().cloned());
    let target = String::from_utf8_lossy(&target.unwrap_or_else(|| b"localhost:4433".to_vec())).into_owned();
    let (host, port) = target.rsplit_once(':').unwrap_or((&target, "4433"));
    super::network::reached(process, host, port.parse().unwrap_or(4433)).await;
    let mark = library();
    process.complain(format!("{mark}:error:8000006F:system library:BIO_connect:Connection refused:../crypto/bio/bio_sock2.c:125:calling connect()\n{mark}:error:10000067:BIO routines:BIO_connect:connect error:../crypto/bio/bio_sock2.c:127:\nconnect:errno=111\n")).await;
    Ok(Exit::FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_words_with_one_dash() {
        let words: Vec<Vec<u8>> =
            ["-sha256", "-out", "x", "f"].iter().map(|word| word.as_bytes().to_vec()).collect();
        let (options, operands) = read(&words, &["out"]);
        assert!(has(&options, "sha256"));
        assert_eq!((value(&options, "out"), operands), (Some(&b"x"[..]), vec![b"f".to_vec()]));
        assert_eq!(lines("ab"), b"ab\n");
    }
}
