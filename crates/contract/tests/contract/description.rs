//! What poem-openapi is told: the same schemas that enforce the rules.

use charter_contract::{
    BodyRule, CredentialKind, Description, Json, Location, Method, Model, Operation, ParameterMeta,
    Requirement, Scheme, array, integer, model, string,
};
use poem_openapi::payload::Payload;
use poem_openapi::registry::Registry;
use poem_openapi::types::{ParseFromJSON, ToJSON, Type};
use poem_openapi::{OpenApi, OpenApiService, ParameterStyle};
use serde_json::{Value, json};

use crate::widget::{Circle, Colour, Part, WidgetId};

charter_contract::openapi_model!(Part, decode);
charter_contract::openapi_model!(Circle);

static UPDATE: Operation = Operation {
    id: "updatePart",
    method: Method::PUT,
    path: "/widgets/{widget_id}/part",
    tag: "Widgets",
    security: &[Requirement {
        scheme: Scheme::Bearer,
        credentials: &[CredentialKind::Key, CredentialKind::Session],
        scopes: &["widgets:write"],
    }],
    body: Some(BodyRule {
        media_type: "application/json",
        required: true,
        max_bytes: None,
    }),
    status: 200,
    idempotent: false,
    audit: None,
    rate_limit: None,
    even_time: false,
    statuses: &[200, 400],
};

static READ: Operation = Operation {
    id: "readPart",
    method: Method::GET,
    body: None,
    ..UPDATE_WITHOUT_NAME
};

const UPDATE_WITHOUT_NAME: Operation = Operation {
    id: "",
    method: Method::PUT,
    path: "/widgets/{widget_id}/part",
    tag: "Widgets",
    security: &[],
    body: None,
    status: 200,
    idempotent: false,
    audit: None,
    rate_limit: None,
    even_time: false,
    statuses: &[200, 400],
};

fn describe() -> Description {
    let mut api = Description::new().security_scheme("bearerAuth", Scheme::Bearer);
    api.operation(&UPDATE)
        .summary("Update the part.")
        .description("Replaces it.")
        .deprecated()
        .parameter(ParameterMeta::required(
            Location::Path,
            "widget_id",
            &model::<WidgetId>(),
        ))
        .parameter(
            ParameterMeta::optional(Location::Query, "limit", &integer().minimum(1).maximum(9))
                .description("How many.")
                .default(5),
        )
        .parameter(
            ParameterMeta::optional(Location::Query, "ids", &array(integer()))
                .delimited(ParameterStyle::PipeDelimited),
        )
        .body(&model::<Part>())
        .success(200, "The part.")
        .content("application/json", &model::<Part>())
        .header("ETag", "Its version.", &string().min_length(3))
        .failure(400, "The request breaks the document.");
    api.operation(&READ)
        .success(200, "The part.")
        .content("application/json", &model::<Part>());
    api
}

struct Routes;

impl OpenApi for Routes {
    fn meta() -> Vec<poem_openapi::registry::MetaApi> {
        describe().into_meta()
    }

    fn register(registry: &mut Registry) {
        describe().register(registry);
    }

    fn add_routes(self, _: &mut charter_contract::RouteTable) {}
}

fn document() -> Value {
    let service = OpenApiService::new(Routes, "Widgets", "1");
    serde_json::from_str(&service.spec()).unwrap()
}

