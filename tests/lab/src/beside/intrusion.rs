//! What intruders do behind a log-in, and what detectors of decoys look for there.

use std::{fs, io::Write as _, process::Stdio, time::Duration};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    clients::{Login, openssh},
    log::Seen,
    stage::Stage,
    wait,
};

/// Lines as an intruder types them: looks around, fetches a miner, stays, covers its tracks.
const SCRIPT: &str = include_str!("intrusion.txt");

/// Complaints that a real host would have as well: what is fetched never comes, so it cannot run.
const RIGHTLY_MISSING: [&str; 4] = ["xmrig", "/tmp/.x", "kinsing", "dhpcd"];

/// The script runs to its end in a terminal without a complaint that a real host would not have,
/// every line of it is an event, and its recording can be watched.
///
/// # Errors
/// When one of these is not so.
pub fn an_intrusion_runs_to_its_end(stage: &Stage, login: &Login) -> Result<String> {
    let lines: Vec<_> = SCRIPT.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut follower = stage.follow();
    let shown = type_into_terminal(login, &lines)?;
    for line in shown.lines().filter(|line| line.contains("not found") || line.contains("No such file")) {
        ensure!(RIGHTLY_MISSING.iter().any(|name| line.contains(name)), "a real host would not say {line:?}");
    }
    let is_recording = |event: &Seen| event.kind == "file_captured" && event.field("source") == "terminal";
    let seen =
        follower.until("the recording", Duration::from_secs(30), |seen| seen.iter().any(is_recording))?;
    let commands: Vec<_> = seen.iter().filter(|event| event.kind == "command").collect();
    for line in &lines {
        let told =
            |event: &&&Seen| format!("{} {}", event.field("command"), event.field("args")).trim() == *line;
        ensure!(commands.iter().any(|event| told(&event)), "no event tells of {line:?}");
    }
    let recording = seen.iter().find(|event| is_recording(event)).context("no recording")?;
    let path = stage.fleet.artifacts().join(recording.field("stored_as"));
    let seconds =
        watch(&fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?, &lines)?;
    let fetched = seen.iter().filter(|event| event.kind == "download_attempt").count();
    ensure!(fetched >= 3, "{fetched} fetches were told");
    Ok(format!(
        "{} lines, {} command events, {fetched} fetches, {seconds:.0} s recorded",
        lines.len(),
        commands.len()
    ))
}

/// Types the lines at a terminal's pace and gives back what the terminal showed.
///
/// # Errors
/// When the client cannot be run.
pub fn type_into_terminal(login: &Login, lines: &[&str]) -> Result<String> {
    let mut client = openssh::terminal(login)?;
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut keyboard = client.stdin.take().context("no keyboard")?;
    wait::pause(Duration::from_secs(4));
    for line in lines {
        keyboard.write_all(format!("{line}\r").as_bytes()).with_context(|| format!("typing {line:?}"))?;
        wait::pause(Duration::from_millis(300));
    }
    let output = client.wait_with_output().context("waiting for the client")?;
    drop(keyboard);
    Ok(crate::process::both(&output))
}

/// Reads a recording as a player does (asciicast v2) and gives back its length in seconds.
///
/// # Errors
/// When it is none, or does not show `lines`.
pub fn watch(text: &str, lines: &[&str]) -> Result<f64> {
    let mut records = text.lines();
    let header: Value = serde_json::from_str(records.next().context("it is empty")?).context("its header")?;
    ensure!(header.get("version") == Some(&2.into()), "its header is {header}");
    for size in ["width", "height"] {
        ensure!(header.get(size).and_then(Value::as_u64).is_some_and(|n| n > 0), "no {size} in {header}");
    }
    let (mut now, mut shown) = (0.0, String::new());
    for record in records {
        let (time, kind, data): (f64, String, String) =
            serde_json::from_str(record).with_context(|| format!("the record {record:?}"))?;
        ensure!(time >= now, "time runs backwards at {record:?}");
        now = time;
        if kind == "o" {
            shown.push_str(&data);
        }
    }
    // Long lines are drawn with the cursor moving about; short ones stand there as typed.
    for line in lines.iter().filter(|line| line.len() < 40) {
        ensure!(shown.contains(line), "it does not show {line:?}");
    }
    Ok(now)
}

