//! What the hand-written servers of `GET /v1/organisations/members` share: the
//! request and the answer. How they ask their database is up to each of them.

use axum::Json;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use charter_contract::{Timestamp, TypeId as _};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::key::{Caller, Role};
use super::refusal::Refusal;
use super::type_id::{Cursor, UserId};

/// A page of members.
///
/// SQLite plans a statement anew at each execution when its limit is a bare
/// parameter: the value might change the plan. The cast hides it.
pub(super) const MEMBERS: &str = "\
    SELECT user_id, email, name, role, joined_at FROM memberships \
    WHERE organisation_id = $1 AND user_id > $2 \
    ORDER BY user_id LIMIT CAST($3 AS BIGINT)";

/// Where they are listed.
pub(super) const PATH: &str = "/v1/organisations/members";

/// The scope that it takes.
pub(super) const SCOPE: &str = "members:read";

/// The most members of one answer.
const MOST: i64 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageQuery {
    limit: Option<i64>,
    cursor: Option<String>,
}

/// The page that is asked for.
pub(super) struct Page {
    pub(super) after: Uuid,
    limit: usize,
}

impl Page {
    /// One more row than is shown, to see whether there is a next page.
    pub(super) fn rows(&self) -> i64 {
        i64::try_from(self.limit).map_or(i64::MAX, |limit| limit + 1)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Page {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let Query(PageQuery { limit, cursor }) = Query::from_request_parts(parts, state).await?;
        let limit = limit.unwrap_or(MOST);
        if !(1..=MOST).contains(&limit) {
            return Err(Refusal::Malformed("limit is out of bounds".to_owned()));
        }
        let after = match cursor {
            None => Uuid::nil(),
            Some(text) => charter_contract::Cursor::parse(&text)
                .ok_or_else(|| Refusal::Malformed("that is no cursor".to_owned()))?
                .into(),
        };
        Ok(Self {
            after,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        })
    }
}

/// One member of the answer.
#[derive(Serialize)]
pub(super) struct Member {
    pub(super) id: UserId,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) joined_at: Timestamp,
}

/// The answer.
#[derive(Serialize)]
pub(super) struct MemberList {
    members: Vec<Member>,
    current_user_id: Option<UserId>,
    current_user_role: Option<Role>,
    next_cursor: Option<Cursor>,
}

impl MemberList {
    /// The answer from the rows of [`MEMBERS`].
    pub(super) fn of(mut members: Vec<Member>, page: &Page, caller: &Caller) -> Json<Self> {
        let mut next_cursor = None;
        if members.len() > page.limit {
            members.truncate(page.limit);
            next_cursor = members.last().map(|member| Cursor(member.id.0));
        }
        Json(Self {
            members,
            current_user_id: caller.user.map(UserId),
            current_user_role: caller.role,
            next_cursor,
        })
    }
}
