//! `openssl enc`: real ciphers with keys of passwords.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::{
    asn1::Asn1Object,
    hash::MessageDigest,
    nid::Nid,
    pkcs5::{bytes_to_key, pbkdf2_hmac},
    symm::{self, Cipher},
};

use super::{Options, has, input, library, lines, put, random, read, value};
use crate::{
    caps,
    programs::{
        context::{Done, number},
        secret,
    },
    shell::{Exit, Process},
};

const MAGIC: &[u8] = b"Salted__";
const VALUED: &[&str] =
    &["in", "out", "k", "kfile", "pass", "K", "iv", "S", "md", "iter", "bufsize", "engine", "provider"];
const PLAIN: &[&str] =
    &["d", "e", "pbkdf2", "salt", "nosalt", "p", "P", "a", "base64", "A", "nopad", "v", "none", "debug", "z"];

/// A cipher by its name.
pub(super) fn cipher(name: &str) -> Option<Cipher> {
    let name = match name.to_ascii_lowercase().as_str() {
        "aes128" => "aes-128-cbc".to_owned(),
        "aes192" => "aes-192-cbc".to_owned(),
        "aes256" => "aes-256-cbc".to_owned(),
        "des3" => "des-ede3-cbc".to_owned(),
        other => other.to_owned(),
    };
    let known = ["aes-", "des-ede", "camellia-", "aria-", "chacha20", "sm4"];
    if !known.iter().any(|start| name.starts_with(start)) || name.len() > 32 {
        return None;
    }
    let nid = Asn1Object::from_str(&name).map_or(Nid::UNDEF, |object| object.nid());
    if nid == Nid::UNDEF { None } else { Cipher::from_nid(nid) }
}

