//! OAuth applications, as the operator registers them.

use charter_api_organisations::models::OrganisationId;
use charter_persistence::{
    ClientSecret, OauthApplication, OauthApplicationError, OauthApplicationToCreate,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::rules::found;
use crate::support::{World, on_both};

on_both! {
    applications_are_registered_by_rules;
    applications_go_with_their_organisation;
}

async fn create(
    world: &World,
    organisation: OrganisationId,
    redirect_uri: &str,
) -> Result<(OauthApplication, ClientSecret), OauthApplicationError> {
    world
        .store
        .create_oauth_application(OauthApplicationToCreate {
            organisation: organisation.into(),
            name: " Northwind Desk ",
            redirect_uris: &[redirect_uri.to_owned()],
            is_verified: true,
        })
        .await
}

async fn applications_are_registered_by_rules(world: World) {
    let ada = world.person("Ada").await;
    let acme = found(&world, &ada, "Acme").await.id;
    let address = "https://desk.northwind.example/callback";
    let (first, secret) = create(&world, acme, address).await.unwrap();
    assert_eq!(first.name, "Northwind Desk");
    assert_eq!(first.organisation_name, "Acme");
    assert_eq!(first.redirect_uris, [address]);
    assert!(first.client_id.starts_with("ct_client_"));
    assert_eq!(first.client_id.len(), "ct_client_".len() + 16);
    assert_eq!(format!("{secret:?}"), "ClientSecret([redacted])");
    let hash: String = Sha256::digest(secret.reveal())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let kept = if world.url.starts_with("sqlite") {
        "lower(hex(secret_hash))"
    } else {
        "encode(secret_hash, 'hex')"
    };
    let stored = format!("SELECT COUNT(*) FROM oauth_applications WHERE {kept} = '{hash}'");
    assert_eq!(world.number(&stored).await, 1);

    // Two of the same name are two.
    let (second, other) = create(&world, acme, address).await.unwrap();
    assert_ne!(first.client_id, second.client_id);
    assert_ne!(secret.reveal(), other.reveal());
    let mut both = [first.clone(), second.clone()];
    // Made at the same moment, of which either id is the lower one.
    both.sort_by_key(|application| application.id);
    assert_eq!(world.store.oauth_applications().await.unwrap(), both);

    let nowhere = OrganisationId::from(Uuid::from_u128(1));
    for (organisation, address, why) in [
        (nowhere, address, "no organisation"),
        (acme, "http://desk.northwind.example/", "https"),
        (acme, "https://desk.northwind.example/#here", "fragment"),
    ] {
        let refused = create(&world, organisation, address).await.unwrap_err();
        assert!(refused.to_string().contains(why), "{refused}");
    }
    // What was refused has left nothing.
    assert_eq!(world.store.oauth_applications().await.unwrap(), both);

    world
        .store
        .remove_oauth_application(first.id)
        .await
        .unwrap();
    let again = world.store.remove_oauth_application(first.id).await;
    assert!(matches!(
        again,
        Err(OauthApplicationError::NoSuchApplication)
    ));
    assert_eq!(world.store.oauth_applications().await.unwrap(), [second]);
}

async fn applications_go_with_their_organisation(world: World) {
    let ada = world.person("Ada").await;
    let acme = found(&world, &ada, "Acme").await.id;
    create(&world, acme, "https://desk.northwind.example/")
        .await
        .unwrap();
    world.run("DELETE FROM organisations").await;
    assert!(world.store.oauth_applications().await.unwrap().is_empty());
}
