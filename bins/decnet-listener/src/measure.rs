//! How the listener goes, as measurements.

use decnet_api::status::{
    self, Exposition,
    Measure::{self, Counter, Gauge},
};

use crate::status::{Host, Report};

/// A measurement: its name behind `decnet_listener_`, what it is, what it says, and its number.
type Number = (&'static str, Measure, &'static str, f64);

impl status::Report for Report {
    fn measure(&self, text: &mut Exposition) {
        for (name, measure, help, value) in self.now().into_iter().chain(self.since_the_start()) {
            text.number(&format!("decnet_listener_{name}"), measure, help, value);
        }
        let refused = "Connections that were refused or ended, by reason.";
        let mut refused = text.family("decnet_listener_refused_total", Counter, refused);
        for (reason, count) in &self.refused {
            refused.sample(&[("reason", reason)], *count as f64);
        }
        if let Some(relayed) = &self.relayed {
            let connected = f64::from(u8::from(relayed.connected));
            let help = "1 if the master's own listener takes what is handed on.";
            text.number("decnet_listener_relay_connected", Gauge, help, connected);
        }
        let refused = "How often an artifact was not taken, by reason.";
        let mut refused = text.family("decnet_listener_artifacts_refused_total", Counter, refused);
        for (reason, count) in &self.artifacts.refused {
            refused.sample(&[("reason", reason)], *count as f64);
        }
        self.measure_hosts(text);
    }
}

impl Report {
    fn now(&self) -> [Number; 9] {
        let flag = |is_so| f64::from(u8::from(is_so));
        // An age that nobody knows is endless.
        let age = self.roster.age.map_or(f64::INFINITY, |age| age as f64);
        let healthy = "1 if what comes can be kept and written, and it is known who may bring it.";
        let alarm = "1 if nothing can be made durable, as when the disk is full.";
        let derived = "1 if the log of the master cannot be written.";
        [
            ("healthy", Gauge, healthy, flag(self.healthy)),
            ("connections", Gauge, "Connections of peers that said who they are.", self.connections as f64),
            ("handshakes", Gauge, "Connections of peers that have not yet said it.", self.handshakes as f64),
            ("unkept_bytes", Gauge, "Bytes that came and are not yet durable.", self.unkept_bytes as f64),
            (
                "roster_certificates",
                Gauge,
                "Certificates that may bring logs.",
                self.roster.certificates as f64,
            ),
            ("roster_age_seconds", Gauge, "How long ago the controller said who may bring logs.", age),
            ("spool_bytes", Gauge, "Bytes of the spool on disk.", self.spool.bytes as f64),
            ("spool_alarm", Gauge, alarm, flag(self.spool.trouble.is_some())),
            ("derived_alarm", Gauge, derived, flag(self.derived.trouble.is_some())),
        ]
    }

    fn since_the_start(&self) -> [Number; 7] {
        let (derived, artifacts) = (&self.derived, &self.artifacts);
        let failures = "How often something could not be made durable.";
        [
            ("spool_failures_total", Counter, failures, self.spool.failures as f64),
            ("derived_lines_total", Counter, "Lines written to the log.", derived.lines as f64),
            ("derived_undecodable_total", Counter, "Lines without a record.", derived.undecodable as f64),
            ("derived_gaps_total", Counter, "Gaps that were told.", derived.gaps as f64),
            ("derived_damaged_total", Counter, "Damaged segments of the spool.", derived.damaged as f64),
            (
                "artifacts_kept_total",
                Counter,
                "Artifacts that were brought and are here.",
                artifacts.kept as f64,
            ),
            ("artifacts_bytes_total", Counter, "Bytes of artifacts that came.", artifacts.bytes as f64),
        ]
    }

    fn measure_hosts(&self, text: &mut Exposition) {
        type Value = fn(&Host) -> u64;
        let families: [(&str, Measure, &str, Value); 4] = [
            ("connections", Gauge, "Connections of the host.", |host| host.connections as u64),
            ("bytes_total", Counter, "Bytes that the host sent.", |host| host.bytes),
            ("lines_total", Counter, "Lines of the host that were acknowledged.", |host| host.lines),
            ("gaps_total", Counter, "Gaps that the host told.", |host| host.gaps),
        ];
        for (name, measure, help, value) in families {
            let name = format!("decnet_listener_host_{name}");
            let mut family = text.family(&name, measure, help);
            for host in &self.hosts {
                let labels = [("host", &*host.id.to_string()), ("name", host.name.as_str())];
                family.sample(&labels, value(host) as f64);
            }
        }
    }
}
