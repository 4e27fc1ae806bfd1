//! Tables for people.

use comfy_table::{LineStyle, Table, TableStyle};

use super::plain;

/// Nothing but a line below the header.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with a header and rows of as many cells. What hosts say is in some of them.
pub(crate) fn table<const N: usize>(
    header: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    let rows = rows.into_iter().map(|row| row.map(|cell| plain(&cell)));
    table.load_style(STYLE).set_header(header).add_rows(rows);
    table.trim_fmt() + "\n"
}
