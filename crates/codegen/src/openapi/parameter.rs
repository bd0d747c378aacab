//! Parameters.

use super::{Fields, MediaType, OrRef, Read, Schema};
use crate::diagnostic::Diagnostics;
use crate::source::{Node, Place};

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) at: Place,
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) description: Option<String>,
    pub(crate) required: bool,
    pub(crate) deprecated: bool,
    pub(crate) style: Style,
    pub(crate) explode: bool,
    pub(crate) schema: Option<Schema>,
    /// `content`: a value in a media type within the parameter.
    pub(crate) content: Vec<(String, Place, MediaType)>,
    pub(crate) examples: Vec<Node>,
}

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
    Cookie,
}

impl Location {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
    }
}

/// How a parameter is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Simple,
    Form,
    SpaceDelimited,
    PipeDelimited,
    DeepObject,
}

impl Read for Parameter {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "a parameter", diagnostics)?;
        let name = fields.required_string("name");
        let location = fields.required_string("in").and_then(|text| {
            let location = match text.as_str() {
                "path" => Some(Location::Path),
                "query" => Some(Location::Query),
                "header" => Some(Location::Header),
                "cookie" => Some(Location::Cookie),
                _ => None,
            };
            if location.is_none() {
                fields.report("in", format!("no parameter stands in `{text}`"));
            }
            location
        });
        let description = fields.string("description");
        let required = fields.flag("required");
        let deprecated = fields.flag("deprecated");
        if fields.flag("allowEmptyValue") || fields.flag("allowReserved") {
            let name = if fields.has("allowEmptyValue") {
                "allowEmptyValue"
            } else {
                "allowReserved"
            };
            fields.report(name, format!("`{name}` cannot be honoured"));
        }
        fields.ignore(&["allowEmptyValue", "allowReserved"]);
        let style = location.map(|location| read_style(&mut fields, location));
        let explode = fields
            .boolean("explode")
            .unwrap_or(style == Some(Style::Form));
        let schema = fields.read("schema");
        let content = fields.read_map("content");
        if schema.is_some() != content.is_empty() {
            fields.report("", "a parameter needs either `schema` or `content`");
        }
        let examples = read_examples(&mut fields);
        let at = fields.at().clone();
        fields.finish();
        Some(Self {
            at,
            name: name?,
            location: location?,
            description,
            required,
            deprecated,
            style: style?,
            explode,
            schema,
            content,
            examples,
        })
    }
}

fn read_style(fields: &mut Fields<'_, '_>, location: Location) -> Style {
    let default = match location {
        Location::Path | Location::Header => Style::Simple,
        Location::Query | Location::Cookie => Style::Form,
    };
    let Some(text) = fields.string("style") else {
        return default;
    };
    let style = match (text.as_str(), location) {
        ("simple", Location::Path | Location::Header) => Some(Style::Simple),
        ("form", Location::Query | Location::Cookie) => Some(Style::Form),
        ("spaceDelimited", Location::Query) => Some(Style::SpaceDelimited),
        ("pipeDelimited", Location::Query) => Some(Style::PipeDelimited),
        ("deepObject", Location::Query) => Some(Style::DeepObject),
        _ => None,
    };
    style.unwrap_or_else(|| {
        fields.report(
            "style",
            format!(
                "the style `{text}` cannot be read from a {} parameter",
                location.as_str()
            ),
        );
        default
    })
}

/// The values of `example` and `examples` of a parameter, header or media type.
pub(super) fn read_examples(fields: &mut Fields<'_, '_>) -> Vec<Node> {
    let mut examples: Vec<Node> = fields.take("example").into_iter().cloned().collect();
    let named: Vec<(String, Place, OrRef<Example>)> = fields.read_map("examples");
    for (_, _, example) in named {
        // A shared example is checked where it is written.
        if let OrRef::Here(example) = example {
            examples.extend(example.value.clone());
        }
    }
    examples
}

#[derive(Debug)]
struct Example {
    value: Option<Node>,
}

impl Read for Example {
    fn read(node: &Node, diagnostics: &Diagnostics) -> Option<Self> {
        let mut fields = Fields::open(node, "an example", diagnostics)?;
        fields.ignore(&["summary", "description", "externalValue"]);
        let value = fields.take("value").cloned();
        fields.finish();
        Some(Self { value })
    }
}
