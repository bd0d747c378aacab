//! Examples and defaults against their schemas.

use crate::lower::schemas::alias;
use crate::lower::{Direction, Lowering};
use crate::openapi::{Additional, Schema, Type};
use crate::source::{Node, Object, Place, Value};

/// A value that its schema does not admit.
pub(crate) struct Problem {
    at: Place,
    message: String,
}

impl Lowering<'_> {
    /// Reports what `schema` does not admit in `value`, which is an example or a
    /// default.
    pub(crate) fn expect(&self, value: &Node, schema: &Schema, direction: Direction) {
        let mut problems = Vec::new();
        self.validate(value, schema, direction, &mut problems);
        for problem in problems {
            self.report(&problem.at, problem.message);
        }
    }

    fn validate(
        &self,
        node: &Node,
        schema: &Schema,
        direction: Direction,
        problems: &mut Vec<Problem>,
    ) {
        if let Some(reference) = &schema.reference {
            if let Some((_, target)) = self.target(reference) {
                self.validate(node, &target, direction, problems);
            }
            return;
        }
        if let Some(alias) = alias(schema) {
            return self.validate(node, &alias, direction, problems);
        }
        let mut wrong = |message: String| {
            problems.push(Problem {
                at: node.at.clone(),
                message,
            });
        };
        if let Some(values) = &schema.values
            && !values.iter().any(|value| value.to_json() == node.to_json())
        {
            wrong(format!(
                "{} is none of the values of `enum`",
                node.to_json()
            ));
            return;
        }
        if let Some(constant) = &schema.constant
            && constant.to_json() != node.to_json()
        {
            wrong(format!("{} is not the value of `const`", node.to_json()));
            return;
        }
        if matches!(node.value, Value::Null) && schema.null {
            return;
        }
        if !schema.types.is_empty() && !schema.types.iter().any(|one| admits(*one, &node.value)) {
            let types: Vec<_> = schema.types.iter().map(|one| one.as_str()).collect();
            wrong(format!(
                "expected {}, found {}",
                types.join(" or "),
                node.kind()
            ));
            return;
        }
        match &node.value {
            Value::String(text) => {
                for message in self.string_problems(text, schema) {
                    wrong(message);
                }
            }
            Value::Number(number) => {
                for message in number_problems(number, schema) {
                    wrong(message);
                }
            }
            Value::Array(items) => {
                for message in array_problems(items, schema) {
                    wrong(message);
                }
                if let Some(item_schema) = &schema.items {
                    for item in items {
                        self.validate(item, item_schema, direction, problems);
                    }
                }
            }
            Value::Object(object) if schema.all_of.is_empty() => {
                self.validate_object(node, object, schema, direction, problems);
            }
            _ => {}
        }
        if !schema.all_of.is_empty()
            && let Some(at) = &schema.at
            && let (Some(merged), Value::Object(object)) = (self.merge(schema, at), &node.value)
        {
            self.validate_object(node, object, &merged, direction, problems);
        }
        self.validate_union(node, schema, direction, problems);
    }

    fn validate_object(
        &self,
        node: &Node,
        object: &Object,
        schema: &Schema,
        direction: Direction,
        problems: &mut Vec<Problem>,
    ) {
        let mut wrong = |at: &Place, message: String| {
            problems.push(Problem {
                at: at.clone(),
                message,
            });
        };
        let count = u64::try_from(object.len()).unwrap_or(u64::MAX);
        if schema.min_properties.is_some_and(|least| count < least)
            || schema.max_properties.is_some_and(|most| count > most)
        {
            wrong(&node.at, format!("{count} members are too many or too few"));
        }
        for (name, _) in &schema.required {
            let hidden = schema
                .properties
                .iter()
                .find(|(known, ..)| known == name)
                .is_some_and(|(.., property)| {
                    let target = self.followed(property);
                    match direction {
                        Direction::Request => property.read_only || target.read_only,
                        Direction::Response => property.write_only || target.write_only,
                    }
                });
            if !object.contains_key(name) && !hidden {
                wrong(&node.at, format!("the required member `{name}` is missing"));
            }
        }
        for (name, entry) in object {
            let property = schema.properties.iter().find(|(known, ..)| known == name);
            match (property, &schema.additional) {
                (Some((.., property)), _) => {
                    self.validate(&entry.node, property, direction, problems);
                }
                (None, Additional::Schema(value)) => {
                    self.validate(&entry.node, value, direction, problems);
                }
                (None, Additional::Closed | Additional::ClosedOverAll) => {
                    problems.push(Problem {
                        at: entry.key.clone(),
                        message: format!("the schema has no member `{name}`"),
                    });
                }
                (None, Additional::Open | Additional::Unsaid) => {}
            }
        }
    }

    fn validate_union(
        &self,
        node: &Node,
        schema: &Schema,
        direction: Direction,
        problems: &mut Vec<Problem>,
    ) {
        for (list, keyword) in [(&schema.one_of, "oneOf"), (&schema.any_of, "anyOf")] {
            if list.is_empty() {
                continue;
            }
            let mut closest: Option<Vec<Problem>> = None;
            let mut matching = 0;
            for alternative in list {
                let mut found = Vec::new();
                self.validate(node, alternative, direction, &mut found);
                if found.is_empty() {
                    matching += 1;
                } else if closest.as_ref().is_none_or(|best| found.len() < best.len()) {
                    closest = Some(found);
                }
            }
            if matching == 0 {
                problems.push(Problem {
                    at: node.at.clone(),
                    message: format!("matches no schema of `{keyword}`"),
                });
                problems.extend(closest.into_iter().flatten());
            } else if matching > 1 && keyword == "oneOf" && schema.discriminator.is_none() {
                problems.push(Problem {
                    at: node.at.clone(),
                    message: format!("matches {matching} schemas of `oneOf`"),
                });
            }
        }
    }

    fn string_problems(&self, text: &str, schema: &Schema) -> Vec<String> {
        let mut problems = Vec::new();
        let length = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        if schema.min_length.is_some_and(|least| length < least) {
            problems.push(format!("{length} characters are too few"));
        }
        if schema.max_length.is_some_and(|most| length > most) {
            problems.push(format!("{length} characters are too many"));
        }
        if let Some(pattern) = &schema.pattern
            && let Ok(regex) = self.patterns.get(pattern)
            && !regex.is_match(text)
        {
            problems.push(format!("does not match {pattern}"));
        }
        if let Some(format) = &schema.format
            && !has_format(text, format)
        {
            problems.push(format!("is no {format}"));
        }
        problems
    }
}

