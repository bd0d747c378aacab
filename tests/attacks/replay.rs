//! Using once more what works once.

use charter_persistence::MailTemplate;
use futures_util::future::join_all;

use super::people::{
    ANOTHER, HOME, PASSWORD, account, ask, behind_proxy, confirm, from, lives, mailed_token,
    network, reset, sign_in, sign_up, sign_up_invited,
};
use crate::cases;
use crate::support::Answer;

const EMAIL: &str = "ines@example.com";

/// How many come at the same moment.
const CROWD: usize = 20;

/// Who of a crowd was successful.
#[track_caller]
fn winners(answers: &[Answer], success: u16, refusals: &[u16]) -> Vec<usize> {
    let mut winners = Vec::new();
    for (number, answer) in answers.iter().enumerate() {
        answer.prove();
        let status = answer.status.as_u16();
        if status == success {
            winners.push(number);
        } else {
            assert!(refusals.contains(&status), "{status}: {}", answer.body);
        }
    }
    winners
}

/// A password of each in a crowd.
fn password(number: usize) -> String {
    format!("the {number}th kettle of a tinker")
}

cases! {
    async fn a_link_to_reset_the_password(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let token = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        // Looking uses nothing up, and neither does a password that is refused.
        from(&client, "validateResetToken", HOME).path("token", &token).send().await.expect(200);
        reset(&client, HOME, &token, "password1").await.expect(400);
        reset(&client, HOME, &token, ANOTHER).await.expect(200);
        reset(&client, HOME, &token, &password(1)).await.expect(410);
        from(&client, "validateResetToken", HOME).path("token", &token).send().await.expect(410);
        sign_in(&client, HOME, EMAIL, ANOTHER).await.expect(200);
    }

    /// Of twenty at the same moment one sets the password.
    async fn a_link_to_reset_the_password_at_the_same_moment(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let token = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        let answers = join_all((0..CROWD).map(|number| {
            let (client, token) = (&client, &token);
            async move { reset(client, &network(number), token, &password(number)).await }
        }))
        .await;
        let winners = winners(&answers, 200, &[410]);
        let [winner] = winners.as_slice() else {
            panic!("{winners:?} have set a password");
        };
        sign_in(&client, HOME, EMAIL, &password(*winner)).await.expect(200);
        let loser = (winner + 1) % CROWD;
        sign_in(&client, HOME, EMAIL, &password(loser)).await.expect(401);
        assert_eq!(world.db_audit("password.reset").await.iter().filter(|row| row.reason.is_none()).count(), 1);
    }

    async fn a_link_to_confirm_the_address(world: World) {
        let client = behind_proxy(&world);
        sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        let token = mailed_token(&world, EMAIL, MailTemplate::Confirm).await;
        confirm(&client, HOME, &token).await.expect(200);
        confirm(&client, HOME, &token).await.expect(410);
    }

    async fn a_link_to_confirm_the_address_at_the_same_moment(world: World) {
        let client = behind_proxy(&world);
        sign_up(&client, HOME, EMAIL, PASSWORD).await.expect(201);
        let token = mailed_token(&world, EMAIL, MailTemplate::Confirm).await;
        let answers = join_all((0..CROWD).map(|number| {
            let (client, token) = (&client, &token);
            async move { confirm(client, &network(number), token).await }
        }))
        .await;
        assert_eq!(winners(&answers, 200, &[410]).len(), 1);
    }

    /// The link in the mail of an invite opens one account and makes one member.
    async fn an_invite_at_the_same_moment(world: World) {
        let client = behind_proxy(&world);
        let (ada, _) = world.organisation().await;
        ada.invite(EMAIL, "member").await;
        let token = mailed_token(&world, EMAIL, MailTemplate::Invite).await;
        let answers = join_all((0..CROWD).map(|number| {
            let (client, token) = (&client, &token);
            async move {
                sign_up_invited(client, &network(number), token, EMAIL, &password(number)).await
            }
        }))
        .await;
        let winners = winners(&answers, 201, &[401, 410]);
        assert_eq!(winners.len(), 1, "{winners:?} have opened an account");
        let members = ada.client.call("listMembers").send().await.expect(200);
        assert_eq!(members.body["members"].as_array().unwrap().len(), 2);
        sign_up_invited(&client, &network(99), &token, EMAIL, &password(winners[0])).await.expect(410);
    }

    /// Links work for what they were mailed for, as they were mailed, until there is
    /// a newer one, and not for ever.
    async fn links_in_the_wrong_place_and_at_the_wrong_time(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let first = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        confirm(&client, HOME, &first).await.expect(404);
        reset(&client, HOME, &first[1..], ANOTHER).await.expect(404);
        reset(&client, HOME, &first.to_ascii_uppercase(), ANOTHER).await.expect(404);
        reset(&client, HOME, &format!("{first}A"), ANOTHER).await.expect(404);
        world.clock.advance(120);
        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let second = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        assert_ne!(first, second);
        reset(&client, HOME, &first, ANOTHER).await.expect(404);
        world.clock.advance(3_600);
        reset(&client, HOME, &second, ANOTHER).await.expect(410);
        sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(200);

        sign_up(&client, HOME, "mara@example.com", PASSWORD).await.expect(201);
        let token = mailed_token(&world, "mara@example.com", MailTemplate::Confirm).await;
        reset(&client, HOME, &token, ANOTHER).await.expect(404);
        world.clock.advance(7 * 86_400);
        confirm(&client, HOME, &token).await.expect(410);
    }

    /// A link that was mailed before the password changed does not change it back.
    async fn a_link_from_before(world: World) {
        let client = behind_proxy(&world);
        let session = account(&world, &client, EMAIL).await;
        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let token = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        client
            .with_key(&session)
            .call("changePassword")
            .json(&serde_json::json!({
                "currentPassword": PASSWORD,
                "newPassword": ANOTHER,
                "confirmPassword": ANOTHER,
            }))
            .send()
            .await
            .expect(200);
        reset(&client, network(1).as_str(), &token, &password(1)).await.expect(404);
        assert!(lives(&client, &session).await);
    }
}
