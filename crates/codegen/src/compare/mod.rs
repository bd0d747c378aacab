//! What somebody who relies on a document may count on, and whether another state of it still
//! keeps that: what was sent must still be accepted and mean the same, and what is received must
//! still be what was promised.
//!
//! Compared are two trees of source, each bundled into one file as it is served, and not the model
//! in `ir`. That model is made for printing Rust: it has merged `allOf`, knows neither links nor
//! examples, has passed over the headers of failures, and has few places left. In the tree every
//! keyword stands where somebody wrote it, with its file and line.
//!
//! The walk goes over the names of members, not over those that it knows. A member that differs,
//! and about which nothing was judged meanwhile, is an alarm by the rule `unjudged`: so a keyword
//! that nobody has thought of is never passed over in silence ([`Comparison::members`]).

mod changes;
mod constraint;
mod judgement;
mod object;
mod operation;
mod pair;
mod response;
mod root;
mod rules;
mod schema;
mod security;
#[cfg(test)]
mod tests;
mod touched;
mod union;
mod version;

use std::collections::{BTreeMap, HashSet};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{Library, Node};
use crate::write;

use pair::{Pair, Side};
use rules::{ANNOTATION, UNJUDGED};

pub use changes::{Changes, Declared};
pub use judgement::{Judgement, Spot, Verdict};
pub use rules::{RULES, Rule, Who, rule, rules_as_table};
pub use version::Version;

/// A document without references to other files.
#[derive(Clone, Debug)]
pub struct Whole(Node);

impl Whole {
    /// Reads the document in the file `document` and those it refers to.
    ///
    /// # Errors
    /// What cannot be read, or followed.
    pub fn read(
        document: &str,
        load: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let diagnostics = Diagnostics::default();
        let library = Library::new(load, &diagnostics);
        let bundled = library
            .file(document, None)
            .map(|source| write::bundle(&source, &library));
        drop(library);
        match bundled {
            Some(bundled) if diagnostics.is_empty() => Ok(Self(bundled)),
            _ => Err(diagnostics.into_sorted()),
        }
    }

    /// The document as YAML.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        write::yaml(&self.0.to_json())
    }

    /// What `info.version` says.
    ///
    /// # Errors
    /// It is not there, or no version.
    pub fn version(&self) -> Result<Version, String> {
        match self.0.find("/info/version").and_then(Node::as_str) {
            Some(text) => text.parse(),
            None => Err("`info.version` is no text".to_owned()),
        }
    }

    /// How many operations it has.
    #[must_use]
    pub fn operations(&self) -> usize {
        let paths = self.0.get("paths").and_then(Node::as_object);
        paths
            .into_iter()
            .flatten()
            .filter_map(|(_, entry)| entry.node.as_object())
            .flatten()
            .filter(|(name, _)| operation::is_method(name))
            .count()
    }

    /// Whether both say the same, word by word.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        pair::same(&self.0, &other.0)
    }
}

/// Judges every difference between two states of a document. Those that break somebody come
/// first, then by place.
#[must_use]
pub fn compare(old: &Whole, new: &Whole) -> Vec<Judgement> {
    let mut comparison = Comparison::new(&old.0, &new.0);
    comparison.root();
    comparison.into_judgements()
}

/// Judges that the document `old` is no more, which `instead` would be.
#[must_use]
pub fn gone(old: &Whole, instead: &str) -> Judgement {
    let old = Spot::from(&old.0.at);
    Judgement {
        rule: &rules::DOCUMENT,
        verdict: Verdict::Breaks,
        operations: Vec::new(),
        new: Spot {
            file: instead.to_owned(),
            ..old.clone()
        },
        old,
        was: "a document".to_owned(),
        is: "absent".to_owned(),
    }
}

/// Judges that there is a document where none was.
#[must_use]
pub fn arrived(new: &Whole) -> Judgement {
    let new = Spot::from(&new.0.at);
    Judgement {
        rule: &rules::DOCUMENT,
        verdict: Verdict::Keeps,
        operations: Vec::new(),
        old: new.clone(),
        new,
        was: "absent".to_owned(),
        is: "a document".to_owned(),
    }
}

/// The direction in which a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Direction {
    Request,
    Response,
}

/// The rules about a keyword, in requests and in responses.
#[derive(Clone, Copy)]
struct Rules {
    request: &'static Rule,
    response: &'static Rule,
}

impl Rules {
    const fn of(self, direction: Direction) -> &'static Rule {
        match direction {
            Direction::Request => self.request,
            Direction::Response => self.response,
        }
    }
}

/// How the values that a keyword admits have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shift {
    Same,
    Narrower,
    Wider,
    /// Neither, or nobody can tell.
    Otherwise,
}

impl Shift {
    /// Who sends must not find less accepted, who receives must not get more than was promised.
    const fn verdict(self, direction: Direction) -> Verdict {
        match (self, direction) {
            (Self::Same, _)
            | (Self::Wider, Direction::Request)
            | (Self::Narrower, Direction::Response) => Verdict::Keeps,
            _ => Verdict::Breaks,
        }
    }
}

/// Texts and examples, of whatever object.
const ANNOTATIONS: &[&str] = &[
    "summary",
    "description",
    "externalDocs",
    "title",
    "example",
    "examples",
    "deprecated",
    "$comment",
    // What the reference lacks, and how the server keeps it, are no matter for clients.
    "x-charter-addition",
    "x-charter-stored",
];

