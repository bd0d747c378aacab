//! Single sign-on: what holds whatever happens at the same moment, and what becomes of
//! identity providers.

use charter_api_identity::models::{SamlForm, SamlResponse, SamlTicket, SignedIn, StartSaml};
use charter_api_identity::saml::{
    COMPLETE_SAML_SIGN_IN, CONSUME_SAML_RESPONSE, CompleteSamlSignInError,
    CompleteSamlSignInRequest, ConsumeSamlResponseRequest, REDEEM_SAML_TICKET,
    RedeemSamlTicketError, RedeemSamlTicketRequest, START_SAML_SIGN_IN, SamlApi as _,
    StartSamlSignInRequest,
};
use charter_api_organisations::models::{CreateOrganisation, OrganisationId};
use charter_api_organisations::organisations::{
    CREATE_ORGANISATION, CreateOrganisationRequest, DELETE_CURRENT_ORGANISATION,
    DeleteCurrentOrganisationRequest, OrganisationsApi as _,
};
use charter_contract::{Clock as _, Failure as _, Redacted};
use charter_issuer::{Asked, EMAIL_FORMAT, Exchange, Issue, Signs, field, keys, metadata, name_id};
use charter_persistence::{
    Enforcement, SamlProvider, SamlProviderChange, SamlProviderError, SamlProviderToAdd, Store,
};
use url::Url;
use uuid::Uuid;

use crate::support::{Person, World, on_both};

on_both! {
    a_response_is_used_once_however_often_it_comes_at_once;
    an_assertion_counts_once_whatever_it_answers;
    a_ticket_is_redeemed_once_and_by_whoever_began;
    somebody_new_who_comes_twice_at_once_has_one_account;
    providers_are_set_up_by_rules;
    a_change_keeps_who_people_are;
    a_name_of_elsewhere_opens_no_account_here;
    enforcing_shows_everybody_else_out;
    what_is_over_is_cleared_away;
    an_organisation_takes_its_provider_along;
}

const SERVICE: &str = "https://charter.example/v2/auth/saml/metadata";
const ACS: &str = "https://charter.example/v2/auth/saml/acs";
const PROVIDER: &str = "https://idp.northwind.example/metadata";
const DOMAIN: &str = "northwind.example";
const MARA: &str = "mara@northwind.example";

fn provider_metadata(entity_id: &str) -> String {
    metadata(
        entity_id,
        "https://idp.northwind.example/sso",
        keys::PROVIDER,
    )
}

/// Ada's organisation.
async fn founded(world: &World) -> (Person, OrganisationId) {
    let ada = world.person("Ada").await;
    let caller = ada.calls(&CREATE_ORGANISATION).await;
    let body = CreateOrganisation {
        name: "Northwind Research".to_owned().try_into().unwrap(),
    };
    let founded = world
        .store
        .create_organisation(caller, CreateOrganisationRequest { body })
        .await
        .unwrap();
    (ada, founded.id)
}

async fn add(
    world: &World,
    organisation: OrganisationId,
    entity_id: &str,
    domains: &[&str],
    enforcement: Enforcement,
) -> Result<SamlProvider, SamlProviderError> {
    let domains: Vec<String> = domains.iter().map(|&domain| domain.to_owned()).collect();
    world
        .store
        .add_saml_provider(SamlProviderToAdd {
            organisation: organisation.into(),
            metadata: &provider_metadata(entity_id),
            domains: &domains,
            enforcement,
        })
        .await
}

/// Ada's organisation and its provider.
async fn set_up(world: &World) -> SamlProvider {
    let (_, organisation) = founded(world).await;
    add(
        world,
        organisation,
        PROVIDER,
        &[DOMAIN],
        Enforcement::Optional,
    )
    .await
    .unwrap()
}

/// A sign-in that was begun.
struct Begun {
    asked: Asked,
    state: String,
}

