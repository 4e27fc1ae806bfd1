//! One table per section: the struct, its keys, their examples and their reference.

use super::layers::Values;

/// A key of the configuration, as the table says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The section it belongs to.
    pub section: &'static str,
    /// Its name as an identifier; [`Key::name`] is how it is written.
    pub field: &'static str,
    /// The value it has when nobody gives one, as text; empty for none.
    pub default: &'static str,
    /// What its value must be.
    pub rule: &'static str,
    /// Whether its value may be shown.
    pub secret: bool,
    /// What it does.
    pub summary: &'static str,
    /// Who reads it.
    pub consumer: &'static str,
}

impl Key {
    /// Its name in the file: `agent-socket`.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// Its name in the environment: `DECNET_AGENT_SOCKET`.
    pub fn variable(&self) -> String {
        format!("{}{}", crate::environment::PREFIX, self.field.to_ascii_uppercase())
    }
}

/// A section, as its table says it.
#[derive(Clone, Copy, Debug)]
pub struct SectionInfo {
    /// Its name.
    pub name: &'static str,
    /// Whom it is for.
    pub about: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A section with its values.
pub trait Section: Sized {
    /// Its table.
    const INFO: SectionInfo;

    /// Takes its values; `None` when one is missing, and then `values` knows why.
    fn read(values: &mut Values) -> Option<Self>;
}

/// Writes the struct of a section and its table from one list of keys.
macro_rules! section {
    (
        #[doc = $about:literal]
        $section:literal => $name:ident {
            $( #[doc = $summary:literal] $field:ident: $type:ty = $default:literal, $consumer:literal; )+
        }
    ) => {
        #[doc = $about]
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            $( #[doc = $summary] pub $field: $type, )+
        }

        impl $crate::config::Section for $name {
            const INFO: $crate::config::SectionInfo = $crate::config::SectionInfo {
                name: $section,
                about: $about.trim_ascii(),
                keys: &[ $( $crate::config::Key {
                    section: $section,
                    field: stringify!($field),
                    default: $default,
                    rule: <$type as $crate::config::Setting>::RULE,
                    secret: <$type as $crate::config::Setting>::SECRET,
                    summary: $summary.trim_ascii(),
                    consumer: $consumer,
                }, )+ ],
            };

            fn read(values: &mut $crate::config::layers::Values) -> Option<Self> {
                $( let $field = values.take($section, stringify!($field)); )+
                Some(Self { $( $field: $field?, )+ })
            }
        }
    };
}

pub(super) use section;