#[test]
fn an_operation_has_all_that_the_document_says() {
    let document = document();
    let operation = &document["paths"]["/widgets/{widget_id}/part"]["put"];
    assert_eq!(operation["operationId"], "updatePart");
    assert_eq!(operation["summary"], "Update the part.");
    assert_eq!(operation["description"], "Replaces it.");
    assert_eq!(operation["deprecated"], true);
    assert_eq!(operation["tags"], json!(["Widgets"]));
    assert_eq!(
        operation["security"],
        json!([{ "bearerAuth": ["widgets:write"] }])
    );
    assert_eq!(
        operation["parameters"][0],
        json!({
            "name": "widget_id", "in": "path", "required": true, "deprecated": false,
            "explode": false, "schema": { "$ref": "#/components/schemas/WidgetId" },
        })
    );
    assert_eq!(
        operation["parameters"][1],
        json!({
            "name": "limit", "in": "query", "required": false, "deprecated": false,
            "explode": true, "description": "How many.",
            "schema": { "type": "integer", "minimum": 1.0, "maximum": 9.0, "default": 5 },
        })
    );
    assert_eq!(operation["parameters"][2]["style"], "pipeDelimited");
    assert_eq!(operation["parameters"][2]["explode"], false);
    let part = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Part" } } });
    assert_eq!(
        operation["requestBody"],
        json!({ "content": part, "required": true })
    );
    let success = &operation["responses"]["200"];
    assert_eq!(success["description"], "The part.");
    assert_eq!(success["content"], part);
    assert_eq!(
        success["headers"]["ETag"]["schema"],
        json!({ "type": "string", "minLength": 3 })
    );
    assert_eq!(
        operation["responses"]["400"]["content"],
        json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } })
    );
}

#[test]
fn a_path_is_there_once_with_all_its_methods() {
    let document = document();
    assert_eq!(document["paths"].as_object().unwrap().len(), 1);
    let methods = document["paths"]["/widgets/{widget_id}/part"]
        .as_object()
        .unwrap();
    assert_eq!(methods.keys().collect::<Vec<_>>(), ["put", "get"]);
}

#[test]
fn every_schema_that_is_used_is_registered() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut names: Vec<_> = schemas.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["Part", "Problem", "Violation", "WidgetId"]);
    assert_eq!(
        schemas["WidgetId"],
        json!({
            "type": "string", "minLength": 33, "maxLength": 33,
            "pattern": "^widget_[0-7][0-9a-hjkmnp-tv-z]{25}$",
        })
    );
    assert_eq!(schemas["Part"]["required"], json!(["size"]));
    assert_eq!(
        schemas["Violation"]["properties"]["in"]["enum"],
        json!(["body", "query", "path", "header", "cookie"])
    );
    assert_eq!(
        document["components"]["securitySchemes"]["bearerAuth"],
        json!({ "type": "http", "scheme": "bearer" })
    );
}

#[test]
fn models_have_the_traits_of_poem_openapi() {
    let value = json!({ "size": 1, "a/b~c": "abc" });
    let part = Part::parse_from_json(Some(value.clone())).unwrap();
    assert_eq!(
        part,
        Part::parse_from_json_string(&value.to_string()).unwrap()
    );
    assert_eq!(part.to_json().unwrap()["size"], 1);
    assert_eq!(Part::name(), Part::NAME);
    assert!(Part::IS_REQUIRED && part.as_raw_value() == Some(&part));
    assert_eq!(part.raw_element_iter().count(), 1);
    assert_eq!(<Json<Part> as Payload>::CONTENT_TYPE, "application/json");
    assert_eq!(<Json<Part> as Payload>::schema_ref(), Part::schema_ref());
    assert_eq!(
        Colour::parse_from_json(Some(json!("red"))).unwrap(),
        Colour::Red
    );

    let mut registry = Registry::new();
    <Json<Part> as Payload>::register(&mut registry);
    <Circle as Type>::register(&mut registry);
    assert_eq!(
        registry.schemas.keys().collect::<Vec<_>>(),
        ["Circle", "CircleKind", "Part"]
    );
}

#[test]
fn they_are_as_strict_as_routes() {
    for text in [
        r#"{"size":-1}"#,
        r#"{"size":1,"size":2}"#,
        r#"{"size":1,"x":2}"#,
        r#"{"size":1} 2"#,
        "null",
    ] {
        assert!(Part::parse_from_json_string(text).is_err(), "{text}");
    }
    assert!(Part::parse_from_json(None).is_err());
    let error = Part::parse_from_json(Some(json!({ "size": "1" }))).unwrap_err();
    assert!(error.into_message().contains("/size"));
}
