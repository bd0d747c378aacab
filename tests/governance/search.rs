//! What members are searched by is always made of their name and address.

use charter_persistence::entity::membership;
use sea_orm::EntityTrait as _;
use serde_json::json;
use unicode_normalization::UnicodeNormalization as _;

use crate::cases;
use crate::support::World;
use crate::support::accounts::PASSWORD;
use crate::support::provider::Says;

/// By itself, and not by what the service has for it.
fn made_of(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// Looks at every membership; how many there are.
async fn compared(world: &World) -> usize {
    let database = world.db().await;
    #[expect(
        clippy::disallowed_methods,
        reason = "no operation shows what is kept to search in"
    )]
    let memberships = membership::Entity::find().all(&database).await.unwrap();
    database.close().await.unwrap();
    for membership in &memberships {
        let (name, email) = membership.search.split_once('\n').unwrap();
        assert_eq!(name, made_of(&membership.name));
        assert_eq!(email, made_of(&membership.email));
        assert!(
            membership.updated_at >= membership.joined_at,
            "{membership:?}"
        );
    }
    memberships.len()
}

cases! {
    /// Whichever way somebody becomes a member.
    async fn ways_in(world: World) {
        // Founding an organisation, and being invited.
        let ada = world.person("ÁDA Ａdmin", "Ada@Example.com").await;
        let acme = ada.found("Acme").await;
        let bob = world.joined(&ada, "İbrahim ΣΟΦΟΣ", "Bob@Example.com", "member").await;
        assert_eq!(compared(&world).await, 2);

        // Signing up with the name of a company.
        world.anonymous.call("signUp")
            .json(&json!({"email": "Carol@Example.com", "password": PASSWORD,
                          "firstName": "CAROL", "lastName": "ﬁELD", "roles": "admin", "companyName": "Carol & Co"}))
            .send().await.expect(201);
        world.confirm("Carol@Example.com").await;
        assert_eq!(compared(&world).await, 3);

        // Signing in with a provider, and then being invited.
        world.providers.say(Says { name: Some(("Inês", "LAURENT")), ..Says::default() });
        let ines = world.anonymous.call("signInWithGithub").json(&json!({"access_token": "a-token"})).send().await.expect(200);
        let invite = ada.invite("ines@northwind.example", "admin").await;
        let client = world.with_session(&ines);
        client.call("acceptInvite").json(&json!({"token": invite.text_at("/token")})).send().await.expect(200);
        assert_eq!(compared(&world).await, 4);

        // Coming by the identity provider of the organisation.
        let provider = world.identity_provider(&acme, "northwind.example").await;
        world.single_sign_on(&provider, "Mara@Northwind.example").await.expect(200);
        assert_eq!(compared(&world).await, 5);

        // Roles and titles leave it alone.
        ada.client.call("updateMemberRole").path("member_id", &bob.id).json(&json!({"role": "admin"})).send().await.expect(200);
        bob.client.call("updateMemberRole").path("member_id", &ada.id).json(&json!({"role": "member"})).send().await.expect(200);
        assert_eq!(compared(&world).await, 5);
    }
}
