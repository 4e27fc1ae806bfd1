//! Key pairs: genrsa, genpkey, ecparam, rsa, pkey, ec, and prime.

use openssl::{
    bn::BigNum,
    ec::{EcGroup, EcKey},
    nid::Nid,
    pkey::{Id, PKey, Private},
    rsa::Rsa,
};

use super::{Options, has, input, library, put, read, value};
use crate::{
    programs::{
        context::{Done, number},
        keys::slowly,
    },
    shell::{Exit, Process},
};

/// What the library draws while it looks for primes.
fn dots(bits: u32) -> String {
    let row = |count: u8| {
        let plus = "+".repeat(65);
        let noise: String = (0..count).map(|at| if (at * 7 + count) % 11 < 3 { '+' } else { '.' }).collect();
        format!(".{noise}{plus}*.{}{plus}\n", ".+".repeat(usize::from(count % 9)))
    };
    let counts = super::random(2);
    let scale = u8::try_from(bits / 64).unwrap_or(u8::MAX);
    counts.iter().map(|count| row(count % scale.max(1))).collect()
}

/// Makes an RSA key of a size.
pub(super) async fn rsa(bits: u32) -> Option<PKey<Private>> {
    slowly(bits, move || PKey::from_rsa(Rsa::generate(bits).ok()?).ok()).await
}

/// Writes a private key, which others may not read.
pub(super) async fn put_private(process: &Process, options: &Options, pem: Vec<u8>) -> Done {
    let exit = put(process, options, pem).await?;
    if let Some(name) = value(options, "out") {
        let _ = process.files.chmod(name, 0o600);
    }
    Ok(exit)
}

/// The bits of an RSA key, or the end with the words for why there are none.
pub(super) async fn bits(process: &Process, verb: &str, word: Option<&[u8]>) -> Result<u32, Exit> {
    let Some(word) = word else { return Ok(2_048) };
    let count = number(word).filter(|(_, rest)| rest.is_empty()).and_then(|(n, _)| u32::try_from(n).ok());
    let Some(count) = count else {
        let word = String::from_utf8_lossy(word).into_owned();
        process.complain(format!("{verb}: Can't parse \"{word}\" as a number\n")).await;
        return Err(Exit::FAILURE);
    };
    if count < 512 {
        let mark = library();
        process.complain(format!("Error setting RSA length\n{mark}:error:1C8000AB:Provider routines:rsa_gen_set_params:key size too small:../providers/implementations/keymgmt/rsa_kmgmt.c:509:\n")).await;
        return Err(Exit::FAILURE);
    }
    if count > 16_384 {
        process.complain("Warning: It is not recommended to use more than 16384 bit for RSA keys.\n         Your key size is 16385! Larger key size may behave not as expected.\n".replace("16385", &count.to_string())).await;
    }
    Ok(count)
}

pub(super) async fn genrsa(process: &mut Process, words: &[Vec<u8>]) -> Done {
    let (options, operands) = read(words, &["out", "passout", "rand", "writerand", "primes", "engine"]);
    let bits = bits(process, "genrsa", operands.first().map(Vec::as_slice)).await?;
    let Some(key) = rsa(bits).await else { return Ok(Exit::FAILURE) };
    let traditional = has(&options, "traditional");
    let pem = if traditional {
        key.rsa().and_then(|rsa| rsa.private_key_to_pem())
    } else {
        key.private_key_to_pem_pkcs8()
    };
    put_private(process, &options, pem.unwrap_or_default()).await
}

