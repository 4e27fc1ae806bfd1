//! Schemas of what is written as text: each says what the text looks like.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::{
    account::{AccessToken, LoginId, NewPassword, Password, UserId, Username},
    ids::{DeckyName, HostId, HostName, SecretKey},
    mac::Mac,
    service::ServiceId,
    swarm::role::Identity,
};

/// Stands for `std::net::Ipv4Addr` in schemas.
#[derive(Debug)]
pub struct Address;

/// Stands for `ipnet::Ipv4Net` in schemas.
#[derive(Debug)]
pub struct Subnet;

/// Stands for `ipnet::IpNet` in schemas.
#[derive(Debug)]
pub struct Network;

/// What the text of a type looks like.
struct Look {
    description: &'static str,
    format: Option<&'static str>,
    pattern: Option<&'static str>,
    length: Option<(usize, usize)>,
}

impl Look {
    fn schema(self) -> RefOr<Schema> {
        let (least, most) = self.length.unzip();
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(self.description))
            .format(self.format.map(|format| SchemaFormat::Custom(format.to_owned())))
            .pattern(self.pattern)
            .min_length(least)
            .max_length(most);
        Schema::Object(object.build()).into()
    }
}

macro_rules! texts {
    ($( $type:ident: $description:literal, $format:expr, $pattern:expr, $length:expr; )*) => { $(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                let (format, pattern, length) = ($format, $pattern, $length);
                Look { description: $description, format, pattern, length }.schema()
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($type))
            }
        }
    )* };
}

texts! {
    Address: "An IPv4 address.", Some("ipv4"), None, None;
    Subnet: "An IPv4 network, as 192.0.2.0/24.", None, Some(r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"), None;
    Network: "A network, as 192.0.2.0/24 or 2001:db8::/32.", None, None, Some((2, 43));
    Mac: "An Ethernet address.", None, Some("^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$"), Some((17, 17));
    SecretKey: "32 secret bytes.", None, Some("^[0-9a-fA-F]{64}$"), Some((64, 64));
    HostId: "A UUID in lower case with hyphens.", Some("uuid"),
        Some("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"), Some((36, 36));
    DeckyName: "Letters, digits, dots and hyphens, with a letter or digit at both ends.", None,
        Some("^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$"), Some((1, DeckyName::MAX));
    HostName: "Lower-case letters, digits and hyphens, with a letter or digit at both ends; not the name of a part of DECNET.",
        None, Some("^[0-9a-z]([0-9a-z-]*[0-9a-z])?$"), Some((1, HostName::MAX));
    UserId: "A UUID in lower case with hyphens.", Some("uuid"),
        Some("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"), Some((36, 36));
    LoginId: "A UUID in lower case with hyphens.", Some("uuid"),
        Some("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"), Some((36, 36));
    Username: "Printable ASCII without spaces.", None, Some("^[!-~]+$"), Some((1, Username::MAX));
    Password: "A password.", Some("password"), None, Some((0, Password::MAX));
    NewPassword: "A password that is hard to guess.", Some("password"), None,
        Some((NewPassword::MIN, Password::MAX));
    AccessToken: "Proof of a log-in, for the header `Authorization: Bearer`.", None,
        Some("^dn_[0-9A-Za-z_-]{43}$"), Some((AccessToken::LENGTH, AccessToken::LENGTH));
    Identity: "A role on a host.", Some("uri"),
        Some("^decnet://[a-z]+/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"), None;
}

impl PartialSchema for ServiceId {
    fn schema() -> RefOr<Schema> {
        let slugs = Self::ALL.iter().map(|service| service.slug());
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A service of this build."))
            .enum_values(Some(slugs));
        Schema::Object(object.build()).into()
    }
}

impl ToSchema for ServiceId {}