async fn begin(world: &World, provider: &SamlProvider) -> Begun {
    let request = StartSamlSignInRequest {
        x_workspace_id: None,
        x_subaccount_id: None,
        x_language: None,
        body: StartSaml {
            email: None,
            id: Some(provider.id.into()),
        },
    };
    let call = world.anonymous_call(&START_SAML_SIGN_IN);
    let begun = world.store.start_saml_sign_in(call, request).await.unwrap();
    Begun {
        asked: Asked::read(&Url::parse(&begun.url).unwrap()),
        state: begun.state.as_ref().to_owned(),
    }
}

fn issue(world: &World, begun: &Begun, email: &str) -> Issue {
    let exchange = Exchange {
        provider: PROVIDER,
        service: SERVICE,
        address: ACS,
        request: &begun.asked.id,
        email,
        now: world.clock.now().date_time(),
    };
    let mut issue = Issue::of(&exchange, Signs::Assertion);
    issue.assertion_id = format!("_of{}", begun.asked.id);
    issue
}

async fn complete(store: &Store, world: &World, xml: &str) -> Result<SignedIn, u16> {
    let request = CompleteSamlSignInRequest {
        x_workspace_id: None,
        x_subaccount_id: None,
        x_language: None,
        body: SamlResponse {
            saml_response: Redacted(field(xml)),
            relay_state: None,
        },
    };
    let call = world.anonymous_call(&COMPLETE_SAML_SIGN_IN);
    store
        .complete_saml_sign_in(call, request)
        .await
        .map_err(|failure: CompleteSamlSignInError| failure.kind().status)
}

/// Signs in all the way.
async fn sign_in(world: &World, provider: &SamlProvider, email: &str) -> Result<SignedIn, u16> {
    let begun = begin(world, provider).await;
    complete(&world.store, world, &issue(world, &begun, email).xml()).await
}

/// What the query of the page says that a browser is sent on to.
async fn bring(world: &World, xml: &str) -> (String, String) {
    let request = ConsumeSamlResponseRequest {
        body: SamlForm {
            saml_response: Redacted(field(xml)),
            relay_state: None,
            extra: Default::default(),
        },
    };
    let call = world.anonymous_call(&CONSUME_SAML_RESPONSE);
    let answer = world
        .store
        .consume_saml_response(call, request)
        .await
        .unwrap();
    let page = Url::parse(&answer.location).unwrap();
    page.query_pairs().into_owned().next().unwrap()
}

async fn redeem(store: &Store, world: &World, ticket: &str, state: &str) -> Result<SignedIn, u16> {
    let request = RedeemSamlTicketRequest {
        body: SamlTicket {
            ticket: ticket.to_owned().try_into().unwrap(),
            state: state.to_owned().try_into().unwrap(),
        },
    };
    let call = world.anonymous_call(&REDEEM_SAML_TICKET);
    store
        .redeem_saml_ticket(call, request)
        .await
        .map_err(|failure: RedeemSamlTicketError| failure.kind().status)
}

async fn refusals(world: &World, detail: &str) -> i64 {
    world
        .number(&format!(
            "SELECT COUNT(*) FROM audit_log WHERE outcome = 'refused' \
             AND reason = 'assertion-refused' AND detail = '{detail}'"
        ))
        .await
}

