//! Tags and operations.

use std::rc::Rc;

use super::{Direction, Lowering};
use crate::ir::{
    self, Body, BodyKind, Content, Failure, Kind, Notation, ResponseHeader, Scalar, Shape, Success,
    Use,
};
use crate::names;
use crate::openapi::{
    Location, MediaType, Operation, OrRef, Parameter, PathItem, Requirement, Response, Schema,
    Scheme, Style,
};
use crate::source::Place;

/// The failures that the run-time has types for.
const FAILURES: &[(u16, &str)] = &[
    (400, "BadRequest"),
    (401, "Unauthorized"),
    (402, "PaymentRequired"),
    (403, "Forbidden"),
    (404, "NotFound"),
    (406, "NotAcceptable"),
    (409, "Conflict"),
    (410, "Gone"),
    (412, "PreconditionFailed"),
    (413, "PayloadTooLarge"),
    (415, "UnsupportedMediaType"),
    (422, "UnprocessableContent"),
    (428, "PreconditionRequired"),
    (429, "TooManyRequests"),
    (500, "Internal"),
    (502, "BadGateway"),
    (503, "ServiceUnavailable"),
];

/// Statuses of answers that are no failures.
const SUCCESSES: &[u16] = &[200, 201, 202, 203, 204, 301, 302, 303, 307, 308];

/// Headers that the run-time adds to answers by itself.
const RUNTIME_HEADERS: &[&str] = &[
    "ratelimit",
    "ratelimit-policy",
    "idempotency-replayed",
    "x-request-id",
];

/// The type of problems.
const PROBLEM: &str = "charter_contract::Problem";

