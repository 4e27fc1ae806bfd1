//! Cases by name.

use std::{collections::BTreeSet, fs};

use super::{
    super::{
        archive::Archive, archive::OpenError, checkpoint::LockError, patience::StopFlag, source::Channel,
    },
    lines,
    world::World,
};

#[test]
fn a_missing_number_becomes_one_gap_record_after_two_readings() {
    let mut world = World::new(None);
    for seq in [1, 2, 6, 9] {
        let line = world.event(0, seq);
        world.write(0, &line);
    }
    world.read(1);
    assert!(world.incidents(&[]).is_empty(), "one reading proves nothing");
    world.read(3);
    let boot = format!("{:016x}", world.boot(0));
    let expected = [format!("gap {boot} 3 5"), format!("gap {boot} 7 8")];
    assert_eq!(world.incidents(&["gap_boot", "from_seq", "to_seq"]), expected);
    // A crash that leaves only the log, and what was missing comes after all.
    world.crash(u64::MAX, u64::MAX);
    fs::remove_file(world.config.state_dir.join("collector.json")).unwrap();
    let late = world.event(0, 4);
    world.write(0, &late);
    world.read(3);
    assert_eq!(world.incidents(&["gap_boot", "from_seq", "to_seq"]), expected, "recorded once");
    let log = fs::read(world.log_path()).unwrap();
    assert_eq!(log.split(|b| *b == b'\n').filter(|line| *line == late).count(), 1, "and it is written");
}

#[test]
fn a_wrong_artifact_is_told_once_and_not_kept() {
    let mut world = World::new(None);
    let (content, boot) = (vec![7; 500], world.boot(0));
    let right = lines::sha256(&content);
    let announce = |number, sha256: &str| lines::pieces("web-01", boot, number, &content, sha256);
    let wrong = "0".repeat(64);
    let mut holed = announce(3, &right);
    holed.remove(2);
    let all: Vec<_> =
        announce(1, &wrong).into_iter().chain(holed).chain(announce(4, "../../etc/passwd")).collect();
    let refused = all.iter().filter(|line| line.windows(6).any(|w| w == b"passwd")).count();
    for line in all {
        world.write(0, &line);
    }
    world.read(2);
    world.crash(u64::MAX, u64::MAX);
    world.read(2);
    let told =
        [format!("artifact_incomplete {wrong} 500 500"), format!("artifact_incomplete {right} 500 128")];
    assert_eq!(world.incidents(&["sha256", "size", "received"]), told);
    assert!(!world.artifact_path(&wrong).exists() && !world.artifact_path(&right).exists());
    let log = String::from_utf8(fs::read(world.log_path()).unwrap()).unwrap();
    assert!(
        !log.lines().any(|line| line.contains(" - artifact_chunk ") && !line.contains(" - output ")),
        "no piece"
    );
    assert_eq!(log.matches("passwd").count(), refused, "but what is no piece is wrapped");
}

#[test]
fn limits_of_artifacts_are_kept_and_told() {
    let mut world = World::new(None);
    world.config.artifacts.size = 300;
    world.config.artifacts.daily_bytes = 600;
    let boot = world.boot(0);
    let mut small = Vec::new();
    for (number, size) in [(1, 400), (2, 300), (3, 290), (4, 280)] {
        let content = vec![number; size];
        let sha256 = lines::sha256(&content);
        for line in lines::pieces("web-01", boot, number.into(), &content, &sha256) {
            world.write(0, &line);
        }
        small.push(sha256);
    }
    world.read(2);
    let kept: Vec<bool> = small.iter().map(|name| world.artifact_path(name).exists()).collect();
    // The first exceeds the size; 256 bytes of it count for the day.
    assert_eq!(kept, [false, true, false, false]);
    assert_eq!(world.incidents(&["size"]).len(), 3);
}

