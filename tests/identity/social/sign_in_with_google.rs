//! `signInWithGoogle`

use super::Provider;
use crate::cases;

const GOOGLE: Provider = Provider {
    operation: "signInWithGoogle",
    name: "google",
    called: "Google",
    unknown: "refused",
};

cases! {
    async fn new_account(world: World) {
        GOOGLE.opens_an_account(world).await;
    }

    async fn known(world: World) {
        GOOGLE.knows_who_came_before(world).await;
    }

    async fn linked(world: World) {
        GOOGLE.links_the_account_of_the_address(world).await;
    }

    async fn invalid(world: World) {
        GOOGLE.takes_one_of_two(world).await;
    }

    async fn other_redirect(world: World) {
        GOOGLE.knows_its_redirect_addresses(world).await;
    }

    async fn without_verifier(world: World) {
        GOOGLE.demands_a_verifier(world).await;
    }

    async fn refused(world: World) {
        GOOGLE.refuses_what_the_provider_does_not_know(world).await;
    }

    async fn other_client(world: World) {
        GOOGLE.refuses_tokens_of_other_applications(world).await;
    }

    async fn unverified(world: World) {
        GOOGLE.demands_a_verified_address(world).await;
    }

    async fn closed(world: World) {
        GOOGLE.opens_no_account_by_invite_only(world).await;
    }

    async fn failed(world: World) {
        GOOGLE.says_that_the_provider_fails(world).await;
    }

    async fn not_configured(world: World) {
        GOOGLE.says_that_it_is_not_set_up(world).await;
    }
}
