//! What BusyBox has for the network, in its words.

use std::time::Duration;

use super::{
    reach::{self, Failure, Unknown},
    text,
    url::Url,
};
use crate::{
    programs::{
        about,
        context::Done,
        options::{Parsed, Spec, parse},
    },
    shell::{Exit, Process},
};

const WGET_USAGE: &str = "Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]\n\t[--post-data STR | --post-file FILE] [-Y on/off]\n\t[--no-check-certificate] [-P DIR] [-U AGENT] URL...\n\nRetrieve files via HTTP or FTP\n\n\t--spider\tOnly check URL existence: $? is 0 if exists\n\t--header STR\tAdd STR (of form 'header: value') to headers\n\t--post-data STR\tSend STR using POST method\n\t--post-file FILE\tSend FILE using POST method\n\t--no-check-certificate\tDon't validate the server's certificate\n\t-c\t\tContinue retrieval of aborted transfer\n\t-q\t\tQuiet\n\t-P DIR\t\tSave to DIR (default .)\n\t-S    \t\tShow server response\n\t-O FILE\t\tSave to FILE ('-' for stdout)\n\t-o LOGFILE\tLog messages to FILE\n\t-U STR\t\tUse STR for User-Agent header\n\t-Y on/off\tUse proxy\n";
const TFTP_USAGE: &str = "Usage: tftp [OPTIONS] HOST [PORT]\n\nTransfer a file from/to tftp server\n\n\t-l FILE\tLocal FILE\n\t-r FILE\tRemote FILE\n\t-g\tGet file\n\t-p\tPut file\n\t-b SIZE\tTransfer blocks in bytes\n";
const FTPGET_USAGE: &str = "Usage: ftpget [OPTIONS] HOST [LOCAL_FILE] REMOTE_FILE\n\nDownload a file via FTP\n\n\t-c\tContinue previous transfer\n\t-v\tVerbose\n\t-u USER\tUsername\n\t-p PASS\tPassword\n\t-P PORT\n";
const FTPPUT_USAGE: &str = "Usage: ftpput [OPTIONS] HOST [REMOTE_FILE] LOCAL_FILE\n\nUpload a file to a FTP server\n\n\t-v\tVerbose\n\t-u USER\tUsername\n\t-p PASS\tPassword\n\t-P PORT\n";
const NC_USAGE: &str = "Usage: nc [-iN] [-wN] [-l] [-p PORT] [-f FILE|IPADDR PORT] [-e PROG]\n\nOpen a pipe to IP:PORT or FILE\n\n\t-l\tListen mode, for inbound connects\n\t\t(use -ll with -e for persistent server)\n\t-p PORT\tLocal port\n\t-w SEC\tConnect timeout\n\t-i SEC\tDelay interval for lines sent\n\t-f FILE\tUse file (ala /dev/ttyS0) instead of network\n\t-e PROG\tRun PROG after connect\n";
const TELNET_USAGE: &str = "Usage: telnet [-a] [-l USER] HOST [PORT]\n\nConnect to telnet server\n\n\t-a\tAutomatic login with $USER variable\n\t-l USER\tAutomatic login as USER\n";

/// Shows how an applet is called, after what was wrong.
pub(super) async fn usage(process: &Process, wrong: Option<&str>, usage: &str) -> Exit {
    let banner = about::busybox_banner(process.machine.distro());
    let wrong = wrong.map(|wrong| format!("{}: {}\n", process.called(), musl(wrong))).unwrap_or_default();
    process.complain(format!("{wrong}{banner}\n\n{usage}")).await;
    Exit::FAILURE
}

/// What is wrong with options, in the words of the C library that BusyBox is built with here.
fn musl(wrong: &str) -> String {
    let wrong = wrong.replace("invalid option -- '", "unrecognized option: ");
    let wrong = wrong.replace("unrecognized option '--", "unrecognized option: ");
    let wrong = wrong.replace("option requires an argument -- '", "option requires an argument: ");
    wrong.trim_end_matches('\'').to_owned()
}