#[test]
fn an_artifact_whose_run_is_over_is_given_up() {
    let mut world = World::new(None);
    let lines = lines::pieces("web-01", world.boot(0), 1, &[1; 200], &"a".repeat(64));
    for line in &lines[..2] {
        world.write(0, line);
    }
    world.restart(0);
    world.emit(0, 1, 1);
    world.read(2);
    assert_eq!(world.incidents(&["sha256", "size", "received"]), ["artifact_incomplete  0 128"]);
    assert_eq!(fs::read_dir(world.artifact_path(".partial")).unwrap().count(), 0);
}

#[test]
fn nobody_speaks_for_another() {
    let mut world = World::new(None);
    for line in [
        lines::command("db", 9, 1),
        String::from_utf8(lines::command("web-01", 9, 1))
            .unwrap()
            .replace(" redis ", " collector ")
            .into_bytes(),
        lines::event("web-01", 9, 0, decnet_event::Kind::Connect {}),
        b"<134>1 - web-01 redis - connect [relay@55555 boot=\"x\" seq=\"1\"]".to_vec(),
    ] {
        world.foreign(0, Channel::Out, &line, 1, 16_384);
    }
    world.check();
}

#[test]
fn what_the_engine_dropped_unread_is_a_gap() {
    let mut world = World::new(None);
    (0..5).for_each(|_| world.emit(3, 1_000_000, 16_384));
    world.read(1);
    (0..5).for_each(|_| world.emit(3, 1_000_000, 16_384));
    world.logs[3].entries.drain(..8);
    world.read(3);
    world.crash(0, 0);
    world.read(3);
    let log = String::from_utf8(fs::read(world.log_path()).unwrap()).unwrap();
    let boot = "0000000000000004";
    assert_eq!(world.incidents(&["gap_boot", "from_seq", "to_seq"]), [format!("gap {boot} 6 6")]);
    let numbers: Vec<_> =
        (1..=20).filter(|n| log.contains(&format!("boot=\"{boot}\" seq=\"{n}\""))).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 7, 8]);
}

#[test]
fn a_place_is_found_where_the_engine_cut_between_pieces_of_a_line() {
    let mut world = World::new(None);
    world.foreign(3, Channel::Out, b"abcdefgh", 1, 2);
    world.read(1);
    world.logs[3].entries.drain(..2);
    world.foreign(3, Channel::Out, b"ijkl", 1, 2);
    world.check();
}

#[test]
fn a_line_that_is_half_there_is_read_again_after_a_crash() {
    let mut world = World::new(None);
    world.foreign(3, Channel::Out, b"abcdefgh", 1, 2);
    let end = world.logs[3].entries.split_off(2);
    for stream in [Channel::Err, Channel::Out] {
        world.foreign(2, stream, b"other", 1, 9);
        world.read(1);
        world.crash(0, 0);
    }
    world.logs[3].entries.extend(end);
    world.check();
}

#[test]
fn a_piece_that_following_lost_is_read() {
    let mut world = World::new(None);
    world.emit(0, 1, 1);
    world.read(1);
    let content = vec![9; 300];
    let sha256 = lines::sha256(&content);
    for line in lines::pieces("web-01", world.boot(0), 1, &content, &sha256) {
        world.write(0, &line);
    }
    let (archive, logs) = world.archive();
    logs[0].followed = 1;
    logs[0].follow(archive, 0, 2).unwrap();
    logs[0].follow(archive, 1, 1).unwrap();
    world.read(1);
    assert_eq!(fs::read(world.artifact_path(&sha256)).unwrap(), content);
    assert!(world.incidents(&[]).is_empty());
}

