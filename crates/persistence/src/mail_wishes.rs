//! Wishes for mails to addresses that may have no account.
//!
//! A request that wishes for such a mail does the same whoever it is: it writes one
//! row. Whether the address has an account, and which mail goes there, is found out
//! by the worker, so neither answers nor times tell. The worker also sees to it that
//! nobody's mailbox is filled: who wishes more often is answered all the same,
//! since a refusal would let others keep somebody from resetting a password.

use charter_contract::{Call, Internal, ServiceUnavailable, kind};
use sea_orm::ConnectionTrait as _;
use sea_orm::DbBackend;
use uuid::Uuid;

use crate::Store;
use crate::address::Address;
use crate::audit;
use crate::constraint::Stored as _;
use crate::entity::mail_link;
use crate::entity::mail_wish::{Kind, Model};
use crate::identity::mails::{self, Asked};
use crate::identity::single_sign_on;
use crate::row::{Rows, row};
use crate::seal;
use crate::subject::Subject;
use crate::write::{self, Write};

/// How long granting a wish may take before another server may begin.
const LEASE_SECONDS: i64 = 60;

/// Wishes granted one after the other in a round.
const BATCH: i64 = 16;

/// Of several wishes within a minute one counts.
const APART: i64 = 60;

/// And three in an hour.
const HOURLY: i64 = 3;
const HOUR: i64 = 3_600;

/// What a server does not have it gets from its operator, in an hour at the earliest.
pub(crate) const NOT_BEFORE_SOMEBODY_ACTS: u64 = 3_600;

/// How long a granted wish is kept, to count it.
const KEPT: i64 = 86_400;

/// How long a link to reset a password works.
const RESET_LIFETIME: i64 = HOUR;

/// How long somebody whose address is not confirmed can confirm it; then the
/// account is deleted.
pub(crate) const PENDING_LIFETIME: i64 = 7 * 86_400;

/// A wish for a mail.
pub(crate) struct Wish<'a> {
    /// What is wished for.
    pub(crate) kind: Kind,
    /// The address as it was written.
    pub(crate) address: &'a str,
    /// The account that a sign-up has opened.
    pub(crate) user: Option<Uuid>,
    /// The language of the mail; unset, it is the account's own.
    pub(crate) language: Option<&'a str>,
}

row! {
    struct Due {
        id: Uuid,
        kind: Kind,
        subject: Vec<u8>,
        address: Vec<u8>,
        user_id: Option<Uuid>,
        language: Option<String>,
        remote: Option<String>,
        created_at: i64,
    }
}

row! {
    struct Lately {
        minute: i64,
        hour: i64,
    }
}

row! {
    /// Whom a mail may go to.
    struct Recipient {
        id: Uuid,
        email: String,
        name: String,
        language: String,
        confirmed_at: Option<i64>,
        password_set_at: Option<i64>,
        claims: i64,
    }
}

impl Store {
    /// Refuses what needs mail on a server that has none.
    pub(crate) fn require_mail(&self) -> Result<(), ServiceUnavailable> {
        match self.mailer() {
            Some(_) => Ok(()),
            None => Err(ServiceUnavailable::of(
                &kind::NOT_CONFIGURED,
                "This server has no way to send mail, so it cannot confirm addresses.",
            )
            .retry_after(NOT_BEFORE_SOMEBODY_ACTS)),
        }
    }
}

impl Write {
    /// Notes a wish. While the same one is not granted yet it changes nothing, but
    /// that of several sign-ups the latest counts.
    pub(crate) async fn wish(&self, wish: Wish<'_>, call: &Call) -> Result<(), Internal> {
        let Wish {
            kind,
            address,
            user,
            language,
        } = wish;
        let store = self.store();
        let subject = Subject::of(&Address::of(address), store.server_keys());
        let id = self.new_id();
        let row = Model {
            id,
            kind,
            subject: subject.bytes(),
            address: seal::seal(
                store.server_keys(),
                store.random(),
                &subject.bytes(),
                address.as_bytes(),
            )?,
            user_id: user,
            language: language.map(str::to_owned),
            remote: audit::remote(call),
            not_before: self.now().micros(),
            done_at: None,
            created_at: self.now().micros(),
        };
        write::insert_or(
            store,
            self.db(),
            row,
            "ON CONFLICT (subject, kind) WHERE done_at IS NULL \
             DO UPDATE SET user_id = excluded.user_id, remote = excluded.remote",
        )
        .await
        .stored()
    }
}

