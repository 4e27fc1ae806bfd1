//! The organisation that a fleet seems to belong to, and who has accounts on its machines.

use decnet_proto::persona::OsFamily;

use super::Machine;
use crate::derive::{Source, Stream};

/// An organisation that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Organisation {
    /// Its name.
    pub(crate) name: String,
    /// Its internal domain; never one that the public DNS could know.
    pub(crate) domain: String,
    /// Log-in names of its people.
    staff: Vec<String>,
}

const STAFF: usize = 40;

impl Organisation {
    /// The organisation of a fleet.
    pub(crate) fn draw(source: &Source) -> Self {
        let mut stream = source.stream("organisation", "");
        let (stem, trade) = (stream.word(STEMS), stream.word(TRADES));
        let top = stream.word(&["lan", "local", "internal", "intra"]);
        let initial_only = stream.below(2) == 0;
        let mut staff: Vec<String> = Vec::new();
        for _ in 0..STAFF {
            let name = log_in(stream.word(FIRST_NAMES), stream.word(LAST_NAMES), initial_only);
            if !staff.contains(&name) {
                staff.push(name);
            }
        }
        Self { name: format!("{stem} {trade}"), domain: format!("{}.{top}", stem.to_lowercase()), staff }
    }

    fn people(&self, number: usize, stream: &mut Stream<'_>) -> Vec<String> {
        let mut staff = self.staff.clone();
        stream.shuffle(&mut staff);
        staff.truncate(number);
        staff
    }
}

fn log_in(first: &str, last: &str, initial_only: bool) -> String {
    match (initial_only, first.get(..1)) {
        (true, Some(initial)) => format!("{initial}{last}"),
        _ => format!("{first}.{last}"),
    }
}

/// Accounts of a machine; the first owns its files.
pub(super) fn users(machine: &Machine<'_>, organisation: &Organisation, source: &Source) -> Vec<String> {
    let mut stream = source.stream("users", machine.name.as_str());
    let number = stream.between(1, 3) as usize;
    let people = organisation.people(number, &mut stream);
    let (before, after): (&str, &str) = match machine.family {
        OsFamily::Windows if machine.profile().desk => ("", "Administrator"),
        OsFamily::Windows => ("Administrator", stream.word(&["svc_sql", "svc_backup", "svc_web"])),
        OsFamily::Linux => {
            (owner(machine, &mut stream), stream.word(&["backup", "deploy", "monitor", "git"]))
        }
        OsFamily::Bsd => ("", stream.word(&["operator", "backup"])),
        OsFamily::Embedded => return vec!["admin".to_owned(), stream.word(&["service", "user"]).to_owned()],
        OsFamily::Cisco => ("admin", "netops"),
    };
    let system = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    system(before).into_iter().chain(people).chain(system(after)).collect()
}

/// The account that an installation begins with.
fn owner(machine: &Machine<'_>, stream: &mut Stream<'_>) -> &'static str {
    let image = match machine.distro.slug {
        "ubuntu22" | "ubuntu20" => "ubuntu",
        "kali" => "kali",
        other => other.trim_end_matches(|c: char| c.is_ascii_digit()),
    };
    stream.word(&[image, "admin", "sysadmin"])
}

const STEMS: &[&str] = &[
    "Haldenberg",
    "Norrvik",
    "Castelmar",
    "Ostrava",
    "Brandwell",
    "Meridiem",
    "Kestrelby",
    "Volmer",
    "Tarnfield",
    "Aldermoor",
    "Fennwick",
    "Lindholt",
    "Quarrington",
    "Sandhaven",
    "Wexmoor",
    "Ridgeholm",
];

const TRADES: &[&str] = &[
    "Logistics",
    "Engineering",
    "Foods",
    "Instruments",
    "Textiles",
    "Medical",
    "Insurance",
    "Packaging",
    "Chemicals",
    "Energy",
    "Publishing",
    "Tooling",
];

const FIRST_NAMES: &[&str] = &[
    "anna", "bruno", "carla", "david", "elena", "felix", "greta", "hugo", "irene", "jonas", "karin", "lukas",
    "marta", "nils", "olga", "peter", "rita", "simon", "tanja", "victor",
];

const LAST_NAMES: &[&str] = &[
    "adler", "berg", "costa", "dorn", "ekman", "fischer", "garcia", "hansen", "ivanov", "jansen", "keller",
    "lopez", "meyer", "novak", "olsen", "petrov", "rossi", "silva", "torres", "weber",
];