#[test]
fn without_a_checkpoint_the_log_is_read_instead() {
    let mut world = World::new(None);
    (0..4).for_each(|who| (0..5).for_each(|_| world.emit(who, 1_000_000, 99)));
    world.artifact(0, 500, 1);
    world.read(2);
    for damage in ["", "{\"version\":1", "{}"] {
        world.crash(u64::MAX, u64::MAX);
        let path = world.config.state_dir.join("collector.json");
        if damage.is_empty() {
            fs::remove_file(path).unwrap()
        } else {
            fs::write(path, damage).unwrap()
        }
        world.archive();
        (0..3).for_each(|who| world.emit(who, 1_000_000, 99));
        world.read(1);
    }
    let (archive, logs) = world.archive();
    archive.retain(&logs.iter().map(|log| log.container.id.clone()).collect()).unwrap();
    // A container of the operator's own has no numbers that prove the way back.
    let gaps = world.incidents(&["gap_boot"]);
    assert!(gaps.iter().all(|gap| gap == "gap 0000000000000004"), "{gaps:?}");
}

#[test]
fn lines_of_one_moment_survive_a_crash_soon_after_the_first_start() {
    let mut world = World::new(None);
    let read = |world: &mut World| {
        let (archive, logs) = world.archive();
        logs[1].read(archive).unwrap();
    };
    world.emit(1, 1, 16_384);
    read(&mut world);
    world.foreign(1, Channel::Out, b"one", 0, 16_384);
    world.foreign(1, Channel::Out, b"two", 0, 16_384);
    read(&mut world);
    // The disk keeps the event and the first of the two.
    let log = fs::read(world.log_path()).unwrap();
    let ends = log.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let kept = ends.map(|(at, _)| at + 1).nth(1).unwrap();
    world.crash(kept as u64, 0);
    world.check();
}

#[test]
fn removed_containers_are_forgotten() {
    let mut world = World::new(None);
    (0..4).for_each(|who| world.emit(who, 1, 99));
    world.read(1);
    let path = world.config.state_dir.join("collector.json");
    assert!(fs::read_to_string(&path).unwrap().contains("web-01"));
    let (archive, _) = world.archive();
    archive.retain(&BTreeSet::new()).unwrap();
    archive.tick().unwrap();
    let checkpoint: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    assert_eq!(
        (&checkpoint["book"]["places"], &checkpoint["book"]["runs"]),
        (&serde_json::json!({}), &serde_json::json!({}))
    );
}

#[test]
fn a_second_collector_names_the_first() {
    let mut world = World::new(None);
    world.archive();
    let second = Archive::open(world.config.clone(), StopFlag::default());
    let Err(OpenError::Lock(LockError::Held { holder, path })) = second else { panic!("{second:?}") };
    assert_eq!(holder, std::process::id().to_string());
    assert!(path.ends_with("collector.lock"));
    let mut config = world.config.clone();
    config.log_file.set_extension("json");
    assert!(matches!(Archive::open(config, StopFlag::default()), Err(OpenError::LogIsJson(_))));
}

#[test]
fn a_long_foreign_line_is_cut_and_kept_whole_as_an_artifact() {
    let mut world = World::new(None);
    world.config.artifacts.size = 1 << 20;
    let line = vec![b'x'; 40_000];
    world.logs[3].write(Channel::Out, &line, 16_384, 1);
    world.read(2);
    let log = fs::read_to_string(world.log_path()).unwrap();
    assert!(log.contains("line.len=\"40000\""));
    assert_eq!(fs::read(world.artifact_path(&lines::sha256(&line))).unwrap(), line);
}

#[test]
fn a_stop_while_the_disk_fails_loses_nothing() {
    let mut world = World::new(None);
    world.emit(0, 1, 99);
    world.read(1);
    world.emit(0, 1, 99);
    world.crash(u64::MAX, u64::MAX);
    let stop = StopFlag::default();
    let mut archive = Archive::open(world.config.clone(), stop.clone()).unwrap();
    // The log's directory vanishes and cannot be made again: a file has its name.
    let directory = world.log_path().parent().unwrap().to_owned();
    let aside = directory.with_extension("aside");
    fs::rename(&directory, &aside).unwrap();
    fs::write(&directory, "").unwrap();
    stop.stop();
    assert!(world.logs[0].read(&mut archive).is_err());
    drop(archive);
    fs::remove_file(&directory).unwrap();
    fs::rename(aside, directory).unwrap();
    world.check();
}
