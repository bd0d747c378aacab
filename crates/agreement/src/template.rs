//! What the words of an agreement are made of.

/// The words of an agreement.
pub(crate) struct Template {
    pub(crate) title: &'static str,
    /// What the agreement protects, by the term that it defines for it.
    pub(crate) protected: &'static str,
    /// The law that it answers, by the term that it defines for it.
    pub(crate) law: &'static str,
    /// Why the parties make it.
    pub(crate) recital: &'static [Piece],
    /// Numbered in this order.
    pub(crate) clauses: &'static [Clause],
}

/// A numbered clause.
pub(crate) struct Clause {
    pub(crate) heading: &'static str,
    pub(crate) paragraphs: &'static [Paragraph],
}

/// A part of a clause.
#[derive(Clone, Copy)]
pub(crate) enum Paragraph {
    /// With a number of its own: 4.2.
    Numbered(&'static [Piece]),
    /// An item of the list that the numbered paragraph before it begins: (a).
    Item(&'static [Piece]),
}

/// Words, or the place of some.
#[derive(Clone, Copy)]
pub(crate) enum Piece {
    Text(&'static str),
    /// A term where it is defined, to be printed in bold and quotation marks.
    Term(&'static str),
    /// What the agreement protects.
    Protected,
    /// The law that it answers.
    Law,
    /// The number of the clause with this heading.
    ClauseNumber(&'static str),
    /// The mail address of the representative.
    RepresentativeEmail,
}

impl Template {
    /// The number of the clause with this heading.
    pub(crate) fn number(&self, heading: &str) -> Option<usize> {
        let index = self
            .clauses
            .iter()
            .position(|clause| clause.heading == heading)?;
        Some(index + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Kind;

    /// A number that stands nowhere would be printed as a heading in quotation marks.
    #[test]
    fn clauses_that_are_referred_to_exist() {
        let mut references = 0;
        for template in [Kind::Baa, Kind::Dpa].map(Kind::template) {
            for clause in template.clauses {
                for paragraph in clause.paragraphs {
                    let (Paragraph::Numbered(pieces) | Paragraph::Item(pieces)) = paragraph;
                    for piece in *pieces {
                        if let Piece::ClauseNumber(heading) = piece {
                            assert!(template.number(heading).is_some(), "{heading}");
                            references += 1;
                        }
                    }
                }
            }
        }
        assert!(references > 0);
    }
}