/// What tools and people who look for decoys try finds nothing.
///
/// # Errors
/// When something gives the machine away.
pub fn detectors_find_nothing(login: &Login) -> Result<String> {
    let mut held = 0;
    for (line, expected) in ANSWERS {
        let said = say(login, line)?;
        ensure!(said.trim_end() == *expected, "{line:?} is answered {said:?}, and should be {expected:?}");
        held += 1;
    }
    for line in AGREEMENTS {
        let said = say(login, line)?;
        ensure!(said.trim_end().ends_with("agree"), "{line:?} is answered {said:?}");
        held += 1;
    }
    files_persist(login)?;
    let laid = say(login, "cat /etc/ssh/ssh_host_ed25519_key.pub")?;
    let shown = openssh::key(login.host, "ed25519")?;
    ensure!(laid.contains(&shown), "the key in its file is {laid:?}, and it shows {shown:?}");
    let own = say(login, "echo $SSH_CONNECTION; ip -4 -o addr show | tr -s ' '")?;
    ensure!(own.contains(&format!(" {} 22", login.host)), "its own address is not in {own:?}");
    ensure!(own.contains(&format!("inet {}/", login.host)), "no card has its address: {own:?}");
    Ok(format!("{} probes", held + 3))
}

fn say(login: &Login, line: &str) -> Result<String> {
    Ok(openssh::ssh(login, &[], line)?.output)
}

/// What was written stays for whoever wrote it, and what was removed is gone.
fn files_persist(login: &Login) -> Result<()> {
    let mark = "a6f19c";
    say(
        login,
        &format!(
            "mkdir -p /var/tmp/.d && echo {mark} > /var/tmp/.d/f && touch -d '2020-01-02 03:04:05' /var/tmp/.d/f"
        ),
    )?;
    let said = say(
        login,
        "cat /var/tmp/.d/f; stat -c '%s %U %Y' /var/tmp/.d/f; rm -r /var/tmp/.d; ls -d /var/tmp/.d",
    )?;
    ensure!(said == format!("{mark}\n7 root 1577934245\n"), "what was written reads {said:?} later");
    Ok(())
}

/// Lines whose answer is the same on any Debian host.
const ANSWERS: &[(&str, &str)] = &[
    ("echo $((7*6)) $((2**10)) $((16#ff)) $((-7/2)) $((5%3))", "42 1024 255 -3 2"),
    ("for i in 1 2 3; do printf '%02d-' $i; done; echo", "01-02-03-"),
    ("echo -n a; echo -e 'b\\tc\\x41'", "ab\tcA"),
    ("echo $(echo $(echo nested)) `echo old`", "nested old"),
    ("x=abcdef; echo ${x:2:3} ${#x} ${x%def} ${x^^} ${y:-none}", "cde 6 abc ABCDEF none"),
    ("false || echo $?; true && echo $?", "1\n0"),
    ("echo c b a | tr ' ' '\\n' | sort | paste -sd,", "a,b,c"),
    ("seq 1 10 | awk '{s+=$1} END {print s, NR}'", "55 10"),
    ("printf 'a:b:c\\n' | cut -d: -f2 | sed 's/b/x/'", "x"),
    ("cat <<'E' | wc -l\none\ntwo\nE", "2"),
    ("case $(uname -s) in Linux) echo yes;; *) echo no;; esac", "yes"),
    ("echo test | md5sum | cut -d' ' -f1", "d8e8fca2dc0f896fd7cb4cb0031ba249"),
    ("echo aGVsbG8= | base64 -d", "hello"),
    ("ls /.dockerenv /.dockerinit 2>/dev/null | wc -l", "0"),
    (
        "grep -c -i -E 'docker|containerd|kubepods|lxc' /proc/1/cgroup /proc/self/mountinfo | cut -d: -f2 | paste -sd+",
        "0+0",
    ),
    ("mount | grep -c '^overlay'", "0"),
    ("cat /proc/1/comm", "systemd"),
    ("which sh bash ls | wc -l", "3"),
    ("nosuchprogram 2>&1 | sed 's/.*nosuch/nosuch/'", "nosuchprogram: command not found"),
    ("cat /nosuch 2>&1", "cat: /nosuch: No such file or directory"),
    ("cd /nosuch 2>&1 | sed 's/.*cd:/cd:/'", "cd: /nosuch: No such file or directory"),
    ("ls -d /etc /usr/bin /var/log /proc/self", "/etc\n/proc/self\n/usr/bin\n/var/log"),
    ("id -u; id -un; echo ~", "0\nroot\n/root"),
    ("test -w /etc/shadow && echo w", "w"),
    ("dd if=/dev/zero bs=10 count=3 2>/dev/null | wc -c", "30"),
    ("dd if=/bin/ls bs=4 count=1 2>/dev/null | od -An -c | tr -s ' '", " 177 E L F"),
    (
        "head -c 16 /dev/urandom | wc -c; [ \"$(head -c 8 /dev/urandom | od -An -tx1)\" != \"$(head -c 8 /dev/urandom | od -An -tx1)\" ] && echo random",
        "16\nrandom",
    ),
    ("(exit 7); echo $?", "7"),
    ("sh -c 'echo $0 $1' a b", "a b"),
];