pub(super) async fn genpkey(process: &mut Process, words: &[Vec<u8>]) -> Done {
    let given: Vec<(String, Vec<u8>)> = words
        .windows(2)
        .filter_map(|pair| match pair {
            [option, text] => Some((String::from_utf8_lossy(option).into_owned(), text.clone())),
            _ => None,
        })
        .collect();
    let (options, _) =
        read(words, &["out", "outform", "algorithm", "pkeyopt", "pass", "paramfile", "engine"]);
    let name = String::from_utf8_lossy(value(&options, "algorithm").unwrap_or_default()).to_ascii_lowercase();
    let option = |key: &str| {
        let values = given.iter().filter(|(option, _)| option == "-pkeyopt");
        values.filter_map(|(_, text)| text.strip_prefix(key.as_bytes())?.strip_prefix(b":")).next_back()
    };
    let key = match name.as_str() {
        "rsa" => {
            let bits = bits(process, "genpkey", option("rsa_keygen_bits")).await?;
            process.complain(dots(bits)).await;
            rsa(bits).await
        }
        "ed25519" => PKey::generate_ed25519().ok(),
        "x25519" => PKey::generate_x25519().ok(),
        "ec" => curve(&String::from_utf8_lossy(option("ec_paramgen_curve").unwrap_or(b"P-256")))
            .and_then(|group| PKey::from_ec_key(EcKey::generate(&group).ok()?).ok()),
        "" => {
            process.complain("genpkey: Use -help for summary.\n").await;
            return Ok(Exit::FAILURE);
        }
        _ => {
            process.complain(format!("genpkey: Error initializing {name} context\n{}:error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported:../crypto/evp/evp_fetch.c:386:Global default library context, Algorithm ({name} : 0), Properties (<null>)\n", library())).await;
            return Ok(Exit::FAILURE);
        }
    };
    let pem = key.and_then(|key| key.private_key_to_pem_pkcs8().ok()).unwrap_or_default();
    put_private(process, &options, pem).await
}

fn curve(name: &str) -> Option<EcGroup> {
    let nid = match name {
        "prime256v1" | "secp256r1" | "P-256" => Nid::X9_62_PRIME256V1,
        "secp384r1" | "P-384" => Nid::SECP384R1,
        "secp521r1" | "P-521" => Nid::SECP521R1,
        "secp256k1" => Nid::SECP256K1,
        _ => return None,
    };
    EcGroup::from_curve_name(nid).ok()
}

