//! For Prometheus.

use decnet_api::status::{Exposition, Measure, Report as Told};

use super::{Report, State};

impl Told for Report {
    fn measure(&self, text: &mut Exposition) {
        let mut gauge = |name: &str, help: &str, value: f64| text.number(name, Measure::Gauge, help, value);
        gauge("decnet_forwarder_lag_bytes", "Bytes of the log that wait.", float(self.lag_bytes));
        if let Some(artifacts) = &self.artifacts {
            let help = "Captured files that wait.";
            gauge("decnet_forwarder_artifacts_waiting", help, float(artifacts.waiting));
            let help = "Captured files that wait because they were not taken.";
            gauge("decnet_forwarder_artifacts_refused", help, float(artifacts.refused));
        }
        if let Some(program) = &self.program {
            let (state, since) = (program.connection.state, program.connection.since);
            let help = "Whether the receiver is connected.";
            gauge("decnet_forwarder_connected", help, if state == State::Up { 1.0 } else { 0.0 });
            let help = "When that changed last, in seconds since the Unix epoch.";
            gauge("decnet_forwarder_connection_changed_seconds", help, since as f64);
        }
        if let Some(at) = self.acknowledged {
            let help = "Offset behind what was acknowledged last.";
            text.family("decnet_forwarder_acknowledged_offset", Measure::Gauge, help)
                .sample(&[("generation", &at.generation.to_string())], float(at.offset));
        }
        if let Some(artifacts) = &self.artifacts {
            let help = "Captured files that the receiver has kept.";
            let kept = float(artifacts.kept);
            text.number("decnet_forwarder_artifacts_kept_total", Measure::Counter, help, kept);
        }
        let Some(program) = &self.program else { return };
        let totals = &program.totals;
        for (name, help, value) in [
            ("lines", "Lines that were sent, repeats included.", totals.lines),
            ("bytes", "Bytes that were sent, before encryption.", totals.bytes),
            ("gaps", "Gaps that were told.", totals.gaps),
            ("acknowledgements", "Acknowledgements that moved anything.", totals.acknowledgements),
            ("connections", "Connections that came about.", totals.connections),
            ("failures", "Connections that broke or did not come about.", totals.failures),
        ] {
            let name = format!("decnet_forwarder_{name}_total");
            text.number(&name, Measure::Counter, help, float(value));
        }
    }
}

/// As the format has it: exact to some nine petabytes.
fn float(number: u64) -> f64 {
    number as f64
}
