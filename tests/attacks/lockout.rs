//! Locking somebody out by failing in their name.

use charter_persistence::MailTemplate;

use super::people::{
    ANOTHER, HOME, PASSWORD, WRONG, account, ask, behind_proxy, mailed_token, mails_to, network,
    reset, sign_in, sign_up,
};
use crate::cases;

const EMAIL: &str = "ines@example.com";

cases! {
    /// Whatever fails elsewhere, at home nothing is noticed; from a new place the
    /// link in the mail leads in.
    async fn by_wrong_passwords(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        for number in 0..100 {
            sign_in(&client, &network(number), EMAIL, WRONG).await;
        }
        sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(200);

        let hotel = "192.0.2.80";
        sign_in(&client, hotel, EMAIL, PASSWORD).await.expect(429);
        ask(&client, "forgotPassword", hotel, EMAIL).await.expect(200);
        let token = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        reset(&client, hotel, &token, ANOTHER).await.expect(200);
        sign_in(&client, hotel, EMAIL, ANOTHER).await.expect(200);
        // The attack goes on, and is of no use any more.
        for number in 100..130 {
            sign_in(&client, &network(number), EMAIL, WRONG).await;
        }
        sign_in(&client, hotel, EMAIL, ANOTHER).await.expect(200);
    }

    /// Signing up counts as an attempt as well, and locks out as little.
    async fn by_signing_up(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        for number in 0..100 {
            sign_up(&client, &network(number), EMAIL, ANOTHER).await;
        }
        sign_in(&client, HOME, EMAIL, PASSWORD).await.expect(200);
    }

    /// Wishing for links again and again neither fills the mailbox nor keeps the
    /// owner from the link that works.
    async fn by_mail(world: World) {
        let client = behind_proxy(&world);
        account(&world, &client, EMAIL).await;
        let before = mails_to(&world, EMAIL).await.len();
        world.clock.advance(3_600);
        // An hour long, every 36 seconds, each time from somewhere else.
        for number in 0..100 {
            let place = network(number);
            ask(&client, "forgotPassword", &place, EMAIL).await.expect(200);
            ask(&client, "resendConfirmation", &place, EMAIL).await.expect(200);
            sign_up(&client, &place, EMAIL, ANOTHER).await;
            mails_to(&world, EMAIL).await;
            world.clock.advance(36);
        }
        let mails = mails_to(&world, EMAIL).await;
        let of = |template| mails[before..].iter().filter(|mail| mail.template == template).count();
        assert_eq!(of(MailTemplate::Reset), 3);
        assert_eq!(of(MailTemplate::Known), 3);
        assert_eq!(mails.len() - before, 6, "{mails:?}");

        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        let token = mailed_token(&world, EMAIL, MailTemplate::Reset).await;
        reset(&client, HOME, &token, ANOTHER).await.expect(200);
    }

    /// An address that waits for confirmation gets no flood either.
    async fn by_mail_to_who_waits(world: World) {
        let client = behind_proxy(&world);
        for number in 0..100 {
            let place = network(number);
            sign_up(&client, &place, EMAIL, ANOTHER).await;
            ask(&client, "forgotPassword", &place, EMAIL).await.expect(200);
            ask(&client, "resendConfirmation", &place, EMAIL).await.expect(200);
            mails_to(&world, EMAIL).await;
            world.clock.advance(36);
        }
        let mails = mails_to(&world, EMAIL).await;
        assert_eq!(mails.len(), 9, "three of each kind of wish in an hour: {mails:?}");
    }

    /// And one that has nothing to do with us gets none at all.
    async fn by_mail_to_strangers(world: World) {
        let client = behind_proxy(&world);
        ask(&client, "forgotPassword", HOME, EMAIL).await.expect(200);
        ask(&client, "resendConfirmation", HOME, EMAIL).await.expect(200);
        assert_eq!(mails_to(&world, EMAIL).await, []);
    }
}
