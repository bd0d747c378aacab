//! Plain tables for the end of a run.

/// Lines up rows under their headings. The last column is not padded.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = headings.map(width);
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let mut text = String::new();
    line(&mut text, widths, headings);
    line(&mut text, widths, widths.map(|width| "-".repeat(width)));
    for row in rows {
        line(&mut text, widths, row);
    }
    text
}

fn line<const N: usize>(
    text: &mut String,
    widths: [usize; N],
    cells: impl IntoIterator<Item = impl AsRef<str>>,
) {
    let mut line = String::new();
    for (width, cell) in widths.iter().zip(cells) {
        line.push_str(&format!("{:<width$}  ", cell.as_ref()));
    }
    text.push_str(line.trim_end());
    text.push('\n');
}

fn width(cell: &str) -> usize {
    cell.chars().count()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [
            ["format".into(), "80 files".into()],
            ["é".into(), "".into()],
        ];
        assert_eq!(
            table(["step", "checked"], &rows),
            "step    checked\n------  --------\nformat  80 files\né\n"
        );
    }
}
