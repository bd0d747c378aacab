//! A world to test in: one database, the assembled service over it, people with
//! keys. Cases act through the public API; shortcuts into the database carry the
//! prefix `db_`.

pub mod accounts;
pub mod answer;
pub mod audit;
pub mod client;
pub mod clock;
pub mod crowd;
pub mod database;
pub mod document;
pub mod hold;
pub mod mailer;
pub mod process;
pub mod provider;
pub mod proxy;
pub mod random;
pub mod saml;
pub mod secrets;
pub mod shape;
pub mod signing;
pub mod smtp;
pub mod timer;
pub mod visitor;
pub mod work;
pub mod world;

pub use answer::Answer;
pub use audit::Audited;
pub use client::Client;
pub use world::{Person, World};

/// Declares cases that run on both databases with the same snapshots: each is an
/// `async fn name(world: World)`.
#[macro_export]
macro_rules! cases {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {
        $(
            $(#[$doc])*
            mod $name {
                #[allow(unused_imports, reason = "not every case needs what its file imports")]
                use super::*;

                async fn case($world: $crate::support::World) $body

                #[tokio::test]
                async fn sqlite() {
                    case($crate::support::World::sqlite().await).await;
                }

                #[tokio::test]
                async fn postgres() {
                    case($crate::support::World::postgres().await).await;
                }
            }
        )*
    };
}
