//! API keys.

use charter_api_organisations::keys::{
    CreateApiKeyError, CreateApiKeyRequest, KeysApi, ListApiKeysError, ListApiKeysRequest,
    RevokeApiKeyError, RevokeApiKeyRequest, RotateApiKeyError, RotateApiKeyRequest,
};
use charter_api_organisations::models::{
    ApiKey, ApiKeyId, ApiKeyList, ApiKeyOwner, CreateApiKey, CreatedApiKey, RotateApiKey, Scope,
};
use charter_contract::{
    Caller, Conflict, Forbidden, Internal, NotFound, Redacted, Scopes, Timestamp, async_trait, kind,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, FromQueryResult as _, QueryFilter as _, UpdateMany};
use uuid::Uuid;

use super::guard;
use super::pages::Page;
use crate::Store;
use crate::api_secret::ApiSecret;
use crate::constraint::Stored as _;
use crate::entity::api_key::{self, Column};
use crate::issue::{KeyOwner, KeyToIssue};
use crate::scopes;
use crate::tenant::{Tenant, across_tenants, update_across_tenants};
use crate::write::Write;

impl TryFrom<api_key::Model> for ApiKey {
    type Error = Internal;

    fn try_from(model: api_key::Model) -> Result<Self, Internal> {
        let api_key::Model {
            id,
            owner_user_id: _,
            owner_organisation_id,
            organisation_id,
            name,
            prefix,
            hash: _,
            scopes,
            created_by,
            created_at,
            expires_at,
            revoked_at: _,
            replaced_by,
            last_used_at,
        } = model;
        Ok(Self {
            id: id.into(),
            name: name.try_into()?,
            prefix,
            owner: match owner_organisation_id {
                Some(_) => ApiKeyOwner::Organisation,
                None => ApiKeyOwner::User,
            },
            organisation_id: organisation_id.map(Into::into),
            scopes: listed(&scopes::read(&scopes)),
            created_by: created_by.map(Into::into),
            created_at: Timestamp::from_micros(created_at),
            last_used_at: last_used_at.map(Timestamp::from_micros),
            expires_at: expires_at.map(Timestamp::from_micros),
            replaced_by: replaced_by.map(Into::into),
        })
    }
}

/// A new key with its secret.
fn created((model, secret): (api_key::Model, ApiSecret)) -> Result<CreatedApiKey, Internal> {
    let ApiKey {
        id,
        name,
        prefix,
        owner,
        organisation_id,
        scopes,
        created_by,
        created_at,
        last_used_at,
        expires_at,
        replaced_by,
    } = model.try_into()?;
    Ok(CreatedApiKey {
        id,
        name,
        prefix,
        owner,
        organisation_id,
        scopes,
        created_by,
        created_at,
        last_used_at,
        expires_at,
        replaced_by,
        key: Redacted(secret.reveal().to_owned()),
    })
}

/// Scopes in the document's order.
pub(crate) fn listed(scopes: &Scopes) -> Vec<Scope> {
    Scope::ALL
        .iter()
        .copied()
        .filter(|scope| scopes.contains(scope.as_str()))
        .collect()
}

#[async_trait]
impl KeysApi for Store {
    async fn list_api_keys(
        &self,
        caller: Caller,
        request: ListApiKeysRequest,
    ) -> Result<ApiKeyList, ListApiKeysError> {
        let ListApiKeysRequest { limit, cursor } = request;
        let page = Page::new(cursor, limit);
        let organisation = caller
            .identity
            .organisation
            .filter(|_| guard::is_admin(&caller));
        let mut keys = page_of_keys(self, &caller, organisation, page).await?;
        let next_cursor = page.cut(&mut keys, |key| key.id);
        Ok(ApiKeyList {
            api_keys: keys
                .into_iter()
                .map(ApiKey::try_from)
                .collect::<Result<_, _>>()?,
            next_cursor,
        })
    }