fn admits(kind: Type, value: &Value) -> bool {
    match (kind, value) {
        (Type::Boolean, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::String, Value::String(_))
        | (Type::Array, Value::Array(_))
        | (Type::Object, Value::Object(_)) => true,
        (Type::Integer, Value::Number(number)) => {
            number.is_i64()
                || number.is_u64()
                || number.as_f64().is_some_and(|float| float.fract() == 0.0)
        }
        _ => false,
    }
}

fn number_problems(number: &serde_json::Number, schema: &Schema) -> Vec<String> {
    let value = number.as_f64().unwrap_or(f64::NAN);
    let mut problems = Vec::new();
    let mut hold = |bound: &Option<serde_json::Number>, keyword, holds: fn(&f64, &f64) -> bool| {
        if let Some(bound) = bound
            && let Some(limit) = bound.as_f64()
            && !holds(&value, &limit)
        {
            problems.push(format!("{number} breaks `{keyword}: {bound}`"));
        }
    };
    hold(&schema.minimum, "minimum", f64::ge);
    hold(&schema.maximum, "maximum", f64::le);
    hold(&schema.exclusive_minimum, "exclusiveMinimum", f64::gt);
    hold(&schema.exclusive_maximum, "exclusiveMaximum", f64::lt);
    if let Some(multiple_of) = &schema.multiple_of {
        let ratio = value / multiple_of.as_f64().unwrap_or(1.0);
        if (ratio - ratio.round()).abs() > 1e-9 * ratio.abs().max(1.0) {
            problems.push(format!("{number} is no multiple of {multiple_of}"));
        }
    }
    if schema.format.as_deref() == Some("int32")
        && i32::try_from(number.as_i64().unwrap_or(i64::MAX)).is_err()
    {
        problems.push(format!("{number} is no int32"));
    }
    problems
}

fn array_problems(items: &[Node], schema: &Schema) -> Vec<String> {
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let mut problems = Vec::new();
    if schema.min_items.is_some_and(|least| count < least) {
        problems.push(format!("{count} items are too few"));
    }
    if schema.max_items.is_some_and(|most| count > most) {
        problems.push(format!("{count} items are too many"));
    }
    if schema.unique_items {
        let values: Vec<_> = items.iter().map(Node::to_json).collect();
        let repeated = values
            .iter()
            .enumerate()
            .any(|(index, value)| values.iter().take(index).any(|earlier| earlier == value));
        if repeated {
            problems.push("an item stands here twice".to_owned());
        }
    }
    problems
}

/// Whether `text` looks as the format demands. Coarser than the run-time's
/// check: it finds the mistakes that people make.
fn has_format(text: &str, format: &str) -> bool {
    let digits = |from: usize, to: usize| {
        text.get(from..to)
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let is_date = || {
        digits(0, 4)
            && digits(5, 7)
            && digits(8, 10)
            && text.get(4..5) == Some("-")
            && text.get(7..8) == Some("-")
    };
    match format {
        "date" => text.len() == 10 && is_date(),
        "date-time" => {
            is_date()
                && text.get(10..11) == Some("T")
                && digits(11, 13)
                && digits(14, 16)
                && digits(17, 19)
                && (text.ends_with('Z')
                    || text.get(19..).is_some_and(|rest| rest.contains(['+', '-'])))
        }
        "uuid" => {
            text.len() == 36
                && text.bytes().enumerate().all(|(index, byte)| match index {
                    8 | 13 | 18 | 23 => byte == b'-',
                    _ => byte.is_ascii_hexdigit(),
                })
        }
        "email" => text
            .rsplit_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && host.contains('.')),
        "uri" => text.split_once(':').is_some_and(|(scheme, rest)| {
            !rest.is_empty()
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        }),
        _ => true,
    }
}
