//! `cargo xtask compare-documents`: what the documents have changed since they were released, and
//! whom that breaks.

use std::collections::BTreeSet;
use std::fs;
use std::process::ExitCode;

use charter_codegen::Diagnostic;
use charter_codegen::compare::{
    self, Changes, Declared, Judgement, RULES, Verdict, Version, Whole,
};
use serde_json::{Value, json};

use crate::failure::{Context, Failure, wrong};
use crate::released::{self, Released};
use crate::step::{Step, Tally};
use crate::workshop::Workshop;
use crate::workspace;

/// The breaking changes that are meant.
pub(crate) const CHANGES: &str = "openapi/changes.yaml";

/// What is written about compatibility, with the rules in between.
const GUIDE: &str = "docs/COMPATIBILITY.md";
const BEGIN: &str = "<!-- rules: cargo xtask compare-documents --rules --write -->\n";
const END: &str = "<!-- end of the rules -->\n";

/// Compare the documents with their newest release, and say what breaks whoever relies on it.
///
/// Each finding has the rule, the operations that meet it, the place in both documents, and what
/// was and is there. It fails on what openapi/changes.yaml does not declare, and on declarations
/// that match nothing. docs/COMPATIBILITY.md says how to declare.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Say as well what changed and breaks nobody.
    #[arg(long)]
    all: bool,
    /// Print everything as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// Print the rules as a table in Markdown instead.
    #[arg(long, conflicts_with_all = ["all", "json"])]
    rules: bool,
    /// Put that table into docs/COMPATIBILITY.md.
    #[arg(long, requires = "rules")]
    write: bool,
}

/// All documents beside their releases.
pub(crate) struct Examination {
    pub(crate) documents: Vec<Document>,
    pub(crate) changes: Changes,
    /// What has to be mended.
    pub(crate) problems: Vec<String>,
}

/// A document beside its newest release.
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) released: Option<Released>,
    /// `None` when it is gone.
    pub(crate) working: Option<Working>,
    pub(crate) judgements: Vec<Judgement>,
}

/// A document as it is now.
pub(crate) struct Working {
    pub(crate) whole: Whole,
    pub(crate) version: Version,
}

impl Document {
    /// What breaks somebody.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements
            .iter()
            .filter(|judgement| judgement.verdict == Verdict::Breaks)
    }

    /// The lowest version that the next release can have.
    pub(crate) fn least_version(&self) -> Option<Version> {
        let released = self.released.as_ref()?.version;
        let has = |verdict| {
            self.judgements.iter().any(|judgement| {
                // The version itself is no addition.
                judgement.verdict == verdict && judgement.rule.name != "version"
            })
        };
        Some(if has(Verdict::Breaks) {
            released.next_breaking()
        } else if has(Verdict::Keeps) {
            released.next_adding()
        } else {
            released.next()
        })
    }
}

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let result = if arguments.rules {
        rules(arguments)
    } else {
        examine().map(|examination| show(&examination, arguments))
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("compare-documents: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The step of `cargo xtask test`.
pub(crate) fn check(step: &Step, _: &Workshop) -> Result<Tally, Failure> {
    step.note("comparing the documents with their newest release");
    let examination = examine()?;
    let documents = &examination.documents;
    if let [first, ..] = examination.problems.as_slice() {
        let more = match examination.problems.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        for problem in &examination.problems {
            step.note(problem);
        }
        return wrong(format!(
            "{}{more}; `cargo xtask compare-documents` says where",
            first.lines().next().unwrap_or_default()
        ));
    }
    let operations = documents
        .iter()
        .filter_map(|document| document.working.as_ref())
        .map(|working| working.whole.operations())
        .sum();
    let changes: usize = documents
        .iter()
        .map(|document| document.judgements.len())
        .sum();
    Ok(Tally::of(documents.len(), "documents")
        .and(operations, "operations")
        .and(RULES.len(), "rules")
        .and(changes, "changes"))
}

/// Reads everything and judges it.
pub(crate) fn examine() -> Result<Examination, Failure> {
    released::check()?;
    let changes = read_changes()?;
    let released = released::newest()?;
    let working = workspace::documents()?;
    let names: BTreeSet<&String> = released
        .keys()
        .chain(working.iter().map(|document| &document.name))
        .collect();
    let mut documents = Vec::new();
    for name in names {
        let path = format!("openapi/{name}.yaml");
        let old = released.get(name);
        let old_whole = old.map(|old| read(&old.path)).transpose()?;
        let is_there = working.iter().any(|document| document.name == *name);
        let new = if is_there {
            let whole = read(&path)?;
            let version = whole
                .version()
                .map_err(|error| Failure::Wrong(format!("{path}: {error}")))?;
            Some(Working { whole, version })
        } else {
            None
        };
        let judgements = match (&old_whole, &new) {
            (Some(old), Some(new)) => compare::compare(old, &new.whole),
            (Some(old), None) => vec![compare::gone(old, &path)],
            (None, Some(new)) => vec![compare::arrived(&new.whole)],
            (None, None) => Vec::new(),
        };
        documents.push(Document {
            name: name.clone(),
            released: old.cloned(),
            working: new,
            judgements,
        });
    }
    let problems = problems(&documents, &changes);
    Ok(Examination {
        documents,
        changes,
        problems,
    })
}

fn problems(documents: &[Document], changes: &Changes) -> Vec<String> {
    let mut problems = Vec::new();
    for document in documents {
        for judgement in document.broken() {
            if declaration(changes, document, judgement).is_none() {
                problems.push(format!(
                    "{judgement}\n  mend it, or declare it in {CHANGES}"
                ));
            }
        }
    }
    for declared in &changes.declared {
        let Declared { at, since, .. } = declared;
        let place = format!("{}:{}", at.file, at.line);
        let document = documents
            .iter()
            .find(|document| document.name == declared.document);
        let Some(document) = document else {
            problems.push(format!(
                "{place}: there is no document {}",
                declared.document
            ));
            continue;
        };
        if !document
            .broken()
            .any(|judgement| declared.covers(&document.name, judgement))
        {
            problems.push(format!(
                "{place}: nothing in {} breaks {} there (any more)",
                declared.document, declared.rule.name
            ));
            continue;
        }
        let least = document.least_version();
        if least.is_some_and(|least| *since < least) {
            problems.push(format!(
                "{place}: a breaking change comes with {} or later, not with {since}",
                least.map(|least| least.to_string()).unwrap_or_default()
            ));
        } else if let Some(working) = &document.working
            && working.version != *since
        {
            problems.push(format!(
                "{place}: it comes with {since}, but `info.version` of openapi/{}.yaml is {}",
                document.name, working.version
            ));
        }
    }
    problems
}

fn declaration<'c>(
    changes: &'c Changes,
    document: &Document,
    judgement: &Judgement,
) -> Option<&'c Declared> {
    changes
        .declared
        .iter()
        .find(|declared| declared.covers(&document.name, judgement))
}

