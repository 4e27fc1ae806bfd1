//! Printers: the device that prints, its trays and supplies, and what makers add.

use super::{Facts, Rows, host};
use crate::{
    identity,
    snmp::{facts::wrapped, value::Value},
};

const PRINTER: &[u32] = &[1, 3, 6, 1, 2, 1, 43];

/// A supply of a printer: what it is called, its type, its colour, and how many pages it lasts.
type Supply = (&'static str, i64, u32, i64);

/// What tells one model from another.
#[derive(Debug)]
pub struct Model {
    /// `hrDeviceDescr`.
    pub name: &'static str,
    /// Supplies in the order of the table.
    pub supplies: &'static [Supply],
    /// Trays: name and how many sheets each takes.
    pub trays: &'static [(&'static str, i64)],
    /// What its serial number begins with.
    pub serial: &'static str,
    /// Its memory in KiB.
    pub memory: i64,
}

/// Printers of HP.
pub const HP: &[Model] = &[
    Model {
        name: "HP LaserJet 500 color M551",
        supplies: &[
            ("Black Cartridge HP CE400X", 3, 1, 11_000),
            ("Cyan Cartridge HP CE401A", 3, 2, 6_000),
            ("Magenta Cartridge HP CE403A", 3, 3, 6_000),
            ("Yellow Cartridge HP CE402A", 3, 4, 6_000),
            ("Toner Collection Unit HP CE254A", 4, 0, 36_000),
        ],
        trays: &[("Tray 1", 100), ("Tray 2", 500)],
        serial: "CNCCF",
        memory: 1_048_576,
    },
    Model {
        name: "HP LaserJet 600 M602",
        supplies: &[
            ("Black Cartridge HP CE390X", 3, 1, 24_000),
            ("Maintenance Kit HP 110V-CF064A, 220V-CF065A", 15, 0, 225_000),
        ],
        trays: &[("Tray 1", 100), ("Tray 2", 500), ("Tray 3", 500)],
        serial: "CNDCG",
        memory: 524_288,
    },
];
/// Printers of Brother.
pub const BROTHER: &[Model] = &[
    Model {
        name: "Brother HL-5450DN series",
        supplies: &[("Black Toner Cartridge", 3, 1, 8_000), ("Drum Unit", 9, 0, 30_000)],
        trays: &[("MP Tray", 50), ("TRAY #1", 250)],
        serial: "E69934C2J",
        memory: 65_536,
    },
    Model {
        name: "Brother MFC-8950DW",
        supplies: &[("Black Toner Cartridge", 3, 1, 12_000), ("Drum Unit", 9, 0, 30_000)],
        trays: &[("MP Tray", 50), ("TRAY #1", 500)],
        serial: "E71546A3J",
        memory: 131_072,
    },
];
/// Printers of Kyocera.
pub const KYOCERA: &[Model] = &[
    Model {
        name: "ECOSYS P3045dn",
        supplies: &[("TK-3160", 3, 1, 12_500), ("Waste Toner Box", 4, 0, -1)],
        trays: &[("MP Tray", 100), ("Cassette 1", 500)],
        serial: "LTN",
        memory: 524_288,
    },
    Model {
        name: "TASKalfa 3252ci",
        supplies: &[
            ("TK-8335C", 3, 2, 15_000),
            ("TK-8335M", 3, 3, 15_000),
            ("TK-8335Y", 3, 4, 15_000),
            ("TK-8335K", 3, 1, 25_000),
            ("Waste Toner Box", 4, 0, -1),
        ],
        trays: &[("MP Tray", 150), ("Cassette 1", 500), ("Cassette 2", 500)],
        serial: "LXU",
        memory: 4_194_304,
    },
];

/// The model of this printer.
pub fn model(facts: &Facts<'_>) -> Option<&'static Model> {
    let models = facts.settings.profile.printers;
    models.get((facts.settings.mix("model") % models.len().max(1) as u64) as usize)
}

/// Its serial number.
pub fn serial(facts: &Facts<'_>) -> String {
    let head = model(facts).map_or("", |model| model.serial);
    let tail = identity::hex(&facts.persona.key, "printer serial", 8).to_uppercase();
    let tail: String = tail.chars().take(10_usize.saturating_sub(head.len()).max(5)).collect();
    format!("{head}{tail}")
}

/// Pages printed in its life.
fn pages(facts: &Facts<'_>) -> u64 {
    8_000 + (facts.share("pages") * 120_000.0) as u64 + facts.counter("pages", 0.003)
}

/// `hrDevice` of a printer: itself, and its network card.
pub fn device(facts: &Facts<'_>, rows: &mut Rows) {
    let name = model(facts).map_or("", |model| model.name);
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 2, 1], &[1, 2, 3, 4, 5, 6], &[[1], [2]], |column, row| {
        let is_printer = row == 0;
        Some(match column {
            1 => Value::Integer(row as i64 + 1),
            2 if is_printer => Value::name(&[1, 3, 6, 1, 2, 1, 25, 3, 1, 5]),
            2 => Value::name(&[1, 3, 6, 1, 2, 1, 25, 3, 1, 4]),
            3 if is_printer => Value::text(name),
            3 => Value::text(facts.settings.profile.port),
            4 => Value::name(&[0, 0]),
            5 => Value::Integer(2),
            _ => Value::Counter(0),
        })
    });
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 4, 1], &[1], &[[2]], |_, _| Some(Value::Integer(1)));
    // Idle, and nothing is wrong.
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 3, 5, 1], &[1, 2], &[[1]], |column, _| {
        Some(if column == 1 { Value::Integer(3) } else { Value::bytes([0]) })
    });
}