async fn read(process: &Process, spec: Spec, how: &str) -> Result<Parsed, Exit> {
    match parse(process.arguments(), spec) {
        Ok(given) if given.has('?') => Err(usage(process, None, how).await),
        Ok(given) => Ok(given),
        Err(wrong) => Err(usage(process, Some(&wrong.0), how).await),
    }
}

/// Says that a name has no address, and fails.
async fn bad_address(process: &Process, host: &str) -> Exit {
    process.fail(format!("bad address '{host}'")).await
}

async fn cannot(process: &Process, host: &str, failure: Failure) -> Exit {
    let why = if failure == Failure::Reset { Failure::Refused } else { failure };
    process.fail(format!("can't connect to remote host ({host}): {}", why.text())).await
}

const WGET: Spec = Spec {
    short: "cqSO:o:P:Y:U:T:t:n:s",
    long: &[
        ("continue", 'c'),
        ("quiet", 'q'),
        ("server-response", 'S'),
        ("output-document=", 'O'),
        ("output-file=", 'o'),
        ("directory-prefix=", 'P'),
        ("proxy=", 'Y'),
        ("user-agent=", 'U'),
        ("timeout=", 'T'),
        ("tries=", 't'),
        ("header=", '='),
        ("post-data=", '='),
        ("post-file=", '='),
        ("spider", '3'),
        ("no-check-certificate", '!'),
        ("no-clobber", '!'),
        ("passive-ftp", '!'),
        ("no-parent", '!'),
        ("help", '?'),
    ],
};

pub(super) async fn wget(process: &mut Process) -> Done {
    let given = read(process, WGET, WGET_USAGE).await?;
    // It ends with the first that fails, and all fail.
    let Some(name) = given.operands.first().map(|name| text(name)) else {
        return Ok(usage(process, None, WGET_USAGE).await);
    };
    let Ok(url) = Url::parse(&name) else {
        return Ok(bad_address(process, &name).await);
    };
    if !matches!(url.scheme.as_str(), "http" | "https" | "ftp") {
        return Ok(process.fail(format!("not an http or ftp url: {name}")).await);
    }
    let address = match reach::lookup_first(process, &url.host).await {
        Ok(address) => address,
        Err(unknown) => {
            reach::fetch(process, &name, Err(unknown));
            return Ok(bad_address(process, &url.host).await);
        }
    };
    let place = url.port.map_or_else(|| url.host.clone(), |port| format!("{}:{port}", url.host));
    if !given.has('q') {
        process.complain(format!("Connecting to {place} ({address}:{})\n", url.port())).await;
    }
    let failure = reach::connect(process, address, url.port()).await;
    reach::fetch(process, &name, Ok(failure));
    Ok(match failure {
        Failure::Reset => process.fail("error getting response: Connection reset by peer").await,
        failure => cannot(process, &url.host, failure).await,
    })
}

/// How long BusyBox waits for an answer to TFTP before it gives up, in milliseconds.
const TFTP_PATIENCE: u64 = 13_000;

pub(super) async fn tftp(process: &mut Process) -> Done {
    let spec = Spec { short: "gpl:r:b:c", long: &[("help", '?')] };
    let given = read(process, spec, TFTP_USAGE).await?;
    let mut operands = given.operands.iter();
    let host = operands.next().map(|host| text(host));
    // `HOST -c get FILE` is for another tftp, and this one takes only the host.
    let (get, put) = (given.has('g') || given.has('c'), given.has('p'));
    let file = given.value('r').or(given.value('l')).map(text);
    let file =
        file.or_else(|| given.has('c').then(|| given.operands.last().map(|o| text(o)).unwrap_or_default()));
    let (Some(host), Some(file), true) = (host, file, get || put) else {
        return Ok(usage(process, None, TFTP_USAGE).await);
    };
    if put
        && let Some(local) = given.value('l').or(given.value('r'))
        && let Err(error) = process.files.read_at(local, 0, 1)
    {
        return Ok(process.fail(format!("can't open '{}': {}", text(local), error.text())).await);
    }
    let url = format!("tftp://{host}/{file}");
    match reach::lookup_first(process, &host).await {
        Ok(_) => {
            reach::fetch(process, &url, Ok(Failure::NoRoute));
            tokio::time::sleep(Duration::from_millis(TFTP_PATIENCE)).await;
            Ok(process.fail("timeout").await)
        }
        Err(unknown) => {
            reach::fetch(process, &url, Err(unknown));
            Ok(bad_address(process, &host).await)
        }
    }
}

