//! Breaking text into lines: greedily, at spaces; a word that is longer than a line is broken
//! where it is full.

use krilla::text::KrillaGlyph;

use crate::typeface::{Cluster, Face, Typefaces};

/// Text in one face. A line feed begins a new line.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) face: Face,
    pub(crate) text: String,
}

/// A line of text, as runs that follow each other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
}

/// Glyphs of one face, with the text that they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) face: Face,
    pub(crate) text: String,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// In the em.
    pub(crate) width: f32,
}

impl Line {
    /// A text without line feeds, in one line however long.
    pub(crate) fn unbroken(face: Face, text: &str, typefaces: &Typefaces) -> Self {
        Self::of(&typefaces.shape(face, text))
    }

    /// In the em.
    pub(crate) fn width(&self) -> f32 {
        self.runs.iter().map(|run| run.width).sum()
    }

    /// Without the spaces at its end, which would hang over the margin.
    fn of(clusters: &[Cluster]) -> Self {
        let end = clusters.iter().rposition(|cluster| cluster.text != " ");
        let clusters = &clusters[..end.map_or(0, |last| last + 1)];
        let runs = clusters
            .chunk_by(|a, b| a.face == b.face)
            .filter_map(Run::of);
        Self {
            runs: runs.collect(),
        }
    }
}

impl Run {
    fn of(clusters: &[Cluster]) -> Option<Self> {
        let face = clusters.first()?.face;
        let mut run = Self {
            face,
            text: String::new(),
            glyphs: Vec::new(),
            width: 0.0,
        };
        for cluster in clusters {
            let start = run.text.len();
            run.text.push_str(&cluster.text);
            run.glyphs
                .extend(cluster.glyphs.iter().map(|glyph| KrillaGlyph {
                    text_range: start..run.text.len(),
                    ..glyph.clone()
                }));
            run.width += cluster.width;
        }
        Some(run)
    }
}

/// Breaks a text into lines of at most `limit`, which is in the em.
pub(crate) fn break_lines(spans: &[Span], limit: f32, typefaces: &Typefaces) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut clusters = Vec::new();
    for span in spans {
        for (index, text) in span.text.split('\n').enumerate() {
            if index > 0 {
                fill_lines(&clusters, limit, &mut lines);
                clusters.clear();
            }
            clusters.extend(typefaces.shape(span.face, text));
        }
    }
    fill_lines(&clusters, limit, &mut lines);
    lines
}

fn fill_lines(clusters: &[Cluster], limit: f32, lines: &mut Vec<Line>) {
    let mut start = 0;
    let mut space = None;
    let mut width = 0.0;
    for (index, cluster) in clusters.iter().enumerate() {
        if cluster.text == " " {
            // It takes no room where the line ends.
            space = Some(index);
        }
        // Twice, if what follows the space is a word that fills a line by itself.
        while cluster.text != " " && width + cluster.width > limit && start < index {
            let (end, next) = space.map_or((index, index), |space| (space, space + 1));
            lines.push(Line::of(&clusters[start..end]));
            start = next;
            space = None;
            width = clusters[start..index]
                .iter()
                .map(|cluster| cluster.width)
                .sum();
        }
        width += cluster.width;
    }
    lines.push(Line::of(&clusters[start..]));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of a text, at most as wide as `limit` letters M.
    fn broken(text: &str, limit: f32) -> Vec<String> {
        let typefaces = Typefaces::load().unwrap();
        let letter = Line::unbroken(Face::Regular, "M", &typefaces).width();
        // A hair more, for rounding.
        let limit = limit * letter + 0.001;
        let span = Span {
            face: Face::Regular,
            text: text.to_owned(),
        };
        let lines = break_lines(&[span], limit, &typefaces);
        assert!(lines.iter().all(|line| line.width() <= limit), "{lines:?}");
        let text_of = |line: &Line| line.runs.iter().map(|run| run.text.as_str()).collect();
        lines.iter().map(text_of).collect()
    }

    #[test]
    fn lines_are_broken_at_spaces() {
        assert_eq!(broken("MM MM MM", 5.0), ["MM MM", "MM"]);
        assert_eq!(broken("MM MM MM", 4.0), ["MM", "MM", "MM"]);
        assert_eq!(broken("M  M    MMM", 4.0), ["M  M", "MMM"]);
        assert_eq!(broken("MM\u{a0}MM MM", 5.0), ["MM\u{a0}MM", "MM"]);
    }

    #[test]
    fn long_words_are_broken_where_the_line_is_full() {
        assert_eq!(broken("MMMMMMMM", 3.0), ["MMM", "MMM", "MM"]);
        assert_eq!(broken("M MMMMM i", 3.0), ["M", "MMM", "MM i"]);
        assert_eq!(broken("i MMMM", 4.0), ["i", "MMMM"]);
        assert_eq!(broken(" MMMMM", 4.0), ["", "MMMM", "M"]);
    }

    #[test]
    fn accents_stay_with_their_letters() {
        assert_eq!(broken("MMM\u{301}M", 2.0), ["MM", "M\u{301}M"]);
    }

    #[test]
    fn line_feeds_begin_lines() {
        assert_eq!(broken("M\n\nM M\n", 9.0), ["M", "", "M M", ""]);
        assert_eq!(broken("", 9.0), [""]);
    }
}