    async fn create_api_key(
        &self,
        caller: Caller,
        request: CreateApiKeyRequest,
    ) -> Result<CreatedApiKey, CreateApiKeyError> {
        let CreateApiKeyRequest {
            body:
                CreateApiKey {
                    name,
                    owner,
                    scopes,
                    expires_in_days,
                },
        } = request;
        let user = guard::user(&caller)?;
        let scopes = Scopes::Only(
            scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
        );
        refuse_more_scopes(&caller, &scopes)?;
        let tenant = match owner {
            ApiKeyOwner::User => None,
            ApiKeyOwner::Organisation => {
                let tenant = self.tenant(&caller)?;
                guard::admin(&caller)?;
                Some(tenant)
            }
        };
        self.write(&caller, async |tx: &mut Write| {
            let owner = match tenant {
                Some(tenant) => {
                    guard::hold_as_admin::<CreateApiKeyError>(tx, &caller, tenant).await?;
                    KeyOwner::Organisation(tenant.organisation)
                }
                None => KeyOwner::User {
                    user,
                    bound_to: binding_of_caller(tx, &caller).await?,
                },
            };
            let now = tx.now();
            let issued = tx
                .issue(KeyToIssue {
                    owner,
                    name: name.into(),
                    scopes,
                    created_by: Some(user),
                    expires_at: expires_in_days.map(|days| now.plus_seconds(days * 86_400)),
                })
                .await?;
            tx.target("key", ApiKeyId::from(issued.0.id));
            Ok::<_, CreateApiKeyError>(created(issued)?)
        })
        .await
    }

    async fn revoke_api_key(
        &self,
        caller: Caller,
        request: RevokeApiKeyRequest,
    ) -> Result<(), RevokeApiKeyError> {
        let RevokeApiKeyRequest { key_id } = request;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("key", key_id);
            let key = find_key::<RevokeApiKeyError>(tx, &caller, key_id).await?;
            let revoked = change_key(&key)
                .col_expr(Column::RevokedAt, Expr::value(tx.now().micros()))
                .exec(tx.db())
                .await
                .stored()?;
            if revoked.rows_affected == 0 {
                return Err(no_key().into());
            }
            Ok(())
        })
        .await
    }

    async fn rotate_api_key(
        &self,
        caller: Caller,
        request: RotateApiKeyRequest,
    ) -> Result<CreatedApiKey, RotateApiKeyError> {
        let RotateApiKeyRequest {
            key_id,
            body: RotateApiKey { overlap_seconds },
        } = request;
        let user = guard::user(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("key", key_id);
            let key = find_key::<RotateApiKeyError>(tx, &caller, key_id).await?;
            let owner = match key.owner_organisation_id {
                Some(organisation) => KeyOwner::Organisation(organisation),
                None => KeyOwner::User {
                    user,
                    bound_to: key.organisation_id,
                },
            };
            let scopes = scopes::read(&key.scopes);
            refuse_more_scopes(&caller, &scopes)?;
            let now = tx.now();
            let lifetime = key.expires_at.map(|end| end - key.created_at);
            let issued = tx
                .issue(KeyToIssue {
                    owner,
                    name: key.name.clone(),
                    scopes,
                    created_by: Some(user),
                    expires_at: lifetime
                        .map(|lifetime| Timestamp::from_micros(now.micros() + lifetime)),
                })
                .await?;
            let overlap = now.plus_seconds(overlap_seconds).micros();
            let end = key.expires_at.map_or(overlap, |end| end.min(overlap));
            // Of two rotations at the same moment one finds the key replaced.
            let replaced = change_key(&key)
                .col_expr(Column::ReplacedBy, Expr::value(issued.0.id))
                .col_expr(Column::ExpiresAt, Expr::value(end))
                .filter(Column::ReplacedBy.is_null())
                .exec(tx.db())
                .await
                .stored()?;
            if replaced.rows_affected == 0 {
                return Err(Conflict::of(
                    &kind::KEY_ROTATED,
                    "This key was rotated before. Rotate its successor.",
                )
                .into());
            }
            Ok::<_, RotateApiKeyError>(created(issued)?)
        })
        .await
    }
}

