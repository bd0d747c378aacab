//! `models.rs`: the component schemas, and the inline ones that need a name.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::notice;
use super::print::{self, deprecation, docs};
use super::scope::{Place, SchemaArgument, Scope, ident, local, property_list};
use crate::ir::{
    Alternative, Document, Kind, Member, Presence, Scalar, Shape, Struct, Text, TypeDef, Union,
    UnionKind, Use, Variant,
};
use crate::names;

pub(super) fn write(document: &Document) -> String {
    let scope = Scope::new(document, Place::Models);
    let mut writer = Writer {
        scope: &scope,
        serialises: false,
        decodes: false,
        describes: false,
        uploads: uploads(document),
    };
    let mut items = Vec::new();
    for type_def in &document.types {
        items.push(writer.type_def(type_def));
    }
    let mut others = Vec::new();
    if writer.describes {
        others.push(quote! { use poem_openapi::registry::{MetaSchema, Registry}; });
    }
    if writer.serialises {
        others.push(quote! { use serde::Serialize; });
    }
    match (writer.decodes, writer.collects(document)) {
        (true, true) => others.push(quote! { use serde::de::{Deserializer, MapAccess}; }),
        (true, false) => others.push(quote! { use serde::de::Deserializer; }),
        _ => {}
    }
    let head = notice(document, &format!("Models of {}.", document.title));
    print::file(&head, &scope.uses(&others), &items)
}

/// The types that are read as multipart bodies: they hold files, which JSON
/// cannot.
fn uploads(document: &Document) -> Vec<String> {
    document
        .types
        .iter()
        .filter(|type_def| match &type_def.kind {
            Kind::Struct(object) => object
                .members
                .iter()
                .any(|member| crate::lower::is_binary(&member.value)),
            _ => false,
        })
        .map(|type_def| type_def.name.clone())
        .collect()
}

struct Writer<'d> {
    scope: &'d Scope<'d>,
    serialises: bool,
    decodes: bool,
    describes: bool,
    uploads: Vec<String>,
}

