//! `signInWithLinkedin`

use super::Provider;
use crate::cases;

const LINKEDIN: Provider = Provider {
    operation: "signInWithLinkedin",
    name: "linkedin",
    called: "LinkedIn",
    unknown: "refused",
};

cases! {
    async fn new_account(world: World) {
        LINKEDIN.opens_an_account(world).await;
    }

    async fn known(world: World) {
        LINKEDIN.knows_who_came_before(world).await;
    }

    async fn linked(world: World) {
        LINKEDIN.links_the_account_of_the_address(world).await;
    }

    async fn invalid(world: World) {
        LINKEDIN.takes_one_of_two(world).await;
    }

    async fn other_redirect(world: World) {
        LINKEDIN.knows_its_redirect_addresses(world).await;
    }

    async fn refused(world: World) {
        LINKEDIN.refuses_what_the_provider_does_not_know(world).await;
    }

    async fn other_client(world: World) {
        LINKEDIN.refuses_tokens_of_other_applications(world).await;
    }

    async fn unverified(world: World) {
        LINKEDIN.demands_a_verified_address(world).await;
    }

    async fn closed(world: World) {
        LINKEDIN.opens_no_account_by_invite_only(world).await;
    }

    async fn failed(world: World) {
        LINKEDIN.says_that_the_provider_fails(world).await;
    }

    async fn not_configured(world: World) {
        LINKEDIN.says_that_it_is_not_set_up(world).await;
    }
}
