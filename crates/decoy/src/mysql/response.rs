//! The client's answer to the greeting, as the servers read it.

use super::{
    packet::Fields,
    product::{
        ATTRIBUTES, Family, LENENC_AUTH, PLUGIN_AUTH, PROTOCOL_41, Product, SECURE, SSL, WITH_DATABASE,
    },
};

/// What a client says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum First {
    /// It wants TLS, and says the rest over it.
    Tls(u32),
    /// It says who it is.
    LogIn(Response),
    /// It wants a character set that no parser of the servers takes.
    Charset(&'static str),
}

/// Who a client says that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// What it can do, of what the server can.
    pub capabilities: u32,
    /// The same of what only MariaDB can.
    pub extended: u32,
    /// Number of its character set.
    pub charset: u8,
    /// User name.
    pub user: Vec<u8>,
    /// What proves it, for the plugin that it took.
    pub proof: Vec<u8>,
    /// Database that it wants to use.
    pub database: Option<Vec<u8>>,
    /// Plugin that it took.
    pub plugin: Option<Vec<u8>>,
    /// What its library says of itself.
    pub attributes: Vec<(Vec<u8>, Vec<u8>)>,
    /// Whether the attributes could not be read.
    pub broken_attributes: bool,
}

/// Reads the packet; `None` when the servers call it a bad handshake. After TLS, `before` are the
/// capabilities that the client asked for it with.
pub fn parse(product: &Product, payload: &[u8], before: Option<u32>) -> Option<First> {
    let mut fields = Fields::new(payload);
    let asked = u32::try_from(Fields::new(payload).number(2)?).ok()?;
    let whole = asked & PROTOCOL_41 != 0;
    let short = product.family != Family::MariaDb && payload.len() == 4 && asked & SSL != 0;
    let asked = if whole || short { u32::try_from(Fields::new(payload).number(4)?).ok()? } else { asked };
    let capabilities = before.unwrap_or(asked) & product.capabilities();
    if before.is_none() && capabilities & SSL != 0 {
        let enough = short || payload.len() >= if whole { 32 } else { 5 };
        return enough.then_some(First::Tls(capabilities));
    }
    let (charset, extended) = if whole {
        fields.bytes(8)?;
        let charset = fields.byte()?;
        fields.bytes(19)?;
        let extended = u32::try_from(fields.number(4)?).ok()?;
        // Clients of MariaDB leave the first bit out.
        (charset, if asked & 1 == 0 { extended & product.extended_capabilities() } else { 0 })
    } else {
        fields.bytes(5)?;
        (product.charset, 0)
    };
    if let Some(name) = unparsed_charset(charset) {
        return Some(First::Charset(name));
    }
    let old = !whole && product.family != Family::MariaDb;
    rest(fields, Response { capabilities, extended, charset, ..Response::default() }, old).map(First::LogIn)
}

/// What comes after the fixed part. Up to 4.0 (`old`), the last string had no end.
fn rest(mut fields: Fields<'_>, mut out: Response, old: bool) -> Option<Response> {
    let string = |fields: &mut Fields<'_>| {
        if old { Some(fields.until_nul_or_end().to_vec()) } else { fields.until_nul().map(<[u8]>::to_vec) }
    };
    out.user = unquoted(string(&mut fields)?);
    out.proof = proof(&mut fields, out.capabilities)?;
    if out.capabilities & WITH_DATABASE != 0 {
        out.database = Some(string(&mut fields)?);
    }
    if out.capabilities & PLUGIN_AUTH != 0 {
        out.plugin = Some(fields.until_nul_or_end().to_vec());
    }
    if out.capabilities & ATTRIBUTES != 0 && !fields.rest().is_empty() {
        match attributes(&mut fields) {
            Some(pairs) => out.attributes = pairs,
            None => out.broken_attributes = true,
        }
    }
    Some(out)
}

fn proof(fields: &mut Fields<'_>, capabilities: u32) -> Option<Vec<u8>> {
    let bytes = if capabilities & LENENC_AUTH != 0 {
        fields.lenenc_bytes()?
    } else if capabilities & SECURE != 0 {
        let length = fields.byte()?;
        fields.bytes(length.into())?
    } else {
        fields.until_nul_or_end()
    };
    Some(bytes.to_vec())
}

