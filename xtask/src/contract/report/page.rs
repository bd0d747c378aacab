//! The report as one page of HTML that needs nothing from elsewhere.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::super::measured::{Answers, Figures, Measured, Operation, Status};
use super::{Parity, Report};
use crate::snapshots::snake_case;

const STYLE: &str = include_str!("style.css");

pub(super) fn page(report: &Report) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Charter: the contract, and what proves it" }
                // A browser looks for one of a page's own otherwise.
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "The contract, and what proves it" }
                p {
                    "Each operation of each document with the statuses that it documents, and what "
                    "reached them."
                }
                p.soft {
                    "A status is "
                    span.mark.run { "green" } " where a contract run was answered with it, "
                    span.mark.snapshot { "blue" } " where only snapshots of the tests show it, "
                    span.mark.none { "red" } " where nothing does. An operation opens to show who was "
                    "answered what."
                }
                (summary(report))
                @for document in &report.documents {
                    (section(report, document))
                }
            }
        }
    }
}

fn summary(report: &Report) -> Markup {
    html! {
        table {
            thead {
                tr {
                    th { "Document" }
                    th.number { "Operations" }
                    th.number { "Statuses reached" }
                    th.number { "in runs" }
                    th.number { "Parameters" }
                    th.number { "Keywords of requests" }
                    th.number { "Keywords of answers" }
                    th.number { "in runs" }
                    th.number { "Gaps" }
                    th { "Databases" }
                }
            }
            tbody {
                @for document in &report.documents {
                    tr {
                        td { a href={ "#" (document.document) } { (document.title) } }
                        td.number { (document.operations.len()) }
                        td.number { (share(statuses(document, Status::is_reached))) }
                        td.number { (share(statuses(document, |status| !status.runs.is_empty()))) }
                        td.number { (share(document.parameters)) }
                        td.number { (share(document.asked)) }
                        td.number { (share(document.answered)) }
                        td.number { (document.answered_in_runs) }
                        td.number { (document.all_gaps().len()) }
                        td { (document.databases.join(", ")) }
                    }
                }
            }
        }
    }
}

fn section(report: &Report, document: &Measured) -> Markup {
    let mut tags: Vec<&str> = Vec::new();
    for operation in &document.operations {
        if !tags.contains(&operation.tag.as_str()) {
            tags.push(&operation.tag);
        }
    }
    html! {
        section id=(document.document) {
            h2 { (document.title) }
            p.soft {
                a href={ (report.root()) "/openapi/" (document.document) ".yaml" } {
                    "openapi/" (document.document) ".yaml"
                }
            }
            @if !document.gaps.is_empty() {
                p {
                    "Keywords of answers that nothing reached ("
                    a href={ (report.root()) "/docs/CONTRACT.md#gaps" } { "docs/CONTRACT.md" }
                    " says why):"
                }
                ul {
                    @for gap in &document.gaps { li { code { (gap) } } }
                }
            }
            div.heading {
                span { "Operation" }
                span { "Statuses" }
                span.number { "Requests" }
                span.number { "Answers" }
                span { "Parity" }
                span.number { "Median, slowest" }
            }
            @for tag in tags {
                h3 { (tag) }
                @for operation in document.operations.iter().filter(|one| one.tag == tag) {
                    (row(report, document, operation))
                }
            }
        }
    }
}

fn row(report: &Report, document: &Measured, operation: &Operation) -> Markup {
    let parity = report.parity_of(&document.document, &operation.operation);
    html! {
        details.operation id={ (document.document) "-" (operation.operation) } {
            summary {
                span {
                    strong { (operation.operation) }
                    br;
                    code.soft { (operation.method) " " (operation.path) }
                }
                span {
                    @for status in &operation.statuses { (mark(status)) }
                }
                span.number { (share(operation.asked)) }
                span.number { (share(operation.answered)) }
                span { (compared(parity)) }
                span.number {
                    @match operation.times {
                        Some(times) => { (format!("{:.1}, {:.0} ms", times.median, times.slowest)) }
                        None => { "not measured" }
                    }
                }
            }
            div.inside { (inside(report, document, operation, parity)) }
        }
    }
}

fn inside(
    report: &Report,
    document: &Measured,
    operation: &Operation,
    parity: Option<&Parity>,
) -> Markup {
    let snapshots = format!(
        "{}/snapshots/{}/{}/{}@",
        report.root(),
        document.document,
        snake_case(&operation.tag),
        snake_case(&operation.operation)
    );
    html! {
        p { (operation.summary) "." }
        table {
            thead { tr { th { "Status" } th { "Answered in runs" } th { "Shown by snapshots" } } }
            tbody {
                @for status in &operation.statuses {
                    tr {
                        td { (mark(status)) " " span.soft { (status.description) } }
                        td {
                            @for (database, answers) in by_database(status) {
                                div { strong { (database) } ": " (answers) }
                            }
                        }
                        td {
                            @if status.is_reached() {
                                @for case in &status.snapshots {
                                    a href={ (snapshots) (case) ".snap" } { (case) }
                                    " "
                                }
                            } @else {
                                span.mark.none { "no evidence" }
                            }
                        }
                    }
                }
            }
        }
        p {
            "Parameters " (share(operation.parameters))
            ", keywords of the request " (share(operation.asked))
            ", keywords of the answers " (share(operation.answered)) "."
        }
        @if let Some(times) = operation.times {
            p { (times.answers) " answers were timed." }
        }
        @for gap in &operation.gaps { p { "Gap: " code { (gap) } } }
        @if let Some(parity) = parity {
            @for difference in &parity.differences { p { "Difference: " code { (difference) } } }
            @for unsaid in &parity.inexpressible { p.soft { "Not comparable: " (unsaid) } }
        }
    }
}

fn mark(status: &Status) -> Markup {
    let class = if !status.runs.is_empty() {
        "run"
    } else if !status.snapshots.is_empty() {
        "snapshot"
    } else {
        "none"
    };
    html! { span class={ "mark " (class) } title=(status.description) { (status.status) } }
}

fn compared(parity: Option<&Parity>) -> Markup {
    html! {
        @match parity {
            None => { span.soft { "not measured" } }
            Some(parity) if parity.differences.is_empty() => { (parity.keywords_compared) " equal" }
            Some(parity) => {
                strong { (parity.differences.len()) " differ" } " of " (parity.keywords_compared)
            }
        }
    }
}

/// `admin 12, member 3` of each database.
fn by_database(status: &Status) -> BTreeMap<&str, String> {
    let mut databases: BTreeMap<&str, String> = BTreeMap::new();
    for Answers {
        database,
        caller,
        count,
    } in &status.runs
    {
        let line = databases.entry(database).or_default();
        if !line.is_empty() {
            line.push_str(", ");
        }
        line.push_str(&format!("{caller} {count}"));
    }
    databases
}

fn statuses(document: &Measured, is_covered: impl Fn(&Status) -> bool) -> Figures {
    let all = document
        .operations
        .iter()
        .flat_map(|operation| &operation.statuses);
    let (covered, total) = all.fold((0, 0), |(covered, total), status| {
        (covered + usize::from(is_covered(status)), total + 1)
    });
    Figures { covered, total }
}

fn share(figures: Figures) -> Markup {
    html! {
        @if figures.total == 0 {
            span.soft { "none" }
        } @else {
            (figures.covered) "/" (figures.total)
        }
    }
}
