//! dd.

use crate::{
    machine::{Handle, Open},
    programs::context::{Done, quoted, size},
    shell::{Exit, Process, pipe::Reader},
};

pub(in crate::programs) async fn dd(process: &mut Process) -> Done {
    let operands = operands(process).await?;
    let amount = |name: &str| operands.get(name).and_then(|text| size(text));
    let block = amount("bs").or(amount("ibs")).unwrap_or(512).clamp(1, 1 << 26);
    let count = amount("count").unwrap_or(u64::MAX);
    let reader = source(process, &operands, block).await?;
    let mut writer = output(process, &operands, block).await?;
    let (mut whole, mut part, mut bytes) = (0_u64, 0_u64, 0_u64);
    let began = tokio::time::Instant::now();
    while whole + part < count {
        let data = read_block(&reader, block).await;
        if data.is_empty() {
            break;
        }
        if data.len() as u64 == block {
            whole += 1
        } else {
            part += 1
        }
        bytes += data.len() as u64;
        let failed = match &mut writer {
            Some(handle) => handle.write(&data).err(),
            None => process.output.write(&data).await.err(),
        };
        if let Some(error) = failed {
            let target = operands.get("of").cloned().unwrap_or_else(|| b"standard output".to_vec());
            process
                .complain(
                    [b"dd: error writing ", &quoted(&target)[..], b": ", error.text().as_bytes(), b"\n"]
                        .concat(),
                )
                .await;
            break;
        }
        tokio::task::yield_now().await;
        if bytes > 4 << 30 {
            break;
        }
    }
    if operands.get("status").is_none_or(|status| status != b"none") {
        // A real disk writes some hundred megabytes a second.
        let least = bytes as f64 / 1_260_000_000.0
            + 0.000_041
            + (process.machine.number(&format!("dd {bytes}"), 400) as f64) / 1e7;
        let elapsed = began.elapsed().as_secs_f64().max(least);
        process
            .complain(summary(
                process.is_busybox(),
                whole,
                part,
                bytes,
                elapsed,
                operands.get("status").is_some_and(|s| s == b"noxfer"),
            ))
            .await;
    }
    Ok(Exit::SUCCESS)
}

type Operands = std::collections::HashMap<String, Vec<u8>>;

/// `name=value` words.
async fn operands(process: &mut Process) -> Result<Operands, Exit> {
    let mut operands: std::collections::HashMap<String, Vec<u8>> = std::collections::HashMap::new();
    for word in process.arguments().to_vec() {
        let Some(at) = word.iter().position(|b| *b == b'=') else {
            let text = [b"unrecognized operand ", &process.quote(&word)[..]].concat();
            process.misused(&String::from_utf8_lossy(&text), 1).await;
            return Err(Exit::FAILURE);
        };
        let name = String::from_utf8_lossy(word.get(..at).unwrap_or_default()).into_owned();
        operands.insert(name, word.get(at + 1..).unwrap_or_default().to_vec());
    }
    Ok(operands)
}

/// What is read.
async fn source(process: &Process, operands: &Operands, block: u64) -> Result<Reader, Exit> {
    let amount = |name: &str| operands.get(name).and_then(|text| size(text));
    Ok(match operands.get("if") {
        None => process.input.clone(),
        Some(name) => match process.files.open(name, Open::reading()) {
            Ok(mut handle) => {
                handle.seek(amount("skip").unwrap_or(0) * block);
                Reader::file(handle)
            }
            Err(error) => {
                if process.is_busybox() {
                    process.unable("cannot open", name, error).await
                } else {
                    process
                        .complain(
                            [
                                b"dd: failed to open ",
                                &quoted(name)[..],
                                b": ",
                                error.text().as_bytes(),
                                b"\n",
                            ]
                            .concat(),
                        )
                        .await;
                }
                return Err(Exit::FAILURE);
            }
        },
    })
}

/// The file that is written, if one is named.
async fn output(process: &Process, operands: &Operands, block: u64) -> Result<Option<Handle>, Exit> {
    let amount = |name: &str| operands.get(name).and_then(|text| size(text));
    let flags = |name: &str, word: &str| {
        operands.get(name).is_some_and(|text| String::from_utf8_lossy(text).split(',').any(|w| w == word))
    };
    let mut writer = None;
    if let Some(name) = operands.get("of") {
        let how = Open {
            write: true,
            create: true,
            truncate: !flags("conv", "notrunc"),
            append: flags("oflag", "append"),
            mode: 0o666,
            ..Open::default()
        };
        match process.files.open(name, how) {
            Ok(mut handle) => {
                handle.seek(amount("seek").unwrap_or(0) * block);
                writer = Some(handle);
            }
            Err(error) => {
                process
                    .complain(
                        [b"dd: failed to open ", &quoted(name)[..], b": ", error.text().as_bytes(), b"\n"]
                            .concat(),
                    )
                    .await;
                return Err(Exit::FAILURE);
            }
        }
    }
    Ok(writer)
}

pub(super) async fn read_block(reader: &Reader, block: u64) -> Vec<u8> {
    let block = usize::try_from(block).unwrap_or(1 << 20);
    let mut out = Vec::new();
    while out.len() < block {
        let piece = reader.read((block - out.len()).min(64 * 1024)).await;
        let short = piece.len() < (block - out.len()).min(64 * 1024);
        out.extend(piece);
        if short {
            break;
        }
    }
    out
}

pub(super) fn summary(busybox: bool, whole: u64, part: u64, bytes: u64, elapsed: f64, short: bool) -> String {
    let mut out = format!("{whole}+{part} records in\n{whole}+{part} records out\n");
    if short {
        return out;
    }
    let (decimal, binary) =
        (units(bytes, 1_000, &["kB", "MB", "GB"]), units(bytes, 1_024, &["KiB", "MiB", "GiB"]));
    let rate = units((bytes as f64 / elapsed) as u64, 1_000, &["kB", "MB", "GB"]).unwrap_or_else(|| {
        if bytes == 0 { "0.0 kB".to_owned() } else { format!("{:.0} B", bytes as f64 / elapsed) }
    });
    if busybox {
        let rate = units((bytes as f64 / elapsed) as u64, 1_024, &["KB", "MB", "GB"])
            .map_or(String::new(), |rate| rate.replace(' ', ""));
        out.push_str(&format!(
            "{bytes} bytes ({}) copied, {elapsed:.6} seconds, {rate}/s\n",
            units(bytes, 1_024, &["KB", "MB", "GB"]).map_or(format!("{bytes}B"), |t| t.replace(' ', ""))
        ));
        return out;
    }
    let time = crate::programs::awk::shown_general(elapsed);
    let sizes = match (decimal, binary) {
        (Some(decimal), Some(binary)) => format!(" ({decimal}, {binary})"),
        (Some(decimal), None) => format!(" ({decimal})"),
        _ => String::new(),
    };
    out.push_str(&format!(
        "{bytes} byte{}{sizes} copied, {time} s, {rate}/s\n",
        if bytes == 1 { "" } else { "s" }
    ));
    out
}

pub(super) fn units(value: u64, base: u64, names: &[&str]) -> Option<String> {
    let mut scale = base;
    let mut name = None;
    for candidate in names {
        if value < scale {
            break;
        }
        name = Some((candidate, scale));
        scale = scale.saturating_mul(base);
    }
    let (name, scale) = name?;
    let value = value as f64 / scale as f64;
    Some(if value < 10.0 { format!("{value:.1} {name}") } else { format!("{value:.0} {name}") })
}