/// Pairs of strings, as clients describe themselves.
fn attributes(fields: &mut Fields<'_>) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    const MOST: usize = 64;
    let mut block = Fields::new(fields.lenenc_bytes()?);
    let mut pairs = Vec::new();
    while !block.rest().is_empty() {
        let (name, value) = (block.lenenc_bytes()?, block.lenenc_bytes()?);
        if pairs.len() < MOST {
            pairs.push((name.to_vec(), value.to_vec()));
        }
    }
    Some(pairs)
}

/// The servers take quotation marks off a name that stands in them.
fn unquoted(name: Vec<u8>) -> Vec<u8> {
    match name.as_slice() {
        [b'\'', inner @ .., b'\''] => inner.to_vec(),
        _ => name,
    }
}

/// Character sets whose letters have two bytes or four, which no client may speak.
fn unparsed_charset(number: u8) -> Option<&'static str> {
    match number {
        35 | 90 | 128..=151 | 159 => Some("ucs2"),
        54 | 55 | 101..=124 => Some("utf16"),
        56 | 62 => Some("utf16le"),
        60 | 61 | 160..=183 => Some("utf32"),
        _ => None,
    }
}

/// What a client sends to become somebody else on the same connection.
pub fn change_user(payload: &[u8], capabilities: u32) -> Option<Response> {
    let mut fields = Fields::new(payload);
    let user = fields.until_nul()?.to_vec();
    let length = fields.byte()?;
    let proof = fields.bytes(length.into())?.to_vec();
    let database = fields.until_nul_or_end().to_vec();
    let charset = fields.number(2).and_then(|number| u8::try_from(number & 0xff).ok()).unwrap_or_default();
    let plugin = (capabilities & PLUGIN_AUTH != 0).then(|| fields.until_nul_or_end().to_vec());
    let attributes = attributes(&mut fields).unwrap_or_default();
    let database = Some(database).filter(|name| !name.is_empty());
    Some(Response {
        capabilities,
        extended: 0,
        charset,
        user,
        proof,
        database,
        plugin,
        attributes,
        broken_attributes: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use decnet_proto::persona::ProductName;
    use proptest::prelude::*;

    fn product(version: &str) -> Product {
        Product::new(ProductName::Mariadb, version, "Debian").unwrap()
    }

    fn packet(capabilities: u32, tail: &[u8]) -> Vec<u8> {
        let mut out = capabilities.to_le_bytes().to_vec();
        out.extend_from_slice(&[0, 0, 0, 1, 33]);
        out.extend_from_slice(&[0; 23]);
        out.extend_from_slice(tail);
        out
    }

    #[test]
    fn a_modern_client_is_read_whole() {
        let capabilities = PROTOCOL_41 | SECURE | PLUGIN_AUTH | WITH_DATABASE | ATTRIBUTES;
        let bytes = packet(capabilities, b"root\0\x03abcshop\0mysql_native_password\0\x08\x03_os\x03lin");
        let Some(First::LogIn(response)) = parse(&product("10.11.6-MariaDB"), &bytes, None) else {
            unreachable!("it was refused")
        };
        assert_eq!((response.user.as_slice(), response.proof.as_slice()), (&b"root"[..], &b"abc"[..]));
        assert_eq!(response.database.as_deref(), Some(&b"shop"[..]));
        assert_eq!(response.plugin.as_deref(), Some(&b"mysql_native_password"[..]));
        assert_eq!(response.attributes, [(b"_os".to_vec(), b"lin".to_vec())]);
    }

    #[test]
    fn tls_is_asked_for_only_where_there_is_tls() {
        let bytes = packet(PROTOCOL_41 | SECURE | SSL, b"");
        assert_eq!(parse(&product("10.11.6-MariaDB"), &bytes, None), None);
        assert!(matches!(parse(&product("8.0.40"), &bytes, None), Some(First::LogIn(_)) | None));
        let mysql = Product::new(ProductName::Mysql, "8.0.40", "Ubuntu").unwrap();
        assert!(matches!(parse(&mysql, &bytes, None), Some(First::Tls(_))));
    }

    #[test]
    fn wide_character_sets_are_refused() {
        let mut bytes = packet(PROTOCOL_41 | SECURE, b"root\0\0");
        bytes[8] = 120;
        assert_eq!(parse(&product("10.11.6-MariaDB"), &bytes, None), Some(First::Charset("utf16")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>, before: Option<u32>) {
            for version in ["10.11.6-MariaDB", "8.0.40", "5.7.44"] {
                let _ = parse(&product(version), &bytes, before);
            }
            let _ = change_user(&bytes, u32::MAX);
        }
    }
}
