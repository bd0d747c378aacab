//! People who sign up and sign in, and the links in their mails.

use charter_persistence::entity::{password, user};
use charter_persistence::{Mail, MailTemplate};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::{Value, json};

use super::world::token_of;
use super::{Answer, Client, Person, World};

/// A password that nobody guesses.
pub const PASSWORD: &str = "grey heron counts seven tides";

/// Another one.
pub const ANOTHER_PASSWORD: &str = "a lantern across the winter ferry";

impl World {
    /// Signs somebody up with [`PASSWORD`]; nobody has confirmed the address yet.
    pub async fn sign_up(&self, name: &str, email: &str) -> Answer {
        self.clock.advance(60);
        self.anonymous
            .call("signUp")
            .json(&json!({"email": email, "password": PASSWORD, "displayName": name}))
            .send()
            .await
            .expect(201)
    }

    /// Does what the worker does until there is nothing to do: grants wishes for
    /// mails, and delivers them.
    pub async fn post(&self) {
        loop {
            let granted = self.store.grant_wishes().await.unwrap();
            let delivered = self.store.deliver_due().await.unwrap();
            if granted + delivered == 0 {
                break;
            }
        }
    }

    /// The mails to an address so far, oldest first.
    pub async fn letters(&self, email: &str) -> Vec<Mail> {
        self.post().await;
        let mut mails = self.mailer.mails();
        mails.retain(|mail| mail.to == email);
        mails
    }

    /// The latest mail to an address, which must be this one.
    pub async fn letter(&self, email: &str, template: MailTemplate) -> Mail {
        let latest = self.letters(email).await.pop();
        let latest = latest.unwrap_or_else(|| panic!("there is no mail to {email}"));
        assert_eq!(latest.template, template, "{}", latest.text);
        latest
    }

    /// Opens the link in the latest mail to an address, which confirms that.
    pub async fn confirm(&self, email: &str) -> Answer {
        let letter = self.letter(email, MailTemplate::Confirm).await;
        self.anonymous
            .call("confirmAccount")
            .path("token", link_token(&letter))
            .send()
            .await
            .expect(200)
    }

    /// Somebody who has signed up with [`PASSWORD`] and confirmed the address, and
    /// calls with the session of the sign-up.
    pub async fn account(&self, name: &str, email: &str) -> Person {
        let signed_up = self.sign_up(name, email).await;
        self.confirm(email).await;
        Person {
            id: signed_up.text_at("/user/_id"),
            email: email.to_owned(),
            client: self.with_session(&signed_up),
        }
    }

    /// Tries to sign in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.anonymous
            .call("signIn")
            .json(&json!({"email": email, "password": password}))
            .send()
            .await
    }

    /// Whoever got this answer, with the session in it.
    pub fn with_session(&self, signed_in: &Answer) -> Client {
        self.anonymous.with_key(signed_in.text_at("/token"))
    }

    /// Asks for a link to reset the password of an account, and takes its token out
    /// of the mail. So that it counts, a minute passes first.
    pub async fn reset_link(&self, email: &str) -> String {
        self.clock.advance(60);
        self.anonymous
            .call("forgotPassword")
            .json(&json!({ "email": email }))
            .send()
            .await
            .expect(200);
        link_token(&self.letter(email, MailTemplate::Reset).await)
    }

    /// Sets the password of an account by the link of a mail.
    pub async fn reset(&self, token: &str, password: &str) -> Answer {
        self.anonymous
            .call("resetPassword")
            .path("token", token)
            .json(&twice(password))
            .send()
            .await
    }

    /// A session of somebody who has no password so far: it becomes [`PASSWORD`].
    pub async fn session_of(&self, person: &Person) -> Client {
        let token = self.reset_link(&person.email).await;
        self.reset(&token, PASSWORD).await.expect(200);
        let signed_in = self.sign_in(&person.email, PASSWORD).await.expect(200);
        self.with_session(&signed_in)
    }

    /// What is kept of the password of a confirmed account.
    pub async fn db_password(&self, email: &str) -> String {
        let database = self.database.connect().await;
        #[expect(
            clippy::disallowed_methods,
            reason = "no operation shows what is kept of a password"
        )]
        let (users, passwords) = (user::Entity::find(), password::Entity::find());
        let user = users
            .filter(user::Column::Email.eq(email))
            .filter(user::Column::ConfirmedAt.is_not_null())
            .one(&database)
            .await
            .unwrap();
        let kept = passwords
            .filter(password::Column::UserId.eq(user.unwrap().id))
            .one(&database)
            .await
            .unwrap();
        database.close().await.unwrap();
        kept.unwrap().hash
    }

    /// The mailed token of the latest invite of an address.
    pub async fn mailed_invite(&self, email: &str) -> String {
        link_token(&self.letter(email, MailTemplate::Invite).await)
    }
}

/// A new password as the document wants it.
pub fn twice(password: &str) -> Value {
    json!({"newPassword": password, "confirmPassword": password})
}

/// The token in the link of a mail, which the text must have as well.
pub fn link_token(mail: &Mail) -> String {
    let links: Vec<&String> = ["confirm_url", "reset_url", "invite_url"]
        .iter()
        .filter_map(|name| mail.variables.get(*name))
        .collect();
    let [link] = links.as_slice() else {
        panic!("{links:?} in {}", mail.text);
    };
    assert!(mail.text.contains(*link), "{}", mail.text);
    token_of(link)
}
