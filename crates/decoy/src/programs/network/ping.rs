//! `ping` of iputils, and that of BusyBox.

use std::{net::IpAddr, time::Duration};

use super::{
    reach::{self, Failure},
    text,
};
use crate::{
    programs::{
        context::Done,
        options::{Spec, parse},
    },
    shell::{Exit, Process},
};

/// What is to be done, and what came of it so far.
struct Run {
    host: String,
    address: IpAddr,
    count: u64,
    interval: f64,
    size: u64,
    quiet: bool,
    sent: u64,
    errors: u64,
    /// Round trips in microseconds.
    times: Vec<u64>,
}

pub(super) async fn ping(process: &mut Process) -> Done {
    let spec = Spec { short: "4aAbBc:CdDe:fF:hHi:I:l:Lm:M:nN:Op:qQ:rRs:S:t:T:UvVw:W:6", long: &[] };
    let given = match parse(process.arguments(), spec) {
        Ok(given) => given,
        Err(wrong) => {
            process.complain(format!("ping: {}\n\nUsage\n  ping [options] <destination>\n", wrong.0)).await;
            return Ok(Exit::Code(2));
        }
    };
    if given.has('V') {
        process.print("ping from iputils 20221126\nlibcap: yes, IDN: yes, NLS: no, error.h: yes, getrandom(): yes, __fpending(): yes\n").await?;
        return Ok(Exit::SUCCESS);
    }
    let Some(host) = given.operands.last().map(|host| text(host)) else {
        process.complain("ping: usage error: Destination address required\n").await;
        return Ok(Exit::FAILURE);
    };
    let number = |letter| given.value(letter).map(text);
    let count = match number('c') {
        None => u64::MAX,
        Some(text) => match text.parse::<u64>() {
            Ok(0) => {
                process
                    .complain(
                        "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n",
                    )
                    .await;
                return Ok(Exit::FAILURE);
            }
            Ok(count) => count,
            Err(_) => {
                process.complain(format!("ping: invalid argument: '{text}'\n")).await;
                return Ok(Exit::FAILURE);
            }
        },
    };
    let address = match reach::lookup_first(process, &host).await {
        Ok(address) => address,
        Err(unknown) => {
            reach::call(process, &host, None, Err(unknown));
            let words = if process.is_busybox() {
                format!("ping: bad address '{host}'\n")
            } else {
                format!("ping: {host}: {}\n", unknown.text())
            };
            process.complain(words).await;
            return Ok(if process.is_busybox() { Exit::FAILURE } else { Exit::Code(2) });
        }
    };
    if !answers(process, address) {
        reach::call(process, &host, None, Ok(Failure::NoRoute));
    }
    if address.is_ipv6() && !address.is_loopback() {
        process.complain("ping: connect: Network is unreachable\n").await;
        return Ok(Exit::Code(2));
    }
    let interval = number('i').and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0).clamp(0.002, 3_600.0);
    let size = number('s').and_then(|text| text.parse().ok()).unwrap_or(56);
    let run = Run {
        host,
        address,
        count,
        interval,
        size,
        quiet: given.has('q'),
        sent: 0,
        errors: 0,
        times: Vec::new(),
    };
    run.go(process).await
}

/// Whether pings are answered from there.
fn answers(process: &Process, address: IpAddr) -> bool {
    reach::is_own(process, address) || address == IpAddr::from(process.machine.network().gateway)
}

