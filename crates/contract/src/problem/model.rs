//! The schemas `Problem` and `Violation` of the documents.

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};

use super::Problem;
use crate::describe::{Property, object_meta, register_properties};
use crate::model::Model;
use crate::schema::{
    ArraySchema, Describe, Format, IntegerSchema, ModelSchema, StringSchema, array, integer, model,
    string,
};
use crate::violation::Violation;

static TYPE: StringSchema = string()
    .min_length(11)
    .max_length(128)
    .pattern("^/problems/[a-z0-9]+(-[a-z0-9]+)*$")
    .format(Format::UriReference);
static TITLE: StringSchema = string().min_length(1).max_length(128);
static STATUS: IntegerSchema = integer().minimum(400).maximum(599).int32();
static DETAIL: StringSchema = string().min_length(1).max_length(2048);
static REQUEST_ID: StringSchema = string()
    .min_length(1)
    .max_length(64)
    .pattern("^[0-9A-Za-z._-]+$");
static ERRORS: ArraySchema<ModelSchema<Violation>> = array(model()).min_items(1).max_items(1000);

static PROBLEM: &[Property] = &[
    Property::required("type", &TYPE),
    Property::required("title", &TITLE),
    Property::required("status", &STATUS),
    Property::required("detail", &DETAIL),
    Property::required("request_id", &REQUEST_ID),
    Property::optional("errors", &ERRORS),
];

impl Model for Problem {
    const NAME: &'static str = "Problem";

    fn meta() -> MetaSchema {
        object_meta(PROBLEM)
    }

    fn register_members(registry: &mut Registry) {
        register_properties(PROBLEM, registry);
    }
}

/// `in`: an enumeration that has no name in the documents.
struct In;

impl Describe for In {
    fn meta(&self) -> MetaSchemaRef {
        let mut meta = MetaSchema::new("string");
        meta.enum_items = ["body", "query", "path", "header", "cookie"]
            .map(Into::into)
            .to_vec();
        MetaSchemaRef::Inline(Box::new(meta))
    }
}

static PARAMETER: StringSchema = string().min_length(1).max_length(256);
static POINTER: StringSchema = string().max_length(2048).pattern("^(/([^~/]|~0|~1)*)*$");
static KEYWORD: StringSchema = string().min_length(1).max_length(64).pattern("^[A-Za-z]+$");

static VIOLATION: &[Property] = &[
    Property::required("in", &In),
    Property::optional("parameter", &PARAMETER),
    Property::optional("pointer", &POINTER),
    Property::required("keyword", &KEYWORD),
    Property::required("detail", &DETAIL),
];

impl Model for Violation {
    const NAME: &'static str = "Violation";

    fn meta() -> MetaSchema {
        object_meta(VIOLATION)
    }

    fn register_members(registry: &mut Registry) {
        register_properties(VIOLATION, registry);
    }
}