impl Writer<'_> {
    /// Whether a struct is decoded, which reads members from a map.
    fn collects(&self, document: &Document) -> bool {
        document.types.iter().any(|type_def| {
            type_def.reach.request
                && matches!(type_def.kind, Kind::Struct(_))
                && !self.uploads.contains(&type_def.name)
        })
    }

    fn type_def(&mut self, type_def: &TypeDef) -> TokenStream {
        let text = type_def
            .docs
            .clone()
            .unwrap_or_else(|| format!("`{}`.", type_def.schema_name));
        let head = docs(Some(&deprecation(text, type_def.deprecated)));
        match &type_def.kind {
            Kind::Pending => TokenStream::new(),
            Kind::Struct(object) => self.structure(type_def, object, &head),
            Kind::Enum(variants) => self.enumeration(type_def, variants, &head),
            Kind::Union(union) => self.union(type_def, union, &head),
            Kind::Newtype(scalar) => self.newtype(type_def, scalar, &head),
            Kind::Secret(text) => self.secret(type_def, text, &head),
            Kind::Id(prefix) => self.id(type_def, prefix, &head),
        }
    }

    fn id(&self, type_def: &TypeDef, prefix: &str, head: &TokenStream) -> TokenStream {
        let name = format_ident!("{}", type_def.name);
        let uuid = self.scope.contract("Uuid");
        quote! {
            #head
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct #name(#uuid);

            charter_contract::type_id!(#name, #prefix);
        }
    }

    fn newtype(&mut self, type_def: &TypeDef, scalar: &Scalar, head: &TokenStream) -> TokenStream {
        let name = format_ident!("{}", type_def.name);
        let (schema, declaration) = self.scope.scalar_static(scalar, &type_def.name);
        let (inner, derives) = match scalar {
            Scalar::Integer(_) => (
                quote! { i64 },
                quote! { Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash },
            ),
            Scalar::Number(_) => (
                quote! { f64 },
                quote! { Clone, Copy, Debug, PartialEq, PartialOrd },
            ),
            _ => (
                quote! { String },
                quote! { Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash },
            ),
        };
        let finite = matches!(scalar, Scalar::Number(_))
            .then(|| quote! { #[serde(serialize_with = "charter_contract::finite")] });
        self.serialises = true;
        quote! {
            #head
            #[derive(#derives, Serialize)]
            pub struct #name(#finite pub(crate) #inner);

            #declaration

            charter_contract::newtype!(#name(#inner), #schema);
        }
    }

    fn secret(&mut self, type_def: &TypeDef, text: &Text, head: &TokenStream) -> TokenStream {
        let name = format_ident!("{}", type_def.name);
        let scalar = Scalar::String(text.clone());
        let (schema, declaration) = self.scope.scalar_static(&scalar, &type_def.name);
        self.serialises = true;
        quote! {
            #head
            #[derive(Clone, PartialEq, Eq, Serialize)]
            pub struct #name(pub(crate) String);

            #declaration

            charter_contract::newtype!(secret #name, #schema);
        }
    }

    fn enumeration(
        &self,
        type_def: &TypeDef,
        variants: &[Variant],
        head: &TokenStream,
    ) -> TokenStream {
        let name = format_ident!("{}", type_def.name);
        let idents: Vec<_> = variants
            .iter()
            .map(|variant| format_ident!("{}", variant.name))
            .collect();
        let texts: Vec<_> = variants.iter().map(|variant| &variant.value).collect();
        let variant_docs: Vec<_> = texts
            .iter()
            .map(|text| docs(Some(&format!("`{text}`"))))
            .collect();
        quote! {
            #head
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub enum #name {
                #(#variant_docs #idents,)*
            }

            charter_contract::enumeration!(#name { #(#idents: #texts),* });
        }
    }

    fn structure(
        &mut self,
        type_def: &TypeDef,
        object: &Struct,
        head: &TokenStream,
    ) -> TokenStream {
        let name = format_ident!("{}", type_def.name);
        let is_upload = self.uploads.contains(&type_def.name);
        let serialises = type_def.reach.response && !is_upload;
        let mut fields: Vec<TokenStream> = object
            .members
            .iter()
            .map(|member| self.field(member, serialises))
            .collect();
        if let Some(extra) = &object.extra {
            let field = ident(&extra.field);
            let map = self.scope.contract("IndexMap");
            let value = self.scope.rust_type(&extra.value);
            let flatten = serialises.then(|| quote! { #[serde(flatten)] });
            fields.push(quote! {
                #[doc = " Members under other names."]
                #flatten
                pub #field: #map<String, #value>,
            });
        }
        let serialise = serialises.then(|| quote! { , Serialize });
        self.serialises |= serialises;
        let body = if fields.is_empty() {
            quote! { {} }
        } else {
            quote! { { #(#fields)* } }
        };
        let definition = quote! {
            #head
            #[derive(Clone, Debug, PartialEq #serialise)]
            pub struct #name #body
        };
        if is_upload {
            return definition;
        }
        let schemas: Vec<SchemaArgument> = object
            .members
            .iter()
            .map(|member| {
                self.scope
                    .schema(&member.value, &format!("{}_{}", type_def.name, member.name))
            })
            .collect();
        let declarations = schemas.iter().map(|schema| &schema.declaration);
        let model = self.object_model(type_def, object, &schemas);
        let decode = type_def
            .reach
            .request
            .then(|| self.object_decode(type_def, object, &schemas));
        let traits = openapi_model(type_def);
        quote! { #definition #(#declarations)* #model #decode #traits }
    }

    fn field(&self, member: &Member, serialises: bool) -> TokenStream {
        let text = member
            .docs
            .clone()
            .unwrap_or_else(|| format!("`{}`.", member.name));
        let text = docs(Some(&deprecation(text, member.deprecated)));
        let field = ident(&member.field);
        let kind = self.member_type(member);
        let mut attributes = Vec::new();
        if serialises {
            let plain = member.field.strip_prefix("r#").unwrap_or(&member.field);
            if plain != member.name {
                let name = &member.name;
                attributes.push(quote! { rename = #name });
            }
            match (&member.presence, member.value.nullable) {
                (Presence::Optional, true) => attributes
                    .push(quote! { skip_serializing_if = "charter_contract::Field::is_absent" }),
                (Presence::Optional, false) => {
                    attributes.push(quote! { skip_serializing_if = "Option::is_none" });
                }
                _ => {}
            }
            if !member.redact && holds_numbers(&member.value) {
                attributes.push(quote! { serialize_with = "charter_contract::finite" });
            }
        }
        let serde = (!attributes.is_empty()).then(|| quote! { #[serde(#(#attributes),*)] });
        quote! { #text #serde pub #field: #kind, }
    }

    /// The type of a field, boxed or redacted where it has to be.
    fn member_type(&self, member: &Member) -> TokenStream {
        let mut inner = self.scope.rust_type(&Use {
            nullable: false,
            ..member.value.clone()
        });
        if member.boxed {
            inner = quote! { Box<#inner> };
        }
        if member.redact {
            let redacted = self.scope.contract("Redacted");
            inner = quote! { #redacted<#inner> };
        }
        match (&member.presence, member.value.nullable) {
            (Presence::Optional, true) => {
                let field = self.scope.contract("Field");
                quote! { #field<#inner> }
            }
            (Presence::Optional, false) | (_, true) => quote! { Option<#inner> },
            (_, false) => inner,
        }
    }

    fn object_model(
        &mut self,
        type_def: &TypeDef,
        object: &Struct,
        schemas: &[SchemaArgument],
    ) -> TokenStream {
        self.describes = true;
        let name = format_ident!("{}", type_def.name);
        let schema_name = &type_def.schema_name;
        let properties = format_ident!("{}", property_list(&type_def.name));
        let property = self.scope.contract("Property");
        let register_properties = self.scope.contract("register_properties");
        let model = self.scope.contract("Model");
        let entries = object.members.iter().zip(schemas).map(|(member, schema)| {
            let reference = &schema.reference;
            let name = &member.name;
            match &member.presence {
                Presence::Required => quote! { #property::required(#name, #reference) },
                Presence::Optional => quote! { #property::optional(#name, #reference) },
                Presence::Default(default) => {
                    let default = default.to_string();
                    quote! { #property::optional(#name, #reference).default(#default) }
                }
            }
        });
        let described = if object.min_properties.is_some() || object.max_properties.is_some() {
            let counted = self.scope.contract("counted_object_meta");
            let count = |count: Option<u64>| match count {
                Some(count) => {
                    let count = Literal::u64_unsuffixed(count);
                    quote! { Some(#count) }
                }
                None => quote! { None },
            };
            let min = count(object.min_properties);
            let max = count(object.max_properties);
            quote! { #counted(#properties, #min, #max) }
        } else {
            let object_meta = self.scope.contract("object_meta");
            quote! { #object_meta(#properties) }
        };
        quote! {
            static #properties: &[#property] = &[#(#entries),*];

            impl #model for #name {
                const NAME: &'static str = #schema_name;

                fn meta() -> MetaSchema {
                    #described
                }

                fn register_members(registry: &mut Registry) {
                    #register_properties(#properties, registry);
                }
            }
        }
    }

    fn object_decode(
        &mut self,
        type_def: &TypeDef,
        object: &Struct,
        schemas: &[SchemaArgument],
    ) -> TokenStream {
        self.decodes = true;
        let scope = self.scope;
        let name = format_ident!("{}", type_def.name);
        let members = format_ident!("{}Members", type_def.name);
        let decode = scope.contract("Decode");
        let cx = scope.contract("Cx");
        let read_object = scope.contract("object");
        let slot = scope.contract("Slot");
        let members_trait = scope.contract("Members");
        let member_type = scope.contract("Member");

        let mut slots = Vec::new();
        let mut arms = Vec::new();
        let mut lets = Vec::new();
        let mut values = Vec::new();
        for (member, schema) in object.members.iter().zip(schemas) {
            let field = ident(&member.field);
            let wire = &member.name;
            let kind = scope.rust_type(&member.value);
            let reference = &schema.reference;
            slots.push(quote! { #field: #slot<#kind>, });
            arms.push(quote! { #wire => member.decode(#reference, &mut self.#field), });
            let finish = finish(scope, &member.value, &member.presence, wire);
            let local = local(&member.field);
            lets.push(quote! { let #local = self.#field #finish; });
            values.push(wrapped(scope, member));
        }
        for name in &object.ignored {
            arms.push(quote! { #name => member.ignore(), });
        }
        let (rest, other) = match &object.extra {
            Some(extra) => {
                let field = ident(&extra.field);
                let map = scope.contract("IndexMap");
                let kind = scope.rust_type(&extra.value);
                let argument =
                    scope.schema(&extra.value, &format!("{}_{}", type_def.name, extra.field));
                let reference = argument.reference;
                slots.push(quote! { #field: #map<String, #kind>, });
                values.push(quote! { #field: self.#field });
                let declaration = argument.declaration;
                (
                    declaration,
                    quote! { member.collect(#reference, &mut self.#field) },
                )
            }
            None => (TokenStream::new(), quote! { member.refuse() }),
        };
        // An object without names of its own has nothing to tell apart.
        let (member_name, read_member) = if arms.is_empty() {
            (quote! { _name }, other)
        } else {
            (
                quote! { name },
                quote! {
                    match name {
                        #(#arms)*
                        _ => #other,
                    }
                },
            )
        };
        let counted = object.min_properties.is_some() || object.max_properties.is_some();
        let counter = ident(&names::unique("count".to_owned(), "_", |name| {
            object.members.iter().any(|member| member.field == name)
        }));
        let count = counted.then(|| {
            slots.push(quote! { #counter: usize, });
            quote! { self.#counter += 1; }
        });
        let check_count = counted.then(|| {
            let check = scope.contract("check_properties");
            let min = Literal::u64_unsuffixed(object.min_properties.unwrap_or(0));
            let max = object.max_properties.map_or_else(
                || quote! { usize::MAX },
                |max| {
                    let max = Literal::u64_unsuffixed(max);
                    quote! { #max }
                },
            );
            quote! { #check(cx, self.#counter, #min, #max); }
        });
        let unused = object
            .members
            .iter()
            .all(|member| !matches!(member.presence, Presence::Required))
            && !counted;
        let cx_name = if unused {
            quote! { _cx }
        } else {
            quote! { cx }
        };
        let slots_definition = if slots.is_empty() {
            quote! { struct #members {} }
        } else {
            quote! { struct #members { #(#slots)* } }
        };
        quote! {
            #rest

            impl #decode for #name {
                fn decode<'de, D: Deserializer<'de>>(
                    input: D,
                    cx: &mut #cx,
                ) -> Result<Option<Self>, D::Error> {
                    let members: Option<#members> = #read_object(input, cx)?;
                    Ok(members.and_then(|members| members.build(cx)))
                }
            }

            #[derive(Default)]
            #slots_definition

            impl #members {
                fn build(self, #cx_name: &mut #cx) -> Option<#name> {
                    #check_count
                    #(#lets)*
                    Some(#name { #(#values),* })
                }
            }

            impl<'de> #members_trait<'de> for #members {
                fn read<A: MapAccess<'de>>(
                    &mut self,
                    #member_name: &str,
                    member: #member_type<'_, 'de, A>,
                ) -> Result<(), A::Error> {
                    #count
                    #read_member
                }
            }
        }
    }

    fn union(&mut self, type_def: &TypeDef, union: &Union, head: &TokenStream) -> TokenStream {
        self.describes = true;
        let scope = self.scope;
        let name = format_ident!("{}", type_def.name);
        let schema_name = &type_def.schema_name;
        let schemas: Vec<SchemaArgument> = union
            .alternatives
            .iter()
            .map(|one| scope.schema(&one.value, &format!("{}_{}", type_def.name, one.name)))
            .collect();
        let variants = union.alternatives.iter().map(|one| {
            let variant = format_ident!("{}", one.name);
            let kind = boxed_type(scope, one);
            let text = match one.tags.as_slice() {
                [] => docs(Some(&format!("`{}`.", one.name))),
                tags => docs(Some(&format!("`{}`.", tags.join("` or `")))),
            };
            quote! { #text #variant(#kind), }
        });
        let serialise = type_def
            .reach
            .response
            .then(|| (quote! { , Serialize }, quote! { #[serde(untagged)] }));
        self.serialises |= serialise.is_some();
        let (derive, untagged) = serialise.unzip();
        let declarations = schemas.iter().map(|schema| &schema.declaration);
        let model = scope.contract("Model");
        let references: Vec<_> = schemas.iter().map(|schema| &schema.reference).collect();
        let meta = match &union.kind {
            UnionKind::Any => {
                let any_of = scope.contract("any_of_meta");
                quote! { #any_of(&[#(#references),*]) }
            }
            UnionKind::One => {
                let one_of = scope.contract("one_of_meta");
                quote! { #one_of(&[#(#references),*], None) }
            }
            UnionKind::Discriminated(property) => {
                let one_of = scope.contract("one_of_meta");
                quote! { #one_of(&[#(#references),*], Some(#property)) }
            }
        };
        let describe = scope.contract("Describe");
        let decode = type_def
            .reach
            .request
            .then(|| self.union_decode(type_def, union, &schemas));
        let traits = openapi_model(type_def);
        quote! {
            #head
            #[derive(Clone, Debug, PartialEq #derive)]
            #untagged
            pub enum #name { #(#variants)* }

            #(#declarations)*

            impl #model for #name {
                const NAME: &'static str = #schema_name;

                fn meta() -> MetaSchema {
                    #meta
                }

                fn register_members(registry: &mut Registry) {
                    #(#describe::register(#references, registry);)*
                }
            }

            #decode

            #traits
        }
    }

    fn union_decode(
        &mut self,
        type_def: &TypeDef,
        union: &Union,
        schemas: &[SchemaArgument],
    ) -> TokenStream {
        self.decodes = true;
        let scope = self.scope;
        let name = format_ident!("{}", type_def.name);
        let decode = scope.contract("Decode");
        let cx = scope.contract("Cx");
        let body = match &union.kind {
            UnionKind::Discriminated(property) => {
                let buffered = scope.contract("Buffered");
                let tags: Vec<_> = union
                    .alternatives
                    .iter()
                    .flat_map(|one| &one.tags)
                    .collect();
                let arms = union.alternatives.iter().zip(schemas).map(|(one, schema)| {
                    let tags = &one.tags;
                    let reference = &schema.reference;
                    let wrap = wrap(one);
                    quote! { Some(#(#tags)|*) => Ok(value.decode(cx, #reference)?.map(#wrap)), }
                });
                quote! {
                    let value = #buffered::read(input, cx)?;
                    match value.tag(cx, #property, &[#(#tags),*]) {
                        #(#arms)*
                        _ => Ok(None),
                    }
                }
            }
            kind => {
                let alternatives = scope.contract("Alternatives");
                let attempts = union.alternatives.iter().zip(schemas).map(|(one, schema)| {
                    let reference = &schema.reference;
                    let wrap = wrap(one);
                    quote! { .or(#reference, #wrap) }
                });
                let end = if *kind == UnionKind::One {
                    quote! { exactly_one }
                } else {
                    quote! { first }
                };
                quote! {
                    let alternatives = #alternatives::read(input, cx)? #(#attempts)*;
                    Ok(alternatives.#end())
                }
            }
        };
        quote! {
            impl #decode for #name {
                fn decode<'de, D: Deserializer<'de>>(
                    input: D,
                    cx: &mut #cx,
                ) -> Result<Option<Self>, D::Error> {
                    #body
                }
            }
        }
    }
}

/// poem-openapi's traits, as far as the directions allow.
fn openapi_model(type_def: &TypeDef) -> TokenStream {
    let name = format_ident!("{}", type_def.name);
    match (type_def.reach.request, type_def.reach.response) {
        (true, true) => quote! { charter_contract::openapi_model!(#name, decode); },
        (true, false) => quote! { charter_contract::openapi_model!(#name, request); },
        (false, _) => quote! { charter_contract::openapi_model!(#name); },
    }
}

/// Whether a value is made of numbers, among which Rust has some that JSON has not.
fn holds_numbers(value: &Use) -> bool {
    match &value.shape {
        Shape::Scalar(Scalar::Number(_)) => true,
        Shape::Array { item, .. } => holds_numbers(item),
        Shape::Map { value, .. } => holds_numbers(value),
        _ => false,
    }
}

fn boxed_type(scope: &Scope<'_>, one: &Alternative) -> TokenStream {
    let kind = scope.rust_type(&one.value);
    if one.boxed {
        quote! { Box<#kind> }
    } else {
        kind
    }
}

/// The function that makes an alternative from its value.
fn wrap(one: &Alternative) -> TokenStream {
    let variant = format_ident!("{}", one.name);
    if one.boxed {
        quote! { |value| Self::#variant(Box::new(value)) }
    } else {
        quote! { Self::#variant }
    }
}

/// How a slot becomes a value.
pub(super) fn finish(
    scope: &Scope<'_>,
    value: &Use,
    presence: &Presence,
    name: &str,
) -> TokenStream {
    match presence {
        Presence::Required => quote! { .required(cx, #name) },
        Presence::Optional if value.nullable => quote! { .field() },
        Presence::Optional => quote! { .optional() },
        Presence::Default(json) => {
            let make = match (&value.shape, json) {
                (Shape::Array { .. }, Value::Array(items)) if items.is_empty() => {
                    quote! { Vec::new }
                }
                (Shape::Map { .. }, Value::Object(members)) if members.is_empty() => {
                    let map = scope.contract("IndexMap");
                    quote! { #map::new }
                }
                _ => {
                    let literal = scope.literal(json, value);
                    quote! { || #literal }
                }
            };
            quote! { .or_default(#make) }
        }
    }
}

/// The field with the value of its local variable, boxed and redacted as its
/// type is.
pub(super) fn wrapped(scope: &Scope<'_>, member: &Member) -> TokenStream {
    let field = ident(&member.field);
    let local = local(&member.field);
    let is_optional = member.presence == Presence::Optional || member.value.nullable;
    let value = match (member.boxed, member.redact, is_optional) {
        (false, false, _) => quote! { #local? },
        (true, false, true) => quote! { #local?.map(Box::new) },
        (true, false, false) => quote! { Box::new(#local?) },
        (boxed, true, is_optional) => {
            let redacted = scope.contract("Redacted");
            match (boxed, is_optional) {
                (false, true) => quote! { #local?.map(#redacted) },
                (false, false) => quote! { #redacted(#local?) },
                (true, true) => quote! { #local?.map(|value| #redacted(Box::new(value))) },
                (true, false) => quote! { #redacted(Box::new(#local?)) },
            }
        }
    };
    quote! { #field: #value }
}