impl Store {
    /// Grants wishes that are due, and tells how many that were.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn grant_wishes(&self) -> Result<usize, Internal> {
        if !self.wishes_due().await? {
            return Ok(0);
        }
        let due = self.claim_wishes().await?;
        let count = due.len();
        for wish in due {
            self.grant(wish).await?;
        }
        Ok(count)
    }

    /// Whether there is anything to do: looking costs a read, claiming would take
    /// the writer for nothing.
    async fn wishes_due(&self) -> Result<bool, Internal> {
        let next = Rows::<Next>::of(
            "SELECT not_before FROM mail_wishes WHERE done_at IS NULL \
             ORDER BY not_before LIMIT 1",
            [],
        )
        .one(self.reader())
        .await
        .stored()?;
        Ok(next.is_some_and(|next| next.not_before <= self.now().micros()))
    }

    async fn claim_wishes(&self) -> Result<Vec<Due>, Internal> {
        let sql = match self.database().backend() {
            DbBackend::Postgres => {
                "UPDATE mail_wishes SET not_before = $1 WHERE id IN \
                     (SELECT id FROM mail_wishes WHERE done_at IS NULL AND not_before <= $2 \
                      ORDER BY not_before LIMIT $3 FOR UPDATE SKIP LOCKED) \
                 RETURNING id, kind, subject, address, user_id, language, remote, created_at"
            }
            _ => {
                "UPDATE mail_wishes SET not_before = $1 WHERE id IN \
                     (SELECT id FROM mail_wishes WHERE done_at IS NULL AND not_before <= $2 \
                      ORDER BY not_before LIMIT $3) \
                 RETURNING id, kind, subject, address, user_id, language, remote, created_at"
            }
        };
        self.write_as_operator(async |tx: &mut Write| {
            let now = tx.now();
            Rows::<Due>::of(
                sql,
                [
                    now.plus_seconds(LEASE_SECONDS).micros().into(),
                    now.micros().into(),
                    BATCH.into(),
                ],
            )
            .all(tx.db())
            .await
            .stored()
        })
        .await
    }

    /// Decides about a wish, makes the link, and puts the mail into the outbox.
    async fn grant(&self, wish: Due) -> Result<(), Internal> {
        let opened = seal::open(self.server_keys(), &wish.subject, &wish.address)
            .and_then(|address| Ok(String::from_utf8(address)?));
        // Sealed under a key that is no longer accepted; the log has it.
        let Ok(address) = opened else {
            return self
                .write_as_operator(async |tx: &mut Write| {
                    tx.close_wish(&wish, Wished::Dropped).await
                })
                .await;
        };
        let address = Address::of(&address);
        self.write_as_operator(async |tx: &mut Write| {
            tx.void_rival_confirmations(&address).await?;
            if tx.wished_too_often(&wish).await? {
                return tx.close_wish(&wish, Wished::Dropped).await;
            }
            if let Some(recipient) = tx.recipient(&wish, &address).await? {
                tx.mail_what_was_wished(&wish, recipient).await?;
            }
            tx.close_wish(&wish, Wished::Granted).await
        })
        .await
    }

    /// Deletes wishes that count no more, links that do nothing any more, sessions
    /// that have ended, what is left of single sign-on, and accounts that nobody has
    /// confirmed.
    pub(crate) async fn clear_identity(&self) -> Result<(), Internal> {
        let now = self.now();
        for (sql, before) in [
            (
                "DELETE FROM mail_wishes WHERE done_at <= $1",
                now.plus_seconds(-KEPT),
            ),
            // Kept for a while, so that a late click is told why.
            (
                "DELETE FROM mail_links WHERE expires_at <= $1",
                now.plus_seconds(-30 * 86_400),
            ),
            (
                "DELETE FROM sessions WHERE idle_expires_at <= $1",
                now.plus_seconds(-30 * 86_400),
            ),
            // Kept for a while, so that a late response is told from one that was never
            // asked for; tickets go with their requests.
            (
                "DELETE FROM saml_requests WHERE expires_at <= $1",
                now.plus_seconds(-HOUR),
            ),
            ("DELETE FROM saml_assertions WHERE expires_at <= $1", now),
            (
                "DELETE FROM users WHERE confirmed_at IS NULL AND created_at <= $1",
                now.plus_seconds(-PENDING_LIFETIME),
            ),
        ] {
            self.database()
                .writer()
                .execute_raw(self.statement(sql, [before.micros().into()]))
                .await
                .stored()?;
        }
        self.forget_removed_providers().await?;
        // Whose account is gone is not recognised any more.
        self.lately().written();
        self.forget_attempts().await
    }
}

