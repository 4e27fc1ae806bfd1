//! The text that is edited, and where the cursor is in it.

/// Most bytes of a text.
const MOST: usize = 256 * 1024;

/// Lines without their ends.
#[derive(Debug)]
pub(super) struct Buffer {
    pub(super) lines: Vec<Vec<u8>>,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) changed: bool,
    size: usize,
}

impl Buffer {
    pub(super) fn new(content: &[u8]) -> Self {
        let content = content.get(..MOST).unwrap_or(content);
        let content = content.strip_suffix(b"\n").unwrap_or(content);
        let lines = content.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        Self { lines, row: 0, column: 0, changed: false, size: content.len() }
    }

    /// The text with ends of lines; nothing when it is one empty line.
    pub(super) fn content(&self) -> Vec<u8> {
        if self.lines.iter().all(Vec::is_empty) && self.lines.len() < 2 {
            return Vec::new();
        }
        let mut out = self.lines.join(&b'\n');
        out.push(b'\n');
        out
    }

    fn line(&mut self) -> Option<&mut Vec<u8>> {
        self.lines.get_mut(self.row)
    }

    /// Length of the line of the cursor.
    pub(super) fn length(&self) -> usize {
        self.lines.get(self.row).map_or(0, Vec::len)
    }

    pub(super) fn insert(&mut self, byte: u8) {
        if self.size >= MOST {
            return;
        }
        let column = self.column.min(self.length());
        if let Some(line) = self.line() {
            line.insert(column, byte);
            self.column = column + 1;
            self.changed = true;
            self.size += 1;
        }
    }

    /// Ends the line at the cursor.
    pub(super) fn split(&mut self) {
        if self.size >= MOST {
            return;
        }
        let column = self.column.min(self.length());
        let Some(rest) = self.line().map(|line| line.split_off(column)) else { return };
        self.lines.insert(self.row + 1, rest);
        (self.row, self.column, self.changed) = (self.row + 1, 0, true);
        self.size += 1;
    }

    /// Takes away the character before the cursor, or joins lines.
    pub(super) fn erase(&mut self) {
        if self.column > 0 {
            let column = self.column.min(self.length());
            if let Some(line) = self.line().filter(|line| column <= line.len() && column > 0) {
                line.remove(column - 1);
                self.column = column - 1;
                self.changed = true;
            }
        } else if self.row > 0 && self.row < self.lines.len() {
            let rest = self.lines.remove(self.row);
            self.row -= 1;
            self.column = self.length();
            if let Some(line) = self.line() {
                line.extend(rest);
            }
            self.changed = true;
        }
    }

    /// Takes away the character under the cursor.
    pub(super) fn delete(&mut self) {
        let column = self.column;
        if let Some(line) = self.line().filter(|line| column < line.len()) {
            line.remove(column);
            self.changed = true;
        }
    }

    /// Takes away the line of the cursor.
    pub(super) fn delete_line(&mut self) {
        if self.row < self.lines.len() {
            self.lines.remove(self.row);
            self.changed = true;
        }
        if self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
        self.row = self.row.min(self.lines.len() - 1);
        self.column = 0;
    }

    /// Opens an empty line at a row.
    pub(super) fn open(&mut self, row: usize) {
        let row = row.min(self.lines.len());
        self.lines.insert(row, Vec::new());
        (self.row, self.column, self.changed) = (row, 0, true);
    }

    /// Moves the cursor, within the text.
    pub(super) fn go(&mut self, rows: isize, columns: isize) {
        self.row = self.row.saturating_add_signed(rows).min(self.lines.len().saturating_sub(1));
        self.column = self.column.min(self.length()).saturating_add_signed(columns).min(self.length());
    }
}
