//! `signInWithFacebook`

use super::Provider;
use crate::cases;

const FACEBOOK: Provider = Provider {
    operation: "signInWithFacebook",
    name: "facebook",
    called: "Facebook",
    unknown: "refused",
};

cases! {
    async fn new_account(world: World) {
        FACEBOOK.opens_an_account(world).await;
    }

    async fn known(world: World) {
        FACEBOOK.knows_who_came_before(world).await;
    }

    async fn linked(world: World) {
        FACEBOOK.links_the_account_of_the_address(world).await;
    }

    async fn invalid(world: World) {
        FACEBOOK.takes_one_of_two(world).await;
    }

    async fn other_redirect(world: World) {
        FACEBOOK.knows_its_redirect_addresses(world).await;
    }

    async fn without_verifier(world: World) {
        FACEBOOK.demands_a_verifier(world).await;
    }

    async fn code(world: World) {
        FACEBOOK.redeems_a_code(world).await;
    }

    async fn refused(world: World) {
        FACEBOOK.refuses_what_the_provider_does_not_know(world).await;
    }

    async fn other_client(world: World) {
        FACEBOOK.refuses_tokens_of_other_applications(world).await;
    }

    async fn unverified(world: World) {
        FACEBOOK.demands_a_verified_address(world).await;
    }

    async fn closed(world: World) {
        FACEBOOK.opens_no_account_by_invite_only(world).await;
    }

    async fn failed(world: World) {
        FACEBOOK.says_that_the_provider_fails(world).await;
    }

    async fn not_configured(world: World) {
        FACEBOOK.says_that_it_is_not_set_up(world).await;
    }
}
