//! `lib.rs`: the modules, the documents and all routes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::operations::{static_name, trait_name};
use super::print::{self, docs};
use super::{notice, scheme_name};
use crate::ir::{Document, Tag};
use crate::names;
use crate::openapi::SchemeKind;

pub(super) fn write(document: &Document) -> String {
    let modules = document.tags.iter().map(|tag| {
        let module = module(tag);
        quote! { pub mod #module; }
    });
    let operations = document.tags.iter().flat_map(|tag| {
        let module = module(tag);
        tag.operations.iter().map(move |operation| {
            let name = static_name(operation);
            quote! { &#module::#name }
        })
    });
    let traits: Vec<_> = document
        .tags
        .iter()
        .map(|tag| {
            let module = module(tag);
            let name = trait_name(tag);
            quote! { #module::#name }
        })
        .collect();
    let fields: Vec<_> = document.tags.iter().map(module).collect();
    let schemes = schemes(document);
    let name = &document.title;
    let title = docs(Some(&format!("What implements {name}.")));
    let items: Vec<TokenStream> = vec![
        quote! { #(#modules)* pub mod models; },
        quote! {
            #[doc = " The document's title."]
            pub const TITLE: &str = #name;

            #[doc = " The document with everything it refers to, as JSON."]
            pub const DOCUMENT_JSON: &str = include_str!("../openapi.json");

            #[doc = " The document with everything it refers to, as YAML."]
            pub const DOCUMENT_YAML: &str = include_str!("../openapi.yaml");

            #[doc = " The document in the words of OpenAPI 3.0, as JSON."]
            pub const DOCUMENT_JSON_3_0: &str = include_str!("../openapi-3.0.json");
        },
        quote! {
            #[doc = " Every operation, in the order of the document's tags."]
            pub static OPERATIONS: &[&Operation] = &[#(#operations),*];
        },
        quote! {
            #title
            pub trait Api: #(#traits +)* 'static {}

            impl<A: #(#traits +)* 'static> Api for A {}
        },
        quote! {
            #[doc = " The routes of all operations, answered by `api`."]
            pub fn routes<A: Api>(api: Arc<A>, runtime: Runtime) -> Routes {
                Routes {
                    #(#fields: api.clone(),)*
                    runtime,
                }
            }

            #[doc = " The routes of all operations."]
            #[derive(Clone)]
            pub struct Routes {
                #(#fields: Arc<dyn #traits>,)*
                runtime: Runtime,
            }

            impl Routes {
                #[doc = " Adds the routes to `table`."]
                pub fn add_to(&self, table: &mut RouteTable) {
                    #(#fields::add_routes(table, &self.runtime, &self.#fields);)*
                }
            }

            impl OpenApi for Routes {
                fn meta() -> Vec<MetaApi> {
                    describe().into_meta()
                }

                fn register(registry: &mut Registry) {
                    describe().register(registry);
                }

                fn add_routes(self, table: &mut RouteTable) {
                    self.add_to(table);
                }
            }

            fn describe() -> Description {
                let mut api = Description::new() #(#schemes)*;
                #(#fields::describe(&mut api);)*
                api
            }
        },
    ];
    let uses = [
        quote! { use std::sync::Arc; },
        if schemes.is_empty() {
            quote! { use charter_contract::{Description, Operation, RouteTable, Runtime}; }
        } else {
            quote! { use charter_contract::{Description, Operation, RouteTable, Runtime, Scheme}; }
        },
        quote! { use poem_openapi::OpenApi; },
        quote! { use poem_openapi::registry::{MetaApi, Registry}; },
    ];
    let description = document
        .description
        .as_deref()
        .map(|text| format!("\n\n{}", text.trim_end()))
        .unwrap_or_default();
    let head = format!(
        "{}{description}",
        notice(document, &format!("{}.", document.title))
    );
    print::file(&head, &uses, &items)
}

/// The security schemes that operations require, by their names.
fn schemes(document: &Document) -> Vec<TokenStream> {
    let mut known = Vec::new();
    for requirement in document
        .operations()
        .flat_map(|operation| &operation.security)
    {
        let scheme = (&requirement.name, &requirement.scheme);
        if !known.contains(&scheme) {
            known.push(scheme);
        }
    }
    known
        .into_iter()
        .map(|(name, scheme)| {
            let scheme = match scheme {
                SchemeKind::Bearer => quote! { Scheme::Bearer },
                SchemeKind::ApiKey { .. } => {
                    let header = scheme_name(scheme);
                    quote! { Scheme::Header(#header) }
                }
            };
            quote! { .security_scheme(#name, #scheme) }
        })
        .collect()
}

fn module(tag: &Tag) -> proc_macro2::Ident {
    format_ident!("{}", names::snake(&tag.name))
}