impl Run {
    async fn go(mut self, process: &Process) -> Done {
        let named = reach::numeric(&self.host).is_none();
        let (host, size, address) = (&self.host, self.size, self.address);
        let head = match (process.is_busybox(), address.is_ipv6()) {
            (true, _) => format!("PING {host} ({address}): {size} data bytes\n"),
            (false, true) => format!("PING {host}({address}) {size} data bytes\n"),
            (false, false) => format!("PING {host} ({address}) {size}({}) bytes of data.\n", size + 28),
        };
        process.print(head).await?;
        let mut signals = process.seat.listen();
        while self.sent < self.count {
            self.sent += 1;
            self.once(process, named).await?;
            if self.sent < self.count {
                tokio::select! {
                    () = tokio::time::sleep(Duration::from_secs_f64(self.interval)) => {}
                    _ = signals.next() => {
                        process.print("\n").await?;
                        break;
                    }
                }
            }
        }
        if process.is_busybox() && self.times.is_empty() {
            // It waits for answers to the last one.
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
        self.end(process).await
    }

    async fn once(&mut self, process: &Process, named: bool) -> Result<(), Exit> {
        let (net, busybox) = (process.machine.network(), process.is_busybox());
        if answers(process, self.address) {
            let draw = reach::round_trip(process);
            let time = if reach::is_own(process, self.address) { 20 + draw % 41 } else { draw };
            tokio::time::sleep(Duration::from_micros(time)).await;
            if self.times.len() < 4_096 {
                self.times.push(time);
            }
            let who = if named && !busybox {
                format!("{} ({})", self.host, self.address)
            } else {
                self.address.to_string()
            };
            let sequence =
                if busybox { format!("seq={}", self.sent - 1) } else { format!("icmp_seq={}", self.sent) };
            if !self.quiet {
                process
                    .print(format!(
                        "{} bytes from {who}: {sequence} ttl=64 time={} ms\n",
                        self.size + 8,
                        milliseconds(time, busybox)
                    ))
                    .await?;
            }
            return Ok(());
        }
        self.errors += 1;
        if busybox {
            return Ok(());
        }
        let line = if reach::is_near(process, self.address) {
            tokio::time::sleep(Duration::from_millis(3_060)).await;
            format!("From {} icmp_seq={} Destination Host Unreachable\n", net.address, self.sent)
        } else {
            reach::pause(process, 1).await;
            format!("From {} icmp_seq={} Packet filtered\n", net.gateway, self.sent)
        };
        if !self.quiet {
            process.print(line).await?;
        }
        Ok(())
    }

    async fn end(self, process: &Process) -> Done {
        let received = self.sent - self.errors;
        let loss = self.errors * 100 / self.sent.max(1);
        let (host, sent) = (&self.host, self.sent);
        let busybox = process.is_busybox();
        let mut out = if busybox {
            format!(
                "\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} packets received, {loss}% packet loss\n"
            )
        } else {
            let errors = if self.errors > 0 { format!("+{} errors, ", self.errors) } else { String::new() };
            let elapsed = ((sent - 1) as f64 * self.interval * 1_000.0) as u64 + (sent - 1);
            format!(
                "\n--- {host} ping statistics ---\n{sent} packets transmitted, {received} received, {errors}{loss}% packet loss, time {elapsed}ms\n"
            )
        };
        if let (Some(least), Some(most)) = (self.times.iter().min(), self.times.iter().max()) {
            let count = self.times.len() as u64;
            let mean = self.times.iter().sum::<u64>() / count;
            let square = self.times.iter().map(|time| time * time).sum::<u64>() / count;
            let deviation = square.saturating_sub(mean * mean).isqrt();
            let show = |time: u64| format!("{}.{:03}", time / 1_000, time % 1_000);
            let (least, mean, most) = (show(*least), show(mean), show(*most));
            out.push_str(&if busybox {
                format!("round-trip min/avg/max = {least}/{mean}/{most} ms\n")
            } else {
                format!("rtt min/avg/max/mdev = {least}/{mean}/{most}/{} ms\n", show(deviation))
            });
        } else if !busybox {
            out.push('\n');
        }
        process.print(out).await?;
        Ok(if received > 0 { Exit::SUCCESS } else { Exit::FAILURE })
    }
}

/// Milliseconds with three digits that count, as iputils prints them; BusyBox always has three
/// after the point.
fn milliseconds(micros: u64, busybox: bool) -> String {
    let value = micros as f64 / 1_000.0;
    let digits = match micros {
        0..1_000 => 3,
        1_000..10_000 => 2,
        10_000..100_000 => 1,
        _ => 0,
    };
    let digits = if busybox { 3 } else { digits };
    format!("{value:.digits$}")
}
