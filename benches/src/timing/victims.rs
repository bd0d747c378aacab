//! Addresses with accounts, with half an account and with none, and the service that
//! is asked about them.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use charter_contract::{Clock, Timer, Timestamp};
use charter_persistence::{
    Connect, Connections, DeliveryError, IdentityOptions, Mail, Mailer, PasswordCosts, Store,
    StoreOptions,
};
use charter_server::application::{Application, application};
use charter_server::configuration::{Configuration, RateLimit};
use charter_server::system::{SystemRandom, SystemTimer};
use poem::http::{Method, StatusCode};
use poem::{Endpoint as _, Request};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use url::Url;

use super::Timing;
use crate::Error;
use crate::fixture::{PUBLIC_URL, failed, server_keys};

const PASSWORD: &str = "grey heron counts seven tides";
const WRONG: &str = "nine copper kettles in a row";

/// A way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// With a wrong password.
    SignIn,
    /// Asking for a link to reset the password.
    ForgotPassword,
    /// Asking for the link to confirm the address.
    ResendConfirmation,
    /// Asking which way the address signs in, where that is concealed.
    Connect,
    /// With another password than the account's. It is the last: afterwards each
    /// address has somebody who waits.
    SignUp,
}

impl Way {
    pub(super) const ALL: [Self; 5] = [
        Self::SignIn,
        Self::ForgotPassword,
        Self::ResendConfirmation,
        Self::Connect,
        Self::SignUp,
    ];

    /// The status of its answer.
    pub(super) const fn status(self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::ForgotPassword | Self::ResendConfirmation | Self::Connect => StatusCode::OK,
            Self::SignUp => StatusCode::CREATED,
        }
    }

    /// Its name in a table.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::ForgotPassword => "forgot password",
            Self::ResendConfirmation => "resend confirmation",
            Self::Connect => "connect, concealed",
            Self::SignUp => "sign-up",
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::SignIn => "/v2/auth/signin",
            Self::ForgotPassword => "/v2/auth/forgot/password",
            Self::ResendConfirmation => "/v2/auth/confirmation",
            Self::Connect => "/v2/auth/connect",
            Self::SignUp => "/v2/auth/signup",
        }
    }

    fn body(self, email: &str) -> Value {
        match self {
            Self::SignIn => json!({"email": email, "password": WRONG}),
            Self::ForgotPassword | Self::ResendConfirmation | Self::Connect => {
                json!({ "email": email })
            }
            Self::SignUp => json!({"email": email, "password": WRONG, "displayName": "Ines"}),
        }
    }
}

/// What there is to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Nothing.
    Nobody,
    /// An account with a password.
    Known,
    /// An account that waits for confirmation.
    Pending,
}

impl Sort {
    pub(super) const ALL: [Self; 3] = [Self::Nobody, Self::Known, Self::Pending];

    /// All of one length.
    fn email(self, number: usize) -> String {
        let word = match self {
            Self::Nobody => "nobody",
            Self::Known => "knownx",
            Self::Pending => "waitsx",
        };
        format!("{word}{number:05}@example.com")
    }
}

/// A database for one run.
pub(super) struct Place {
    /// Where it is.
    pub(super) url: String,
    kept: Kept,
}

enum Kept {
    Folder(#[expect(dead_code, reason = "dropping it removes the folder")] TempDir),
    Server(String),
}

const DATABASE: &str = "charter_timing";

impl Place {
    pub(super) fn sqlite() -> Result<Self, Error> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}/charter.db", folder.path().display());
        Ok(Self {
            url,
            kept: Kept::Folder(folder),
        })
    }

    pub(super) fn postgres(runtime: &Runtime, server: &str) -> Result<Self, Error> {
        order(runtime, server, "DROP DATABASE IF EXISTS")?;
        order(runtime, server, "CREATE DATABASE")?;
        let mut url = Url::parse(server)?;
        url.set_path(DATABASE);
        Ok(Self {
            url: url.into(),
            kept: Kept::Server(server.to_owned()),
        })
    }

    pub(super) fn drop_database(self, runtime: &Runtime) -> Result<(), Error> {
        match self.kept {
            Kept::Folder(_) => Ok(()),
            Kept::Server(server) => order(runtime, &server, "DROP DATABASE"),
        }
    }
}

fn order(runtime: &Runtime, server: &str, what: &str) -> Result<(), Error> {
    runtime.block_on(async {
        let mut connection = PgConnection::connect(server).await?;
        let sql = AssertSqlSafe(format!("{what} {DATABASE}"));
        sqlx::query(sql).execute(&mut connection).await?;
        Ok(connection.close().await?)
    })
}

/// A clock that goes on when it is told to.
struct Watch(AtomicI64);

impl Clock for Watch {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// When answers leave that are to leave at an even time.
#[derive(Default)]
struct Leave {
    timer: SystemTimer,
    at_once: AtomicBool,
}

#[async_trait]
impl Timer for Leave {
    fn elapsed(&self) -> Duration {
        self.timer.elapsed()
    }

    async fn reach(&self, elapsed: Duration) {
        if !self.at_once.load(Ordering::Relaxed) {
            self.timer.reach(elapsed).await;
        }
    }
}

/// Keeps the links.
#[derive(Default)]
struct Letters(Mutex<Vec<Mail>>);

#[async_trait]
impl Mailer for Letters {
    async fn send(&self, mail: &Mail) -> Result<(), DeliveryError> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(mail.clone());
        Ok(())
    }
}

/// The first of the networks that accounts are opened from. At home attempts are
/// counted otherwise, which is known: nobody is tried from there.
const HOMES: usize = 30_000;

