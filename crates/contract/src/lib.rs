//! What generated code needs at run time.
//!
//! The generator prints what differs between operations; everything that is the
//! same for all of them lives here: strict decoding ([`Schema`]), problems
//! ([`Problem`]), callers and scopes ([`Caller`]), ids ([`TypeId`]), pages
//! ([`Cursor`]) and the way of a request through a route ([`Runtime`]).

mod body;
mod caller;
mod content;
mod cx;
mod describe;
pub mod etag;
mod even_time;
mod failure;
mod field;
mod finite;
mod gate;
mod idempotency;
mod incoming;
mod limiter;
mod media_type;
mod model;
mod mount;
mod newtype;
mod openapi_model;
mod operation;
mod operation_meta;
mod page;
mod parameter;
mod parameter_meta;
mod problem;
mod random;
mod redacted;
mod reply;
mod runtime;
mod schema;
mod text;
mod time;
mod type_id;
mod union;
mod violation;

pub use async_trait::async_trait;
pub use body::{Form, Multipart, Upload};
pub use bytes::Bytes;
pub use caller::{
    Authenticator, Call, Caller, Credential, Identity, Principal, Reach, Role, Scopes,
};
pub use chrono::NaiveDate;
pub use cx::{Cx, Source};
pub use describe::{
    Property, any_of_meta, counted_object_meta, inline_meta, object_meta, one_of_meta,
    register_properties,
};
pub use even_time::{EVEN_TIME, uncounted};
pub use failure::{
    BadGateway, BadRequest, Conflict, Failure, Forbidden, Gone, Internal, NotAcceptable, NotFound,
    PayloadTooLarge, PaymentRequired, PreconditionFailed, PreconditionRequired, ServiceUnavailable,
    TooManyRequests, Unauthorized, UnprocessableContent, UnsupportedMediaType,
};
pub use field::{Field, Slot};
pub use finite::{Numbers, finite};
pub use idempotency::{IdempotencyKey, Replay, Replays};
pub use incoming::{Incoming, Request};
pub use indexmap::IndexMap;
pub use limiter::{Decision, Limiter, Proof, Subject, network};
pub use model::{Decode, Member, Members, Model, check_properties, enumeration, object};
pub use mount::mount;
pub use newtype::{Refused, check, check_json};
pub use operation::{BodyRule, CredentialKind, Operation, RateLimit, Requirement, Scheme};
pub use operation_meta::{Description, OperationMeta};
pub use page::Cursor;
pub use parameter::{CookieReader, HeaderReader, PathReader, QueryReader};
pub use parameter_meta::ParameterMeta;
pub use poem::Response;
pub use poem::http::{Method, StatusCode};
pub use problem::{Problem, ProblemKind, kind};
pub use random::Random;
pub use redacted::Redacted;
pub use reply::{Content, Json, Reply, set_header};
pub use runtime::{RequestId, RouteTable, Runtime};
pub use schema::{
    ANY_STRING, AnySchema, ArraySchema, Base64, Base64Schema, BinarySchema, BooleanSchema,
    DateSchema, DateTimeSchema, Describe, Format, IntegerSchema, MapSchema, ModelSchema,
    NullableSchema, NumberSchema, Pattern, Schema, StringSchema, UniqueSchema, UuidSchema, any,
    array, base64, binary, boolean, date, date_time, integer, map, model, nullable, number, string,
    uuid,
};
pub use text::{ListText, MapText, Text};
pub use time::{Clock, Timer, Timestamp};
pub use type_id::TypeId;
pub use union::{Alternatives, Buffered};
pub use uuid::Uuid;
pub use violation::{Location, Violation};

#[doc(hidden)]
pub mod private {
    //! Names that the exported macros need.
    pub use crate::newtype::wipe;
    pub use crate::openapi_model::{parse_text, parse_value, to_value};
    pub use crate::type_id::{type_id_length, type_id_text};
    pub use poem_openapi;
    pub use serde;
    pub use serde_json;
    pub use uuid;
}