/// Lines that end with `agree` where the parts of one machine tell the same.
const AGREEMENTS: &[&str] = &[
    "[ \"$(hostname)\" = \"$(cat /etc/hostname)\" ] && [ \"$(uname -n)\" = \"$(cat /proc/sys/kernel/hostname)\" ] && echo agree",
    "grep -q \"$(uname -r)\" /proc/version && ls /boot | grep -q \"$(uname -r)\" && ls /lib/modules | grep -q \"$(uname -r)\" && echo agree",
    "[ \"$(nproc)\" = \"$(grep -c ^processor /proc/cpuinfo)\" ] && [ \"$(nproc)\" = \"$(lscpu | awk '/^CPU\\(s\\):/{print $2}')\" ] && echo agree",
    "[ \"$(free -k | awk '/^Mem:/{print $2}')\" = \"$(awk '/^MemTotal/{print $2}' /proc/meminfo)\" ] && echo agree",
    "a=$(cut -d. -f1 /proc/uptime); b=$(( $(date +%s) - $(date -d \"$(uptime -s)\" +%s) )); d=$((a-b)); [ ${d#-} -le 2 ] && echo agree",
    "a=$(awk '/^btime/{print $2}' /proc/stat); b=$(date -d \"$(uptime -s)\" +%s); d=$((a-b)); [ ${d#-} -le 2 ] && echo agree",
    "a=$(cut -d. -f1 /proc/uptime); sleep 2; b=$(cut -d. -f1 /proc/uptime); [ $((b-a)) -ge 1 ] && [ $((b-a)) -le 4 ] && echo agree",
    "ps -e -o pid= | while read p; do [ -d /proc/$p ] || echo missing $p; done | grep -v \"missing\" ; [ -d /proc/1 ] && [ -d /proc/$$ ] && echo agree",
    "[ \"$(ps -o ppid= -p $$ | tr -d ' ')\" = \"$PPID\" ] && grep -q sshd /proc/$PPID/comm && echo agree",
    "[ \"$(cat /sys/class/net/*/address | grep -v 00:00:00:00:00:00 | head -1)\" = \"$(ip -o link | awk '/ether/{for(i=1;i<NF;i++) if($i==\"link/ether\") print $(i+1)}' | head -1)\" ] && echo agree",
    "ss -tln | grep -q ':22 ' && netstat -tln 2>/dev/null | grep -q ':22 ' && echo agree",
    "[ \"$(stat -c %s /etc/passwd)\" = \"$(wc -c < /etc/passwd)\" ] && [ \"$(ls -l /etc/passwd | awk '{print $5}')\" = \"$(wc -c < /etc/passwd)\" ] && echo agree",
    "[ \"$(md5sum < /bin/ls)\" = \"$(cat /usr/bin/ls | md5sum)\" ] && [ \"$(stat -c %s /bin/bash)\" = \"$(wc -c < /bin/bash)\" ] && echo agree",
    ". /etc/os-release; [ \"$ID\" = debian ] && [ \"$VERSION_ID\" = \"$(cut -d. -f1 /etc/debian_version)\" ] && echo agree",
    "grep -q ^root: /etc/passwd && grep -q '^root:\\$' /etc/shadow && [ \"$(stat -c %a /etc/shadow)\" = 640 ] && echo agree",
    "w -h | grep -q root || who | grep -q . || [ -z \"$SSH_TTY\" ] && echo agree",
    "d=$(( $(date +%s) - $(stat -c %Y /var/log/syslog 2>/dev/null || stat -c %Y /var/log/journal) )); [ $d -lt 90000 ] && echo agree",
];