async fn a_response_is_used_once_however_often_it_comes_at_once(world: World) {
    let provider = set_up(&world).await;
    let begun = begin(&world, &provider).await;
    let xml = issue(&world, &begun, MARA).xml();
    let outcomes =
        futures_util::future::join_all((0..12).map(|_| complete(&world.store, &world, &xml))).await;
    let (let_in, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(let_in.len(), 1);
    assert!(refused.iter().all(|outcome| matches!(outcome, Err(401))));
    assert_eq!(refusals(&world, "replay").await, 11);
    assert_eq!(world.number("SELECT COUNT(*) FROM sessions").await, 1);
    assert_eq!(
        bring(&world, &xml).await,
        ("error".into(), "assertion-refused".into())
    );
}

async fn an_assertion_counts_once_whatever_it_answers(world: World) {
    let provider = set_up(&world).await;
    let (first, second) = (
        begin(&world, &provider).await,
        begin(&world, &provider).await,
    );
    let mut again = issue(&world, &second, MARA);
    let first = issue(&world, &first, MARA);
    again.assertion_id = first.assertion_id.clone();
    complete(&world.store, &world, &first.xml()).await.unwrap();
    assert_eq!(
        complete(&world.store, &world, &again.xml())
            .await
            .unwrap_err(),
        401
    );
    assert_eq!(refusals(&world, "replay").await, 1);
    // Nothing was answered by it.
    let open = "SELECT COUNT(*) FROM saml_requests WHERE answered_at IS NULL";
    assert_eq!(world.number(open).await, 1);
}

async fn a_ticket_is_redeemed_once_and_by_whoever_began(world: World) {
    let provider = set_up(&world).await;
    let begun = begin(&world, &provider).await;
    let stranger = begin(&world, &provider).await;
    let (name, ticket) = bring(&world, &issue(&world, &begun, MARA).xml()).await;
    assert_eq!(name, "ticket");
    let refused = redeem(&world.store, &world, &ticket, &stranger.state).await;
    assert_eq!(refused.unwrap_err(), 401);
    let outcomes = futures_util::future::join_all(
        (0..12).map(|_| redeem(&world.store, &world, &ticket, &begun.state)),
    )
    .await;
    let (let_in, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(let_in.len(), 1);
    assert!(let_in[0].as_ref().unwrap().is_new);
    assert!(refused.iter().all(|outcome| matches!(outcome, Err(401))));

    // And not after a minute.
    let begun = begin(&world, &provider).await;
    let (_, ticket) = bring(&world, &issue(&world, &begun, MARA).xml()).await;
    world.clock.advance(60);
    let late = redeem(&world.store, &world, &ticket, &begun.state).await;
    assert_eq!(late.unwrap_err(), 401);
}

async fn somebody_new_who_comes_twice_at_once_has_one_account(world: World) {
    let provider = set_up(&world).await;
    // Somebody has claimed the address before.
    let pending = "INSERT INTO users (id, email, email_normalised, name, language, created_at) \
                   SELECT {id}, 'mara@northwind.example', 'mara@northwind.example', 'Mallory', \
                   'en', created_at FROM users LIMIT 1";
    let id = match world.url.starts_with("sqlite") {
        true => "x'01900000000070008000000000000001'",
        false => "'01900000-0000-7000-8000-000000000001'",
    };
    world.run(&pending.replace("{id}", id)).await;
    let mut begun = Vec::new();
    for _ in 0..4 {
        begun.push(begin(&world, &provider).await);
    }
    let responses: Vec<String> = begun
        .iter()
        .map(|begun| issue(&world, begun, MARA).xml())
        .collect();
    let outcomes = futures_util::future::join_all(
        responses
            .iter()
            .map(|xml| complete(&world.store, &world, xml)),
    )
    .await;
    let signed_in: Vec<SignedIn> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        signed_in
            .iter()
            .filter(|signed_in| signed_in.is_new)
            .count(),
        1
    );
    let users = "SELECT COUNT(*) FROM users WHERE email_normalised = 'mara@northwind.example'";
    assert_eq!(world.number(users).await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM identities").await, 1);
    assert_eq!(world.number("SELECT COUNT(*) FROM memberships").await, 2);
    let joined = "SELECT COUNT(*) FROM audit_log WHERE event = 'member.joined' \
                  AND organisation_id IS NOT NULL AND actor_user_id IS NOT NULL";
    assert_eq!(world.number(joined).await, 1);
}

async fn providers_are_set_up_by_rules(world: World) {
    let (_, organisation) = founded(&world).await;
    let optional = Enforcement::Optional;
    let provider = add(
        &world,
        organisation,
        PROVIDER,
        &["@Northwind.Example", "b.example", "b.example"],
        optional,
    )
    .await
    .unwrap();
    assert_eq!(provider.domains, ["b.example", "northwind.example"]);
    assert_eq!(provider.organisation_name, "Northwind Research");
    let listed = world.store.saml_providers().await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&provider));

    let nowhere = OrganisationId::from(Uuid::from_u128(1));
    let other = "https://idp.other.example/metadata";
    for (organisation, entity_id, domains, refused) in [
        (
            organisation,
            PROVIDER,
            ["c.example"].as_slice(),
            "entity id",
        ),
        (
            organisation,
            other,
            &["c.example", "b.example"],
            "vouches for b.example",
        ),
        (nowhere, other, &["c.example"], "no organisation"),
        (organisation, other, &["a b"], "`a b`"),
        (organisation, other, &[], "at least one domain"),
    ] {
        let why = add(&world, organisation, entity_id, domains, optional)
            .await
            .unwrap_err();
        assert!(why.to_string().contains(refused), "{why}");
    }
    let broken = world
        .store
        .add_saml_provider(SamlProviderToAdd {
            organisation: organisation.into(),
            metadata: "<html></html>",
            domains: &["c.example".to_owned()],
            enforcement: optional,
        })
        .await;
    assert!(matches!(broken, Err(SamlProviderError::Metadata(_))));
    // What was refused has left nothing.
    let listed = world.store.saml_providers().await.unwrap();
    assert_eq!(listed, std::slice::from_ref(&provider));

    world.store.remove_saml_provider(provider.id).await.unwrap();
    let again = world.store.remove_saml_provider(provider.id).await;
    assert!(matches!(again, Err(SamlProviderError::NoSuchProvider)));
    let change = SamlProviderChange::default();
    let gone = world.store.change_saml_provider(provider.id, change).await;
    assert!(matches!(gone, Err(SamlProviderError::NoSuchProvider)));
    assert_eq!(world.number("SELECT COUNT(*) FROM saml_domains").await, 0);
}

