//! `signInWithGithub`

use super::Provider;
use crate::cases;

const GITHUB: Provider = Provider {
    operation: "signInWithGithub",
    name: "github",
    called: "GitHub",
    unknown: "other_client",
};

cases! {
    async fn new_account(world: World) {
        GITHUB.opens_an_account(world).await;
    }

    async fn known(world: World) {
        GITHUB.knows_who_came_before(world).await;
    }

    async fn linked(world: World) {
        GITHUB.links_the_account_of_the_address(world).await;
    }

    async fn invalid(world: World) {
        GITHUB.takes_one_of_two(world).await;
    }

    async fn other_redirect(world: World) {
        GITHUB.knows_its_redirect_addresses(world).await;
    }

    async fn without_verifier(world: World) {
        GITHUB.demands_a_verifier(world).await;
    }

    async fn code(world: World) {
        GITHUB.redeems_a_code(world).await;
    }

    async fn refused(world: World) {
        GITHUB.refuses_what_the_provider_does_not_know(world).await;
    }

    async fn other_client(world: World) {
        GITHUB.refuses_tokens_of_other_applications(world).await;
    }

    async fn unverified(world: World) {
        GITHUB.demands_a_verified_address(world).await;
    }

    async fn closed(world: World) {
        GITHUB.opens_no_account_by_invite_only(world).await;
    }

    async fn failed(world: World) {
        GITHUB.says_that_the_provider_fails(world).await;
    }

    async fn not_configured(world: World) {
        GITHUB.says_that_it_is_not_set_up(world).await;
    }
}