fn read(path: &str) -> Result<Whole, Failure> {
    Whole::read(path, &load).map_err(|diagnostics| told(&diagnostics))
}

fn load(name: &str) -> Result<String, String> {
    let text =
        fs::read_to_string(workspace::root().join(name)).map_err(|error| error.to_string())?;
    // A checkout may have turned line feeds into pairs.
    Ok(text.replace("\r\n", "\n"))
}

fn read_changes() -> Result<Changes, Failure> {
    let text = fs::read_to_string(workspace::root().join(CHANGES)).context(CHANGES)?;
    Changes::read(CHANGES, &text).map_err(|diagnostics| told(&diagnostics))
}

fn told(diagnostics: &[Diagnostic]) -> Failure {
    let lines: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
    Failure::Wrong(lines.join("\n"))
}

fn show(examination: &Examination, arguments: &Arguments) -> ExitCode {
    let Examination {
        documents,
        changes,
        problems,
    } = examination;
    if arguments.json {
        let documents: Vec<Value> = documents
            .iter()
            .map(|document| as_value(document, changes))
            .collect();
        println!(
            "{:#}",
            json!({ "documents": documents, "problems": problems })
        );
    } else {
        for document in documents {
            show_document(document, changes, arguments);
        }
        for problem in problems {
            eprintln!("{problem}\n");
        }
    }
    if problems.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "compare-documents: {} to mend or to declare",
        problems.len()
    );
    ExitCode::FAILURE
}

fn show_document(document: &Document, changes: &Changes, arguments: &Arguments) {
    let count = |verdict| {
        document
            .judgements
            .iter()
            .filter(|judgement| judgement.verdict == verdict)
            .count()
    };
    let since = match &document.released {
        Some(released) => format!("since {}", released.version),
        None => "not released yet".to_owned(),
    };
    println!(
        "{}, {since}: {} changes that break somebody, {} that do not, {} for readers",
        document.name,
        count(Verdict::Breaks),
        count(Verdict::Keeps),
        count(Verdict::Annotation)
    );
    for judgement in &document.judgements {
        match declaration(changes, document, judgement) {
            Some(declared) if judgement.verdict == Verdict::Breaks => {
                println!("{judgement}\n  declared: {}\n", declared.reason);
            }
            _ if arguments.all && judgement.verdict != Verdict::Breaks => {
                println!("{judgement}\n");
            }
            _ => {}
        }
    }
}