/// Two documents that are being compared.
struct Comparison<'d> {
    old: &'d Node,
    new: &'d Node,
    /// The operation that is being looked at.
    operation: Option<&'d str>,
    found: Vec<Judgement>,
    /// What was judged so far, or known from before.
    seen: usize,
    /// Schemas that this operation has met, by the addresses of what each side consists of.
    met: HashSet<(Vec<usize>, Vec<usize>, Direction)>,
    /// Components that differ, or refer to one that does.
    touched: HashSet<String>,
    /// Components that somebody refers to, on either side.
    followed: HashSet<&'d str>,
}

impl<'d> Comparison<'d> {
    fn new(old: &'d Node, new: &'d Node) -> Self {
        Self {
            old,
            new,
            operation: None,
            found: Vec::new(),
            seen: 0,
            met: HashSet::new(),
            touched: HashSet::new(),
            followed: HashSet::new(),
        }
    }

    fn judge(&mut self, rule: &'static Rule, verdict: Verdict, pair: Pair<'d>) {
        self.judge_as(rule, verdict, pair, pair.old.shown(), pair.new.shown());
    }

    /// Judges in other words than the two values.
    fn judge_as(
        &mut self,
        rule: &'static Rule,
        verdict: Verdict,
        pair: Pair<'d>,
        was: String,
        is: String,
    ) {
        self.seen += 1;
        self.found.push(Judgement {
            rule,
            verdict,
            operations: self.operation.map(str::to_owned).into_iter().collect(),
            old: pair.old.at.into(),
            new: pair.new.at.into(),
            was,
            is,
        });
    }

    fn breaks(&mut self, rule: &'static Rule, pair: Pair<'d>) {
        self.judge(rule, Verdict::Breaks, pair);
    }

    fn keeps(&mut self, rule: &'static Rule, pair: Pair<'d>) {
        self.judge(rule, Verdict::Keeps, pair);
    }

    fn annotation(&mut self, pair: Pair<'d>) {
        self.judge(&ANNOTATION, Verdict::Annotation, pair);
    }

    /// Goes over the members of two objects. A difference about which `judge` finds nothing to
    /// say is an alarm.
    fn members(&mut self, pair: Pair<'d>, mut judge: impl FnMut(&mut Self, &str, Pair<'d>)) {
        for name in pair.names() {
            self.net(pair.member(name), |comparison, member| {
                if !ANNOTATIONS.contains(&name) {
                    judge(comparison, name, member);
                } else if !member.is_same() {
                    comparison.annotation(member);
                }
            });
        }
        // Something else than an object has no members.
        let objects = pair.old.object().is_some() && pair.new.object().is_some();
        let halves = pair.old.node.is_none() || pair.new.node.is_none();
        if !objects && !halves && !pair.is_same() {
            self.breaks(&UNJUDGED, pair);
        }
    }

    /// Looks at two values unless they mean the same, and raises the alarm if `judge` finds nothing
    /// to say.
    fn net(&mut self, pair: Pair<'d>, judge: impl FnOnce(&mut Self, Pair<'d>)) {
        if !self.is_untouched(pair) {
            self.alarm(pair, judge);
        }
    }

    /// Raises the alarm if two values differ and `judge` finds nothing to say.
    fn alarm(&mut self, pair: Pair<'d>, judge: impl FnOnce(&mut Self, Pair<'d>)) {
        let before = self.seen;
        judge(self, pair);
        if self.seen == before && !pair.is_same() {
            self.breaks(&UNJUDGED, pair);
        }
    }

    /// Where a `$ref` leads. How a document shares its parts is no matter for clients.
    fn follow(&mut self, pair: Pair<'d>) -> Pair<'d> {
        let is_reference = |side: Side<'d>| side.member("$ref").node.is_some();
        let references = (is_reference(pair.old), is_reference(pair.new));
        for name in pair.names() {
            let member = pair.member(name);
            let beside = match references {
                (true, true) => !member.is_same(),
                (true, false) => member.old.node.is_some(),
                (false, true) => member.new.node.is_some(),
                (false, false) => false,
            };
            match name {
                _ if !beside => {}
                "$ref" | "summary" | "description" => self.annotation(member),
                _ => self.breaks(&UNJUDGED, member),
            }
        }
        Pair {
            old: self.target(self.old, pair.old),
            new: self.target(self.new, pair.new),
        }
    }

    fn target(&mut self, root: &'d Node, mut side: Side<'d>) -> Side<'d> {
        // References go round in circles at worst once through all components.
        for _ in 0..64 {
            let Some(reference) = side.member("$ref").text() else {
                return side;
            };
            let Some(node) = self.component(root, reference) else {
                return side;
            };
            side = Side::of(node);
        }
        side
    }

    /// The value that a reference within a whole document names.
    fn component(&mut self, root: &'d Node, reference: &'d str) -> Option<&'d Node> {
        let pointer = reference.strip_prefix('#')?;
        self.followed.insert(pointer);
        root.find(pointer)
    }

    /// What operations share is told once.
    fn into_judgements(self) -> Vec<Judgement> {
        let mut merged: BTreeMap<_, Judgement> = BTreeMap::new();
        for judgement in self.found {
            let key = (
                judgement.verdict,
                judgement.new.clone(),
                judgement.rule.number,
                judgement.old.clone(),
                judgement.was.clone(),
                judgement.is.clone(),
            );
            match merged.get_mut(&key) {
                None => {
                    merged.insert(key, judgement);
                }
                Some(known) => {
                    for operation in judgement.operations {
                        if !known.operations.contains(&operation) {
                            known.operations.push(operation);
                        }
                    }
                }
            }
        }
        merged.into_values().collect()
    }
}
