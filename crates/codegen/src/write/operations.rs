//! A tag's module: its trait, and each operation's request, answer and route.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::models::{finish, wrapped};
use super::print::{self, deprecation, docs};
use super::scope::{Place, Scope, ident, local};
use super::{notice, scheme_name};
use crate::ir::{
    Body, BodyKind, Content, Document, Kind, Member, Notation, Operation, Parameter, Part,
    Presence, Shape, Struct, Success, Tag, Use,
};
use crate::names;
use crate::openapi::{Credential, Location, SchemeKind, Style};

pub(super) fn write(document: &Document, tag: &Tag) -> String {
    let scope = Scope::new(document, Place::Operations);
    let writer = Writer {
        document,
        scope: &scope,
    };
    let mut items = vec![writer.api(tag), writer.routes(tag)];
    for operation in &tag.operations {
        items.push(writer.operation(operation));
    }
    items.push(writer.description(tag));
    let others = [quote! { use std::sync::Arc; }];
    let head = notice(document, &format!("{}.", tag.name));
    let mut uses = others.to_vec();
    uses.extend(scope.uses(&[]));
    print::file(&head, &uses, &items)
}

/// The name of a tag's trait.
pub(super) fn trait_name(tag: &Tag) -> proc_macro2::Ident {
    format_ident!("{}Api", names::camel(&tag.name))
}

/// The name of an operation's static.
pub(super) fn static_name(operation: &Operation) -> proc_macro2::Ident {
    format_ident!("{}", names::screaming(&operation.id))
}

struct Writer<'d> {
    document: &'d Document,
    scope: &'d Scope<'d>,
}

/// What an operation's method gives back.
enum Answer {
    /// A JSON body without documented headers.
    Json(TokenStream),
    /// Nothing.
    Nothing,
    /// Text or bytes in a media type.
    Content(TokenStream, String),
    /// A type of its own: headers, or several statuses.
    Own,
}

