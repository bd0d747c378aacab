//! How generated routes describe themselves to poem-openapi.
//!
//! The description is made of the schemas that enforce it, so it can be compared
//! with the document that they were generated from.

use std::collections::HashMap;

use poem_openapi::registry::{
    MetaApi, MetaHeader, MetaMediaType, MetaOperation, MetaPath, MetaRequest, MetaResponse,
    MetaResponses, MetaSchemaRef, MetaSecurityScheme, Registry,
};

use crate::model::Model;
use crate::operation::{Operation, Scheme};
use crate::parameter_meta::ParameterMeta;
use crate::problem::Problem;
use crate::problem::header::{
    ProblemHeader, RATE_LIMIT, RATE_LIMIT_POLICY, RETRY_AFTER, WWW_AUTHENTICATE,
};
use crate::schema::{Describe, model};

/// The description of an API: a generated `OpenApi::meta` fills one and gives
/// [`Description::into_meta`], its `register` gives [`Description::register`].
///
/// ```
/// use charter_contract::{Description, Location, Method, Operation, ParameterMeta, integer, string};
///
/// static READ: Operation = Operation {
///     id: "readPart",
///     method: Method::GET,
///     path: "/parts/{part}",
///     tag: "Parts",
///     security: &[],
///     body: None,
///     status: 200,
///     idempotent: false,
///     audit: None,
///     rate_limit: None,
///     even_time: false,
///     statuses: &[200, 400],
/// };
///
/// let mut api = Description::new();
/// api.operation(&READ)
///     .summary("Read a part.")
///     .parameter(ParameterMeta::required(Location::Path, "part", &string().max_length(8)))
///     .parameter(ParameterMeta::optional(Location::Query, "limit", &integer()).default(10))
///     .success(200, "The part.")
///     .content("application/json", &string())
///     .failure(400, "The request breaks the document.");
/// assert_eq!(api.into_meta()[0].paths[0].path, "/parts/{part}");
/// ```
#[derive(Default)]
pub struct Description {
    paths: Vec<MetaPath>,
    schemes: Vec<(&'static str, Scheme)>,
    registry: Registry,
}

impl Description {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a security scheme under its name in the document.
    #[must_use]
    pub fn security_scheme(mut self, name: &'static str, scheme: Scheme) -> Self {
        self.registry
            .create_security_scheme(name, security_scheme(scheme));
        self.schemes.push((name, scheme));
        self
    }

    /// Goes on with an operation.
    pub fn operation(&mut self, operation: &'static Operation) -> OperationMeta<'_> {
        let security = operation
            .security
            .iter()
            .filter_map(|requirement| {
                let (name, _) = self
                    .schemes
                    .iter()
                    .find(|(_, scheme)| *scheme == requirement.scheme)?;
                Some(HashMap::from([(*name, requirement.scopes.to_vec())]))
            })
            .collect();
        let meta = MetaOperation {
            method: operation.method.clone(),
            tags: vec![operation.tag],
            summary: None,
            description: None,
            external_docs: None,
            params: Vec::new(),
            request: None,
            responses: MetaResponses {
                responses: Vec::new(),
            },
            deprecated: false,
            security,
            operation_id: Some(operation.id),
            code_samples: Vec::new(),
        };
        OperationMeta {
            api: self,
            operation,
            meta: Some(meta),
        }
    }

    /// For [`poem_openapi::OpenApi::meta`].
    #[must_use]
    pub fn into_meta(self) -> Vec<MetaApi> {
        vec![MetaApi { paths: self.paths }]
    }

    /// For [`poem_openapi::OpenApi::register`]: the schemas that the operations
    /// use, and the security schemes.
    pub fn register(self, registry: &mut Registry) {
        registry.schemas.extend(self.registry.schemas);
        for (name, scheme) in self.registry.security_schemes {
            registry.create_security_scheme(name, scheme);
        }
    }
}

impl std::fmt::Debug for Description {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(&self.paths).finish()
    }
}

/// The description of an operation; complete when it is dropped.
pub struct OperationMeta<'a> {
    api: &'a mut Description,
    operation: &'static Operation,
    // Taken when it is dropped.
    meta: Option<MetaOperation>,
}

