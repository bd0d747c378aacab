//! YAML 1.2 (and with it JSON) from text.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span, StrInput};
use serde_json::Number;

use super::{Entry, Node, Object, Place, Value, escape};
use crate::diagnostic::Diagnostics;

/// Reads one file. `None` after a syntax error, which is reported.
pub(super) fn parse(file: &Rc<str>, text: &str, diagnostics: &Diagnostics) -> Option<Node> {
    let mut builder = Builder {
        file: file.clone(),
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        diagnostics,
    };
    match builder.document() {
        Ok(node) => Some(node),
        Err(Failure { mark, message }) => {
            diagnostics.report(&builder.place(mark, &Rc::from("")), message);
            None
        }
    }
}

struct Failure {
    mark: Marker,
    message: String,
}

struct Builder<'t, 'd> {
    file: Rc<str>,
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Node>,
    diagnostics: &'d Diagnostics,
}

impl<'t> Builder<'t, '_> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Failure> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(Failure {
                mark: *error.marker(),
                message: format!("not YAML: {}", error.info()),
            }),
            None => Err(Failure {
                mark: Marker::new(0, 1, 0),
                message: "the file ends unexpectedly".into(),
            }),
        }
    }

    fn document(&mut self) -> Result<Node, Failure> {
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentStart(_) => {}
                Event::StreamEnd => {
                    return Err(Failure {
                        mark: span.start,
                        message: "the file is empty".into(),
                    });
                }
                event => return self.node(event, span, Rc::from("")),
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, pointer: Rc<str>) -> Result<Node, Failure> {
        let at = self.place(span.start, &pointer);
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                if let Some(tag) = tag {
                    self.diagnostics
                        .report(&at, format!("the YAML tag `{tag}` is not JSON"));
                }
                (self.scalar(&text, style, &at), anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if event == Event::SequenceEnd {
                        break;
                    }
                    let pointer = format!("{pointer}/{}", items.len());
                    items.push(self.node(event, span, pointer.into())?);
                }
                (Value::Array(items), anchor)
            }
            Event::MappingStart(anchor, _) => (Value::Object(self.members(&pointer)?), anchor),
            Event::Alias(anchor) => match self.anchors.get(&anchor) {
                Some(node) => return Ok(node.clone()),
                None => {
                    return Err(Failure {
                        mark: span.start,
                        message: "an alias within the value that it names".into(),
                    });
                }
            },
            _ => {
                return Err(Failure {
                    mark: span.start,
                    message: "expected a value".into(),
                });
            }
        };
        let node = Node { at, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn members(&mut self, pointer: &str) -> Result<Object, Failure> {
        let mut object = Object::new();
        loop {
            let (event, span) = self.next()?;
            let name = match event {
                Event::MappingEnd => return Ok(object),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    return Err(Failure {
                        mark: span.start,
                        message: "the name of a member must be a string".into(),
                    });
                }
            };
            let below: Rc<str> = format!("{pointer}/{}", escape(&name)).into();
            let key = self.place(span.start, &below);
            let (event, span) = self.next()?;
            let node = self.node(event, span, below)?;
            if object.contains_key(&name) {
                self.diagnostics
                    .report(&key, format!("`{name}` stands here twice"));
            }
            object.insert(name, Entry { key, node });
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, at: &Place) -> Value {
        if style != ScalarStyle::Plain {
            return Value::String(text.to_owned());
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
            "true" | "True" | "TRUE" => return Value::Bool(true),
            "false" | "False" | "FALSE" => return Value::Bool(false),
            _ => {}
        }
        match number(text) {
            Some(Some(number)) => Value::Number(number),
            Some(None) => {
                self.diagnostics
                    .report(at, format!("`{text}` is not a number of JSON"));
                Value::Null
            }
            None => Value::String(text.to_owned()),
        }
    }

    fn place(&self, mark: Marker, pointer: &Rc<str>) -> Place {
        Place {
            file: self.file.clone(),
            line: mark.line(),
            column: mark.col() + 1,
            pointer: pointer.clone(),
        }
    }
}

/// A number of YAML's core schema: `None` when `text` is none, `Some(None)`
/// when JSON has no such number.
fn number(text: &str) -> Option<Option<Number>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(None);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok().map(|n| Some(n.into()));
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return u64::from_str_radix(digits, 8).ok().map(|n| Some(n.into()));
    }
    let starts = unsigned
        .strip_prefix('.')
        .unwrap_or(unsigned)
        .starts_with(|c: char| c.is_ascii_digit());
    if !starts
        || !text
            .chars()
            .all(|c| matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
    {
        return None;
    }
    if let Ok(integer) = text.parse::<i64>() {
        return Some(Some(integer.into()));
    }
    if let Ok(integer) = text.parse::<u64>() {
        return Some(Some(integer.into()));
    }
    text.parse::<f64>().ok().map(Number::from_f64)
}
