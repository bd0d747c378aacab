//! `lib.rs`: the modules, the documents and all routes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::notice;
use super::operations::{static_name, trait_name};
use super::print::{self, docs};
use crate::ir::{Document, Tag};
use crate::names;

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
    let title = docs(Some(&format!("What implements {}.", document.title)));
    let items: Vec<TokenStream> = vec![
        quote! { #(#modules)* pub mod models; },
        quote! {
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
        },
    ];
    let uses = [
        quote! { use std::sync::Arc; },
        quote! { use charter_contract::{Operation, RouteTable, Runtime}; },
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

fn module(tag: &Tag) -> proc_macro2::Ident {
    format_ident!("{}", names::snake(&tag.name))
}