fn no_key() -> NotFound {
    NotFound::new("There is no key with this id.")
}

/// The keys that work at present and that the calling credential, `$1`, may manage:
/// those of the organisation `$3` and those of its user, `$4`. A key that is bound
/// to an organisation manages only those own ones that are bound to it as well:
/// otherwise it could give itself what it was denied. A session is no key and
/// bound to nothing.
const MANAGEABLE: &str = "\
    SELECT k.* FROM api_keys k LEFT JOIN api_keys c ON c.id = $1 \
    WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2) \
      AND (k.owner_organisation_id = $3 \
           OR k.owner_user_id = $4 \
              AND (c.organisation_id IS NULL OR k.organisation_id = c.organisation_id))";

/// A page of them.
async fn page_of_keys(
    store: &Store,
    caller: &Caller,
    organisation: Option<Uuid>,
    page: Page,
) -> Result<Vec<api_key::Model>, Internal> {
    api_key::Model::find_by_statement(store.statement(
        &format!("{MANAGEABLE} AND k.id > $5 ORDER BY k.id LIMIT $6"),
        [
            caller.identity.credential.into(),
            store.now().micros().into(),
            organisation.into(),
            caller.identity.user.into(),
            page.after().into(),
            page.rows().into(),
        ],
    ))
    .all(store.reader())
    .await
    .stored()
}

/// One of them. Those of the organisation are found for every member, who is then
/// told that it takes an admin.
async fn find_key<E>(tx: &Write, caller: &Caller, id: ApiKeyId) -> Result<api_key::Model, E>
where
    E: From<Internal> + From<Forbidden> + From<NotFound>,
{
    let key = api_key::Model::find_by_statement(tx.store().statement(
        &format!("{MANAGEABLE} AND k.id = $5"),
        [
            caller.identity.credential.into(),
            tx.now().micros().into(),
            caller.identity.organisation.into(),
            caller.identity.user.into(),
            Uuid::from(id).into(),
        ],
    ))
    .one(tx.db())
    .await
    .stored()?
    .ok_or_else(no_key)?;
    if let Some(organisation) = key.owner_organisation_id {
        guard::hold_as_admin::<E>(tx, caller, Tenant { organisation }).await?;
    }
    Ok(key)
}

/// Changes a found key, unless it has been revoked since.
fn change_key(key: &api_key::Model) -> UpdateMany<api_key::Entity> {
    update_across_tenants::<api_key::Entity>()
        .filter(Column::Id.eq(key.id))
        .filter(Column::RevokedAt.is_null())
}

/// The organisation that the calling key is bound to. A key that it makes is
/// bound as well; a session is bound to none.
async fn binding_of_caller(tx: &Write, caller: &Caller) -> Result<Option<Uuid>, Internal> {
    let key = across_tenants::<api_key::Entity>()
        .filter(Column::Id.eq(caller.identity.credential))
        .one(tx.db())
        .await
        .stored()?;
    Ok(key.and_then(|key| key.organisation_id))
}

/// Refuses scopes that the caller does not have.
fn refuse_more_scopes(caller: &Caller, wanted: &Scopes) -> Result<(), Forbidden> {
    let own = &caller.identity.scopes;
    if own.contains_all(wanted) {
        return Ok(());
    }
    let missing: Vec<&str> = listed(wanted)
        .into_iter()
        .map(Scope::as_str)
        .filter(|scope| !own.contains(scope))
        .collect();
    Err(Forbidden::new(if missing.is_empty() {
        "The key lacks scopes of the key to rotate.".to_owned()
    } else {
        format!("The key lacks the scope {}.", missing.join(", "))
    }))
}
