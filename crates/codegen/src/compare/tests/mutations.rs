//! Every value of the real documents, changed one at a time: nothing goes unseen.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use serde_json::Number;

use super::super::{ANNOTATIONS, Judgement, Verdict, Whole, compare};
use super::told;
use crate::source::{Entry, Node, Place, Value};

const DOCUMENTS: [&str; 4] = ["governance", "identity", "organisations", "directory"];

/// Where texts stand that are for readers, beside those that every object may have.
const FOR_READERS: &[&str] = &["license", "contact", "termsOfService", "bearerFormat"];

/// A step into a value.
#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Item(usize),
}

/// One way to change a value.
#[derive(Clone, Copy, Debug)]
enum Mutation {
    /// It is gone.
    Removal,
    /// True is false, a number is one more, a text is longer.
    More,
    /// A number is one less.
    Less,
    /// An object has a member more.
    Addition,
}

fn read(document: &str) -> Whole {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
    Whole::read(&format!("{document}.yaml"), &|name| {
        fs::read_to_string(folder.join(name)).map_err(|error| error.to_string())
    })
    .expect("a document")
}

/// Every value below `node`, by the way to it. What is for readers is one value.
fn ways(node: &Node, way: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    match &node.value {
        _ if is_for_readers(way) => {}
        Value::Object(object) => {
            for (name, entry) in object {
                way.push(Step::Member(name.clone()));
                found.push(way.clone());
                ways(&entry.node, way, found);
                way.pop();
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                way.push(Step::Item(place));
                found.push(way.clone());
                ways(item, way, found);
                way.pop();
            }
        }
        _ => {}
    }
}

fn at<'n>(node: &'n mut Node, way: &[Step]) -> &'n mut Node {
    way.iter()
        .fold(node, |node, step| match (step, &mut node.value) {
            (Step::Member(name), Value::Object(object)) => &mut object[name.as_str()].node,
            (Step::Item(place), Value::Array(items)) => &mut items[*place],
            _ => panic!("{step:?} leads nowhere"),
        })
}

/// Changes the value, if it can be changed so, judges that, and changes it back.
fn judged(
    old: &Whole,
    new: &mut Whole,
    way: &[Step],
    mutation: Mutation,
) -> Option<Vec<Judgement>> {
    let (last, parent) = way.split_last().expect("a step");
    match mutation {
        Mutation::Removal => match (last, &mut at(&mut new.0, parent).value) {
            (Step::Member(name), Value::Object(object)) => {
                let (place, name, entry) = object.shift_remove_full(name.as_str()).unwrap();
                let judged = compare(old, new);
                let Value::Object(object) = &mut at(&mut new.0, parent).value else {
                    panic!("an object stays one")
                };
                object.shift_insert(place, name, entry);
                Some(judged)
            }
            (Step::Item(place), Value::Array(items)) => {
                let item = items.remove(*place);
                let judged = compare(old, new);
                let Value::Array(items) = &mut at(&mut new.0, parent).value else {
                    panic!("an array stays one")
                };
                items.insert(*place, item);
                Some(judged)
            }
            _ => panic!("{last:?} leads nowhere"),
        },
        _ => {
            let node = at(&mut new.0, way);
            let before = node.value.clone();
            node.value = mutated(node, mutation)?;
            let judged = compare(old, new);
            at(&mut new.0, way).value = before;
            Some(judged)
        }
    }
}

fn mutated(node: &Node, mutation: Mutation) -> Option<Value> {
    Some(match (&node.value, mutation) {
        (Value::Bool(flag), Mutation::More) => Value::Bool(!flag),
        (Value::String(text), Mutation::More) => Value::String(format!("{text}x")),
        (Value::Number(number), Mutation::More | Mutation::Less) => {
            let step = if matches!(mutation, Mutation::More) {
                1
            } else {
                -1
            };
            Value::Number(match number.as_i64() {
                Some(integer) => Number::from(integer + step),
                None => Number::from_f64(number.as_f64()? + step as f64)?,
            })
        }
        (Value::Object(object), Mutation::Addition) => {
            let mut object = object.clone();
            let key: Place = node.at.clone();
            let value = Node {
                at: key.clone(),
                value: Value::Bool(true),
            };
            object.insert("x-charter-unheard".to_owned(), Entry { key, node: value });
            Value::Object(object)
        }
        _ => return None,
    })
}

/// Whether a value is for readers, by where it stands.
fn is_for_readers(way: &[Step]) -> bool {
    let is_text = |name: &String| {
        ANNOTATIONS.contains(&name.as_str()) || FOR_READERS.contains(&name.as_str())
    };
    // A member of an object may be called as a keyword is.
    let is_keyword = |place: usize| {
        place == 0
            || !matches!(&way[place - 1], Step::Member(name) if name == "properties")
            || matches!(way.get(place.wrapping_sub(2)), Some(Step::Member(name)) if name == "properties")
    };
    way.iter().enumerate().any(|(place, step)| match step {
        Step::Member(name) => is_text(name) && is_keyword(place),
        Step::Item(_) => false,
    }) || matches!(way, [Step::Member(name), ..] if name == "tags")
}

/// `components/schemas` and the like.
fn is_section(way: &[Step]) -> bool {
    matches!(way, [Step::Member(name), Step::Member(_)] if name == "components")
}

#[test]
fn nothing_goes_unseen() {
    let shares = thread::scope(|scope| {
        DOCUMENTS
            .map(|document| scope.spawn(move || mutate(document)))
            .map(|share| share.join().expect("no panic"))
    });
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unseen = Vec::new();
    for (own, missed) in shares {
        for (word, count) in own {
            *tally.entry(word).or_default() += count;
        }
        unseen.extend(missed);
    }
    assert!(
        unseen.is_empty(),
        "{} mutations: {tally:?}\n{}",
        unseen.len(),
        unseen
            .iter()
            .take(30)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    println!("{tally:?}");
    // The documents have thousands of keywords that somebody relies on.
    assert!(tally["breaks"] > 5000, "{tally:?}");
    assert!(tally["keeps"] > 1000, "{tally:?}");
}

/// How many mutations of a document were judged how, and those that were not as they ought to be.
fn mutate(document: &str) -> (BTreeMap<&'static str, usize>, Vec<String>) {
    let old = read(document);
    let mut new = old.clone();
    let mut all = Vec::new();
    ways(&old.0, &mut Vec::new(), &mut all);
    let mut tally: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut unseen = Vec::new();
    for way in &all {
        for mutation in [
            Mutation::Removal,
            Mutation::More,
            Mutation::Less,
            Mutation::Addition,
        ] {
            let Some(judgements) = judged(&old, &mut new, way, mutation) else {
                continue;
            };
            // Breaks come first, then what keeps, then texts.
            let word = match judgements.first() {
                None => "unseen",
                Some(judgement) => judgement.verdict.as_str(),
            };
            *tally.entry(word).or_default() += 1;
            let is_right = match judgements.first().map(|judgement| judgement.verdict) {
                None => false,
                // A component that nothing refers to yet is nobody's trouble.
                Some(Verdict::Annotation) if matches!(mutation, Mutation::Addition) => {
                    is_for_readers(way) || is_section(way)
                }
                Some(Verdict::Annotation) => is_for_readers(way),
                Some(_) => true,
            };
            if !is_right {
                let told = told(&judgements);
                unseen.push(format!("{document}: {mutation:?} of {way:?}\n{told}"));
            }
        }
    }
    assert!(old.is_same(&new), "everything was changed back");
    (tally, unseen)
}