/// `ftpget` and `ftpput`.
pub(super) async fn ftp(process: &mut Process) -> Done {
    let how = if process.name() == b"ftpput" { FTPPUT_USAGE } else { FTPGET_USAGE };
    let long = &[
        ("continue", 'c'),
        ("verbose", 'v'),
        ("username=", 'u'),
        ("password=", 'p'),
        ("port=", 'P'),
        ("help", '?'),
    ];
    let given = read(process, Spec { short: "cvu:p:P:", long }, how).await?;
    let (host, file) = match given.operands.as_slice() {
        [host, file] | [host, _, file] => (text(host), text(file)),
        _ => return Ok(usage(process, None, how).await),
    };
    let port = given.value('P').and_then(|port| text(port).parse().ok()).unwrap_or(21);
    let user = given.value('u').map(|user| format!("{}@", text(user))).unwrap_or_default();
    let place = if port == 21 { host.clone() } else { format!("{host}:{port}") };
    let url = format!("ftp://{user}{place}/{file}");
    let address = match reach::lookup_first(process, &host).await {
        Ok(address) => address,
        Err(unknown) => {
            told(process, &url, &host, port, Err(unknown));
            return Ok(bad_address(process, &host).await);
        }
    };
    if given.has('v') {
        process.print(format!("Connecting to {host} ({address}:{port})\n")).await?;
    }
    let failure = reach::connect(process, address, port).await;
    told(process, &url, &host, port, Ok(failure));
    Ok(cannot(process, &host, failure).await)
}

fn told(process: &Process, url: &str, host: &str, port: u16, why: Result<Failure, Unknown>) {
    if process.name() == b"ftpput" {
        reach::call(process, host, Some(port), why);
    } else {
        reach::fetch(process, url, why);
    }
}

/// `nc` and `telnet`: connects, and that fails.
async fn dial(process: &Process, host: &str, port: u16) -> Exit {
    let why = match reach::lookup_first(process, host).await {
        Ok(address) => Ok(reach::connect(process, address, port).await),
        Err(unknown) => Err(unknown),
    };
    reach::call(process, host, Some(port), why);
    match why {
        Ok(failure) => cannot(process, host, failure).await,
        Err(_) => bad_address(process, host).await,
    }
}

pub(super) async fn nc(process: &mut Process) -> Done {
    let given = read(process, Spec { short: "+lp:w:i:f:e:s:nuvz", long: &[("help", '?')] }, NC_USAGE).await?;
    if given.has('l') {
        let _: () = std::future::pending().await;
    }
    let [host, port] = given.operands.as_slice() else {
        return Ok(usage(process, None, NC_USAGE).await);
    };
    match text(port).parse() {
        Ok(port) => Ok(dial(process, &text(host), port).await),
        Err(_) => Ok(process.fail(format!("bad port '{}'", text(port))).await),
    }
}

pub(super) async fn telnet(process: &mut Process) -> Done {
    let given = read(process, Spec { short: "al:", long: &[("help", '?')] }, TELNET_USAGE).await?;
    let Some(host) = given.operands.first() else {
        return Ok(usage(process, None, TELNET_USAGE).await);
    };
    let port = given.operands.get(1).map_or(Ok(23), |port| text(port).parse());
    match port {
        Ok(port) => Ok(dial(process, &text(host), port).await),
        Err(_) => Ok(process
            .fail(format!("bad port '{}'", text(given.operands.get(1).map_or(&[][..], Vec::as_slice))))
            .await),
    }
}
