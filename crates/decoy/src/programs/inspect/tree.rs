//! Tables as util-linux draws them.

/// Columns by name, whether they stand to the right, and rows.
pub(super) struct Table<'a> {
    pub(super) heads: &'a [(&'a str, bool)],
    pub(super) rows: Vec<Vec<String>>,
    pub(super) headed: bool,
}

impl Table<'_> {
    /// Columns next to each other; the last one is not filled up.
    pub(super) fn drawn(&self) -> String {
        let heads: Vec<String> = self.heads.iter().map(|(name, _)| (*name).to_owned()).collect();
        let all = self.headed.then_some(&heads).into_iter().chain(&self.rows);
        let mut widths = vec![0; self.heads.len()];
        for row in all.clone() {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut out = String::new();
        for row in all {
            let mut line = String::new();
            for (at, cell) in row.iter().enumerate() {
                let width = widths.get(at).copied().unwrap_or(0);
                let right = self.heads.get(at).is_some_and(|(_, right)| *right);
                let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
                let last = at + 1 == row.len();
                match (right, last) {
                    (true, _) => line += &(pad + cell),
                    (false, true) => line += cell,
                    (false, false) => line += &(cell.clone() + &pad),
                }
                if !last {
                    line.push(' ');
                }
            }
            out += &line;
            out.push('\n');
        }
        out
    }

    /// Columns with one blank between them, blanks and the like escaped.
    pub(super) fn raw(&self) -> String {
        let escaped = |cell: &String| cell.replace('\\', "\\x5c").replace(' ', "\\x20");
        let heads: Vec<String> = self.heads.iter().map(|(name, _)| (*name).to_owned()).collect();
        let all = self.headed.then_some(&heads).into_iter().chain(&self.rows);
        all.map(|row| row.iter().map(escaped).collect::<Vec<_>>().join(" ") + "\n").collect()
    }
}
