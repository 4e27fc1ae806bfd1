//! One figure and what it should be.

use crate::tty;

/// The side of a bound on which a figure should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// Nothing: it is told to be compared with.
    Open,
}

/// A figure, how it came about, and its target.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) what: String,
    /// The figure that counts.
    pub(crate) figure: f64,
    /// Its unit; `×` for a ratio.
    pub(crate) unit: &'static str,
    /// What it should be.
    pub(crate) target: Target,
    /// The raw figures, ours and the peer's.
    pub(crate) detail: String,
}

impl Row {
    /// Whether the figure is as it should be.
    pub(crate) fn holds(&self) -> bool {
        match self.target {
            Target::AtMost(bound) => self.figure <= bound,
            Target::AtLeast(bound) => self.figure >= bound,
            Target::Open => true,
        }
    }

    /// The figure with its unit.
    pub(crate) fn figure_text(&self) -> String {
        format!("{:.2} {}", self.figure, self.unit)
    }

    /// The target with its unit.
    pub(crate) fn target_text(&self) -> String {
        match self.target {
            Target::AtMost(bound) => format!("≤ {bound} {}", self.unit),
            Target::AtLeast(bound) => format!("≥ {bound} {}", self.unit),
            Target::Open => "–".to_owned(),
        }
    }

    /// Prints it as a line.
    pub(crate) fn print(&self) {
        let verdict = if self.holds() { tty::green("ok") } else { tty::red("no") };
        let (what, figure, target) = (&self.what, self.figure_text(), self.target_text());
        println!("{verdict}  {what:<52} {figure:>12}  {target:<12} {}", tty::dim(&self.detail));
    }
}
