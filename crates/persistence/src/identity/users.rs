//! Users and sessions as the document has them.

use charter_api_identity::models::{Company, Language, Session, SignInMethod, User, UserStatus};
use charter_contract::{Internal, Timestamp};
use uuid::Uuid;

use crate::constraint::Stored as _;
use crate::database::Reads;
use crate::entity::Role;
use crate::entity::session::{self, Method};
use crate::row::{Rows, row};

/// A user with the organisation `$2`, if the user is a member, else with the active
/// one; and the session `$3`.
const USER: &str = "\
    SELECT u.id, u.email, u.name, u.first_name, u.last_name, u.language, u.created_at, \
           u.confirmed_at, u.last_login_at, o.id AS organisation_id, \
           o.name AS organisation_name, m.role, \
           s.id AS session_id, s.method, s.address, s.user_agent, \
           s.created_at AS begun_at, s.last_used_at, s.idle_expires_at \
    FROM users u \
    LEFT JOIN active_organisations a ON a.user_id = u.id \
    LEFT JOIN memberships w ON w.user_id = u.id AND w.organisation_id = $2 \
    LEFT JOIN memberships m ON m.user_id = u.id \
        AND m.organisation_id = COALESCE(w.organisation_id, a.organisation_id) \
    LEFT JOIN organisations o ON o.id = m.organisation_id \
    LEFT JOIN sessions s ON s.user_id = u.id AND s.id = $3 \
    WHERE u.id = $1";

row! {
    struct UserRow {
        id: Uuid,
        email: String,
        name: String,
        first_name: Option<String>,
        last_name: Option<String>,
        language: String,
        created_at: i64,
        confirmed_at: Option<i64>,
        last_login_at: Option<i64>,
        organisation_id: Option<Uuid>,
        organisation_name: Option<String>,
        role: Option<Role>,
        session_id: Option<Uuid>,
        method: Option<Method>,
        address: Option<String>,
        user_agent: Option<String>,
        begun_at: Option<i64>,
        last_used_at: Option<i64>,
        idle_expires_at: Option<i64>,
    }
}

row! {
    /// A session of a list.
    pub(super) struct SessionRow {
        pub(super) id: Uuid,
        method: Method,
        address: Option<String>,
        user_agent: Option<String>,
        created_at: i64,
        last_used_at: i64,
        idle_expires_at: i64,
    }
}

/// Whether a session is the one that makes the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// It is.
    Current,
    /// It is another one.
    Another,
}

impl From<&session::Model> for SessionRow {
    fn from(session: &session::Model) -> Self {
        Self {
            id: session.id,
            method: session.method,
            address: session.address.clone(),
            user_agent: session.user_agent.clone(),
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            idle_expires_at: session.idle_expires_at,
        }
    }
}

impl SessionRow {
    /// As the document has it.
    pub(super) fn seen(self, which: Which) -> Session {
        let Self {
            id,
            method,
            address,
            user_agent,
            created_at,
            last_used_at,
            idle_expires_at,
        } = self;
        Session {
            id: id.into(),
            provider: method.into(),
            created: Timestamp::from_micros(created_at),
            last_used: Timestamp::from_micros(last_used_at),
            expires: Timestamp::from_micros(idle_expires_at),
            address,
            user_agent,
            current: which == Which::Current,
        }
    }
}

impl From<Method> for SignInMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Local => Self::Local,
            Method::Google => Self::Google,
            Method::Linkedin => Self::Linkedin,
            Method::Github => Self::Github,
            Method::Facebook => Self::Facebook,
            Method::Saml => Self::Saml,
        }
    }
}

/// A user as the user sees it, about the organisation `workspace` or else the
/// active one.
pub(super) async fn read(
    db: &impl Reads,
    user: Uuid,
    workspace: Option<Uuid>,
) -> Result<Option<User>, Internal> {
    let read = read_with_session(db, user, workspace, None).await?;
    Ok(read.map(|(user, _)| user))
}

/// The same with one of the user's sessions.
pub(super) async fn read_with_session(
    db: &impl Reads,
    user: Uuid,
    workspace: Option<Uuid>,
    session: Option<Uuid>,
) -> Result<Option<(User, Option<SessionRow>)>, Internal> {
    let found = Rows::<UserRow>::of(USER, [user.into(), workspace.into(), session.into()])
        .one(db)
        .await
        .stored()?;
    found.map(UserRow::seen).transpose()
}

impl UserRow {
    fn seen(self) -> Result<(User, Option<SessionRow>), Internal> {
        let Self {
            id,
            email,
            name,
            first_name,
            last_name,
            language,
            created_at,
            confirmed_at,
            last_login_at,
            organisation_id,
            organisation_name,
            role,
            session_id,
            method,
            address,
            user_agent,
            begun_at,
            last_used_at,
            idle_expires_at,
        } = self;
        let company = organisation_id
            .zip(organisation_name)
            .map(|(id, name)| {
                Ok::<_, Internal>(Company {
                    id: id.into(),
                    name: name.try_into()?,
                })
            })
            .transpose()?;
        let session = match (session_id, method, begun_at, last_used_at, idle_expires_at) {
            (Some(id), Some(method), Some(created_at), Some(last_used_at), Some(idle)) => {
                Some(SessionRow {
                    id,
                    method,
                    address,
                    user_agent,
                    created_at,
                    last_used_at,
                    idle_expires_at: idle,
                })
            }
            _ => None,
        };
        let user = User {
            id: id.into(),
            email: email.try_into()?,
            display_name: name.try_into()?,
            first_name: first_name.map(TryInto::try_into).transpose()?,
            last_name: last_name.map(TryInto::try_into).transpose()?,
            status: match confirmed_at {
                Some(_) => UserStatus::Active,
                None => UserStatus::Pending,
            },
            roles: role.map(Into::into).into_iter().collect(),
            company,
            language: spoken(&language),
            created: Timestamp::from_micros(created_at),
            last_login: last_login_at.map(Timestamp::from_micros),
        };
        Ok((user, session))
    }
}

/// A stored language.
fn spoken(language: &str) -> Language {
    Language::ALL
        .iter()
        .copied()
        .find(|known| known.as_str() == language)
        .unwrap_or(Language::En)
}