fn as_value(document: &Document, changes: &Changes) -> Value {
    let judgements: Vec<Value> = document
        .judgements
        .iter()
        .map(|judgement| {
            let mut value = judgement.to_json();
            value["declared"] = declaration(changes, document, judgement)
                .filter(|_| judgement.verdict == Verdict::Breaks)
                .map_or(Value::Null, |declared| declared.reason.clone().into());
            value
        })
        .collect();
    let version = |version: Option<Version>| version.map(|version| version.to_string());
    json!({
        "document": document.name,
        "released": version(document.released.as_ref().map(|released| released.version)),
        "version": version(document.working.as_ref().map(|working| working.version)),
        "changes": judgements,
    })
}

/// Prints the rules, and writes them down if asked to.
fn rules(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let table = compare::rules_as_table();
    if !arguments.write {
        print!("{table}");
        return Ok(ExitCode::SUCCESS);
    }
    let path = workspace::root().join(GUIDE);
    let text = fs::read_to_string(&path).context(path.display())?;
    let Some((head, _, tail)) = around_the_rules(&text) else {
        return wrong(format!("{GUIDE} has no place for the rules"));
    };
    fs::write(&path, format!("{head}{BEGIN}{table}{END}{tail}")).context(path.display())?;
    println!("{GUIDE}: {} rules", RULES.len());
    Ok(ExitCode::SUCCESS)
}

/// What stands before the rules, the rules, and what stands after them.
fn around_the_rules(text: &str) -> Option<(&str, &str, &str)> {
    let (head, rest) = text.split_once(BEGIN)?;
    let (rules, tail) = rest.split_once(END)?;
    Some((head, rules, tail))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use charter_codegen::compare::{Changes, compare, rules_as_table};

    use super::{Document, GUIDE, Working, around_the_rules, problems, read};
    use crate::released::newest;
    use crate::workspace;

    #[test]
    fn the_guide_has_the_rules() {
        let text = fs::read_to_string(workspace::root().join(GUIDE)).unwrap();
        let (_, rules, _) = around_the_rules(&text).expect("a place for the rules");
        assert!(
            rules == rules_as_table(),
            "run: cargo xtask compare-documents --rules --write"
        );
    }

    /// The organisations as they were released, without one of their operations.
    fn without_an_operation() -> Document {
        let released = newest().unwrap().remove("organisations").unwrap();
        let old = read(&released.path).unwrap();
        let text = old.to_yaml();
        let (head, tail) = text.split_once("  /v1/usage:\n").expect("the path");
        let (_, tail) = tail.split_once("\n  /").expect("another path");
        let text = format!("{head}  /{tail}").replace(
            &format!("version: '{}'", released.version),
            &format!("version: '{}'", released.version.next_breaking()),
        );
        let whole =
            charter_codegen::compare::Whole::read("organisations.yaml", &|_| Ok(text.clone()))
                .unwrap();
        let version = whole.version().unwrap();
        Document {
            name: "organisations".into(),
            judgements: compare(&old, &whole),
            released: Some(released),
            working: Some(Working { whole, version }),
        }
    }

    fn told(document: Document, declared: &str) -> Vec<String> {
        let changes = Changes::read("changes.yaml", declared).unwrap();
        problems(&[document], &changes)
            .into_iter()
            .map(|problem| problem.lines().next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn a_break_is_declared_or_a_problem() {
        let document = without_an_operation();
        let since = document.working.as_ref().unwrap().version;
        let found = told(document, "changes: []");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].ends_with("105 operation breaks everybody"),
            "{found:?}"
        );
        let declared = format!(
            "changes:\n- {{document: organisations, rule: operation, operation: getUsage, \
             since: {since}, reason: Nobody asked.}}\n"
        );
        assert_eq!(
            told(without_an_operation(), &declared),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_declaration_that_matches_nothing_is_stale() {
        let mut document = without_an_operation();
        document.judgements.clear();
        let since = document.working.as_ref().unwrap().version;
        let declared = format!(
            "changes:\n- {{document: organisations, rule: operation, operation: getUsage, \
             since: {since}, reason: Nobody asked.}}\n- {{document: pets, rule: operation, \
             operation: getPet, since: {since}, reason: There were none.}}\n"
        );
        assert_eq!(
            told(document, &declared),
            [
                "changes.yaml:2: nothing in organisations breaks operation there (any more)",
                "changes.yaml:3: there is no document pets",
            ]
        );
    }

    #[test]
    fn a_break_raises_the_version() {
        let declared = |since: &str| {
            format!(
                "changes:\n- {{document: organisations, rule: operation, operation: getUsage, \
                 since: {since}, reason: Nobody asked.}}\n"
            )
        };
        let [low] = &told(without_an_operation(), &declared("0.1.1"))[..] else {
            panic!("one problem")
        };
        assert!(low.contains("not with 0.1.1"), "{low}");
        let [high] = &told(without_an_operation(), &declared("99.0.0"))[..] else {
            panic!("one problem")
        };
        assert!(high.contains("it comes with 99.0.0, but"), "{high}");
    }
}