pub(super) async fn ecparam(process: &mut Process, words: &[Vec<u8>]) -> Done {
    let (options, _) = read(words, &["in", "out", "name", "conv_form", "param_enc", "rand"]);
    if has(&options, "list_curves") {
        process.print("  secp256k1 : SECG curve over a 256 bit prime field\n  secp384r1 : NIST/SECG curve over a 384 bit prime field\n  secp521r1 : NIST/SECG curve over a 521 bit prime field\n  prime256v1: X9.62/SECG curve over a 256 bit prime field\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let name = String::from_utf8_lossy(value(&options, "name").unwrap_or_default()).into_owned();
    let Some(group) = curve(&name) else {
        process.complain(format!("unknown curve name ({name})\n")).await;
        return Ok(Exit::FAILURE);
    };
    let mut out = Vec::new();
    if !has(&options, "noout") {
        let oid: &[u8] = match group.curve_name() {
            Some(Nid::X9_62_PRIME256V1) => b"BggqhkjOPQMBBw==",
            Some(Nid::SECP384R1) => b"BgUrgQQAIg==",
            Some(Nid::SECP521R1) => b"BgUrgQQAIw==",
            _ => b"BgUrgQQACg==",
        };
        out.extend([b"-----BEGIN EC PARAMETERS-----\n", oid, b"\n-----END EC PARAMETERS-----\n"].concat());
    }
    if has(&options, "genkey") {
        let key = EcKey::generate(&group).and_then(|key| key.private_key_to_pem());
        out.extend(key.unwrap_or_default());
        return put_private(process, &options, out).await;
    }
    put(process, &options, out).await
}

/// A private key of a file, or why there is none.
pub(super) async fn load(
    process: &Process,
    options: &Options,
    name: &[u8],
    what: &str,
) -> Result<PKey<Private>, Exit> {
    let shown = String::from_utf8_lossy(name).into_owned();
    let mark = library();
    let text = match process.read_input(name).await {
        Ok(text) => text,
        Err(error) => {
            let why = error.text();
            process.complain(format!("Could not open file or uri for loading {what} from {shown}\n{mark}:error:16000069:STORE routines:ossl_store_get0_loader_int:unregistered scheme:../crypto/store/store_register.c:237:scheme=file\n{mark}:error:80000002:system library:file_open:{why}:../providers/implementations/storemgmt/file_store.c:267:calling stat({shown})\n")).await;
            return Err(Exit::FAILURE);
        }
    };
    let password = value(options, "passin").and_then(|text| text.strip_prefix(b"pass:")).unwrap_or_default();
    let key = PKey::private_key_from_pem_passphrase(&text, password);
    let Ok(key) = key else {
        let from = if name == b"-" { "<stdin>" } else { &shown };
        process.complain(format!("Could not read {what} from {from}\n")).await;
        return Err(Exit::FAILURE);
    };
    Ok(key)
}

pub(super) async fn pkey(process: &mut Process, verb: &str, words: &[Vec<u8>]) -> Done {
    let (options, _) = read(words, &["in", "out", "inform", "outform", "passin", "passout"]);
    if has(&options, "pubin") {
        let text = input(process, &options).await?;
        let Ok(key) = PKey::public_key_from_pem(&text) else {
            let name = String::from_utf8_lossy(value(&options, "in").unwrap_or(b"<stdin>")).into_owned();
            process.complain(format!("Could not read public key from {name}\n")).await;
            return Ok(Exit::FAILURE);
        };
        process.complain(if verb == "pkey" { "" } else { "writing RSA key\n" }).await;
        return put(process, &options, key.public_key_to_pem().unwrap_or_default()).await;
    }
    let name = value(&options, "in").unwrap_or(b"-").to_vec();
    let what = if verb == "pkey" { "key" } else { "private key" };
    let key = load(process, &options, &name, what).await?;
    if verb == "rsa" && key.id() != Id::RSA {
        process.complain("Not an RSA key\n").await;
        return Ok(Exit::FAILURE);
    }
    if verb == "ec" {
        process.complain("read EC key\n").await;
    }
    let mut out = Vec::new();
    if has(&options, "modulus")
        && let Ok(rsa) = key.rsa()
    {
        let digits = rsa.n().to_hex_str().map(|digits| digits.to_string()).unwrap_or_default();
        out.extend(format!("Modulus={digits}\n").into_bytes());
    }
    if has(&options, "check") {
        out.extend_from_slice(if verb == "rsa" { b"RSA key ok\n" } else { b"Key is valid\n" });
    }
    if has(&options, "noout") {
        return put(process, &options, out).await;
    }
    if verb != "pkey" {
        process.complain(format!("writing {} key\n", verb.to_ascii_uppercase())).await;
    }
    let pem = if has(&options, "pubout") {
        key.public_key_to_pem()
    } else if has(&options, "traditional") && verb == "rsa" {
        key.rsa().and_then(|rsa| rsa.private_key_to_pem())
    } else if verb == "ec" {
        key.ec_key().and_then(|key| key.private_key_to_pem())
    } else {
        key.private_key_to_pem_pkcs8()
    };
    out.extend(pem.unwrap_or_default());
    if has(&options, "pubout") {
        put(process, &options, out).await
    } else {
        put_private(process, &options, out).await
    }
}

/// How many digits a number has that is looked at.
const DIGITS: usize = 400;

pub(super) async fn prime(process: &mut Process, words: &[Vec<u8>]) -> Done {
    let (options, operands) = read(words, &["bits", "checks"]);
    if operands.is_empty() {
        process.complain("prime: No number specified\nprime: Use -help for summary.\n").await;
        return Ok(Exit::FAILURE);
    }
    for word in operands.iter().take(64) {
        let text = String::from_utf8_lossy(word).into_owned();
        let read =
            if has(&options, "hex") { BigNum::from_hex_str(&text) } else { BigNum::from_dec_str(&text) };
        let plain = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let Some(value) = read.ok().filter(|_| plain) else {
            process.complain(format!("Failed to process value ({text})\n")).await;
            return Ok(Exit::FAILURE);
        };
        process.seat.work(64).await;
        let is = openssl::bn::BigNumContext::new().and_then(|mut context| value.is_prime(16, &mut context));
        let digits = value.to_hex_str().map(|digits| digits.to_string()).unwrap_or_default();
        let digits = digits.trim_start_matches('0').to_owned();
        let words = if is.unwrap_or(false) { "is" } else { "is not" };
        process.print(format!("{digits} ({text}) {words} prime\n")).await?;
    }
    Ok(Exit::SUCCESS)
}
