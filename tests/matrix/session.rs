//! Sessions: as good as keys once the address is confirmed, and good for next to
//! nothing before.

use poem::http::header;

use super::request::Request;
use crate::cases;
use crate::support::document::{self, Operation};

/// The document whose operations a session opens before the address is confirmed.
const OWN: &str = "identity";

/// The operations that demand a credential.
fn guarded() -> Vec<Operation<'static>> {
    let mut operations = document::operations();
    operations.retain(|operation| !operation.is_public());
    operations
}

cases! {
    /// Whatever a user's key may do the user's session may do, but for what is about
    /// the key itself.
    async fn of_a_confirmed_account(world: World) {
        let world = world.without_limits();
        let mut tried = 0;
        for operation in guarded() {
            // Somebody else for each: one signs out, one deletes the organisation.
            let email = format!("{}@example.com", operation.id);
            let person = world.account(operation.id, &email).await;
            person.found("Acme").await;
            let answer = Request::plain(operation).send(&person.client).await;
            answer.prove();
            if operation.key_header().is_some() {
                assert_eq!(answer.status.as_u16(), 401, "{}", operation.id);
                let scheme = answer.headers[header::WWW_AUTHENTICATE].to_str().unwrap();
                assert!(scheme.starts_with("ApiKey"), "{scheme}");
                continue;
            }
            let kind = answer.body["type"].as_str();
            let refused = kind == Some("/problems/unauthorized") || kind == Some("/problems/forbidden");
            assert!(!refused, "{}: {}", operation.id, answer.body);
            tried += 1;
        }
        assert!(tried > 20, "{tried}");
    }

    /// Every operation of every other document refuses it, for want of a scope; and
    /// confirming lifts the session that is there.
    async fn of_a_pending_account(world: World) {
        let world = world.without_limits();
        let mut refused = 0;
        for operation in guarded() {
            let email = format!("{}@example.com", operation.id);
            let signed_up = world.sign_up(operation.id, &email).await;
            let session = world.with_session(&signed_up);
            let request = Request::plain(operation);
            if operation.document.name == OWN {
                let answer = request.send(&session).await;
                answer.prove();
                let kind = answer.body["type"].as_str();
                assert_ne!(kind, Some("/problems/forbidden"), "{}: {}", operation.id, answer.body);
                continue;
            }
            let answer = request.send(&session).await;
            answer.prove();
            let expected = if operation.demands_scopes() {
                "/problems/forbidden"
            } else {
                // Its path names an organisation, and the account belongs to none.
                "/problems/not-found"
            };
            assert_eq!(answer.text_at("/type"), expected, "{}", operation.id);
            refused += 1;
            world.confirm(&email).await;
            let lifted = request.send(&session).await;
            let kind = lifted.body["type"].as_str();
            assert_ne!(kind, Some("/problems/forbidden"), "{}: {}", operation.id, lifted.body);
        }
        assert!(refused > 20, "{refused}");
    }

    /// Dead is dead, everywhere.
    async fn that_has_ended(world: World) {
        let world = world.without_limits();
        let ines = world.account("Ines Laurent", "ines@example.com").await;
        ines.client.call("signOut").send().await.expect(204);
        for operation in guarded() {
            Request::plain(operation).send(&ines.client).await.expect(401);
        }
    }

    /// A token that is changed in any way opens nothing.
    async fn that_nobody_has(world: World) {
        let world = world.without_limits();
        let ines = world.account("Ines Laurent", "ines@example.com").await;
        let good = ines.client.key.clone().unwrap();
        let secret = good.strip_prefix("ct_session_").unwrap();
        for text in [
            good[..good.len() - 1].to_owned(),
            format!("{good}A"),
            good.to_uppercase(),
            secret.to_owned(),
            format!("ct_live_{secret}"),
            format!("ct_session_{}", "A".repeat(43)),
        ] {
            for operation in guarded() {
                Request::plain(operation).send(&world.anonymous.with_key(text.as_str())).await.expect(401);
            }
        }
        ines.client.call("getCurrentUser").send().await.expect(200);
    }
}
