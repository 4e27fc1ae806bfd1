//! A fleet over a wire, as `DeployRequest` of the swarm's API carries it: what is a row of a table
//! here goes by its slug. Who sends it has read every file that it names.

pub(crate) mod archetype {
    //! An archetype, or none, by its slug.

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de::Error as _};

    use crate::archetypes::Archetype;

    pub(crate) fn serialize<S: Serializer>(
        archetype: &Option<&'static Archetype>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        archetype.map(|archetype| archetype.slug).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<&'static Archetype>, D::Error> {
        let slug = Option::<String>::deserialize(deserializer)?;
        let find = |slug: String| Archetype::find(&slug).ok_or_else(|| D::Error::custom("unknown archetype"));
        slug.map(find).transpose()
    }
}

pub(crate) mod distro {
    //! A distribution by its slug.

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::distros::Distro;

    pub(crate) fn serialize<S: Serializer>(
        distro: &&'static Distro,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(distro.slug)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static Distro, D::Error> {
        let slug = String::deserialize(deserializer)?;
        Distro::find(&slug).ok_or_else(|| D::Error::custom("unknown distro"))
    }
}

pub(crate) mod text {
    //! A text that many share.

    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Into::into)
    }
}

pub(crate) mod optional_text {
    //! A text that many share, or none.

    use std::sync::Arc;

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        text: &Option<Arc<str>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        text.as_deref().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Arc<str>>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(Into::into))
    }
}

#[cfg(test)]
mod tests {
    use crate::{flags::FlagSpec, fleet::FleetSpec, ini};

    /// Every kind of choice that a fleet can hold.
    const FLEET: &str = "\
[general]
net = 10.44.0.0/24
gw = 10.44.0.1
interface = eth0

[web]
services = http, ftp
amount = 2
distro = debian

[desk]
archetype = windows-workstation
services = http

[cache]
services = redis
ip = 10.44.0.20
";

    #[test]
    fn a_fleet_is_the_same_at_the_other_end() {
        let check = |fleet: &FleetSpec| {
            let text = serde_json::to_string(fleet).unwrap();
            assert_eq!(serde_json::from_str::<FleetSpec>(&text).unwrap(), *fleet, "{text}");
        };
        check(&ini::parse("fleet.ini", FLEET.as_bytes()).unwrap().value);
        let flags = FlagSpec {
            deckies: Some(3),
            randomize_services: true,
            randomize_distros: true,
            ip_start: Some("10.44.0.9".parse().unwrap()),
            ..FlagSpec::default()
        };
        check(&flags.fleet().unwrap().value);
    }

    #[test]
    fn what_is_in_no_table_is_refused() {
        let fleet = ini::parse("fleet.ini", FLEET.as_bytes()).unwrap().value;
        let text = serde_json::to_string(&fleet).unwrap();
        for (known, unknown) in
            [("windows-workstation", "toaster"), ("debian", "templeos"), ("\"os\"", "\"so\"")]
        {
            assert!(text.contains(known), "{text}");
            assert!(serde_json::from_str::<FleetSpec>(&text.replace(known, unknown)).is_err(), "{unknown}");
        }
    }
}