/// `hrSystem` of a printer.
pub fn system(facts: &Facts<'_>, rows: &mut Rows) {
    rows.scalar(&[1, 3, 6, 1, 2, 1, 25, 1, 1], Value::Ticks(wrapped((facts.up() * 100.0) as u64)));
    rows.scalar(&[1, 3, 6, 1, 2, 1, 25, 1, 2], host::date(facts.now as i64));
}

/// `hrStorage` of a printer.
pub fn storage(facts: &Facts<'_>, rows: &mut Rows) {
    let memory = model(facts).map_or(65_536, |model| model.memory);
    rows.scalar(&[1, 3, 6, 1, 2, 1, 25, 2, 2], Value::Integer(memory));
    rows.table(&[1, 3, 6, 1, 2, 1, 25, 2, 3, 1], &[1, 2, 3, 4, 5, 6], &[[1]], |column, _| {
        Some(match column {
            1 => Value::Integer(1),
            2 => Value::name(&[1, 3, 6, 1, 2, 1, 25, 2, 1, 2]),
            3 => Value::text("RAM"),
            4 => Value::Integer(1_024),
            5 => Value::Integer(memory),
            _ => Value::Integer((memory as f64 * facts.level("memory", 0.31, 0.44)) as i64),
        })
    });
}

/// `prtGeneralTable` and what stands below it as far as tools read it.
pub fn printer(facts: &Facts<'_>, rows: &mut Rows) {
    let Some(model) = model(facts) else { return };
    let general = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 5, 1, 1], &general, &[[1]], |column, _| {
        Some(match column {
            1 => Value::Counter(4 + (facts.share("changes") * 60.0) as u32),
            2 => Value::Integer(1),
            3 => Value::Integer(3),
            4 | 5 => Value::text(""),
            6 => Value::Integer(1),
            7 | 8 => Value::Integer(1),
            9 => Value::Integer(1),
            10 => Value::Integer(1),
            11 => Value::Integer(4),
            12 => Value::Integer(40),
            16 => Value::text(facts.persona.hostname.clone()),
            17 => Value::text(serial(facts)),
            18 | 19 => Value::Integer(2),
            _ => Value::Integer(0),
        })
    });
    covers_and_trays(model, rows);
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 10, 2, 1], &[2, 3, 4, 5, 15], &[[1, 1]], |column, _| {
        Some(match column {
            2 => Value::Integer(4),
            3 => Value::Integer(7),
            4 => Value::Counter(wrapped(pages(facts))),
            5 => Value::Counter(wrapped(facts.counter("pages", 0.003))),
            _ => Value::Integer(0),
        })
    });
    supplies(facts, model, rows);
    console(facts, rows);
}

fn covers_and_trays(model: &Model, rows: &mut Rows) {
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 6, 1, 1], &[2, 3], &[[1, 1]], |column, _| {
        Some(if column == 2 { Value::text("Front Door") } else { Value::Integer(4) })
    });
    let index: Vec<[u32; 2]> = (1..).take(model.trays.len()).map(|tray| [1, tray]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 8, 2, 1], &[2, 3, 8, 9, 10, 12, 13, 18], &index, |column, row| {
        let (name, sheets) = model.trays.get(row)?;
        Some(match column {
            2 => Value::Integer(3),
            3 => Value::Integer(4),
            8 => Value::Integer(8),
            9 => Value::Integer(*sheets),
            10 => Value::Integer(-3),
            12 => Value::text(if row == 0 { "any" } else { "na_letter_8.5x11in" }),
            _ => Value::text(*name),
        })
    });
}