/// The service, and the addresses that it knows.
pub(super) struct Victims {
    application: Application,
    store: Store,
    clock: Arc<Watch>,
    leave: Arc<Leave>,
    letters: Arc<Letters>,
}

impl Victims {
    /// With so many addresses of each sort as there are samples.
    pub(super) async fn new(url: &str, arguments: &Timing) -> Result<Self, Error> {
        let costs = PasswordCosts {
            memory_kib: arguments.memory_kib,
            passes: arguments.passes,
            lanes: 1,
        };
        let victims = Self::open(url, costs).await?;
        victims.leave_at_once(true);
        for number in 0..arguments.samples {
            let pending = Way::SignUp.body(&Sort::Pending.email(number));
            victims
                .expect(
                    StatusCode::CREATED,
                    Way::SignUp.path(),
                    &pending,
                    HOMES + number,
                )
                .await?;
            let email = Sort::Known.email(number);
            victims
                .store
                .create_user("Ines", &email)
                .await
                .map_err(failed)?;
            victims
                .expect(
                    StatusCode::OK,
                    Way::ForgotPassword.path(),
                    &json!({ "email": email }),
                    number,
                )
                .await?;
        }
        victims.set_passwords().await?;
        victims.forgive();
        victims.leave_at_once(false);
        Ok(victims)
    }

    /// With nobody, at the usual costs.
    pub(super) async fn at_usual_costs(url: &str) -> Result<Self, Error> {
        Self::open(url, PasswordCosts::default()).await
    }

    async fn open(url: &str, password_costs: PasswordCosts) -> Result<Self, Error> {
        let clock = Arc::new(Watch(AtomicI64::new(1_773_576_000_000_000)));
        let leave = Arc::new(Leave::default());
        let letters = Arc::new(Letters::default());
        let random = Arc::new(SystemRandom);
        let store = Store::open(StoreOptions {
            url: url.to_owned(),
            connections: Connections::default(),
            clock: clock.clone(),
            random: random.clone(),
            server_keys: server_keys(),
            public_url: Url::parse(PUBLIC_URL)?,
            mailer: Some(letters.clone()),
            identity: IdentityOptions {
                password_costs,
                connect: Connect::Conceal,
                ..IdentityOptions::default()
            },
            providers: None,
        })
        .await
        .map_err(failed)?;
        store.migrate().await.map_err(failed)?;
        let configuration = Configuration {
            rate_limit: RateLimit::Off,
            proxy_hops: 1,
            ..Configuration::default()
        };
        let application = application(
            store.clone(),
            clock.clone(),
            leave.clone(),
            random,
            &configuration,
        )
        .map_err(|failure| failure.to_string())?;
        Ok(Self {
            application,
            store,
            clock,
            leave,
            letters,
        })
    }

    /// Follows every link to reset a password.
    async fn set_passwords(&self) -> Result<(), Error> {
        while self.store.grant_wishes().await.map_err(failed)? > 0 {}
        while self.store.deliver_due().await.map_err(failed)? > 0 {}
        let letters = std::mem::take(
            &mut *self
                .letters
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let body = json!({"newPassword": PASSWORD, "confirmPassword": PASSWORD});
        for (number, letter) in letters.iter().enumerate() {
            let Some(link) = letter.variables.get("reset_url") else {
                continue;
            };
            let (_, token) = link.split_once("token=").ok_or("a link without a token")?;
            let path = format!("/v2/auth/reset/{token}");
            self.expect(StatusCode::OK, &path, &body, HOMES + number)
                .await?;
        }
        Ok(())
    }

    /// Two days pass, so that no attempt of before counts.
    pub(super) fn forgive(&self) {
        self.clock
            .0
            .fetch_add(2 * 86_400 * 1_000_000, Ordering::Relaxed);
    }

    /// Whether answers leave as soon as they are ready.
    pub(super) fn leave_at_once(&self, at_once: bool) {
        self.leave.at_once.store(at_once, Ordering::Relaxed);
    }

    /// A request about an address of a sort, from a network of its own.
    pub(super) fn request(&self, way: Way, sort: Sort, number: usize) -> Request {
        request(way.path(), &way.body(&sort.email(number)), number)
    }

    /// Sends it and reads the whole answer.
    pub(super) async fn send(&self, request: Request) -> Result<StatusCode, Error> {
        let response = self.application.get_response(request).await;
        let status = response.status();
        response.into_body().into_vec().await?;
        Ok(status)
    }

    async fn expect(
        &self,
        status: StatusCode,
        path: &str,
        body: &Value,
        number: usize,
    ) -> Result<(), Error> {
        match self.send(request(path, body, number)).await? {
            answered if answered == status => Ok(()),
            other => Err(format!("{path} was answered {other}").into()),
        }
    }

    /// An operation that has nothing to do with passwords.
    pub(super) async fn plans(&self) -> Result<(), Error> {
        let request = Request::builder().uri_str("/v1/plans").finish();
        match self.send(request).await? {
            StatusCode::OK => Ok(()),
            other => Err(format!("list plans was answered {other}").into()),
        }
    }

    pub(super) async fn close(&self) -> Result<(), Error> {
        self.store.close().await.map_err(failed)
    }
}

fn request(path: &str, body: &Value, number: usize) -> Request {
    let network = format!("198.18.{}.{}", number / 250 % 256, number % 250 + 1);
    Request::builder()
        .method(Method::POST)
        .uri_str(path)
        .header("content-type", "application/json")
        .header("x-forwarded-for", network)
        .body(body.to_string())
}
