//! Every snapshot of `cases.rs` compiles.
//!
//! The modules are the snapshots themselves, so what was reviewed is what is
//! type-checked. A few of them are run: see the tests at the end.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "the cases are modules here, and few of them are called"
)]

#[path = "snapshots/cases__all_of.snap.rs"]
mod all_of;
#[path = "snapshots/cases__any_of.snap.rs"]
mod any_of;
#[path = "snapshots/cases__array.snap.rs"]
mod array;
#[path = "snapshots/cases__contents.snap.rs"]
mod contents;
#[path = "snapshots/cases__direction.snap.rs"]
mod direction;
#[path = "snapshots/cases__document.snap.rs"]
mod document;
#[path = "snapshots/cases__enumeration.snap.rs"]
mod enumeration;
#[path = "snapshots/cases__form.snap.rs"]
mod form;
#[path = "snapshots/cases__headers.snap.rs"]
mod headers;
#[path = "snapshots/cases__integer.snap.rs"]
mod integer;
#[path = "snapshots/cases__json_answers.snap.rs"]
mod json_answers;
#[path = "snapshots/cases__json_bodies.snap.rs"]
mod json_bodies;
#[path = "snapshots/cases__map.snap.rs"]
mod map;
#[path = "snapshots/cases__multipart.snap.rs"]
mod multipart;
#[path = "snapshots/cases__names.snap.rs"]
mod names;
#[path = "snapshots/cases__newtype.snap.rs"]
mod newtype;
#[path = "snapshots/cases__number.snap.rs"]
mod number;
#[path = "snapshots/cases__one_of.snap.rs"]
mod one_of;
#[path = "snapshots/cases__one_of_discriminated.snap.rs"]
mod one_of_discriminated;
#[path = "snapshots/cases__operation.snap.rs"]
mod operation;
#[path = "snapshots/cases__other_bodies.snap.rs"]
mod other_bodies;
#[path = "snapshots/cases__path_header_cookie.snap.rs"]
mod path_header_cookie;
#[path = "snapshots/cases__presence.snap.rs"]
mod presence;
#[path = "snapshots/cases__query.snap.rs"]
mod query;
#[path = "snapshots/cases__recursive.snap.rs"]
mod recursive;
#[path = "snapshots/cases__redirects.snap.rs"]
mod redirects;
#[path = "snapshots/cases__security.snap.rs"]
mod security;
#[path = "snapshots/cases__several_answers.snap.rs"]
mod several_answers;
#[path = "snapshots/cases__string.snap.rs"]
mod string;

mod behaviour;