row! {
    struct Next {
        not_before: i64,
    }
}

/// How a wish ends.
enum Wished {
    /// It counts.
    Granted,
    /// It does not: there were too many.
    Dropped,
}

impl Write {
    async fn wished_too_often(&self, wish: &Due) -> Result<bool, Internal> {
        let lately = Rows::<Lately>::of(
            "SELECT COUNT(CASE WHEN done_at > $3 THEN 1 END) AS minute, COUNT(*) AS hour \
             FROM mail_wishes WHERE subject = $1 AND kind = $2 AND done_at > $4",
            [
                wish.subject.clone().into(),
                wish.kind.into(),
                self.now().plus_seconds(-APART).micros().into(),
                self.now().plus_seconds(-HOUR).micros().into(),
            ],
        )
        .one(self.db())
        .await
        .stored()?;
        Ok(lately.is_some_and(|Lately { minute, hour }| minute > 0 || hour >= HOURLY))
    }

    /// The account that has confirmed the address; else, of those that wait for it,
    /// the one that the wish is about, or the latest.
    async fn recipient(
        &self,
        wish: &Due,
        address: &Address,
    ) -> Result<Option<Recipient>, Internal> {
        let of_nobody = Uuid::nil();
        Rows::of(
            "SELECT u.id, u.email, u.name, u.language, u.confirmed_at, \
                    p.set_at AS password_set_at, \
                    (SELECT COUNT(*) FROM users c WHERE c.email_normalised = $1 \
                        AND c.confirmed_at IS NULL) AS claims \
             FROM users u LEFT JOIN passwords p ON p.user_id = u.id \
             WHERE u.id IN \
                 (SELECT id FROM users WHERE email_normalised = $1 AND confirmed_at IS NOT NULL \
                  UNION ALL \
                  SELECT id FROM users WHERE email_normalised = $1 AND confirmed_at IS NULL) \
             ORDER BY CASE WHEN u.confirmed_at IS NOT NULL THEN 0 \
                           WHEN u.id = $2 THEN 1 ELSE 2 END, u.id DESC LIMIT 1",
            [
                address.as_str().into(),
                wish.user_id.unwrap_or(of_nobody).into(),
            ],
        )
        .one(self.db())
        .await
        .stored()
    }