fn supplies(facts: &Facts<'_>, model: &Model, rows: &mut Rows) {
    let index: Vec<[u32; 2]> = (1..).take(model.supplies.len()).map(|supply| [1, supply]).collect();
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 11, 1, 1], &[2, 3, 4, 5, 6, 7, 8, 9], &index, |column, row| {
        let (name, kind, colour, lasts) = model.supplies.get(row)?;
        let used = (facts.share(name) * *lasts as f64) as i64 + pages(facts) as i64;
        Some(match column {
            2 => Value::Integer(1),
            3 => Value::Integer((*colour).into()),
            // A waste box fills, all else empties.
            4 => Value::Integer(if *kind == 4 { 4 } else { 3 }),
            5 => Value::Integer(*kind),
            6 => Value::text(*name),
            7 => Value::Integer(7),
            8 => Value::Integer(if *lasts < 0 { -2 } else { *lasts }),
            _ if *lasts < 0 => Value::Integer(-3),
            _ => Value::Integer(lasts - used % lasts),
        })
    });
    let colours: Vec<(u32, &str)> = model.supplies.iter().filter(|s| s.2 > 0).map(|s| (s.2, s.0)).collect();
    let mut numbers: Vec<[u32; 2]> = colours.iter().map(|(colour, _)| [1, *colour]).collect();
    numbers.sort_unstable();
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 12, 1, 1], &[2, 3, 4, 5], &numbers, |column, row| {
        let [_, colour] = numbers.get(row)?;
        Some(match column {
            2 => Value::Integer(1),
            3 => Value::Integer(3),
            4 => Value::text(*["black", "cyan", "magenta", "yellow"].get(*colour as usize - 1)?),
            _ => Value::Integer(256),
        })
    });
}

/// What stands on the panel, and that nothing is wrong.
fn console(facts: &Facts<'_>, rows: &mut Rows) {
    let text = match facts.settings.profile.printers.first().map(|model| model.name) {
        Some(name) if name.starts_with("Brother") => "Ready           ",
        Some(name) if name.starts_with("HP") => "Ready",
        _ => "Ready to print.",
    };
    rows.table(&[1, 3, 6, 1, 2, 1, 43, 16, 5, 1], &[2], &[[1, 1]], |_, _| Some(Value::text(text)));
}

/// What HP's cards add: who made it, its model and state.
pub fn hp(facts: &Facts<'_>, rows: &mut Rows) {
    let name = model(facts).map_or("", |model| model.name);
    rows.scalar(&[1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 1, 1, 3], Value::text("Ready"));
    let id = format!(
        "MFG:Hewlett-Packard;CMD:PJL,PML,PCLXL,URP,PCL,PDF,POSTSCRIPT;MDL:{name};CLS:PRINTER;DES:Hewlett-Packard {name};MEM:MEM=512MB;COMMENT:RES=1200x1;LEDMDIS:USB#ff#04#01;CID:HPLJPDLV1;"
    );
    rows.scalar(&[1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 1, 1, 7], Value::text(id));
    rows.scalar(&[1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 4, 2, 1, 1, 3, 2], Value::text(name));
    rows.scalar(&[1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 4, 2, 1, 1, 3, 3], Value::text(serial(facts)));
    rows.scalar(&[1, 3, 6, 1, 4, 1, 11, 2, 3, 9, 4, 2, 1, 4, 1, 2, 5], Value::Counter(wrapped(pages(facts))));
}

/// What Kyocera adds: model and serial number.
pub fn kyocera(facts: &Facts<'_>, rows: &mut Rows) {
    let name = model(facts).map_or("", |model| model.name);
    let pages = i64::try_from(pages(facts)).unwrap_or(0);
    rows.table(&[1, 3, 6, 1, 4, 1, 1347, 42, 2, 1, 1, 1], &[6], &[[1, 1]], |_, _| {
        Some(Value::Integer(pages))
    });
    rows.table(&[1, 3, 6, 1, 4, 1, 1347, 43, 5, 1, 1], &[1, 28], &[[1]], |column, _| {
        Some(Value::text(if column == 1 { name.to_owned() } else { serial(facts) }))
    });
}

/// What Brother adds: model and state in one text.
pub fn brother(facts: &Facts<'_>, rows: &mut Rows) {
    let name = model(facts).map_or("", |model| model.name);
    let id = format!(
        "MFG:Brother;CMD:PJL,PCL,PCLXL,POSTSCRIPT;MDL:{};CLS:PRINTER;CID:Brother Laser Type1;",
        name.trim_start_matches("Brother ")
    );
    rows.scalar(&[1, 3, 6, 1, 4, 1, 2435, 2, 3, 9, 1, 1, 7], Value::text(id));
    rows.scalar(&[1, 3, 6, 1, 4, 1, 2435, 2, 3, 9, 4, 2, 1, 5, 5, 1], Value::text(serial(facts)));
}

/// The prefix of the printers' tables, for the groups.
pub const PREFIX: &[u32] = PRINTER;
