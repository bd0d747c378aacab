//! Every snapshot of `cases.rs` compiles.
//!
//! The modules are the snapshots themselves, so what was reviewed is what is
//! type-checked. rustfmt leaves them alone: the generator's own printer wrote
//! them. A few of them are run as well, see `behaviour`.

#![expect(
    dead_code,
    unreachable_pub,
    reason = "the cases are modules here, and few of them are called"
)]
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

#[rustfmt::skip]
#[path = "snapshots/cases__all_of.snap.rs"]
mod all_of;
#[rustfmt::skip]
#[path = "snapshots/cases__any_of.snap.rs"]
mod any_of;
#[rustfmt::skip]
#[path = "snapshots/cases__array.snap.rs"]
mod array;
#[rustfmt::skip]
#[path = "snapshots/cases__contents.snap.rs"]
mod contents;
#[rustfmt::skip]
#[path = "snapshots/cases__direction.snap.rs"]
mod direction;
#[rustfmt::skip]
#[path = "snapshots/cases__document.snap.rs"]
mod document;
#[rustfmt::skip]
#[path = "snapshots/cases__enumeration.snap.rs"]
mod enumeration;
#[rustfmt::skip]
#[path = "snapshots/cases__form.snap.rs"]
mod form;
#[rustfmt::skip]
#[path = "snapshots/cases__headers.snap.rs"]
mod headers;
#[rustfmt::skip]
#[path = "snapshots/cases__integer.snap.rs"]
mod integer;
#[rustfmt::skip]
#[path = "snapshots/cases__json_answers.snap.rs"]
mod json_answers;
#[rustfmt::skip]
#[path = "snapshots/cases__json_bodies.snap.rs"]
mod json_bodies;
#[rustfmt::skip]
#[path = "snapshots/cases__map.snap.rs"]
mod map;
#[rustfmt::skip]
#[path = "snapshots/cases__multipart.snap.rs"]
mod multipart;
#[rustfmt::skip]
#[path = "snapshots/cases__names.snap.rs"]
mod names;
#[rustfmt::skip]
#[path = "snapshots/cases__newtype.snap.rs"]
mod newtype;
#[rustfmt::skip]
#[path = "snapshots/cases__number.snap.rs"]
mod number;
#[rustfmt::skip]
#[path = "snapshots/cases__one_of.snap.rs"]
mod one_of;
#[rustfmt::skip]
#[path = "snapshots/cases__one_of_discriminated.snap.rs"]
mod one_of_discriminated;
#[rustfmt::skip]
#[path = "snapshots/cases__operation.snap.rs"]
mod operation;
#[rustfmt::skip]
#[path = "snapshots/cases__other_bodies.snap.rs"]
mod other_bodies;
#[rustfmt::skip]
#[path = "snapshots/cases__path_header_cookie.snap.rs"]
mod path_header_cookie;
#[rustfmt::skip]
#[path = "snapshots/cases__presence.snap.rs"]
mod presence;
#[rustfmt::skip]
#[path = "snapshots/cases__query.snap.rs"]
mod query;
#[rustfmt::skip]
#[path = "snapshots/cases__recursive.snap.rs"]
mod recursive;
#[rustfmt::skip]
#[path = "snapshots/cases__redirects.snap.rs"]
mod redirects;
#[rustfmt::skip]
#[path = "snapshots/cases__security.snap.rs"]
mod security;
#[rustfmt::skip]
#[path = "snapshots/cases__several_answers.snap.rs"]
mod several_answers;
#[rustfmt::skip]
#[path = "snapshots/cases__stored.snap.rs"]
mod stored;
#[rustfmt::skip]
#[path = "snapshots/cases__string.snap.rs"]
mod string;

mod behaviour;
