//! Names within one generated file.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use crate::ir::{Document, Integer, Kind, Number, Scalar, Shape, Text, TypeId, Use};
use crate::names;

/// Collects what a file uses, so that its imports name exactly that.
pub(super) struct Scope<'d> {
    document: &'d Document,
    place: Place,
    /// Names of generated types; the run-time's of the same name get a path.
    taken: HashSet<String>,
    contract: RefCell<BTreeSet<String>>,
    models: RefCell<BTreeSet<String>>,
    statics: RefCell<HashSet<String>>,
    /// The statics of schemas by the names that were asked for.
    schemas: RefCell<HashMap<String, Ident>>,
}

/// Which file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Models,
    Operations,
}

/// A schema as an argument, and the static that it needs, if any.
pub(super) struct SchemaArgument {
    /// Something like `&model::<Role>()` or `&CREATE_INVITE_EMAIL`.
    pub(super) reference: TokenStream,
    /// The declaration of the static.
    pub(super) declaration: TokenStream,
}

impl<'d> Scope<'d> {
    pub(super) fn new(document: &'d Document, place: Place) -> Self {
        let mut taken: HashSet<String> = document
            .types
            .iter()
            .map(|type_def| type_def.name.clone())
            .collect();
        for operation in document.operations() {
            let stem = names::camel(&operation.id);
            for suffix in ["Request", "Response", "Error"] {
                taken.insert(format!("{stem}{suffix}"));
            }
        }
        for tag in &document.tags {
            taken.insert(format!("{}Api", names::camel(&tag.name)));
        }
        // The lists of members keep their names, also beside a member `properties`.
        let lists = document
            .types
            .iter()
            .filter(|type_def| matches!(type_def.kind, Kind::Struct(_)))
            .map(|type_def| property_list(&type_def.name));
        Self {
            document,
            place,
            taken,
            contract: RefCell::default(),
            models: RefCell::default(),
            statics: RefCell::new(lists.collect()),
            schemas: RefCell::default(),
        }
    }

