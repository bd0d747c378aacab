//! Sessions that should be over, sessions that somebody else has chosen, and
//! sessions of whoever has not shown yet that the address is theirs.

use charter_persistence::{MailTemplate, SESSION_PREFIX};
use poem::http::header;
use serde_json::json;

use super::people::{
    ANOTHER, HOME, PASSWORD, account, ask, behind_proxy, from, lives, mailed_token, network,
    person, reset, sign_in, sign_up,
};
use crate::cases;
use crate::matrix::request::Request;
use crate::support::document::{self, Operation};

const EMAIL: &str = "ines@example.com";

const DAY: i64 = 86_400;

cases! {
    /// Each end of a session is the end of its token, at once.
    async fn after_their_end(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        let begin = || async {
            let begun = sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(200);
            (begun.text_at("/token"), begun.text_at("/session/_id"))
        };

        let (token, _) = begin().await;
        client.with_key(&token).call("signOut").send().await.expect(204);
        assert!(!lives(&client, &token).await, "signed out");
        client.with_key(&token).call("signOut").send().await.expect(401);

        let ((token, id), (other, _)) = (begin().await, begin().await);
        client.with_key(&other).call("revokeSession").path("session_id", &id).send().await.expect(204);
        assert!(!lives(&client, &token).await, "revoked");
        client.with_key(&other).call("revokeSession").path("session_id", &id).send().await.expect(404);

        let ((token, _), (other, _)) = (begin().await, begin().await);
        client.with_key(&other).call("revokeOtherSessions").send().await.expect(204);
        assert!(!lives(&client, &token).await, "revoked with all others");
        assert!(lives(&client, &other).await);

        let (token, _) = begin().await;
        let passwords = json!({
            "currentPassword": PASSWORD, "newPassword": ANOTHER, "confirmPassword": ANOTHER,
        });
        client.with_key(&other).call("changePassword").json(&passwords).send().await.expect(200);
        assert!(!lives(&client, &token).await, "the password changed");
        assert!(lives(&client, &other).await, "it has changed the password itself");

        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let link = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        reset(&client, HOME, &link, PASSWORD).await.expect(200);
        assert!(!lives(&client, &other).await, "the password was reset");
    }

    /// A session that is not used ends, and one that is used does not last for ever.
    async fn after_their_time(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        let idle = sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(200).text_at("/token");
        let busy = sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(200).text_at("/token");
        for day in 1..90 {
            world.clock.advance(DAY);
            assert!(lives(&client, &busy).await, "day {day}");
            // A round of the worker, which writes when sessions were used.
            world.store.work(async {}).await;
        }
        assert!(!lives(&client, &idle).await);
        world.clock.advance(DAY);
        assert!(!lives(&client, &busy).await);
    }

    /// Another's session cannot be ended, nor be seen.
    async fn of_others(world: World) {
        let client = behind_proxy(&world);
        let hers = account(&world, &client, EMAIL).await;
        world.clock.advance(3_600);
        let his = account(&world, &client, "otto@example.com").await;
        let listed = client.with_key(&hers).call("listSessions").send().await.expect(200);
        let other = client.with_key(&his);
        let seen = other.call("listSessions").send().await.expect(200);
        for session in listed.body["sessions"].as_array().unwrap() {
            let id = session["_id"].as_str().unwrap();
            assert!(!seen.body.to_string().contains(id));
            other.call("revokeSession").path("session_id", id).send().await.expect(404);
        }
        other.call("revokeOtherSessions").send().await.expect(204);
        assert!(lives(&client, &hers).await);
    }

    /// Nothing that a client brings along becomes the token of its session.
    async fn fixed_beforehand(world: World) {
        let client = behind_proxy(&world);
        let victims = account(&world, &client, EMAIL).await;
        let chosen = format!("{SESSION_PREFIX}{}", "A".repeat(43));
        let credentials = json!({"email": EMAIL, "password": PASSWORD});
        let mut tokens = vec![victims.clone()];
        for (number, planted) in [&chosen, &victims].into_iter().enumerate() {
            for name in ["authorization", "cookie", "x-api-key", "x-session-token", "x-request-id"] {
                let value = match name {
                    "authorization" => format!("Bearer {planted}"),
                    "cookie" => format!("session={planted}; token={planted}"),
                    _ => planted.clone(),
                };
                let answer = from(&client, "signIn", &network(number))
                    .header(name, value)
                    .json(&credentials)
                    .send()
                    .await
                    .expect(200);
                assert!(!answer.headers.contains_key(header::SET_COOKIE));
                tokens.push(answer.text_at("/token"));
            }
            for member in ["token", "session", "_id"] {
                let mut body = credentials.clone();
                body[member] = json!(planted);
                from(&client, "signIn", &network(number)).json(&body).send().await.expect(400);
            }
            from(&client, "signIn", &network(number))
                .query("token", planted)
                .json(&credentials)
                .send()
                .await
                .expect(400);
        }
        assert!(!lives(&client, &chosen).await);
        let several = tokens.len();
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), several, "each has a token of its own");
        assert!(!tokens.contains(&chosen));
        assert!(lives(&client, &victims).await);
    }

    /// Confirming, which raises what a session may do, is nothing that the session
    /// itself can bring about; until then it is good for this document alone.
    async fn of_who_waits_for_confirmation(world: World) {
        let client = behind_proxy(&world);
        let mut body = person(EMAIL, PASSWORD);
        body["roles"] = json!("admin");
        body["companyName"] = json!("Northwind");
        let waiting = from(&client, "signUp", HOME).json(&body).send().await.expect(201).text_at("/token");
        let session = client.with_key(&waiting);
        let mut refused = 0;
        for operation in document::operations().into_iter().filter(|operation| !operation.is_public()) {
            if operation.document.name == "identity" {
                continue;
            }
            // Without a scope to lack, it names an organisation that it does not belong to.
            let status = if operation.demands_scopes() { 403 } else { 404 };
            Request::plain(operation).send(&session).await.expect(status);
            refused += 1;
        }
        let others = |operation: &Operation<'_>| {
            operation.document.name != "identity" && !operation.is_public()
        };
        assert_eq!(refused, document::operations().iter().filter(|operation| others(operation)).count());
        assert!(refused > 15, "{refused}");
        // It is no key either.
        Request::plain(document::operation("validateApiKey")).send(&session).await.expect(401);
        // Having signed up is not having an account.
        sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(401);
        let again = sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        assert_eq!(again.text_at("/user/status"), "pending");
    }
}
