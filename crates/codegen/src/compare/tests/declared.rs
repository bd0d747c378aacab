//! `openapi/changes.yaml`: what it may say, and what it speaks of.

use super::super::{Changes, Verdict, compare};
use super::whole;

/// What is wrong with a file of changes.
fn wrong(text: &str) -> Vec<String> {
    let diagnostics = Changes::read("changes.yaml", text).expect_err("something is wrong");
    diagnostics
        .iter()
        .map(|diagnostic| {
            let (line, message) = (diagnostic.line, &diagnostic.message);
            format!("{line}: {message}")
        })
        .collect()
}

#[test]
fn everything_wrong_is_named() {
    let text = "\
changes:
  - document: pets
    rule: operations
    since: 2
    reason: ' '
    why: Nobody asked.
  - {}
more: []
";
    assert_eq!(
        wrong(text),
        [
            "2: a change needs `operation` or `pointer`",
            "3: there is no rule `operations`",
            "4: expected a string, found a number",
            "5: a reason has words",
            "6: a change has no `why` that Charter knows",
            "7: a change needs `document`",
            "7: a change needs `operation` or `pointer`",
            "7: a change needs `reason`",
            "7: a change needs `rule`",
            "7: a change needs `since`",
            "8: a file of changes has no `more` that Charter knows",
        ]
    );
    assert_eq!(wrong("[]").len(), 1);
    assert_eq!(wrong("other: []").len(), 2);
}

#[test]
fn versions_have_three_numbers() {
    for since in ["1", "1.2", "1.2.x", "1.2.3.4", "01.2.3", "+1.2.3", "''"] {
        let text = format!(
            "changes:\n- {{document: a, rule: link, operation: b, since: '{}', reason: c}}\n",
            since.trim_matches('\'')
        );
        assert_eq!(wrong(&text).len(), 1, "{since}");
    }
}

#[test]
fn nothing_is_declared_twice() {
    let one = "- {document: a, rule: link, operation: b, since: 1.0.0, reason: c}\n";
    assert!(Changes::read("changes.yaml", &format!("changes:\n{one}")).is_ok());
    let twice = wrong(&format!("changes:\n{one}{one}"));
    assert_eq!(twice, ["3: this stands here twice"]);
}

const PETS: &str = "\
openapi: 3.1.0
info: {title: Pets, version: 1.0.0}
paths:
  /pets:
    get:
      operationId: listPets
      security: []
      responses: {'200': {description: Pets., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
    post:
      operationId: createPet
      security: []
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
      responses: {'201': {description: A pet., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}
components:
  schemas:
    Pet:
      type: object
      additionalProperties: false
      properties:
        name: {type: string, maxLength: 9}
        parent: {anyOf: [{$ref: '#/components/schemas/Pet'}, {type: 'null'}]}
";

#[test]
fn a_shared_schema_is_judged_in_both_directions_and_told_once() {
    let judged = |length: &str| {
        let new = PETS.replace("maxLength: 9", length);
        compare(&whole(PETS), &whole(&new))
            .into_iter()
            .map(|one| (one.rule.name, one.verdict, one.operations))
            .collect::<Vec<_>>()
    };
    let operations = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    // It contains itself, and that ends.
    assert_eq!(
        judged("maxLength: 8"),
        [
            (
                "request-max-length",
                Verdict::Breaks,
                operations(&["createPet"])
            ),
            (
                "response-max-length",
                Verdict::Keeps,
                operations(&["listPets", "createPet"])
            ),
        ]
    );
    assert_eq!(
        judged("maxLength: 10"),
        [
            (
                "response-max-length",
                Verdict::Breaks,
                operations(&["listPets", "createPet"])
            ),
            (
                "request-max-length",
                Verdict::Keeps,
                operations(&["createPet"])
            ),
        ]
    );
    assert_eq!(judged("maxLength: 9"), []);
}

#[test]
fn a_declaration_covers_one_operation_or_one_place() {
    let new = PETS.replace("maxLength: 9", "maxLength: 10, minLength: 1");
    let judgements = compare(&whole(PETS), &whole(&new));
    let covered = |declared: &str| {
        let text = format!("changes:\n- {{document: pets, since: 2.0.0, reason: r, {declared}}}\n");
        let changes = Changes::read("changes.yaml", &text).expect("changes");
        judgements
            .iter()
            .filter(|judgement| judgement.verdict == Verdict::Breaks)
            .filter(|judgement| changes.declared[0].covers("pets", judgement))
            .map(|judgement| judgement.rule.name)
            .collect::<Vec<_>>()
    };
    let place = "/components/schemas/Pet/properties/name";
    assert_eq!(
        covered("rule: request-min-length, operation: createPet"),
        ["request-min-length"]
    );
    // Two operations answer with it.
    assert_eq!(
        covered("rule: response-max-length, operation: listPets"),
        [] as [&str; 0]
    );
    assert_eq!(
        covered(&format!(
            "rule: response-max-length, pointer: {place}/maxLength"
        )),
        ["response-max-length"]
    );
    assert_eq!(
        covered(&format!("rule: response-max-length, pointer: {place}")),
        [] as [&str; 0]
    );
    assert_eq!(covered("rule: link, operation: createPet"), [] as [&str; 0]);
}