    /// A name of the run-time.
    pub(super) fn contract(&self, name: &str) -> TokenStream {
        let ident = format_ident!("{name}");
        if self.taken.contains(name) {
            return quote! { charter_contract::#ident };
        }
        self.contract.borrow_mut().insert(name.to_owned());
        quote! { #ident }
    }

    /// A generated type.
    pub(super) fn named(&self, id: TypeId) -> TokenStream {
        let name = &self.document.type_def(id).name;
        if self.place == Place::Operations {
            self.models.borrow_mut().insert(name.clone());
        }
        let ident = format_ident!("{name}");
        quote! { #ident }
    }

    /// The imports of everything used so far, after `others`.
    pub(super) fn uses(&self, others: &[TokenStream]) -> Vec<TokenStream> {
        let contract: Vec<Ident> = self
            .contract
            .borrow()
            .iter()
            .map(|name| format_ident!("{name}"))
            .collect();
        let models: Vec<Ident> = self
            .models
            .borrow()
            .iter()
            .map(|name| format_ident!("{name}"))
            .collect();
        let mut uses = Vec::new();
        if !contract.is_empty() {
            uses.push(quote! { use charter_contract::{#(#contract),*}; });
        }
        uses.extend(others.iter().cloned());
        if !models.is_empty() {
            uses.push(quote! { use super::models::{#(#models),*}; });
        }
        uses
    }

    /// The Rust type of a value.
    pub(super) fn rust_type(&self, value: &Use) -> TokenStream {
        let inner = match &value.shape {
            Shape::Any => quote! { serde_json::Value },
            Shape::Scalar(scalar) => self.scalar_type(scalar),
            Shape::Array { item, .. } => {
                let item = self.rust_type(item);
                quote! { Vec<#item> }
            }
            Shape::Map { value, .. } => {
                let map = self.contract("IndexMap");
                let value = self.rust_type(value);
                quote! { #map<String, #value> }
            }
            Shape::Named(id) => self.named(*id),
            Shape::Fixed { path, .. } => self.fixed(path),
        };
        if value.nullable {
            quote! { Option<#inner> }
        } else {
            inner
        }
    }

    fn fixed(&self, path: &str) -> TokenStream {
        match path.strip_prefix("charter_contract::") {
            Some(name) if !name.contains("::") => self.contract(name),
            _ => path.parse().unwrap_or_default(),
        }
    }

    fn scalar_type(&self, scalar: &Scalar) -> TokenStream {
        match scalar {
            Scalar::Boolean => quote! { bool },
            Scalar::Integer(_) => quote! { i64 },
            Scalar::Number(_) => quote! { f64 },
            Scalar::String(_) => quote! { String },
            Scalar::DateTime => self.contract("Timestamp"),
            Scalar::Date => self.contract("NaiveDate"),
            Scalar::Uuid => self.contract("Uuid"),
            Scalar::Base64 => self.contract("Base64"),
            Scalar::Binary => self.contract("Upload"),
        }
    }

    /// The schema of a value, with a static called `name` when it has rules. Asked
    /// again for the same name, it declares nothing anew.
    pub(super) fn schema(&self, value: &Use, name: &str) -> SchemaArgument {
        if *value == Use::new(Shape::Scalar(Scalar::String(Text::default()))) {
            let any = self.contract("ANY_STRING");
            return SchemaArgument {
                reference: quote! { &#any },
                declaration: TokenStream::new(),
            };
        }
        let expression = self.schema_value(value);
        if !needs_static(value) {
            return SchemaArgument {
                reference: quote! { &#expression },
                declaration: TokenStream::new(),
            };
        }
        if let Some(known) = self.schemas.borrow().get(name) {
            return SchemaArgument {
                reference: quote! { &#known },
                declaration: TokenStream::new(),
            };
        }
        let wanted = name;
        let name = names::unique(names::screaming(wanted), "_", |name| {
            self.statics.borrow().contains(name)
        });
        self.statics.borrow_mut().insert(name.clone());
        let ident = format_ident!("{name}");
        self.schemas
            .borrow_mut()
            .insert(wanted.to_owned(), ident.clone());
        let kind = self.schema_type(value);
        SchemaArgument {
            reference: quote! { &#ident },
            declaration: quote! { static #ident: #kind = #expression; },
        }
    }

    /// A static of this name for a scalar's schema, whether or not it has rules.
    pub(super) fn scalar_static(&self, scalar: &Scalar, name: &str) -> (Ident, TokenStream) {
        let value = Use::new(Shape::Scalar(scalar.clone()));
        let name = names::unique(names::screaming(name), "_", |name| {
            self.statics.borrow().contains(name)
        });
        self.statics.borrow_mut().insert(name.clone());
        let ident = format_ident!("{name}");
        let kind = self.schema_type(&value);
        let expression = self.schema_value(&value);
        (
            ident.clone(),
            quote! { static #ident: #kind = #expression; },
        )
    }

    fn schema_type(&self, value: &Use) -> TokenStream {
        let inner = match &value.shape {
            Shape::Any => self.contract("AnySchema"),
            Shape::Scalar(scalar) => self.contract(match scalar {
                Scalar::Boolean => "BooleanSchema",
                Scalar::Integer(_) => "IntegerSchema",
                Scalar::Number(_) => "NumberSchema",
                Scalar::String(_) => "StringSchema",
                Scalar::DateTime => "DateTimeSchema",
                Scalar::Date => "DateSchema",
                Scalar::Uuid => "UuidSchema",
                Scalar::Base64 => "Base64Schema",
                Scalar::Binary => "BinarySchema",
            }),
            Shape::Array { item, unique, .. } => {
                let outer = self.contract(if *unique {
                    "UniqueSchema"
                } else {
                    "ArraySchema"
                });
                let item = self.schema_type(item);
                quote! { #outer<#item> }
            }
            Shape::Map { value, .. } => {
                let outer = self.contract("MapSchema");
                let value = self.schema_type(value);
                quote! { #outer<#value> }
            }
            Shape::Named(_) | Shape::Fixed { .. } => {
                let outer = self.contract("ModelSchema");
                let model = self.rust_type(&Use::new(value.shape.clone()));
                quote! { #outer<#model> }
            }
        };
        if value.nullable {
            let nullable = self.contract("NullableSchema");
            quote! { #nullable<#inner> }
        } else {
            inner
        }
    }

    fn schema_value(&self, value: &Use) -> TokenStream {
        let inner = match &value.shape {
            Shape::Any => {
                let any = self.contract("any");
                quote! { #any() }
            }
            Shape::Scalar(scalar) => self.scalar_value(scalar),
            Shape::Array {
                item,
                min_items,
                max_items,
                unique,
            } => {
                let array = self.contract("array");
                let item = self.schema_value(item);
                let min = count(*min_items, "min_items");
                let max = count(*max_items, "max_items");
                let unique = unique.then(|| quote! { .unique() });
                quote! { #array(#item) #min #max #unique }
            }
            Shape::Map {
                value,
                min_properties,
                max_properties,
            } => {
                let map = self.contract("map");
                let value = self.schema_value(value);
                let min = count(*min_properties, "min_properties");
                let max = count(*max_properties, "max_properties");
                quote! { #map(#value) #min #max }
            }
            Shape::Named(_) | Shape::Fixed { .. } => {
                let function = self.contract("model");
                let model = self.rust_type(&Use::new(value.shape.clone()));
                quote! { #function::<#model>() }
            }
        };
        if value.nullable {
            let nullable = self.contract("nullable");
            quote! { #nullable(#inner) }
        } else {
            inner
        }
    }

    fn scalar_value(&self, scalar: &Scalar) -> TokenStream {
        let function = self.contract(match scalar {
            Scalar::Boolean => "boolean",
            Scalar::Integer(_) => "integer",
            Scalar::Number(_) => "number",
            Scalar::String(_) => "string",
            Scalar::DateTime => "date_time",
            Scalar::Date => "date",
            Scalar::Uuid => "uuid",
            Scalar::Base64 => "base64",
            Scalar::Binary => "binary",
        });
        let rules = match scalar {
            Scalar::Integer(integer) => integer_rules(integer),
            Scalar::Number(number) => number_rules(number),
            Scalar::String(text) => self.text_rules(text),
            _ => TokenStream::new(),
        };
        quote! { #function() #rules }
    }

    fn text_rules(&self, text: &Text) -> TokenStream {
        let min = count(text.min_length, "min_length");
        let max = count(text.max_length, "max_length");
        let pattern = text
            .pattern
            .as_ref()
            .map(|pattern| raw(pattern))
            .map(|pattern| quote! { .pattern(#pattern) });
        let format = text.format.map(|variant| {
            let format = self.contract("Format");
            let variant = format_ident!("{variant}");
            quote! { .format(#format::#variant) }
        });
        quote! { #min #max #pattern #format }
    }

    /// A value of the document, such as a default, as an expression.
    pub(super) fn literal(&self, json: &Value, value: &Use) -> TokenStream {
        if value.nullable {
            return match json {
                Value::Null => quote! { None },
                json => {
                    let inner = self.literal(
                        json,
                        &Use {
                            nullable: false,
                            ..value.clone()
                        },
                    );
                    quote! { Some(#inner) }
                }
            };
        }
        match (&value.shape, json) {
            (Shape::Named(id), json) => self.named_literal(*id, json),
            (Shape::Scalar(Scalar::Boolean), Value::Bool(flag)) => quote! { #flag },
            (Shape::Scalar(Scalar::Integer(_)), json) => {
                let integer = Literal::i64_unsuffixed(integer(json));
                quote! { #integer }
            }
            (Shape::Scalar(Scalar::Number(_)), json) => {
                let number = Literal::f64_unsuffixed(json.as_f64().unwrap_or_default());
                quote! { #number }
            }
            (Shape::Scalar(Scalar::String(_)), Value::String(text)) => {
                quote! { #text.to_owned() }
            }
            (Shape::Array { item, .. }, Value::Array(values)) => {
                if values.is_empty() {
                    return quote! { Vec::new() };
                }
                let values = values.iter().map(|json| self.literal(json, item));
                quote! { vec![#(#values),*] }
            }
            (Shape::Map { .. }, Value::Object(members)) if members.is_empty() => {
                let map = self.contract("IndexMap");
                quote! { #map::new() }
            }
            // `lower` reports defaults that have no form here.
            _ => quote! { compile_error!("a default without a form in Rust") },
        }
    }

    fn named_literal(&self, id: TypeId, json: &Value) -> TokenStream {
        let name = self.named(id);
        match &self.document.type_def(id).kind {
            Kind::Enum(variants) => {
                let variant = variants
                    .iter()
                    .find(|variant| Some(variant.value.as_str()) == json.as_str())
                    .map(|variant| format_ident!("{}", variant.name));
                quote! { #name::#variant }
            }
            Kind::Secret(_) => {
                let text = self.literal(
                    json,
                    &Use::new(Shape::Scalar(Scalar::String(Text::default()))),
                );
                quote! { #name(#text) }
            }
            Kind::Newtype(scalar) => {
                let inner = self.literal(json, &Use::new(Shape::Scalar(scalar.clone())));
                quote! { #name(#inner) }
            }
            _ => quote! { compile_error!("a default without a form in Rust") },
        }
    }
}

/// Whether a schema says more than its type, so that it deserves a name. One
/// that holds a string schema, which compiles its pattern once, has to have one.
fn needs_static(value: &Use) -> bool {
    match &value.shape {
        Shape::Scalar(Scalar::Integer(integer)) => *integer != Integer::default(),
        Shape::Scalar(Scalar::Number(number)) => *number != Number::default(),
        Shape::Scalar(Scalar::String(_)) => true,
        Shape::Array {
            item,
            min_items,
            max_items,
            unique,
        } => min_items.is_some() || max_items.is_some() || *unique || needs_static(item),
        Shape::Map {
            value,
            min_properties,
            max_properties,
        } => min_properties.is_some() || max_properties.is_some() || needs_static(value),
        Shape::Any | Shape::Scalar(_) | Shape::Named(_) | Shape::Fixed { .. } => false,
    }
}

fn count(value: Option<u64>, method: &str) -> Option<TokenStream> {
    let literal = Literal::u64_unsuffixed(value?);
    let method = format_ident!("{method}");
    Some(quote! { .#method(#literal) })
}

fn integer_rules(integer: &Integer) -> TokenStream {
    let rule = |value: Option<i64>, method: &str| {
        let literal = Literal::i64_unsuffixed(value?);
        let method = format_ident!("{method}");
        Some(quote! { .#method(#literal) })
    };
    let format = integer.format.map(|format| {
        let method = format_ident!("{format}");
        quote! { .#method() }
    });
    let minimum = rule(integer.minimum, "minimum");
    let maximum = rule(integer.maximum, "maximum");
    let above = rule(integer.exclusive_minimum, "exclusive_minimum");
    let below = rule(integer.exclusive_maximum, "exclusive_maximum");
    let multiple_of = rule(integer.multiple_of, "multiple_of");
    let one_of = (!integer.values.is_empty()).then(|| {
        let values = integer.values.iter().copied().map(Literal::i64_unsuffixed);
        quote! { .one_of(&[#(#values),*]) }
    });
    // The format comes last, because it tightens the bounds.
    quote! { #minimum #maximum #above #below #multiple_of #one_of #format }
}

fn number_rules(number: &Number) -> TokenStream {
    let rule = |value: Option<f64>, method: &str| {
        let literal = Literal::f64_unsuffixed(value?);
        let method = format_ident!("{method}");
        Some(quote! { .#method(#literal) })
    };
    let format = number.format.map(|format| quote! { .format(#format) });
    let minimum = rule(number.minimum, "minimum");
    let maximum = rule(number.maximum, "maximum");
    let above = rule(number.exclusive_minimum, "exclusive_minimum");
    let below = rule(number.exclusive_maximum, "exclusive_maximum");
    let multiple_of = number
        .multiple_of
        .as_ref()
        .map(|text| quote! { .multiple_of(#text) });
    quote! { #format #minimum #maximum #above #below #multiple_of }
}

fn integer(json: &Value) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the default was checked to be an integer; 1.0 is one"
    )]
    json.as_i64()
        .unwrap_or_else(|| json.as_f64().unwrap_or_default() as i64)
}

/// The static that lists the members of a type.
pub(super) fn property_list(type_name: &str) -> String {
    format!("{}_PROPERTIES", names::screaming(type_name))
}

/// `text` as a raw string where that reads better.
pub(super) fn raw(text: &str) -> TokenStream {
    if !text.contains(['\\', '"']) {
        let literal = Literal::string(text);
        return quote! { #literal };
    }
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
        .parse()
        .unwrap_or_else(|_| {
            let literal = Literal::string(text);
            quote! { #literal }
        })
}

/// The local variable that holds the value of a field: its name, unless the
/// generated function has that already.
pub(super) fn local(field: &str) -> Ident {
    match field {
        "cx" | "http" | "body" | "form" => ident(&format!("{field}_")),
        field => ident(field),
    }
}

/// An identifier, which may be a raw one.
pub(super) fn ident(name: &str) -> Ident {
    match name.strip_prefix("r#") {
        Some(keyword) => Ident::new_raw(keyword, Span::call_site()),
        None => Ident::new(name, Span::call_site()),
    }
}