impl Writer<'_> {
    fn api(&self, tag: &Tag) -> TokenStream {
        let name = trait_name(tag);
        let text = docs(Some(
            tag.description.as_deref().unwrap_or(tag.name.as_str()),
        ));
        let async_trait = self.scope.contract("async_trait");
        let methods = tag.operations.iter().map(|operation| {
            let text = docs(Some(&deprecation(
                description(operation),
                operation.deprecated,
            )));
            let method = ident(&names::field(&operation.id));
            let (argument, principal) = self.principal(operation);
            let request = format_ident!("{}Request", names::camel(&operation.id));
            let answer = self.answer_type(operation);
            let error = format_ident!("{}Error", names::camel(&operation.id));
            quote! {
                #text
                async fn #method(
                    &self,
                    #argument: #principal,
                    request: #request,
                ) -> Result<#answer, #error>;
            }
        });
        quote! {
            #text
            #[#async_trait]
            pub trait #name: Send + Sync { #(#methods)* }
        }
    }

    fn principal(&self, operation: &Operation) -> (TokenStream, TokenStream) {
        if operation.security.is_empty() {
            (quote! { call }, self.scope.contract("Call"))
        } else {
            (quote! { caller }, self.scope.contract("Caller"))
        }
    }

    fn answer(&self, operation: &Operation) -> Answer {
        let [success] = operation.successes.as_slice() else {
            return Answer::Own;
        };
        if !success.headers.is_empty() {
            return Answer::Own;
        }
        match &success.content {
            Content::Nothing => Answer::Nothing,
            Content::Json { media_type, value } if media_type == "application/json" => {
                Answer::Json(self.scope.rust_type(value))
            }
            Content::Json { .. } => Answer::Own,
            Content::Text { media_type } => {
                Answer::Content(quote! { String }, with_charset(media_type))
            }
            Content::Binary { media_type } => {
                Answer::Content(self.scope.contract("Bytes"), media_type.clone())
            }
        }
    }

    fn answer_type(&self, operation: &Operation) -> TokenStream {
        match self.answer(operation) {
            Answer::Json(kind) | Answer::Content(kind, _) => kind,
            Answer::Nothing => quote! { () },
            Answer::Own => {
                let name = format_ident!("{}Response", names::camel(&operation.id));
                quote! { #name }
            }
        }
    }

    fn routes(&self, tag: &Tag) -> TokenStream {
        let api = trait_name(tag);
        let table = self.scope.contract("RouteTable");
        let runtime = self.scope.contract("Runtime");
        let routes = tag.operations.iter().map(|operation| {
            let route = static_name(operation);
            let method = ident(&names::field(&operation.id));
            let map = match self.answer(operation) {
                Answer::Json(_) => {
                    let json = self.scope.contract("Json");
                    Some(quote! { .map(#json) })
                }
                Answer::Content(_, media_type) => {
                    let content = self.scope.contract("Content");
                    Some(quote! { .map(|body| #content::new(#media_type, body)) })
                }
                Answer::Nothing | Answer::Own => None,
            };
            let (argument, _) = self.principal(operation);
            quote! {
                let shared = api.clone();
                runtime.route(table, &#route, move |#argument, request| {
                    let api = shared.clone();
                    async move { api.#method(#argument, request).await #map }
                });
            }
        });
        quote! {
            #[doc = " Adds the routes of these operations to `table`."]
            pub(crate) fn add_routes(
                table: &mut #table,
                runtime: &#runtime,
                api: &Arc<dyn #api>,
            ) {
                #(#routes)*
            }
        }
    }

    fn description(&self, tag: &Tag) -> TokenStream {
        let description = self.scope.contract("Description");
        let mut declarations = Vec::new();
        let operations: Vec<TokenStream> = tag
            .operations
            .iter()
            .map(|operation| self.describe(operation, &mut declarations))
            .collect();
        quote! {
            #(#declarations)*

            #[doc = " Tells poem-openapi about these operations."]
            pub(crate) fn describe(api: &mut #description) {
                #(#operations)*
            }
        }
    }

    fn describe(&self, operation: &Operation, declarations: &mut Vec<TokenStream>) -> TokenStream {
        let name = static_name(operation);
        let mut calls = Vec::new();
        if let Some(summary) = &operation.summary {
            calls.push(quote! { .summary(#summary) });
        }
        if let Some(description) = &operation.description {
            calls.push(quote! { .description(#description) });
        }
        if operation.deprecated {
            calls.push(quote! { .deprecated() });
        }
        for parameter in &operation.parameters {
            let meta = self.describe_parameter(operation, parameter);
            calls.push(quote! { .parameter(#meta) });
        }
        if let Some(body) = &operation.body {
            let reference = match &body.kind {
                BodyKind::Json | BodyKind::Text | BodyKind::Form => {
                    let schema = self
                        .scope
                        .schema(&body.value, &format!("{}_body", operation.id));
                    Some(schema.reference)
                }
                BodyKind::Binary => {
                    let binary = self.scope.contract("binary");
                    Some(quote! { &#binary() })
                }
                // Files have no schema that JSON could follow.
                BodyKind::Multipart(_) => None,
            };
            calls.extend(reference.map(|reference| quote! { .body(#reference) }));
        }
        for success in &operation.successes {
            let status = Literal::u16_unsuffixed(success.status);
            let docs = success.docs.clone().unwrap_or_default();
            calls.push(quote! { .success(#status, #docs) });
            calls.extend(self.describe_content(operation, success, declarations));
            for header in &success.headers {
                let schema = self.scope.schema(
                    &header.value,
                    &format!("{}_{}_{}", operation.id, success.status, header.name),
                );
                declarations.push(schema.declaration);
                let reference = schema.reference;
                let name = &header.name;
                let docs = header.docs.clone().unwrap_or_default();
                let method = if header.required {
                    format_ident!("header")
                } else {
                    format_ident!("optional_header")
                };
                calls.push(quote! { .#method(#name, #docs, #reference) });
            }
        }
        for failure in &operation.failures {
            let status = Literal::u16_unsuffixed(failure.status);
            let docs = failure.docs.clone().unwrap_or_default();
            calls.push(quote! { .failure(#status, #docs) });
        }
        quote! { api.operation(&#name) #(#calls)*; }
    }

    fn describe_content(
        &self,
        operation: &Operation,
        success: &Success,
        declarations: &mut Vec<TokenStream>,
    ) -> Option<TokenStream> {
        let (media_type, reference) = match &success.content {
            Content::Nothing => return None,
            Content::Json { media_type, value } => {
                let schema = self
                    .scope
                    .schema(value, &format!("{}_{}", operation.id, success.status));
                declarations.push(schema.declaration);
                (media_type, schema.reference)
            }
            Content::Text { media_type } => {
                let text = self.scope.contract("ANY_STRING");
                (media_type, quote! { &#text })
            }
            Content::Binary { media_type } => {
                let binary = self.scope.contract("binary");
                (media_type, quote! { &#binary() })
            }
        };
        Some(quote! { .content(#media_type, #reference) })
    }

    fn describe_parameter(&self, operation: &Operation, parameter: &Parameter) -> TokenStream {
        let meta = self.scope.contract("ParameterMeta");
        let location = self.scope.contract("Location");
        let place = location_variant(parameter.location);
        let name = &parameter.name;
        let schema = self
            .scope
            .schema(&parameter.value, &format!("{}_{name}", operation.id));
        let reference = schema.reference;
        let function = match parameter.presence {
            Presence::Required => format_ident!("required"),
            _ => format_ident!("optional"),
        };
        let docs = parameter
            .docs
            .as_ref()
            .map(|docs| quote! { .description(#docs) });
        let default = match &parameter.presence {
            Presence::Default(default) => {
                let default = json_literal(default);
                Some(quote! { .default(#default) })
            }
            _ => None,
        };
        let is_list = matches!(parameter.value.shape, Shape::Array { .. });
        let style = match parameter.notation {
            Notation::Text {
                style: Style::DeepObject,
                ..
            } => Some(quote! { .deep_object() }),
            Notation::Text {
                style,
                explode: false,
            } if is_list && parameter.location == Location::Query => {
                let style = match style {
                    Style::SpaceDelimited => format_ident!("SpaceDelimited"),
                    Style::PipeDelimited => format_ident!("PipeDelimited"),
                    _ => format_ident!("Form"),
                };
                Some(quote! { .delimited(poem_openapi::ParameterStyle::#style) })
            }
            _ => None,
        };
        let deprecated = parameter.deprecated.then(|| quote! { .deprecated() });
        quote! {
            #meta::#function(#location::#place, #name, #reference)
                #docs #default #style #deprecated
        }
    }

    fn operation(&self, operation: &Operation) -> TokenStream {
        let request = self.request(operation);
        let response = self.response(operation);
        let error = self.error(operation);
        let declaration = self.declaration(operation);
        quote! { #request #response #error #declaration }
    }

    fn request(&self, operation: &Operation) -> TokenStream {
        let name = format_ident!("{}Request", names::camel(&operation.id));
        let text = docs(Some(&format!("What `{}` is called with.", operation.id)));
        let request = self.scope.contract("Request");
        let incoming = self.scope.contract("Incoming");
        let cx = self.scope.contract("Cx");

        let mut fields = Vec::new();
        let mut values = Vec::new();
        let mut declarations = Vec::new();
        let mut reads = Vec::new();
        for location in [
            Location::Path,
            Location::Query,
            Location::Header,
            Location::Cookie,
        ] {
            let mut here = operation
                .parameters
                .iter()
                .filter(|parameter| parameter.location == location)
                .peekable();
            // Queries are always read: what is not documented is refused.
            if here.peek().is_none() && location != Location::Query {
                continue;
            }
            let reader = reader(operation, location);
            let open = format_ident!("{}", reader_name(location));
            reads.push(match location {
                Location::Query if here.peek().is_none() => {
                    quote! { http.query(cx).finish(cx); }
                }
                Location::Query => quote! { let mut #reader = http.query(cx); },
                _ => quote! { let #reader = http.#open(); },
            });
            let has_query = location == Location::Query && here.peek().is_some();
            for parameter in here {
                let (declaration, read) = self.parameter(operation, parameter);
                declarations.push(declaration);
                reads.push(read);
                if is_idempotency_key(operation, parameter) {
                    continue;
                }
                let field = ident(&parameter.field);
                let text = parameter
                    .docs
                    .clone()
                    .unwrap_or_else(|| format!("`{}`.", parameter.name));
                let text = docs(Some(&deprecation(text, parameter.deprecated)));
                let member = as_member(parameter);
                let kind = self.member_type(&member);
                fields.push(quote! { #text pub #field: #kind, });
                values.push(wrapped(self.scope, &member));
            }
            if has_query {
                reads.push(quote! { #reader.finish(cx); });
            }
        }
        if let Some(body) = &operation.body {
            let (declaration, read, kind) = self.body(operation, body);
            declarations.push(declaration);
            reads.push(read);
            let text = docs(Some(body.docs.as_deref().unwrap_or("The body.")));
            fields.push(quote! { #text pub body: #kind, });
            values.push(quote! { body: body? });
        }
        let definition = if fields.is_empty() {
            quote! { pub struct #name; }
        } else {
            quote! { pub struct #name { #(#fields)* } }
        };
        let value = if values.is_empty() {
            quote! { Some(Self) }
        } else {
            quote! { Some(Self { #(#values),* }) }
        };
        quote! {
            #text
            #[derive(Clone, Debug, PartialEq)]
            #definition

            #(#declarations)*

            impl #request for #name {
                async fn read(http: &#incoming, cx: &mut #cx) -> Option<Self> {
                    #(#reads)*
                    #value
                }
            }
        }
    }

    fn member_type(&self, member: &Member) -> TokenStream {
        let kind = self.scope.rust_type(&Use {
            nullable: false,
            ..member.value.clone()
        });
        let inner = if member.redact {
            let redacted = self.scope.contract("Redacted");
            quote! { #redacted<#kind> }
        } else {
            kind
        };
        match (&member.presence, member.value.nullable) {
            (Presence::Optional, true) => {
                let field = self.scope.contract("Field");
                quote! { #field<#inner> }
            }
            (Presence::Optional, false) | (_, true) => quote! { Option<#inner> },
            (_, false) => inner,
        }
    }

    fn parameter(
        &self,
        operation: &Operation,
        parameter: &Parameter,
    ) -> (TokenStream, TokenStream) {
        let local = local(&parameter.field);
        let name = &parameter.name;
        let reader = reader(operation, parameter.location);
        let schema = self
            .scope
            .schema(&parameter.value, &format!("{}_{name}", operation.id));
        let reference = schema.reference;
        let read = match parameter.notation {
            Notation::Json => quote! { json(cx, #name, #reference) },
            Notation::Base64Json => quote! { base64_json(cx, #name, #reference) },
            Notation::Text { style, explode } => match &parameter.value.shape {
                Shape::Array { .. } => match (parameter.location, style, explode) {
                    (Location::Path | Location::Header, ..) => {
                        quote! { delimited(cx, #name, #reference) }
                    }
                    (_, Style::SpaceDelimited, _) => {
                        quote! { delimited(cx, #name, ' ', #reference) }
                    }
                    (_, Style::PipeDelimited, _) => {
                        quote! { delimited(cx, #name, '|', #reference) }
                    }
                    (_, _, true) => quote! { exploded(cx, #name, #reference) },
                    (_, _, false) => quote! { delimited(cx, #name, ',', #reference) },
                },
                _ if style == Style::DeepObject => quote! { deep_object(cx, #name, #reference) },
                _ => quote! { scalar(cx, #name, #reference) },
            },
        };
        let end = match &parameter.presence {
            Presence::Required => {
                let location = self.scope.contract("Location");
                let place = location_variant(parameter.location);
                quote! { .required_parameter(cx, #location::#place, #name) }
            }
            presence => finish(self.scope, &parameter.value, presence, name),
        };
        let read = match (
            is_idempotency_key(operation, parameter),
            &parameter.presence,
        ) {
            // The run-time takes the key; here it is only checked.
            (true, Presence::Required) => quote! { #reader.#read #end; },
            (true, _) => quote! { #reader.#read; },
            (false, _) => quote! { let #local = #reader.#read #end; },
        };
        (schema.declaration, read)
    }

    /// The static, the statements and the type of the body.
    fn body(&self, operation: &Operation, body: &Body) -> (TokenStream, TokenStream, TokenStream) {
        let end = if body.required {
            quote! { .required_body(cx) }
        } else {
            quote! { .optional() }
        };
        let schema = || {
            self.scope
                .schema(&body.value, &format!("{}_body", operation.id))
        };
        let (declaration, read, kind) = match &body.kind {
            BodyKind::Json | BodyKind::Text => {
                let schema = schema();
                let reference = schema.reference;
                let method = match body.kind {
                    BodyKind::Json => format_ident!("json"),
                    _ => format_ident!("text"),
                };
                (
                    schema.declaration,
                    quote! { let body = http.#method(cx, #reference) #end; },
                    self.scope.rust_type(&body.value),
                )
            }
            BodyKind::Binary => (
                TokenStream::new(),
                quote! { let body = http.bytes() #end; },
                self.scope.contract("Bytes"),
            ),
            BodyKind::Form => self.form(&body.value, &[], &quote! { http.form(cx) }),
            BodyKind::Multipart(parts) => {
                self.form(&body.value, parts, &quote! { http.multipart(cx).await })
            }
        };
        let kind = if body.required {
            kind
        } else {
            quote! { Option<#kind> }
        };
        (declaration, read, kind)
    }

    /// Reads the fields of a form one by one.
    fn form(
        &self,
        value: &Use,
        parts: &[Part],
        open: &TokenStream,
    ) -> (TokenStream, TokenStream, TokenStream) {
        let Shape::Named(id) = value.shape else {
            return Default::default();
        };
        let type_def = self.document.type_def(id);
        let Kind::Struct(Struct { members, extra, .. }) = &type_def.kind else {
            return Default::default();
        };
        let name = self.scope.named(id);
        let mut declarations = Vec::new();
        let mut reads = Vec::new();
        let mut values = Vec::new();
        for member in members {
            let local = local(&member.field);
            let wire = &member.name;
            let part = parts.iter().find(|part| part.name == *wire);
            let read = match part {
                Some(part) => file(part, &member.value),
                None => {
                    let schema = self
                        .scope
                        .schema(&member.value, &format!("{}_{wire}", type_def.name));
                    declarations.push(schema.declaration);
                    let reference = schema.reference;
                    let method = match self.form_method(&member.value) {
                        Some(method) => format_ident!("{method}"),
                        None => format_ident!("json"),
                    };
                    quote! { #method(cx, #wire, #reference) }
                }
            };
            let end = finish(self.scope, &member.value, &member.presence, wire);
            reads.push(quote! { let #local = form.#read #end; });
            values.push(wrapped(self.scope, member));
        }
        let end = match extra {
            Some(extra) => {
                let field = ident(&extra.field);
                let local = local(&extra.field);
                values.push(if field == local {
                    quote! { #field }
                } else {
                    quote! { #field: #local }
                });
                quote! { let #local = form.rest(); }
            }
            None => quote! { form.finish(cx); },
        };
        // A block, because fields may be called as parameters are.
        let read = quote! {
            let body = {
                let mut form = #open;
                #(#reads)*
                #end
                Some(#name { #(#values),* })
            };
        };
        (quote! { #(#declarations)* }, read, name)
    }

    /// How a field is read from text; `None` when it is JSON.
    fn form_method(&self, value: &Use) -> Option<&'static str> {
        match &value.shape {
            Shape::Scalar(_)
            | Shape::Fixed {
                is_scalar: true, ..
            } => Some("scalar"),
            Shape::Array { item, .. } if self.form_method(item) == Some("scalar") => {
                Some("exploded")
            }
            Shape::Named(id) => match self.document.type_def(*id).kind {
                Kind::Enum(_) | Kind::Newtype(_) | Kind::Secret(_) | Kind::Id(_) => Some("scalar"),
                _ => None,
            },
            _ => None,
        }
    }

    /// A type of its own for answers with headers or several statuses.
    fn response(&self, operation: &Operation) -> Option<TokenStream> {
        if !matches!(self.answer(operation), Answer::Own) {
            return None;
        }
        let name = format_ident!("{}Response", names::camel(&operation.id));
        let reply = self.scope.contract("Reply");
        let operation_type = self.scope.contract("Operation");
        let response = self.scope.contract("Response");
        let internal = self.scope.contract("Internal");
        let text = docs(Some(&format!("What `{}` answers.", operation.id)));
        let (definition, body) = match operation.successes.as_slice() {
            [success] => {
                let (fields, pattern) = self.response_fields(success);
                let send = self.send(success, None);
                (
                    quote! { pub struct #name { #(#fields)* } },
                    quote! { let Self { #(#pattern),* } = self; #send },
                )
            }
            several => {
                let mut variants = Vec::new();
                let mut arms = Vec::new();
                for success in several {
                    let variant = format_ident!("{}", status_name(success.status));
                    let text = docs(success.docs.as_deref());
                    let (fields, pattern) = self.response_fields(success);
                    let fields = fields.iter().map(without_visibility);
                    let send = self.send(success, Some(success.status));
                    if pattern.is_empty() {
                        variants.push(quote! { #text #variant, });
                        arms.push(quote! { Self::#variant => { #send } });
                    } else {
                        variants.push(quote! { #text #variant { #(#fields)* }, });
                        arms.push(quote! { Self::#variant { #(#pattern),* } => { #send } });
                    }
                }
                (
                    quote! { pub enum #name { #(#variants)* } },
                    quote! { match self { #(#arms)* } },
                )
            }
        };
        Some(quote! {
            #text
            #[derive(Clone, Debug, PartialEq)]
            #definition

            impl #reply for #name {
                fn into_response(
                    self,
                    operation: &'static #operation_type,
                ) -> Result<#response, #internal> {
                    #body
                }
            }
        })
    }

    fn response_fields(&self, success: &Success) -> (Vec<TokenStream>, Vec<proc_macro2::Ident>) {
        let mut fields = Vec::new();
        let mut names = Vec::new();
        for header in &success.headers {
            let field = ident(&header.field);
            let text = docs(Some(
                &header
                    .docs
                    .clone()
                    .unwrap_or_else(|| format!("The header {}.", header.name)),
            ));
            let presence = if header.required {
                Presence::Required
            } else {
                Presence::Optional
            };
            let kind = self.member_type(&Member {
                name: header.name.clone(),
                field: header.field.clone(),
                docs: None,
                deprecated: false,
                value: header.value.clone(),
                presence,
                redact: header.redact,
                boxed: false,
            });
            fields.push(quote! { #text pub #field: #kind, });
            names.push(field);
        }
        let body = match &success.content {
            Content::Nothing => None,
            Content::Json { value, .. } => Some(self.scope.rust_type(value)),
            Content::Text { .. } => Some(quote! { String }),
            Content::Binary { .. } => Some(self.scope.contract("Bytes")),
        };
        if let Some(kind) = body {
            fields.push(quote! { #[doc = " The body."] pub body: #kind, });
            names.push(format_ident!("body"));
        }
        (fields, names)
    }

    fn is_secret(&self, value: &Use) -> bool {
        match value.shape {
            Shape::Named(id) => matches!(self.document.type_def(id).kind, Kind::Secret(_)),
            _ => false,
        }
    }

    /// The statements that make a response of the fields.
    fn send(&self, success: &Success, status: Option<u16>) -> TokenStream {
        let reply = self.scope.contract("Reply");
        let make = match &success.content {
            Content::Nothing => quote! { #reply::into_response((), operation) },
            Content::Json { .. } => {
                let json = self.scope.contract("Json");
                quote! { #json(body).into_response(operation) }
            }
            Content::Text { media_type } => {
                let content = self.scope.contract("Content");
                let media_type = with_charset(media_type);
                quote! { #content::new(#media_type, body).into_response(operation) }
            }
            Content::Binary { media_type } => {
                let content = self.scope.contract("Content");
                quote! { #content::new(#media_type, body).into_response(operation) }
            }
        };
        let mut changes = Vec::new();
        if let Some(status) = status {
            let code = self.scope.contract("StatusCode");
            let constant = format_ident!("{}", names::screaming(status_name(status)));
            changes.push(quote! { response.set_status(#code::#constant); });
        }
        if let Content::Json { media_type, .. } = &success.content
            && media_type != "application/json"
        {
            let set_header = self.scope.contract("set_header");
            changes.push(quote! { #set_header(&mut response, "Content-Type", #media_type)?; });
        }
        for header in &success.headers {
            let set_header = self.scope.contract("set_header");
            let field = ident(&header.field);
            let name = &header.name;
            let variable = if header.required {
                field.clone()
            } else {
                format_ident!("value")
            };
            let value = if self.is_secret(&header.value) {
                quote! { #variable.as_ref() }
            } else if header.redact {
                quote! { #variable.0 }
            } else {
                quote! { #variable }
            };
            changes.push(if header.required {
                quote! { #set_header(&mut response, #name, #value)?; }
            } else {
                quote! {
                    if let Some(value) = #field {
                        #set_header(&mut response, #name, #value)?;
                    }
                }
            });
        }
        if changes.is_empty() {
            return make;
        }
        quote! {
            let mut response = #make?;
            #(#changes)*
            Ok(response)
        }
    }

    fn error(&self, operation: &Operation) -> TokenStream {
        let name = format_ident!("{}Error", names::camel(&operation.id));
        let text = docs(Some(&format!("How `{}` can fail.", operation.id)));
        let variants = operation.failures.iter().map(|failure| {
            let variant = format_ident!("{}", failure.name);
            let kind = self.scope.contract(failure.name);
            let text = docs(Some(&format!(
                "{}: {}",
                failure.status,
                failure.docs.as_deref().unwrap_or_default()
            )));
            quote! { #text #variant(#kind), }
        });
        let names: Vec<_> = operation
            .failures
            .iter()
            .map(|failure| format_ident!("{}", failure.name))
            .collect();
        quote! {
            #text
            #[derive(Debug)]
            pub enum #name { #(#variants)* }

            charter_contract::failures!(#name { #(#names),* });
        }
    }

    fn declaration(&self, operation: &Operation) -> TokenStream {
        let name = static_name(operation);
        let kind = self.scope.contract("Operation");
        let method_type = self.scope.contract("Method");
        let method = format_ident!("{}", operation.method);
        let Operation { id, path, tag, .. } = operation;
        let security = operation.security.iter().map(|requirement| {
            let requirement_type = self.scope.contract("Requirement");
            let scheme_type = self.scope.contract("Scheme");
            let scheme = match &requirement.scheme {
                SchemeKind::Bearer => quote! { #scheme_type::Bearer },
                SchemeKind::ApiKey { .. } => {
                    let header = scheme_name(&requirement.scheme);
                    quote! { #scheme_type::Header(#header) }
                }
            };
            let kind_type = self.scope.contract("CredentialKind");
            let credentials = requirement.credentials.iter().map(|one| match one {
                Credential::Key => quote! { #kind_type::Key },
                Credential::Session => quote! { #kind_type::Session },
            });
            let scopes = &requirement.scopes;
            quote! {
                #requirement_type {
                    scheme: #scheme,
                    credentials: &[#(#credentials),*],
                    scopes: &[#(#scopes),*],
                }
            }
        });
        let body = match &operation.body {
            None => quote! { None },
            Some(body) => {
                let rule = self.scope.contract("BodyRule");
                let media_type = &body.media_type;
                let required = body.required;
                let max_bytes = match body.limit {
                    None => quote! { None },
                    Some(limit) => {
                        let limit = Literal::u64_unsuffixed(limit);
                        quote! { Some(#limit) }
                    }
                };
                quote! {
                    Some(#rule {
                        media_type: #media_type,
                        required: #required,
                        max_bytes: #max_bytes,
                    })
                }
            }
        };
        let status =
            Literal::u16_unsuffixed(operation.successes.first().map_or(200, |one| one.status));
        let idempotent = operation.idempotent;
        let audit = match &operation.audit {
            None => quote! { None },
            Some(event) => quote! { Some(#event) },
        };
        let rate_limit = match &operation.rate_limit {
            None => quote! { None },
            Some(limit) => {
                let rate_limit = self.scope.contract("RateLimit");
                let requests = Literal::u64_unsuffixed(limit.limit);
                let seconds = Literal::u64_unsuffixed(limit.window_seconds);
                quote! { Some(#rate_limit { limit: #requests, window_seconds: #seconds }) }
            }
        };
        let even_time = operation.even_time;
        let statuses = operation
            .successes
            .iter()
            .map(|success| success.status)
            .chain(operation.failures.iter().map(|failure| failure.status))
            .map(Literal::u16_unsuffixed);
        let text = docs(Some(&format!(
            "`{}`: {} {}.",
            operation.id, operation.method, operation.path
        )));
        quote! {
            #text
            pub static #name: #kind = #kind {
                id: #id,
                method: #method_type::#method,
                path: #path,
                tag: #tag,
                security: &[#(#security),*],
                body: #body,
                status: #status,
                idempotent: #idempotent,
                audit: #audit,
                rate_limit: #rate_limit,
                even_time: #even_time,
                statuses: &[#(#statuses),*],
            };
        }
    }
}

/// Summary and description of an operation.
fn description(operation: &Operation) -> String {
    let heading = match &operation.summary {
        Some(summary) if summary.ends_with('.') => summary.clone(),
        Some(summary) => format!("{summary}."),
        None => format!("`{}`.", operation.id),
    };
    match &operation.description {
        Some(description) => format!("{heading}\n\n{description}"),
        None => heading,
    }
}

/// Whether it is the header that the run-time takes from the request itself.
fn is_idempotency_key(operation: &Operation, parameter: &Parameter) -> bool {
    operation.idempotent
        && parameter.location == Location::Header
        && parameter.name.eq_ignore_ascii_case("idempotency-key")
}

fn location_variant(location: Location) -> proc_macro2::Ident {
    format_ident!(
        "{}",
        match location {
            Location::Path => "Path",
            Location::Query => "Query",
            Location::Header => "Header",
            Location::Cookie => "Cookie",
        }
    )
}

/// A JSON value as something that converts into one.
fn json_literal(json: &serde_json::Value) -> TokenStream {
    let tokens: TokenStream = json.to_string().parse().unwrap_or_default();
    match json {
        serde_json::Value::Bool(_)
        | serde_json::Value::String(_)
        | serde_json::Value::Number(_) => tokens,
        _ => quote! { serde_json::json!(#tokens) },
    }
}

const fn reader_name(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "headers",
        Location::Cookie => "cookies",
    }
}

/// The variable that reads parameters of this place; a parameter may have the
/// same name.
fn reader(operation: &Operation, location: Location) -> proc_macro2::Ident {
    let name = names::unique(reader_name(location).to_owned(), "_", |name| {
        operation
            .parameters
            .iter()
            .any(|parameter| parameter.field == name)
    });
    format_ident!("{name}")
}

/// A parameter as the field of the request that it becomes.
fn as_member(parameter: &Parameter) -> Member {
    Member {
        name: parameter.name.clone(),
        field: parameter.field.clone(),
        docs: None,
        deprecated: false,
        value: parameter.value.clone(),
        presence: parameter.presence.clone(),
        redact: parameter.redact,
        boxed: false,
    }
}

/// Reads a file, or several, of a multipart body.
fn file(part: &Part, value: &Use) -> TokenStream {
    let name = &part.name;
    let media_types = &part.content_types;
    let max_bytes = match part.max_bytes {
        None => quote! { None },
        Some(max_bytes) => {
            let max_bytes = Literal::u64_unsuffixed(max_bytes);
            quote! { Some(#max_bytes) }
        }
    };
    match &value.shape {
        Shape::Array {
            min_items,
            max_items,
            ..
        } => {
            let min = Literal::u64_unsuffixed(min_items.unwrap_or(0));
            let max = max_items.map_or_else(
                || quote! { usize::MAX },
                |max| {
                    let max = Literal::u64_unsuffixed(max);
                    quote! { #max }
                },
            );
            quote! { files(cx, #name, &[#(#media_types),*], #max_bytes, #min..=#max) }
        }
        _ => quote! { file(cx, #name, &[#(#media_types),*], #max_bytes) },
    }
}

/// A field of a struct as one of an enum's variant.
fn without_visibility(field: &TokenStream) -> TokenStream {
    field
        .clone()
        .into_iter()
        .filter(|token| !matches!(token, proc_macro2::TokenTree::Ident(ident) if ident == "pub"))
        .collect()
}

/// Text is UTF-8 and says so.
fn with_charset(media_type: &str) -> String {
    if media_type.contains("charset") {
        media_type.to_owned()
    } else {
        format!("{media_type}; charset=utf-8")
    }
}

/// What a success is called.
const fn status_name(status: u16) -> &'static str {
    match status {
        200 => "Ok",
        201 => "Created",
        202 => "Accepted",
        203 => "NonAuthoritativeInformation",
        204 => "NoContent",
        301 => "MovedPermanently",
        302 => "Found",
        303 => "SeeOther",
        307 => "TemporaryRedirect",
        _ => "PermanentRedirect",
    }
}
