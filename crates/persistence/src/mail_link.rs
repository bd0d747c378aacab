//! Links in mails: random, stored as a hash, good for one use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use charter_contract::{Gone, Internal, NotFound, Random, Timestamp, kind};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, QueryFilter as _, Select};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Store;
use crate::constraint::Stored as _;
use crate::database::On;
use crate::entity::mail_link::{Column, Entity, Kind, Model};
use crate::row::{Rows, row};
use crate::tenant::shared;
use crate::write::Write;

/// The secret of a new link.
pub(crate) struct LinkSecret(String);

impl LinkSecret {
    /// 256 random bits.
    pub(crate) fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The secret itself, for the mail.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LinkSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("LinkSecret([redacted])")
    }
}

/// What is stored of a secret.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Why a link does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dead {
    /// There is none with this token, or a newer one has replaced it.
    Unknown,
    /// Its time is over.
    Expired,
    /// It has been used.
    Used,
}

impl Dead {
    /// What the caller is told.
    pub(crate) fn failure<E: From<NotFound> + From<Gone>>(self) -> E {
        match self {
            Self::Unknown => NotFound::new("There is no link with this token.").into(),
            Self::Expired => Gone::of(
                &kind::LINK_EXPIRED,
                "This link has expired. Ask for a new one.",
            )
            .into(),
            Self::Used => {
                Gone::of(&kind::LINK_USED, "This link has been used. It works once.").into()
            }
        }
    }
}

row! {
    struct User {
        user_id: Uuid,
    }
}

/// What a link is good for at this moment.
fn judge(link: Option<Model>, now: Timestamp) -> Result<Model, Dead> {
    match link {
        None => Err(Dead::Unknown),
        Some(link) if link.used_at.is_some() => Err(Dead::Used),
        Some(link) if link.replaced_at.is_some() => Err(Dead::Unknown),
        Some(link) if link.expires_at <= now.micros() => Err(Dead::Expired),
        Some(link) => Ok(link),
    }
}

fn find(kind: Kind, token: &str) -> Select<Entity> {
    shared::<Entity>()
        .filter(Column::Hash.eq(hash(token)))
        .filter(Column::Kind.eq(kind))
}

impl Store {
    /// Looks at a link without using it.
    pub(crate) async fn look_at_link(
        &self,
        kind: Kind,
        token: &str,
    ) -> Result<Result<Model, Dead>, Internal> {
        let link = find(kind, token).one(self.reader()).await.stored()?;
        Ok(judge(link, self.now()))
    }
}

impl Write {
    /// Makes a link for a user. The one before of the same kind is dead.
    pub(crate) async fn make_link(
        &self,
        kind: Kind,
        user: Uuid,
        lifetime: i64,
    ) -> Result<LinkSecret, Internal> {
        self.hold_user(user).await?;
        self.db()
            .execute_raw(self.store().statement(
                "UPDATE mail_links SET replaced_at = $3 \
                 WHERE user_id = $1 AND kind = $2 AND used_at IS NULL AND replaced_at IS NULL",
                [user.into(), kind.into(), self.now().micros().into()],
            ))
            .await
            .stored()?;
        let secret = LinkSecret::generate(self.store().random());
        self.insert(Model {
            id: self.new_id(),
            kind,
            user_id: user,
            hash: hash(secret.reveal()),
            created_at: self.now().micros(),
            expires_at: self.now().plus_seconds(lifetime).micros(),
            used_at: None,
            replaced_at: None,
        })
        .await
        .stored()?;
        Ok(secret)
    }

    /// Uses a link up, and holds the user it is of. Of several at the same moment
    /// one does; should the rest of the transaction fail, the link is alive as
    /// before.
    pub(crate) async fn use_link(
        &self,
        kind: Kind,
        token: &str,
    ) -> Result<Result<Uuid, Dead>, Internal> {
        let link = find(kind, token).one(self.db()).await.stored()?;
        let Some(link) = link else {
            return Ok(Err(Dead::Unknown));
        };
        // The user before the link, as everywhere.
        self.hold_user(link.user_id).await?;
        let used = Rows::<User>::of(
            "UPDATE mail_links SET used_at = $2 \
             WHERE id = $1 AND used_at IS NULL AND replaced_at IS NULL AND expires_at > $2 \
             RETURNING user_id",
            [link.id.into(), self.now().micros().into()],
        )
        .one(self.db())
        .await
        .stored()?;
        if let Some(User { user_id: user }) = used {
            return Ok(Ok(user));
        }
        let link = find(kind, token).one(self.db()).await.stored()?;
        // No link comes to life again, so it is dead.
        Ok(Err(judge(link, self.now()).err().unwrap_or(Dead::Unknown)))
    }

    /// Lets every link of a user die that is not used.
    pub(crate) async fn void_links(&self, user: Uuid) -> Result<(), Internal> {
        self.db()
            .execute_raw(self.store().statement(
                "UPDATE mail_links SET replaced_at = $2 \
                 WHERE user_id = $1 AND used_at IS NULL AND replaced_at IS NULL",
                [user.into(), self.now().micros().into()],
            ))
            .await
            .stored()?;
        Ok(())
    }

    /// Holds a user's row until the transaction ends, so that whatever belongs to
    /// password, links and sessions is decided one after the other. SQLite's write
    /// transactions exclude each other anyway.
    pub(crate) async fn hold_user(&self, user: Uuid) -> Result<(), Internal> {
        if let On::Postgres(tx) = self.db() {
            tx.execute_raw(self.store().statement(
                "SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE",
                [user.into()],
            ))
            .await
            .stored()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Dead, LinkSecret, Model, judge};
    use crate::entity::mail_link::Kind;
    use charter_contract::{Random, Timestamp};
    use uuid::Uuid;

    struct Sevens;

    impl Random for Sevens {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(7);
        }
    }

    fn link() -> Model {
        Model {
            id: Uuid::nil(),
            kind: Kind::Reset,
            user_id: Uuid::nil(),
            hash: Vec::new(),
            created_at: 0,
            expires_at: 10,
            used_at: None,
            replaced_at: None,
        }
    }

    #[test]
    fn a_link_is_judged_by_its_row() {
        let now = Timestamp::from_micros(9);
        let later = Timestamp::from_micros(10);
        let used = Model {
            used_at: Some(5),
            ..link()
        };
        let replaced = Model {
            replaced_at: Some(5),
            ..link()
        };
        assert_eq!(judge(Some(link()), now), Ok(link()));
        assert_eq!(judge(Some(link()), later), Err(Dead::Expired));
        assert_eq!(judge(Some(used), later), Err(Dead::Used));
        assert_eq!(judge(Some(replaced), now), Err(Dead::Unknown));
        assert_eq!(judge(None, now), Err(Dead::Unknown));
    }

    #[test]
    fn a_secret_is_long_and_not_in_the_log() {
        let secret = LinkSecret::generate(&Sevens);
        assert_eq!(secret.reveal().len(), 43);
        assert_eq!(format!("{secret:?}"), "LinkSecret([redacted])");
    }
}
