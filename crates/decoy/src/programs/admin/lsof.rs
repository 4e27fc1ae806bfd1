//! lsof: open files and sockets, as the machine's processes and sockets are.

use super::super::{
    context::Done,
    options::{Parsed, Spec, parse},
};
use crate::{
    machine::{Kind, Socket, Task},
    shell::{Exit, Process},
};

/// One open file.
struct Row {
    command: String,
    pid: u32,
    user: String,
    descriptor: String,
    kind: String,
    device: String,
    size: String,
    node: String,
    name: String,
}

const SERVICES: &[(u16, &str)] = &[
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (53, "domain"),
    (80, "http"),
    (123, "ntp"),
    (161, "snmp"),
    (443, "https"),
    (3306, "mysql"),
    (5432, "postgresql"),
    (6379, "redis"),
    (8080, "http-alt"),
];

pub(in crate::programs) async fn lsof(process: &mut Process) -> Done {
    let spec = Spec { short: "?abc:d:D:e:Ff:g:hi::k:KlL:m:MnNo:OPp:rRs:S:tT:uUvVwxXz:Z", long: &[] };
    let spec = Spec { short: "?abc:d:D:hi::lnNOPp:Rtu:UvVwxX", ..spec };
    let Ok(given) = parse(process.arguments(), spec) else {
        let word =
            process.arguments().iter().find(|word| word.starts_with(b"-")).cloned().unwrap_or_default();
        let letter = String::from_utf8_lossy(word.get(1..2).unwrap_or_default()).into_owned();
        process.complain(format!("lsof: illegal option character: {letter}\nlsof 4.95.0\n latest revision: https://github.com/lsof-org/lsof\n latest FAQ: https://github.com/lsof-org/lsof/blob/master/00FAQ\n latest (non-formatted) man page: https://github.com/lsof-org/lsof/blob/master/Lsof.8\n usage: [-?abhKlnNoOPRtUvVX] [+|-c c] [+|-d s] [+D D] [+|-E] [+|-e s] [+|-f[gG]]\n [-F [f]] [-g [s]] [-i [i]] [+|-L [l]] [+m [m]] [+|-M] [-o [o]] [-p s]\n [+|-r [t]] [-s [p:s]] [-S [t]] [-T [t]] [-u s] [+|-w] [-x [fl]] [--] [names]\nUse the ``-h'' option to get more help information.\n")).await;
        return Ok(Exit::FAILURE);
    };
    if given.has('v') {
        process.complain("lsof version information:\n    revision: 4.95.0\n    latest revision: https://github.com/lsof-org/lsof\n    latest FAQ: https://github.com/lsof-org/lsof/blob/master/00FAQ\n    latest (non-formatted) man page: https://github.com/lsof-org/lsof/blob/master/Lsof.8\n    compiler: cc\n    compiler version: 11.3.0 (Debian 11.3.0-1) \n    Anyone can list all files.\n    /dev warnings are disabled.\n    Kernel ID check is disabled.\n").await;
        return Ok(Exit::SUCCESS);
    }
    // `-i :22` is read as `-i` and a name.
    let (mut given, mut good) = (given, true);
    if let Some(place) = given.options.iter().position(|(letter, value)| *letter == 'i' && value.is_none())
        && given.operands.first().is_some_and(|word| {
            word.contains(&b':') || matches!(&word[..], b"tcp" | b"TCP" | b"udp" | b"UDP" | b"4" | b"6")
        })
    {
        let word = given.operands.remove(0);
        if let Some(option) = given.options.get_mut(place) {
            option.1 = Some(word);
        }
    }
    for name in &given.operands {
        if let Err(error) = process.files.stat(name) {
            good = false;
            process
                .complain(
                    [b"lsof: status error on ", &name[..], b": ", error.text().as_bytes(), b"\n"].concat(),
                )
                .await;
        }
    }
    let rows = rows(process, &given);
    if rows.is_empty() || !good {
        return Ok(Exit::FAILURE);
    }
    if given.has('t') {
        let mut pids: Vec<u32> = rows.iter().map(|row| row.pid).collect();
        pids.dedup();
        process.print(pids.iter().map(|pid| format!("{pid}\n")).collect::<String>()).await?;
        return Ok(Exit::SUCCESS);
    }
    process.print(table(&rows)).await?;
    Ok(Exit::SUCCESS)
}

fn rows(process: &Process, given: &Parsed) -> Vec<Row> {
    let source = process.files.source();
    let (root, own) = (process.account.is_root(), process.account.uid);
    let mut tasks = process.machine.tasks(source);
    tasks.sort_by_key(|task| task.pid);
    let list = |letter| given.value(letter).map(|text| String::from_utf8_lossy(text).into_owned());
    let (pids, users, names) = (list('p'), list('u'), list('c'));
    let sockets = process.machine.sockets(source);
    let mut out = Vec::new();
    for task in tasks.iter().filter(|task| root || task.uid == own) {
        let user = super::super::listing::user_name(process, task.uid);
        let chosen = |list: &Option<String>, is: &dyn Fn(&str) -> bool| {
            list.as_ref().is_none_or(|list| list.split(',').any(is))
        };
        let name = String::from_utf8_lossy(&task.name).into_owned();
        if !chosen(&pids, &|word| word == task.pid.to_string())
            || !chosen(&users, &|word| word == user)
            || !chosen(&names, &|word| name.starts_with(word))
        {
            continue;
        }
        if !given.has('i') && !given.has('U') {
            out.extend(files(process, task, &user).into_iter().filter(|row| {
                given.operands.is_empty() || given.operands.iter().any(|name| name == row.name.as_bytes())
            }));
        }
        if given.operands.is_empty() {
            let own = sockets.iter().filter(|socket| socket.process.1 == task.pid && asked(socket, given));
            out.extend(
                own.enumerate().map(|(at, socket)| of_socket(process, task, &user, socket, at + 3, given)),
            );
        }
    }
    out
}