impl Lowering<'_> {
    pub(super) fn lower_tags(&mut self) -> Vec<ir::Tag> {
        let document = self.document;
        let mut tags: Vec<ir::Tag> = document
            .tags
            .iter()
            .map(|tag| ir::Tag {
                name: tag.name.clone(),
                description: tag.description.clone(),
                operations: Vec::new(),
            })
            .collect();
        let mut ids: Vec<(String, Place)> = Vec::new();
        for (path, path_at, item) in &document.paths {
            for (method, _, operation) in &item.operations {
                if let Some(id) = &operation.id {
                    let same = ids
                        .iter()
                        .find(|(known, _)| names::snake(known) == names::snake(id));
                    if let Some((known, place)) = same {
                        self.report(
                            &operation.id_at,
                            format!(
                                "the operationId {id} is as good as {known} at {}:{}",
                                place.file, place.line
                            ),
                        );
                    }
                    ids.push((id.clone(), operation.id_at.clone()));
                }
                let tag = self.tag(operation);
                let Some(lowered) =
                    self.operation(path, path_at, method, item, operation, tag.as_deref())
                else {
                    continue;
                };
                if let Some(tag) = tags
                    .iter_mut()
                    .find(|known| Some(&known.name) == tag.as_ref())
                {
                    tag.operations.push(lowered);
                }
            }
        }
        for (tag, written) in tags.iter().zip(&document.tags) {
            if tag.operations.is_empty() {
                self.report(
                    &written.at,
                    format!("no operation has the tag {}", tag.name),
                );
            }
        }
        self.check_links();
        tags
    }

    fn tag(&self, operation: &Operation) -> Option<String> {
        let [(tag, at)] = operation.tags.as_slice() else {
            self.report(
                &operation.tags_at,
                "an operation has exactly one tag: it names the module and the trait",
            );
            return None;
        };
        if !self.document.tags.iter().any(|known| known.name == *tag) {
            self.report(at, format!("the document does not declare the tag {tag}"));
        }
        Some(tag.clone())
    }

    fn operation(
        &mut self,
        path: &str,
        path_at: &Place,
        method: &str,
        item: &PathItem,
        operation: &Operation,
        tag: Option<&str>,
    ) -> Option<ir::Operation> {
        let id = operation.id.clone()?;
        let parameters = self.parameters(&id, path, path_at, item, operation);
        let body = operation
            .body
            .as_ref()
            .and_then(|body| self.body(&id, method, body));
        let (successes, failures) = self.responses(&id, operation);
        let security = self.security(operation);
        let lowered = ir::Operation {
            method: method.to_uppercase(),
            path: format!("{}{path}", self.document.base),
            tag: tag.unwrap_or_default().to_owned(),
            summary: operation.summary.clone(),
            description: operation.description.clone(),
            deprecated: operation.deprecated,
            parameters,
            body,
            successes,
            failures,
            security,
            idempotent: operation.idempotent,
            audit: operation.audit.clone(),
            rate_limit: operation.rate_limit.as_ref().map(|limit| ir::RateLimit {
                limit: limit.limit,
                window_seconds: limit.window_seconds,
            }),
            even_time: operation.even_time,
            id,
        };
        self.check_operation(operation, &lowered);
        Some(lowered)
    }

    fn parameters(
        &mut self,
        id: &str,
        path: &str,
        path_at: &Place,
        item: &PathItem,
        operation: &Operation,
    ) -> Vec<ir::Parameter> {
        let mut written: Vec<Rc<Parameter>> = Vec::new();
        for parameter in item.parameters.iter().chain(&operation.parameters) {
            let Some(parameter) = self.follow(parameter) else {
                continue;
            };
            // An operation's own parameter takes the place of the path's.
            written.retain(|known| {
                known.name != parameter.name || known.location != parameter.location
            });
            written.push(parameter);
        }
        self.check_template(path, path_at, &written);
        let mut parameters: Vec<ir::Parameter> = Vec::new();
        let order = [
            Location::Path,
            Location::Query,
            Location::Header,
            Location::Cookie,
        ];
        for location in order {
            for parameter in written.iter().filter(|one| one.location == location) {
                let Some(mut lowered) = self.parameter(id, parameter) else {
                    continue;
                };
                lowered.field = names::unique(lowered.field, "_", |field| {
                    field == "body" || parameters.iter().any(|known| known.field == field)
                });
                parameters.push(lowered);
            }
        }
        parameters
    }

    fn check_template(&self, path: &str, path_at: &Place, parameters: &[Rc<Parameter>]) {
        let mut template: Vec<&str> = Vec::new();
        for segment in path.split('/') {
            match segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
            {
                Some(name) => template.push(name),
                None if segment.contains(['{', '}']) => self.report(
                    path_at,
                    format!("`{segment}`: only a whole segment can be a parameter"),
                ),
                None => {}
            }
        }
        for name in &template {
            let found = parameters
                .iter()
                .any(|one| one.location == Location::Path && one.name == *name);
            if !found {
                self.report(
                    path_at,
                    format!("the path parameter {name} is not declared"),
                );
            }
        }
        for parameter in parameters {
            if parameter.location != Location::Path {
                continue;
            }
            if !template.contains(&parameter.name.as_str()) {
                self.report(
                    &parameter.at,
                    format!("the path {path} has no parameter {}", parameter.name),
                );
            }
            if !parameter.required {
                self.report(&parameter.at, "a path parameter says `required: true`");
            }
        }
    }

    fn parameter(&mut self, id: &str, parameter: &Parameter) -> Option<ir::Parameter> {
        let at = &parameter.at;
        if parameter.location == Location::Header
            && ["accept", "content-type", "authorization"]
                .contains(&parameter.name.to_lowercase().as_str())
        {
            self.report(
                at,
                format!(
                    "{} is described by media types and security",
                    parameter.name
                ),
            );
            return None;
        }
        let inline_name = format!("{id}_{}", parameter.name);
        let (schema, notation) = self.notation(parameter)?;
        let schema = Rc::new(schema);
        let value = self.schema(&schema, &inline_name, Direction::Request)?;
        for example in &parameter.examples {
            // What is encoded is not looked into.
            if notation != Notation::Base64Json {
                self.expect(example, &schema, Direction::Request);
            }
        }
        self.check_notation(parameter, notation, &value);
        self.check_binary(&value, at);
        let target = self.followed(&schema);
        Some(ir::Parameter {
            name: parameter.name.clone(),
            field: names::field(&parameter.name),
            location: parameter.location,
            docs: parameter
                .description
                .clone()
                .or_else(|| super::schemas::docs(&schema))
                .or_else(|| super::schemas::docs(&target)),
            deprecated: parameter.deprecated,
            notation,
            presence: self.presence(&schema, &value, parameter.required, at),
            redact: self.is_redacted(&schema, &value),
            value,
        })
    }

    /// The schema of a parameter's value and how it is written.
    fn notation(&self, parameter: &Parameter) -> Option<(Schema, Notation)> {
        let at = &parameter.at;
        if let Some(schema) = &parameter.schema {
            let target = self.followed(schema);
            if target.content_encoding.as_deref() == Some("base64")
                && let Some(media_type) = &target.content_media_type
            {
                if media_type != "application/json" || parameter.location != Location::Query {
                    self.report(at, "base64 is decoded to JSON in query parameters only");
                    return None;
                }
                let inner = target
                    .content_schema
                    .as_deref()
                    .cloned()
                    .unwrap_or_else(|| Schema {
                        at: target.at.clone(),
                        ..Schema::default()
                    });
                return Some((inner, Notation::Base64Json));
            }
            return Some((
                schema.clone(),
                Notation::Text {
                    style: parameter.style,
                    explode: parameter.explode,
                },
            ));
        }
        match parameter.content.as_slice() {
            [(media_type, _, content)]
                if media_type == "application/json" && parameter.location == Location::Query =>
            {
                Some((content.schema.clone()?, Notation::Json))
            }
            [(_, place, _), ..] => {
                self.report(place, "only a query parameter can be application/json");
                None
            }
            [] => None,
        }
    }

    fn check_notation(&self, parameter: &Parameter, notation: Notation, value: &Use) {
        let Notation::Text { style, .. } = notation else {
            return;
        };
        let at = &parameter.at;
        if value.nullable {
            self.report(at, "a parameter written as text cannot be null");
        }
        let problem = match (self.text_form(value), style, parameter.location) {
            (TextForm::Scalar, Style::Simple | Style::Form, _) => None,
            (TextForm::Scalar, ..) => Some("this style writes arrays"),
            (TextForm::List, Style::DeepObject, _) => Some("deepObject writes objects"),
            (TextForm::List, _, Location::Cookie) => Some("a cookie cannot be an array"),
            (TextForm::List, Style::SpaceDelimited | Style::PipeDelimited, _)
                if parameter.explode =>
            {
                Some("a delimited array says `explode: false`")
            }
            (TextForm::List, ..) => None,
            (TextForm::Object, Style::DeepObject, _) => None,
            (TextForm::Object, ..) => {
                Some("an object in a parameter needs `style: deepObject`, or `content`")
            }
            (TextForm::Other, ..) => Some("this value cannot be written as text; use `content`"),
        };
        if let Some(problem) = problem {
            self.report(at, problem);
        }
    }

    /// How a value can be written without JSON.
    pub(super) fn text_form(&self, value: &Use) -> TextForm {
        match &value.shape {
            Shape::Scalar(_)
            | Shape::Fixed {
                is_scalar: true, ..
            } => TextForm::Scalar,
            Shape::Array { item, .. } if self.text_form(item) == TextForm::Scalar => TextForm::List,
            Shape::Map { value, .. } if self.text_form(value) == TextForm::Scalar => {
                TextForm::Object
            }
            Shape::Named(id) => match &self.types[id.0].kind {
                Kind::Enum(_) | Kind::Newtype(_) | Kind::Secret(_) | Kind::Id(_) => {
                    TextForm::Scalar
                }
                Kind::Struct(object)
                    if object.members.iter().all(|member| {
                        !member.value.nullable && self.text_form(&member.value) == TextForm::Scalar
                    }) =>
                {
                    TextForm::Object
                }
                _ => TextForm::Other,
            },
            _ => TextForm::Other,
        }
    }

    fn body(
        &mut self,
        id: &str,
        method: &str,
        body: &OrRef<crate::openapi::RequestBody>,
    ) -> Option<Body> {
        let body = self.follow(body)?;
        if matches!(method, "get" | "delete") {
            self.report(
                &body.at,
                format!("a {} request has no body", method.to_uppercase()),
            );
        }
        let [(media_type, at, content)] = body.content.as_slice() else {
            self.report(&body.at, "a body has exactly one media type");
            return None;
        };
        let schema = Rc::new(self.content_schema(content)?);
        let value = self.schema(&schema, &format!("{id}_body"), Direction::Request)?;
        for example in &content.examples {
            if is_json(media_type) {
                self.expect(example, &schema, Direction::Request);
            }
        }
        if media_type != "multipart/form-data" {
            for (_, place, _) in &content.encoding {
                self.report(
                    place,
                    "`encoding` describes the parts of multipart/form-data",
                );
            }
        }
        let is_form = matches!(
            media_type.as_str(),
            "application/x-www-form-urlencoded" | "multipart/form-data"
        );
        if is_form && !body.required {
            self.report(&body.at, "a form says `required: true`");
        }
        let kind = match media_type.as_str() {
            _ if is_json(media_type) => {
                self.check_binary(&value, at);
                BodyKind::Json
            }
            "application/x-www-form-urlencoded" => {
                self.check_form(&value, at);
                BodyKind::Form
            }
            "multipart/form-data" => BodyKind::Multipart(self.parts(content, &value, at)?),
            _ => match &value.shape {
                Shape::Scalar(Scalar::Binary) => BodyKind::Binary,
                Shape::Scalar(Scalar::String(_)) => BodyKind::Text,
                _ => {
                    self.report(at, format!("a body of {media_type} is a string or binary"));
                    return None;
                }
            },
        };
        Some(Body {
            media_type: media_type.clone(),
            kind,
            required: body.required,
            limit: body.limit,
            docs: body.description.clone(),
            value,
        })
    }

    /// JSON has no bytes.
    fn check_binary(&self, value: &Use, at: &Place) {
        let mut seen = Vec::new();
        let mut todo = vec![value.clone()];
        while let Some(value) = todo.pop() {
            match value.shape {
                Shape::Scalar(Scalar::Binary) => {
                    self.report(
                        at,
                        "JSON and text have no bytes; write `contentEncoding: base64`",
                    );
                    return;
                }
                Shape::Array { item, .. } => todo.push(*item),
                Shape::Map { value, .. } => todo.push(*value),
                Shape::Named(id) if !seen.contains(&id) => {
                    seen.push(id);
                    todo.extend(super::reach::parts(&self.types[id.0].kind));
                }
                _ => {}
            }
        }
    }

    fn content_schema(&self, content: &MediaType) -> Option<Schema> {
        if content.schema.is_none() {
            self.report(&content.at, "a media type needs a `schema`");
        }
        content.schema.clone()
    }

    fn check_form(&self, value: &Use, at: &Place) {
        let Some(form) = self.form(value, at) else {
            return;
        };
        if let Some(extra) = &form.extra
            && extra.value != Use::new(Shape::Any)
        {
            self.report(
                at,
                "other fields of a form are texts: `additionalProperties` is `false` or `true`",
            );
        }
        for member in &form.members {
            if member.value.nullable
                || is_binary(&member.value)
                || !matches!(
                    self.text_form(&member.value),
                    TextForm::Scalar | TextForm::List
                )
            {
                self.report(
                    at,
                    format!("the form field `{}` cannot be written as text", member.name),
                );
            }
        }
    }

    /// The object that a form is.
    fn form(&self, value: &Use, at: &Place) -> Option<&ir::Struct> {
        if let Shape::Named(id) = value.shape
            && let Kind::Struct(object) = &self.types[id.0].kind
        {
            return Some(object);
        }
        self.report(at, "a form is an object");
        None
    }

    fn parts(&self, content: &MediaType, value: &Use, at: &Place) -> Option<Vec<ir::Part>> {
        let form = self.form(value, at)?;
        if form.extra.is_some() {
            self.report(
                at,
                "a form with files is a closed object: `additionalProperties: false`",
            );
        }
        let members = &form.members;
        for member in members {
            if !is_binary(&member.value) {
                self.check_binary(&member.value, at);
            }
        }
        for (name, place, encoding) in &content.encoding {
            let Some(member) = members.iter().find(|member| member.name == *name) else {
                self.report(place, format!("the form has no field `{name}`"));
                continue;
            };
            if !is_binary(&member.value)
                && (!encoding.content_types.is_empty() || encoding.max_bytes.is_some())
            {
                self.report(place, format!("the field `{name}` is no file"));
            }
            if encoding.explode == Some(false) {
                self.report(place, "parts of an array are written one by one");
            }
        }
        Some(
            members
                .iter()
                .filter(|member| is_binary(&member.value))
                .map(|member| {
                    let encoding = content
                        .encoding
                        .iter()
                        .find(|(name, ..)| *name == member.name)
                        .map(|(.., encoding)| encoding);
                    ir::Part {
                        name: member.name.clone(),
                        content_types: encoding
                            .map(|encoding| encoding.content_types.clone())
                            .unwrap_or_default(),
                        max_bytes: encoding.and_then(|encoding| encoding.max_bytes),
                    }
                })
                .collect(),
        )
    }

    fn responses(&mut self, id: &str, operation: &Operation) -> (Vec<Success>, Vec<Failure>) {
        let mut successes = Vec::new();
        let mut failures = Vec::new();
        for (status, at, response) in &operation.responses {
            let Some(response) = self.follow(response) else {
                continue;
            };
            let Ok(code) = status.parse::<u16>() else {
                self.report(at, format!("`{status}` is not a status; name each one"));
                continue;
            };
            if SUCCESSES.contains(&code) {
                let several = operation
                    .responses
                    .iter()
                    .filter(|(status, ..)| status.starts_with(['2', '3']))
                    .count()
                    > 1;
                let suffix = if several { status.as_str() } else { "" };
                successes.extend(self.success(&format!("{id}_response{suffix}"), code, &response));
            } else if let Some((_, name)) = FAILURES.iter().find(|(known, _)| *known == code) {
                self.check_problem(at, &response);
                failures.push(Failure {
                    status: code,
                    name,
                    docs: response.description.clone(),
                });
            } else {
                self.report(
                    at,
                    format!("the run-time has no answer with the status {status}"),
                );
            }
        }
        if successes.is_empty() {
            self.report(&operation.at, "an operation documents a success");
        }
        successes.sort_by_key(|success| success.status);
        failures.sort_by_key(|failure| failure.status);
        (successes, failures)
    }

    fn success(&mut self, name: &str, status: u16, response: &Response) -> Option<Success> {
        let mut headers: Vec<ResponseHeader> = Vec::new();
        for (header_name, at, header) in &response.headers {
            if RUNTIME_HEADERS.contains(&header_name.to_lowercase().as_str()) {
                continue;
            }
            let header = self.follow(header)?;
            let schema = Rc::new(header.schema.clone()?);
            let inline_name = format!("{name}_{header_name}");
            let value = self.schema(&schema, &inline_name, Direction::Response)?;
            if value.nullable || self.text_form(&value) != TextForm::Scalar {
                self.report(at, "a header is a scalar");
            }
            for example in &header.examples {
                self.expect(example, &schema, Direction::Response);
            }
            headers.push(ResponseHeader {
                name: header_name.clone(),
                field: names::unique(names::field(header_name), "_", |field| {
                    field == "body" || headers.iter().any(|known| known.field == field)
                }),
                docs: header.description.clone(),
                required: header.required,
                redact: self.is_redacted(&schema, &value),
                value,
            });
        }
        let is_redirect = (300..400).contains(&status);
        if is_redirect
            && !headers
                .iter()
                .any(|header| header.required && header.name.eq_ignore_ascii_case("location"))
        {
            self.report(&response.at, "a redirect has a required header Location");
        }
        let content = match response.content.as_slice() {
            [] => Content::Nothing,
            [(media_type, at, content)] => {
                if status == 204 || is_redirect {
                    self.report(at, format!("a {status} has no content"));
                }
                let schema = Rc::new(self.content_schema(content)?);
                let value = self.schema(&schema, name, Direction::Response)?;
                if is_json(media_type) {
                    for example in &content.examples {
                        self.expect(example, &schema, Direction::Response);
                    }
                }
                let media_type = media_type.clone();
                match &value.shape {
                    _ if is_json(&media_type) => {
                        self.check_binary(&value, at);
                        Content::Json { media_type, value }
                    }
                    Shape::Scalar(Scalar::Binary) => Content::Binary { media_type },
                    Shape::Scalar(Scalar::String(_)) => Content::Text { media_type },
                    _ => {
                        self.report(at, format!("content of {media_type} is a string or binary"));
                        return None;
                    }
                }
            }
            [_, (_, at, _), ..] => {
                self.report(at, "a response has one media type");
                return None;
            }
        };
        Some(Success {
            status,
            docs: response.description.clone(),
            headers,
            content,
        })
    }

    /// Failures are problems.
    fn check_problem(&mut self, at: &Place, response: &Response) {
        let [(media_type, _, content)] = response.content.as_slice() else {
            self.report(at, "a failure is application/problem+json and nothing else");
            return;
        };
        let is_problem = media_type == "application/problem+json"
            && content
                .schema
                .as_ref()
                .is_some_and(|schema| self.followed(schema).fixed.as_deref() == Some(PROBLEM));
        if !is_problem {
            self.report(
                at,
                format!(
                    "a failure is application/problem+json with the schema marked \
                     `x-charter-type: {PROBLEM}`"
                ),
            );
            return;
        }
        if let Some(schema) = &content.schema {
            for example in &content.examples {
                self.expect(example, schema, Direction::Response);
            }
        }
    }

    fn security(&mut self, operation: &Operation) -> Vec<ir::Requirement> {
        let written = match (&operation.security, &self.document.security) {
            (Some(own), _) => own.clone(),
            (None, Some(shared)) => shared.clone(),
            (None, None) => {
                self.report(
                    &operation.at,
                    "say who may call it: `security`, empty for everybody",
                );
                return Vec::new();
            }
        };
        written
            .iter()
            .filter_map(|requirement| self.requirement(requirement))
            .collect()
    }

    fn requirement(&self, requirement: &Requirement) -> Option<ir::Requirement> {
        let [required] = requirement.schemes.as_slice() else {
            self.report(
                &requirement.at,
                "each alternative of `security` names one scheme",
            );
            return None;
        };
        let scheme: Option<Rc<Scheme>> = self
            .document
            .schemes
            .iter()
            .find(|(known, ..)| *known == required.name)
            .and_then(|(.., scheme)| self.follow(scheme));
        let Some(scheme) = scheme else {
            self.report(
                &required.at,
                format!("there is no security scheme {}", required.name),
            );
            return None;
        };
        Some(ir::Requirement {
            name: required.name.clone(),
            scheme: scheme.kind.clone()?,
            credentials: scheme.credentials.clone(),
            scopes: required.scopes.clone(),
        })
    }

    /// What holds for an operation as a whole.
    fn check_operation(&self, written: &Operation, operation: &ir::Operation) {
        let documents = |status: u16| {
            operation
                .failures
                .iter()
                .any(|failure| failure.status == status)
        };
        let has_key = operation.parameters.iter().any(|parameter| {
            parameter.location == Location::Header
                && parameter.name.eq_ignore_ascii_case("idempotency-key")
        });
        if operation.idempotent {
            if !documents(422) {
                self.report(
                    &written.at,
                    "an idempotent operation can answer 422; document it",
                );
            }
            if !has_key {
                self.report(
                    &written.at,
                    "an idempotent operation declares the header Idempotency-Key",
                );
            }
            if operation.security.is_empty() {
                self.report(
                    &written.at,
                    "repetitions are recognised by caller; a public operation cannot be idempotent",
                );
            }
            // What is stored of the first answer is its JSON.
            let repeatable = match operation.successes.as_slice() {
                [only] => {
                    only.headers.is_empty()
                        && matches!(only.content, Content::Nothing | Content::Json { .. })
                }
                _ => false,
            };
            if !repeatable {
                self.report(
                    &written.at,
                    "an idempotent operation has one success, in JSON and without headers",
                );
            }
        } else if has_key {
            self.report(
                &written.at,
                "the header Idempotency-Key does nothing without `x-charter-idempotent: true`",
            );
        }
        let needed = [
            (400, true, "every operation refuses unknown parameters"),
            (401, !operation.security.is_empty(), "it needs a credential"),
            (
                403,
                operation.security.iter().any(|one| !one.scopes.is_empty()),
                "it needs a scope",
            ),
            (413, operation.body.is_some(), "it takes a body"),
            (415, operation.body.is_some(), "it takes a body"),
            (429, true, "every operation is limited"),
            (500, true, "anything can fail"),
        ];
        for (status, applies, why) in needed {
            if applies && !documents(status) {
                self.report(&written.at, format!("document the {status}: {why}"));
            }
        }
    }

    /// Links lead to operations and parameters that exist.
    fn check_links(&self) {
        let operations: Vec<(&PathItem, &Operation)> = self
            .document
            .paths
            .iter()
            .flat_map(|(_, _, item)| item.operations.iter().map(move |(_, _, one)| (item, one)))
            .collect();
        for (item, operation) in &operations {
            for (_, _, response) in &operation.responses {
                let Some(response) = self.follow(response) else {
                    continue;
                };
                for (_, _, link) in &response.links {
                    let Some(link) = self.follow(link) else {
                        continue;
                    };
                    let Some(id) = &link.operation_id else {
                        continue;
                    };
                    let target = operations
                        .iter()
                        .find(|(_, target)| target.id.as_ref() == Some(id));
                    let Some((target_item, target)) = target else {
                        self.report(&link.operation_at, format!("there is no operation {id}"));
                        continue;
                    };
                    let accepted = self.parameter_names(target_item, target);
                    let own = self.parameter_names(item, operation);
                    for (name, at, parameter) in &link.parameters {
                        // `path.id` tells parameters of the same name apart.
                        let bare = name.split_once('.').map_or(name.as_str(), |(_, bare)| bare);
                        if !accepted
                            .iter()
                            .any(|(_, known)| known == name || known == bare)
                        {
                            self.report(at, format!("{id} has no parameter {name}"));
                        }
                        self.check_expression(parameter, &own, &response);
                    }
                    if let Some(at) = &link.body_at
                        && target.body.is_none()
                    {
                        self.report(at, format!("{id} takes no body"));
                    }
                }
            }
        }
    }

    fn parameter_names(&self, item: &PathItem, operation: &Operation) -> Vec<(Location, String)> {
        item.parameters
            .iter()
            .chain(&operation.parameters)
            .filter_map(|parameter| self.follow(parameter))
            .map(|parameter| (parameter.location, parameter.name.clone()))
            .collect()
    }

    /// A run-time expression of a link names something that is there.
    fn check_expression(
        &self,
        parameter: &crate::openapi::LinkParameter,
        own: &[(Location, String)],
        response: &Response,
    ) {
        let Some(expression) = &parameter.expression else {
            return;
        };
        let problem = if let Some(pointer) = expression.strip_prefix("$response.body#") {
            let schema = response
                .content
                .first()
                .and_then(|(.., content)| content.schema.clone());
            schema
                .filter(|schema| !self.leads_somewhere(schema, pointer))
                .map(|_| format!("the response has nothing at {pointer}"))
        } else if let Some(name) = expression.strip_prefix("$response.header.") {
            (!response
                .headers
                .iter()
                .any(|(known, ..)| known.eq_ignore_ascii_case(name)))
            .then(|| format!("the response has no header {name}"))
        } else if let Some(rest) = expression.strip_prefix("$request.") {
            match rest.split_once('.') {
                Some((location, name)) => (!own
                    .iter()
                    .any(|(known, other)| known.as_str() == location && other == name))
                .then(|| format!("the operation has no {location} parameter {name}")),
                None if rest.starts_with("body") => None,
                None => Some(format!("`{expression}` is no run-time expression")),
            }
        } else {
            Some(format!("`{expression}` cannot be followed"))
        };
        if let Some(problem) = problem {
            self.report(&parameter.at, problem);
        }
    }

    fn leads_somewhere(&self, schema: &Schema, pointer: &str) -> bool {
        let schema = self.followed(schema);
        let mut segments = pointer.splitn(3, '/');
        segments.next();
        let Some(segment) = segments.next() else {
            return true;
        };
        let rest = segments
            .next()
            .map_or_else(String::new, |rest| format!("/{rest}"));
        let branches = schema
            .all_of
            .iter()
            .chain(&schema.one_of)
            .chain(&schema.any_of);
        if branches
            .into_iter()
            .any(|branch| self.leads_somewhere(branch, pointer))
        {
            return true;
        }
        if segment.chars().all(|digit| digit.is_ascii_digit())
            && let Some(items) = &schema.items
        {
            return self.leads_somewhere(items, &rest);
        }
        schema
            .properties
            .iter()
            .any(|(name, _, property)| name == segment && self.leads_somewhere(property, &rest))
    }
}

/// How a value is written without JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextForm {
    Scalar,
    List,
    Object,
    Other,
}

/// Whether a body of this media type is JSON.
fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// Whether a form field is a file, or several.
pub(crate) fn is_binary(value: &Use) -> bool {
    match &value.shape {
        Shape::Scalar(Scalar::Binary) => true,
        Shape::Array { item, .. } => is_binary(item),
        _ => false,
    }
}
