//! `listMembers` from memory, by hand: axum and serde.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use uuid::Uuid;

use super::memory::{self, Memory};
use crate::Error;

pub(crate) async fn router(_database: &str) -> Result<Router, Error> {
    Ok(Router::new()
        .route("/v1/organisations/members", get(list_members))
        .with_state(Arc::new(Memory::new())))
}

async fn list_members(
    State(memory): State<Arc<Memory>>,
    MembersRead(key): MembersRead,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<MemberList>, Problem> {
    let Query(Page { limit, cursor }) = page.map_err(|rejection| Problem {
        status: StatusCode::BAD_REQUEST,
        detail: rejection.body_text(),
    })?;
    if !(1..=1000).contains(&limit) {
        return Err(Problem {
            status: StatusCode::BAD_REQUEST,
            detail: "limit must be between 1 and 1000".to_owned(),
        });
    }
    let after = cursor.map_or(Uuid::nil(), |cursor| cursor.0);
    let mut rows = memory.members(after, limit + 1);
    let next_cursor = if rows.len() > limit {
        rows.truncate(limit);
        rows.last().map(|last| Cursor(last.id))
    } else {
        None
    };
    Ok(Json(MemberList {
        members: rows.into_iter().map(Member::from).collect(),
        current_user_id: Some(UserId(key.user)),
        current_user_role: Some(key.role.into()),
        next_cursor,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default = "largest")]
    limit: usize,
    cursor: Option<Cursor>,
}

fn largest() -> usize {
    1000
}

#[derive(Serialize)]
struct MemberList {
    members: Vec<Member>,
    current_user_id: Option<UserId>,
    current_user_role: Option<Role>,
    next_cursor: Option<Cursor>,
}

#[derive(Serialize)]
struct Member {
    id: UserId,
    email: String,
    name: String,
    role: Role,
    joined_at: DateTime<Utc>,
}

impl From<memory::Row> for Member {
    fn from(row: memory::Row) -> Self {
        Self {
            id: UserId(row.id),
            email: row.email,
            name: row.name,
            role: row.role.into(),
            joined_at: DateTime::from_timestamp_micros(row.joined_at).unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    Admin,
    Member,
}

impl From<memory::Role> for Role {
    fn from(role: memory::Role) -> Self {
        match role {
            memory::Role::Admin => Self::Admin,
            memory::Role::Member => Self::Member,
        }
    }
}

/// `user_` and the id in Crockford's base 32.
struct UserId(Uuid);

impl Serialize for UserId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = *b"user_00000000000000000000000000";
        encode(self.0, &mut text[5..]);
        serializer.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
    }
}

/// The id behind which the next page begins, in Crockford's base 32.
struct Cursor(Uuid);

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = [0; 26];
        encode(self.0, &mut text);
        serializer.serialize_str(std::str::from_utf8(&text).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        decode(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("is not a cursor"))
    }
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(id: Uuid, text: &mut [u8]) {
    let mut bits = id.as_u128();
    for character in text.iter_mut().rev() {
        *character = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
}

fn decode(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let mut bits: u128 = 0;
    for character in text.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == character)?;
        bits = bits << 5 | digit as u128;
    }
    Some(Uuid::from_u128(bits))
}

/// A key that may read members.
struct MembersRead(memory::Key);

impl FromRequestParts<Arc<Memory>> for MembersRead {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        memory: &Arc<Memory>,
    ) -> Result<Self, Self::Rejection> {
        let key = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, text)| memory.key(text.trim()))
            .ok_or(Problem {
                status: StatusCode::UNAUTHORIZED,
                detail: "Send a valid API key.".to_owned(),
            })?;
        if !key.scopes.contains("members:read") {
            return Err(Problem {
                status: StatusCode::FORBIDDEN,
                detail: "The key lacks the scope members:read.".to_owned(),
            });
        }
        Ok(Self(key.clone()))
    }
}

/// RFC 9457.
struct Problem {
    status: StatusCode,
    detail: String,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": "about:blank",
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let media_type = [(header::CONTENT_TYPE, "application/problem+json")];
        (self.status, media_type, body.to_string()).into_response()
    }
}