/// Whether `-i` asks for a socket.
fn asked(socket: &Socket, given: &Parsed) -> bool {
    let Some(what) = given.value('i') else { return true };
    let text = String::from_utf8_lossy(what).to_ascii_lowercase();
    let (head, port) = text.split_once(':').unwrap_or((&text, ""));
    let protocol = if head.starts_with("tcp") { !socket.udp } else { !head.starts_with("udp") || socket.udp };
    let family = match head.trim_start_matches("tcp").trim_start_matches("udp") {
        "4" => socket.local.is_ipv4(),
        "6" => socket.local.is_ipv6(),
        _ => true,
    };
    let ports = |word: &str| {
        let number =
            word.parse().ok().or_else(|| SERVICES.iter().find(|(_, name)| *name == word).map(|(n, _)| *n));
        number.is_some_and(|number: u16| socket.local.port() == number || socket.remote.port() == number)
    };
    protocol && family && (port.is_empty() || port.split(',').any(ports))
}

fn files(process: &Process, task: &Task, user: &str) -> Vec<Row> {
    let row = |descriptor: &str, path: &[u8]| {
        let metadata = process.files.stat(path).ok()?;
        Some(Row {
            command: String::from_utf8_lossy(&task.name).chars().take(9).collect(),
            pid: task.pid,
            user: user.to_owned(),
            descriptor: descriptor.to_owned(),
            kind: match metadata.kind {
                Kind::Directory => "DIR",
                Kind::Character => "CHR",
                _ => "REG",
            }
            .to_owned(),
            device: format!("{},{}", metadata.device.0, metadata.device.1),
            size: metadata.size.to_string(),
            node: metadata.inode.to_string(),
            name: String::from_utf8_lossy(path).into_owned(),
        })
    };
    let terminal = task.terminal.as_ref().map(|terminal| format!("/dev/{terminal}"));
    let mut out = vec![row("cwd  ", &task.directory), row("rtd  ", b"/"), row("txt  ", &task.program)];
    for number in 0..3 {
        let path = terminal.clone().unwrap_or_else(|| "/dev/null".to_owned());
        if !task.program.is_empty() {
            out.push(row(&format!("{number}u "), path.as_bytes()));
        }
    }
    out.into_iter().flatten().collect()
}

fn of_socket(
    process: &Process,
    task: &Task,
    user: &str,
    socket: &Socket,
    number: usize,
    given: &Parsed,
) -> Row {
    let end = |address: std::net::SocketAddr| {
        let ip = if address.ip().is_unspecified() { "*".to_owned() } else { address.ip().to_string() };
        let ip = if ip.contains(':') { format!("[{ip}]") } else { ip };
        let known = SERVICES.iter().find(|(port, _)| *port == address.port()).filter(|_| !given.has('P'));
        let port = known.map_or_else(|| address.port().to_string(), |(_, name)| (*name).to_owned());
        format!("{ip}:{port}")
    };
    let name = match (socket.listens, socket.udp) {
        (true, true) => end(socket.local),
        (true, false) => format!("{} (LISTEN)", end(socket.local)),
        (false, _) => format!("{}->{} (ESTABLISHED)", end(socket.local), end(socket.remote)),
    };
    let _ = process;
    Row {
        command: String::from_utf8_lossy(&task.name).chars().take(9).collect(),
        pid: task.pid,
        user: user.to_owned(),
        descriptor: format!("{number}u "),
        kind: if socket.local.is_ipv4() { "IPv4" } else { "IPv6" }.to_owned(),
        device: socket.inode.to_string(),
        size: "0t0".to_owned(),
        node: if socket.udp { "UDP" } else { "TCP" }.to_owned(),
        name,
    }
}

fn table(rows: &[Row]) -> String {
    let width = |least: usize, of: &dyn Fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or(0).max(least);
    let command = width(7, &|row| row.command.len());
    let pid = width(3, &|row| row.pid.to_string().len());
    let user = width(4, &|row| row.user.len());
    let descriptor = width(6, &|row| row.descriptor.len() + 1);
    let kind = width(4, &|row| row.kind.len());
    let device = width(6, &|row| row.device.len());
    let size = width(8, &|row| row.size.len());
    let node = width(4, &|row| row.node.len());
    let mut out = format!(
        "{:<command$} {:>pid$} {:>user$} {:>descriptor$} {:>kind$} {:>device$} {:>size$} {:>node$} NAME\n",
        "COMMAND", "PID", "USER", "FD  ", "TYPE", "DEVICE", "SIZE/OFF", "NODE"
    );
    for row in rows {
        out += &format!(
            "{:<command$} {:>pid$} {:>user$} {:>descriptor$} {:>kind$} {:>device$} {:>size$} {:>node$} {}\n",
            row.command,
            row.pid,
            row.user,
            row.descriptor,
            row.kind,
            row.device,
            row.size,
            row.node,
            row.name
        );
    }
    out
}
