//! The servers that Charter is compared with: what a careful person would write
//! by hand for the same answers.

mod axum_form;
mod axum_hello;
mod axum_list;
mod charter_form;
mod charter_list;
pub(crate) mod invites_sqlx;
mod key;
mod member_list;
mod members_rusqlite;
mod members_sqlx_postgres;
mod members_sqlx_sqlite;
mod memory;
mod refusal;

mod type_id;
mod unlimited;

use std::pin::Pin;
use std::time::Duration;

use axum::serve::ListenerExt as _;

use poem::Server;
use tokio::net::TcpListener;

use crate::Error;
use charter_server::listener::Socket;

pub(crate) use self::memory::KEY;

/// A server of ours.
pub(crate) struct Opponent {
    /// Its name on the command line and in logs.
    pub(crate) name: &'static str,
    make: fn(&str) -> Making<'_>,
}

type Making<'a> = Pin<Box<dyn Future<Output = Result<Service, Error>> + Send + 'a>>;

/// What answers, on the library that serves it.
enum Service {
    /// Written by hand.
    Axum(axum::Router),
    /// Generated routes, served as `charter` serves them.
    Poem(Box<poem::Route>),
}

/// `NAME: "name", Axum(module);` makes the constant `NAME` and adds it to [`ALL`]. The module has
/// `pub(crate) async fn router(database: &str) -> Result<axum::Router, Error>`, for `Poem` a
/// [`poem::Route`] instead.
macro_rules! opponents {
    ($($constant:ident: $name:literal, $library:ident($module:ident);)+) => {
        $(
            #[doc = concat!("`", $name, "`")]
            pub(crate) const $constant: Opponent = Opponent {
                name: $name,
                make: |database| {
                    Box::pin(async move { Ok(Service::$library($module::router(database).await?.into())) })
                },
            };
        )+

        /// All of them.
        const ALL: &[Opponent] = &[$($constant),+];
    };
}

opponents! {
    AXUM_FORM: "axum-form", Axum(axum_form);
    AXUM_HELLO: "axum-hello", Axum(axum_hello);
    AXUM_LIST: "axum-list", Axum(axum_list);
    CHARTER_FORM: "charter-form", Poem(charter_form);
    CHARTER_LIST: "charter-list", Poem(charter_list);
    INVITES_SQLX: "invites-sqlx", Axum(invites_sqlx);
    MEMBERS_RUSQLITE: "members-rusqlite", Axum(members_rusqlite);
    MEMBERS_SQLX_POSTGRES: "members-sqlx-postgres", Axum(members_sqlx_postgres);
    MEMBERS_SQLX_SQLITE: "members-sqlx-sqlite", Axum(members_sqlx_sqlite);
}

impl Opponent {
    /// The one with this name.
    pub(crate) fn named(name: &str) -> Result<&'static Self, Error> {
        ALL.iter()
            .find(|opponent| opponent.name == name)
            .ok_or_else(|| {
                let names: Vec<&str> = ALL.iter().map(|opponent| opponent.name).collect();
                format!("there is no opponent {name:?}, only {}", names.join(", ")).into()
            })
    }

    /// Says where it listens, and serves until the process is ended.
    pub(crate) async fn serve(&self, database: &str, listen: &str) -> Result<(), Error> {
        match (self.make)(database).await? {
            Service::Axum(router) => {
                let listener = TcpListener::bind(listen).await?;
                println!("listening on http://{}", listener.local_addr()?);
                // A connection that cannot be set up shows itself at its first read.
                let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
                axum::serve(listener, router).await?;
            }
            Service::Poem(endpoint) => {
                let socket = Socket::bind(listen).await?;
                println!("listening on http://{}", socket.address());
                Server::new_with_acceptor(socket)
                    .idle_timeout(Duration::from_secs(75))
                    .run(endpoint)
                    .await?;
            }
        }
        Ok(())
    }
}