impl OperationMeta<'_> {
    fn change(mut self, change: impl FnOnce(&mut MetaOperation, &mut Registry)) -> Self {
        if let Some(meta) = &mut self.meta {
            change(meta, &mut self.api.registry);
        }
        self
    }

    /// Its summary.
    pub fn summary(self, summary: &'static str) -> Self {
        self.change(|meta, _| meta.summary = Some(summary))
    }

    /// Its description.
    pub fn description(self, description: &'static str) -> Self {
        self.change(|meta, _| meta.description = Some(description))
    }

    /// Not to be used any more.
    pub fn deprecated(self) -> Self {
        self.change(|meta, _| meta.deprecated = true)
    }

    /// One of its parameters.
    pub fn parameter(self, parameter: ParameterMeta<'_>) -> Self {
        self.change(|meta, registry| {
            parameter.schema.register(registry);
            meta.params.push(parameter.meta);
        })
    }

    /// Its body, of the media type and presence that the operation has.
    pub fn body(self, schema: &dyn Describe) -> Self {
        let rule = self.operation.body.as_ref();
        self.change(|meta, registry| {
            schema.register(registry);
            meta.request = rule.map(|rule| MetaRequest {
                description: None,
                content: vec![media_type(rule.media_type, schema)],
                required: rule.required,
            });
        })
    }

    /// A success; its content and headers follow.
    pub fn success(self, status: u16, description: &'static str) -> Self {
        self.change(|meta, _| {
            meta.responses.responses.push(MetaResponse {
                description,
                status: Some(status),
                status_range: None,
                content: Vec::new(),
                headers: Vec::new(),
            });
        })
    }

    /// What the answer before carries.
    pub fn content(self, content_type: &'static str, schema: &dyn Describe) -> Self {
        self.change(|meta, registry| {
            schema.register(registry);
            if let Some(answer) = meta.responses.responses.last_mut() {
                answer.content.push(media_type(content_type, schema));
            }
        })
    }

    /// A header that the answer before always has.
    pub fn header(self, name: &str, description: &str, schema: &dyn Describe) -> Self {
        self.any_header(name, description, schema, true)
    }

    /// A header that the answer before may have.
    pub fn optional_header(self, name: &str, description: &str, schema: &dyn Describe) -> Self {
        self.any_header(name, description, schema, false)
    }

    fn any_header(
        self,
        name: &str,
        description: &str,
        schema: &dyn Describe,
        required: bool,
    ) -> Self {
        self.change(|meta, registry| {
            schema.register(registry);
            if let Some(answer) = meta.responses.responses.last_mut() {
                answer.headers.push(MetaHeader {
                    name: name.to_owned(),
                    description: Some(description.to_owned()),
                    required,
                    deprecated: false,
                    schema: schema.meta(),
                });
            }
        })
    }

    /// A failure: a problem, with the headers that the run time gives it.
    pub fn failure(self, status: u16, description: &'static str) -> Self {
        let headers: &[ProblemHeader] = match status {
            401 => &[WWW_AUTHENTICATE],
            429 => &[RETRY_AFTER, RATE_LIMIT_POLICY, RATE_LIMIT],
            503 => &[RETRY_AFTER],
            _ => &[],
        };
        let problem = self
            .success(status, description)
            .content("application/problem+json", &model::<Problem>());
        headers.iter().fold(problem, |problem, header| {
            problem.header(header.name, header.description, header.schema)
        })
    }
}

impl Drop for OperationMeta<'_> {
    fn drop(&mut self) {
        let Some(meta) = self.meta.take() else {
            return;
        };
        let path = self.operation.path;
        match self.api.paths.iter_mut().find(|own| own.path == path) {
            Some(own) => own.operations.push(meta),
            None => self.api.paths.push(MetaPath {
                path: path.to_owned(),
                operations: vec![meta],
            }),
        }
    }
}

impl std::fmt::Debug for OperationMeta<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.operation.id)
    }
}

fn media_type(content_type: &'static str, schema: &dyn Describe) -> MetaMediaType {
    MetaMediaType {
        content_type,
        schema: schema.meta(),
    }
}

fn security_scheme(scheme: Scheme) -> MetaSecurityScheme {
    let (ty, name, key_in, http) = match scheme {
        Scheme::Bearer => ("http", None, None, Some("bearer")),
        Scheme::Header(name) => ("apiKey", Some(name), Some("header"), None),
    };
    MetaSecurityScheme {
        ty,
        description: None,
        name,
        key_in,
        scheme: http,
        bearer_format: None,
        flows: None,
        openid_connect_url: None,
    }
}

/// A schema by its name.
pub(crate) fn reference<T: Model>() -> MetaSchemaRef {
    MetaSchemaRef::Reference(T::NAME.to_owned())
}