async fn a_change_keeps_who_people_are(world: World) {
    let provider = set_up(&world).await;
    let before = sign_in(&world, &provider, MARA).await.unwrap();
    let metadata = metadata(
        PROVIDER,
        "https://idp.northwind.example/new",
        keys::STRANGER,
    );
    let changed = world
        .store
        .change_saml_provider(
            provider.id,
            SamlProviderChange {
                metadata: Some(&metadata),
                ..SamlProviderChange::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(changed.sso_url, "https://idp.northwind.example/new");
    assert_eq!(changed.domains, provider.domains);
    // The old key is no longer believed.
    assert_eq!(sign_in(&world, &changed, MARA).await.unwrap_err(), 401);
    assert_eq!(refusals(&world, "signature").await, 1);
    let begun = begin(&world, &changed).await;
    let mut renewed = issue(&world, &begun, MARA);
    renewed.signer.key = keys::STRANGER_KEY;
    let after = complete(&world.store, &world, &renewed.xml())
        .await
        .unwrap();
    assert_eq!(after.user.id, before.user.id);
    assert_eq!(world.number("SELECT COUNT(*) FROM identities").await, 1);

    // Removed and set up anew it is another one.
    world.store.remove_saml_provider(provider.id).await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM identities").await, 0);
}

async fn a_name_of_elsewhere_opens_no_account_here(world: World) {
    let provider = set_up(&world).await;
    let mara = sign_in(&world, &provider, MARA).await.unwrap();
    // Neither an address of another domain, nor the known name with one.
    assert_eq!(
        sign_in(&world, &provider, "ada@example.com")
            .await
            .unwrap_err(),
        403
    );
    let begun = begin(&world, &provider).await;
    let mut stolen = issue(&world, &begun, MARA);
    stolen.name_id = name_id("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent", MARA);
    stolen.attributes = charter_issuer::attribute("email", "ada@example.com");
    assert_eq!(
        complete(&world.store, &world, &stolen.xml())
            .await
            .unwrap_err(),
        403
    );
    // What was refused is as open as before.
    let begun = begin(&world, &provider).await;
    let mut shouted = issue(&world, &begun, MARA);
    shouted.name_id = name_id(EMAIL_FORMAT, "Mara@NORTHWIND.example");
    let again = complete(&world.store, &world, &shouted.xml())
        .await
        .unwrap();
    assert_eq!(again.user.id, mara.user.id);

    // An account whose domain the provider has lost is not its any more.
    world
        .store
        .change_saml_provider(
            provider.id,
            SamlProviderChange {
                domains: Some(&["elsewhere.example".to_owned()]),
                ..SamlProviderChange::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(sign_in(&world, &provider, MARA).await.unwrap_err(), 403);
}

async fn enforcing_shows_everybody_else_out(world: World) {
    let provider = set_up(&world).await;
    let mara = sign_in(&world, &provider, MARA).await.unwrap();
    let of_mara = "user_id = (SELECT id FROM users WHERE email_normalised = \
                   'mara@northwind.example')";
    world
        .run(&format!(
            "UPDATE sessions SET method = 'local' WHERE {of_mara}"
        ))
        .await;
    let by_provider = sign_in(&world, &provider, MARA).await.unwrap();
    let enforced = world
        .store
        .change_saml_provider(
            provider.id,
            SamlProviderChange {
                enforcement: Some(Enforcement::Enforced),
                ..SamlProviderChange::default()
            },
        )
        .await
        .unwrap();
    assert_eq!(enforced.enforcement, Enforcement::Enforced);
    assert!(world.holder_of(&mara.token).identity().await.is_none());
    assert!(
        world
            .holder_of(&by_provider.token)
            .identity()
            .await
            .is_some()
    );
}

async fn what_is_over_is_cleared_away(world: World) {
    let provider = set_up(&world).await;
    let begun = begin(&world, &provider).await;
    bring(&world, &issue(&world, &begun, MARA).xml()).await;
    let kept = async || {
        let mut kept = Vec::new();
        for table in ["saml_requests", "saml_assertions", "saml_tickets"] {
            kept.push(world.number(&format!("SELECT COUNT(*) FROM {table}")).await);
        }
        kept
    };
    world.store.clear_away().await.unwrap();
    assert_eq!(kept().await, [1, 1, 1]);
    // The assertion is good for 5 minutes, and a minute more.
    world.clock.advance(359);
    world.store.clear_away().await.unwrap();
    assert_eq!(kept().await, [1, 1, 1]);
    world.clock.advance(1);
    world.store.clear_away().await.unwrap();
    assert_eq!(kept().await, [1, 0, 1]);
    world.clock.advance(2 * 3_600);
    world.store.clear_away().await.unwrap();
    assert_eq!(kept().await, [0, 0, 0]);
}

async fn an_organisation_takes_its_provider_along(world: World) {
    let (ada, organisation) = founded(&world).await;
    let provider = add(
        &world,
        organisation,
        PROVIDER,
        &[DOMAIN],
        Enforcement::Enforced,
    )
    .await
    .unwrap();
    sign_in(&world, &provider, MARA).await.unwrap();
    let caller = ada.calls(&DELETE_CURRENT_ORGANISATION).await;
    world
        .store
        .delete_current_organisation(caller, DeleteCurrentOrganisationRequest)
        .await
        .unwrap();
    for table in [
        "saml_providers",
        "saml_domains",
        "saml_requests",
        "saml_assertions",
    ] {
        let sql = format!("SELECT COUNT(*) FROM {table}");
        assert_eq!(world.number(&sql).await, 0, "{table}");
    }
    world.store.clear_away().await.unwrap();
    assert_eq!(world.number("SELECT COUNT(*) FROM identities").await, 0);
    // Mara keeps the account.
    assert_eq!(world.number("SELECT COUNT(*) FROM users").await, 2);
}