    async fn mail_what_was_wished(&self, wish: &Due, to: Recipient) -> Result<(), Internal> {
        let Recipient {
            id: user,
            email,
            name,
            language,
            confirmed_at,
            password_set_at,
            claims,
        } = to;
        let asked = Asked {
            on: wish.created_at,
            from: wish.remote.clone(),
        };
        let demanded = single_sign_on::is_demanded(self.db(), &Address::of(&email)).await?;
        let letter = match (wish.kind, confirmed_at, password_set_at) {
            (Kind::Confirm, Some(_), _) => return Ok(()),
            // Where single sign-on is the only way in, no link leads past it.
            (Kind::Reset, Some(_), _) if demanded => mails::Letter::SingleSignOn {
                page: self.store().sign_in_page(),
                asked,
            },
            (_, None, _) if demanded => return Ok(()),
            (Kind::SignUp, Some(_), _) => mails::Letter::Known(asked),
            (Kind::Reset, Some(_), _) => mails::Letter::Reset {
                link: self
                    .make_link(mail_link::Kind::Reset, user, RESET_LIFETIME)
                    .await?,
                expires: self.now().plus_seconds(RESET_LIFETIME).micros(),
            },
            // Whoever waits for confirmation and has a password needs no other one,
            // if nobody else waits with the same address.
            (_, None, Some(_)) if claims <= 1 => mails::Letter::Confirm {
                link: self
                    .make_link(mail_link::Kind::Confirm, user, PENDING_LIFETIME)
                    .await?,
                expires: self.now().plus_seconds(PENDING_LIFETIME).micros(),
                asked,
            },
            // Setting a password confirms as well. Where several wait, one of them is
            // a stranger, and nobody knows which: whoever reads the mail chooses the
            // password, whatever was chosen before.
            (_, None, _) => mails::Letter::Reset {
                link: self
                    .make_link(mail_link::Kind::Reset, user, PENDING_LIFETIME)
                    .await?,
                expires: self.now().plus_seconds(PENDING_LIFETIME).micros(),
            },
        };
        let language = wish.language.as_deref().unwrap_or(&language);
        // Nobody is called by a name that a stranger may have chosen: it would be a
        // way to have us mail anything to anybody.
        let name = confirmed_at.map(|_| name.as_str());
        self.send_letter(&email, name, language, &letter).await
    }

    /// Where several wait with an address, lets die what would confirm one of them as
    /// it is, even if nothing is mailed. It holds no user yet: who confirms holds the
    /// own user first, then the link.
    async fn void_rival_confirmations(&self, address: &Address) -> Result<(), Internal> {
        self.db()
            .execute_raw(self.store().statement(
                "UPDATE mail_links SET replaced_at = $2 \
                 WHERE used_at IS NULL AND replaced_at IS NULL AND kind = $3 AND user_id IN \
                     (SELECT id FROM users WHERE email_normalised = $1 AND confirmed_at IS NULL) \
                   AND (SELECT COUNT(*) FROM users \
                        WHERE email_normalised = $1 AND confirmed_at IS NULL) > 1",
                [
                    address.as_str().into(),
                    self.now().micros().into(),
                    mail_link::Kind::Confirm.into(),
                ],
            ))
            .await
            .stored()?;
        Ok(())
    }

    /// Puts a mail to a person into the outbox.
    pub(crate) async fn send_letter(
        &self,
        email: &str,
        name: Option<&str>,
        language: &str,
        letter: &mails::Letter,
    ) -> Result<(), Internal> {
        let id = self.new_id();
        let store = self.store();
        self.post_to_person(id, || {
            mails::write(
                store.public_url(),
                self.message_id(id),
                mails::To {
                    email,
                    name,
                    language,
                },
                letter,
            )
        })
        .await
    }

    async fn close_wish(&self, wish: &Due, end: Wished) -> Result<(), Internal> {
        let store = self.store();
        let statement = match end {
            Wished::Granted => store.statement(
                "UPDATE mail_wishes SET done_at = $2, address = $3 WHERE id = $1",
                [
                    wish.id.into(),
                    self.now().micros().into(),
                    Vec::<u8>::new().into(),
                ],
            ),
            Wished::Dropped => {
                store.statement("DELETE FROM mail_wishes WHERE id = $1", [wish.id.into()])
            }
        };
        self.db().execute_raw(statement).await.stored()?;
        Ok(())
    }
}
