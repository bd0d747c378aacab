//! The gaps that docs/CONTRACT.md admits, each with its reason.

use std::collections::BTreeMap;
use std::fs;

use crate::failure::{Context, Failure};
use crate::workspace;

use super::measured::Measured;

/// The listed gaps of each document, and why they are there.
pub(super) struct Gaps(BTreeMap<String, BTreeMap<String, String>>);

impl Gaps {
    pub(super) fn read() -> Result<Self, Failure> {
        let path = workspace::root().join("docs/CONTRACT.md");
        let text = fs::read_to_string(&path).context(path.display())?;
        Ok(Self::listed(&text))
    }

    /// Rows of a table: the document, the gap in backticks, the reason.
    fn listed(text: &str) -> Self {
        let mut gaps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for line in text.lines() {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            if let [document, gap, reason] = cells[..]
                && let Some(gap) = gap.strip_prefix('`').and_then(|gap| gap.strip_suffix('`'))
            {
                let own = gaps.entry(document.to_owned()).or_default();
                own.insert(gap.to_owned(), reason.to_owned());
            }
        }
        Self(gaps)
    }

    /// Gaps that are not listed, and listed ones that are none any more. A listed place covers
    /// all that is below it.
    pub(super) fn complaints(&self, measured: &Measured) -> Vec<String> {
        let document = &measured.document;
        let found = measured.all_gaps();
        let listed: Vec<&String> = self
            .0
            .get(document)
            .into_iter()
            .flat_map(BTreeMap::keys)
            .collect();
        let covers = |listed: &str, gap: &str| {
            gap.strip_prefix(listed)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let unlisted = found
            .iter()
            .filter(|gap| !listed.iter().any(|listed| covers(listed, gap)))
            .map(|gap| format!("{document}: not in docs/CONTRACT.md: {gap}"));
        let closed = listed
            .iter()
            .filter(|listed| !found.iter().any(|gap| covers(listed, gap)))
            .map(|gap| format!("{document}: take it off docs/CONTRACT.md, it is closed: {gap}"));
        unlisted.chain(closed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Gaps;
    use crate::contract::measured::{Figures, Measured};

    #[test]
    fn a_gap_is_listed_and_a_listed_one_is_a_gap() {
        let text = "| document | gap | reason |\n|---|---|---|\n\
                    | plans | `answer #/a` | nobody has it |\n| plans | `answer #/b` | closed |\n";
        let nothing = Figures::default();
        let measured = Measured {
            document: "plans".to_owned(),
            title: String::new(),
            databases: Vec::new(),
            parameters: nothing,
            asked: nothing,
            answered: nothing,
            answered_in_runs: 0,
            gaps: vec!["answer #/a/type".to_owned(), "answer #/ac".to_owned()],
            operations: Vec::new(),
        };
        let complaints = Gaps::listed(text).complaints(&measured);
        assert_eq!(
            complaints,
            [
                "plans: not in docs/CONTRACT.md: answer #/ac",
                "plans: take it off docs/CONTRACT.md, it is closed: answer #/b",
            ]
        );
    }
}