/// Hexadecimal digits, filled up with zeros to a length; whether they were as many as that.
fn hexadecimal(text: &[u8], length: usize) -> Option<(Vec<u8>, std::cmp::Ordering)> {
    let digits: Option<Vec<u8>> =
        text.iter().map(|byte| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    let mut digits = digits?;
    let order = digits.len().cmp(&(2 * length));
    digits.resize(2 * length, 0);
    Some((
        digits.chunks(2).map(|pair| pair.iter().fold(0, |value, digit| value << 4 | digit)).collect(),
        order,
    ))
}

/// The password, as `-k` and `-pass` give it.
async fn password(
    process: &mut Process,
    options: &Options,
    cipher: &str,
    decrypts: bool,
) -> Result<Vec<u8>, Exit> {
    if let Some(password) = value(options, "k") {
        return Ok(password.to_vec());
    }
    let first_line = |text: Vec<u8>| text.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    if let Some(name) = value(options, "kfile") {
        return Ok(first_line(process.files.read(name).unwrap_or_default()));
    }
    let Some(source) = value(options, "pass").map(<[u8]>::to_vec) else {
        let verb = if decrypts { "decryption" } else { "encryption" };
        let prompt = format!("enter {} {verb} password:", cipher.to_ascii_uppercase());
        let first = secret(process, &prompt).await.filter(|first| !first.is_empty());
        if let Some(first) = first {
            if decrypts || secret(process, &format!("Verifying - {prompt}")).await.as_ref() == Some(&first) {
                return Ok(first);
            }
            process.complain("Verify failure\n").await;
        }
        process.complain("bad password read\n").await;
        return Err(Exit::FAILURE);
    };
    if let Some(password) = source.strip_prefix(b"pass:") {
        return Ok(password.to_vec());
    }
    if let Some(name) = source.strip_prefix(b"env:") {
        return Ok(process.variable(&String::from_utf8_lossy(name)).unwrap_or_default().to_vec());
    }
    if let Some(name) = source.strip_prefix(b"file:") {
        return Ok(first_line(process.files.read(name).unwrap_or_default()));
    }
    if source == b"stdin" {
        return Ok(process.input.read_line(1_024).await.trim_ascii_end().to_vec());
    }
    process.complain("Invalid password argument, starting with \"\"\nError getting password\n").await;
    Err(Exit::FAILURE)
}

/// Key and vector.
type Keys = (Vec<u8>, Vec<u8>);

/// The key and the vector that a password and a salt make.
fn derived(cipher: Cipher, password: &[u8], salt: Option<&[u8]>, options: &Options) -> Option<Keys> {
    let name = String::from_utf8_lossy(value(options, "md").unwrap_or(b"sha256")).into_owned();
    let digest = MessageDigest::from_name(&name)?;
    let (length, vector) = (cipher.key_len(), cipher.iv_len().unwrap_or(0));
    if has(options, "pbkdf2") || value(options, "iter").is_some() {
        let asked = value(options, "iter").and_then(number).map_or(10_000, |(count, _)| count);
        let count = usize::try_from(asked).unwrap_or(usize::MAX).clamp(1, caps::KEY_ROUNDS);
        let mut out = vec![0; length + vector];
        pbkdf2_hmac(password, salt.unwrap_or_default(), count, digest, &mut out).ok()?;
        let vector = out.split_off(length);
        return Some((out, vector));
    }
    let salt: Option<[u8; 8]> = salt.and_then(|salt| salt.try_into().ok());
    let pair = bytes_to_key(cipher, digest, password, salt.as_ref().map(<[u8; 8]>::as_slice), 1).ok()?;
    Some((pair.key, pair.iv.unwrap_or_default()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// Takes the armour off that `-a` puts on.
fn unarmoured(text: &[u8]) -> Vec<u8> {
    let kept: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(kept).unwrap_or_default()
}

/// The salt, and the text without it.
async fn salted(
    process: &Process,
    options: &Options,
    decrypts: bool,
    text: &mut Vec<u8>,
) -> Result<Option<Vec<u8>>, Exit> {
    if has(options, "nosalt") || value(options, "K").is_some() {
        return Ok(None);
    }
    if let Some(given) = value(options, "S") {
        return match hexadecimal(given, 8) {
            Some((salt, _)) => Ok(Some(salt)),
            None => {
                process.complain("non-hex digit\ninvalid hex salt value\n").await;
                Err(Exit::FAILURE)
            }
        };
    }
    if !decrypts {
        return Ok(Some(random(8)));
    }
    let Some(salt) = text.get(8..16).map(<[u8]>::to_vec) else {
        process.complain("error reading input file\n").await;
        return Err(Exit::FAILURE);
    };
    if !text.starts_with(MAGIC) {
        process.complain("bad magic number\n").await;
        return Err(Exit::FAILURE);
    }
    text.drain(..16);
    Ok(Some(salt))
}

/// Key and vector as `-K` and `-iv` give them.
async fn explicit(process: &Process, cipher: Cipher, key: &[u8], options: &Options) -> Result<Keys, Exit> {
    let wanted = cipher.iv_len().unwrap_or(0);
    let mut out = Vec::new();
    for (text, length, what) in [(value(options, "iv"), wanted, "iv"), (Some(key), cipher.key_len(), "key")] {
        let Some(text) = text else {
            if length == 0 {
                out.push(Vec::new());
                continue;
            }
            process.complain("iv undefined\n").await;
            return Err(Exit::FAILURE);
        };
        match hexadecimal(text, length) {
            Some((bytes, order)) => {
                let warning = match order {
                    std::cmp::Ordering::Less => {
                        "hex string is too short, padding with zero bytes to length\n"
                    }
                    std::cmp::Ordering::Greater => "hex string is too long, ignoring excess\n",
                    std::cmp::Ordering::Equal => "",
                };
                process.complain(warning).await;
                out.push(bytes);
            }
            None => {
                process.complain(format!("non-hex digit\ninvalid hex {what} value\n")).await;
                return Err(Exit::FAILURE);
            }
        }
    }
    let key = out.pop().unwrap_or_default();
    Ok((key, out.pop().unwrap_or_default()))
}

pub(super) async fn enc(process: &mut Process, named: Option<&str>, words: &[Vec<u8>]) -> Done {
    let (options, _) = read(words, VALUED);
    let known = |name: &str| VALUED.contains(&name) || PLAIN.contains(&name);
    let asked = options.iter().map(|(name, _)| name.clone()).find(|name| !known(name));
    let name = named.map(str::to_owned).or(asked);
    let decrypts = has(&options, "d");
    let found = name.as_deref().map(|name| (name.to_owned(), cipher(name)));
    let (name, cipher) = match found {
        Some((name, Some(cipher))) => (name, cipher),
        Some((name, None)) => return Ok(unknown(process, &name).await),
        None if has(&options, "a") || has(&options, "base64") => return super::base64(process, words).await,
        None => {
            let bytes = input(process, &options).await?;
            return put(process, &options, bytes).await;
        }
    };
    if ["gcm", "ccm", "ocb", "poly1305"].iter().any(|mode| name.contains(mode)) {
        process.complain("enc: AEAD ciphers not supported\nenc: Use -help for summary.\n").await;
        return Ok(Exit::FAILURE);
    }
    let key = value(&options, "K").map(<[u8]>::to_vec);
    let password =
        if key.is_some() { Vec::new() } else { password(process, &options, &name, decrypts).await? };
    let derives = has(&options, "pbkdf2") || value(&options, "iter").is_some();
    let mut text = if has(&options, "P") { Vec::new() } else { input(process, &options).await? };
    let armour = has(&options, "a") || has(&options, "base64");
    if decrypts && armour {
        text = unarmoured(&text);
    }
    let salt = salted(process, &options, decrypts && !has(&options, "P"), &mut text).await?;
    if key.is_none() && !derives {
        process
            .complain(
                "*** WARNING : deprecated key derivation used.\nUsing -iter or -pbkdf2 would be better.\n",
            )
            .await;
    }
    process.seat.work(64 + text.len() as u64 / 256).await;
    let keys = match &key {
        Some(key) => Some(explicit(process, cipher, key, &options).await?),
        None => {
            let (salt, options) = (salt.clone(), options.clone());
            let work = move || derived(cipher, &password, salt.as_deref(), &options);
            super::super::keys::slowly(0, work).await
        }
    };
    let Some((key, vector)) = keys else {
        process.complain("enc: Unknown digest\nenc: Use -help for summary.\n").await;
        return Ok(Exit::FAILURE);
    };
    if has(&options, "p") || has(&options, "P") {
        let salt = salt.as_ref().map(|salt| format!("salt={}\n", hex(salt))).unwrap_or_default();
        let vector = if vector.is_empty() { String::new() } else { format!("iv ={}\n", hex(&vector)) };
        process.print(format!("{salt}key={}\n{vector}", hex(&key))).await?;
        if has(&options, "P") {
            return Ok(Exit::SUCCESS);
        }
    }
    let vector = (!vector.is_empty()).then_some(vector.as_slice());
    let done = if decrypts {
        symm::decrypt(cipher, &key, vector, &text)
    } else {
        symm::encrypt(cipher, &key, vector, &text)
    };
    match done {
        Ok(out) => {
            let header = match &salt {
                Some(salt) if !decrypts && value(&options, "S").is_none() => [MAGIC, salt].concat(),
                _ => Vec::new(),
            };
            let out = [header, out].concat();
            let out = if armour && !decrypts { armoured(&out, has(&options, "A")) } else { out };
            put(process, &options, out).await
        }
        Err(_) => Ok(undecipherable(process, text.len() % cipher.block_size() == 0).await),
    }
}

/// Base64, in lines or in one.
fn armoured(bytes: &[u8], single: bool) -> Vec<u8> {
    let text = STANDARD.encode(bytes);
    if single { text.into_bytes() } else { lines(&text) }
}

async fn unknown(process: &Process, name: &str) -> Exit {
    let mark = library();
    process.complain(format!("enc: Unknown cipher: {name}\nenc: Use -help for summary.\n{mark}:error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported:../crypto/evp/evp_fetch.c:386:Global default library context, Algorithm ({name} : 0), Properties (<null>)\n")).await;
    Exit::FAILURE
}

/// What the library says of what does not end as it should.
async fn undecipherable(process: &Process, whole: bool) -> Exit {
    let mark = library();
    let (number, routine, why, line) = if whole {
        ("1C800064", "ossl_cipher_unpadblock", "bad decrypt", "ciphercommon_block.c:124")
    } else {
        ("1C80006B", "ossl_cipher_generic_block_final", "wrong final block length", "ciphercommon.c:429")
    };
    process.complain(format!("bad decrypt\n{mark}:error:{number}:Provider routines:{routine}:{why}:../providers/implementations/ciphers/{line}:\n")).await;
    Exit::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Options {
        read(&text.split(' ').map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>(), VALUED).0
    }

    #[test]
    fn keys_are_those_of_openssl() {
        let cipher = cipher("aes-256-cbc").unwrap();
        let salt = [0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77];
        let (key, vector) = derived(cipher, b"pw", Some(&salt), &options("-a")).unwrap();
        assert_eq!(hex(&key), "B857DE8541C27B907FA6D14211168FCA6FB0CB0243BEB22E68F637022CA37432");
        assert_eq!(hex(&vector), "758EDB9D3E2D8711149AF82EF10983FB");
        let (key, vector) = derived(cipher, b"pw", Some(&salt), &options("-pbkdf2")).unwrap();
        let out = symm::encrypt(cipher, &key, Some(&vector), b"hello\n").unwrap();
        assert_eq!(hex(&out), "BB786B8080F9E1627DBAB09A24EE7BE2");
    }

    #[test]
    fn rounds_have_a_bound() {
        let cipher = cipher("aes-128-cbc").unwrap();
        let many = options("-iter 99999999999");
        let most = options(&format!("-iter {}", caps::KEY_ROUNDS));
        assert_eq!(derived(cipher, b"x", None, &many), derived(cipher, b"x", None, &most));
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_looked_up(name: String, text: Vec<u8>) {
            let _ = (cipher(&name), hexadecimal(&text, 16), unarmoured(&text));
        }
    }
}
