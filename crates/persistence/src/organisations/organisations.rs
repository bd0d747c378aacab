//! Organisations.

use charter_api_organisations::models::{
    CreateOrganisation, CurrentOrganisation, Member, MonthlyUsage, Organisation, OrganisationId,
    OrganisationList, SwitchOrganisation, UpdateCurrentOrganisation,
};
use charter_api_organisations::organisations::{
    CreateOrganisationError, CreateOrganisationRequest, DeleteCurrentOrganisationError,
    DeleteCurrentOrganisationRequest, GetCurrentOrganisationError, GetCurrentOrganisationRequest,
    GetCurrentOrganisationResponse, LeaveOrganisationError, LeaveOrganisationRequest,
    ListOrganisationsError, ListOrganisationsRequest, OrganisationsApi, SwitchOrganisationError,
    SwitchOrganisationRequest, UpdateCurrentOrganisationError, UpdateCurrentOrganisationRequest,
    UpdateCurrentOrganisationResponse,
};
use charter_contract::{
    Caller, Field, Internal, NotFound, PreconditionFailed, Timestamp, async_trait, etag,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, FromQueryResult,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use super::members::{MemberRow, page_of_members};
use super::pages::Page;
use super::usage::Today;
use super::{guard, role};
use crate::Store;
use crate::constraint::{self, Stored as _};
use crate::entity::{Role, organisation, plan};
use crate::row::{Rows, row};
use crate::slug;
use crate::store::no_active_organisation;
use crate::tenant::{Tenant, shared};
use crate::write::Write;

/// How many members the organisation itself shows.
const MEMBERS_SHOWN: i64 = 1_000;

row! {
    /// An organisation with the caller's role.
    #[derive(Debug)]
    pub(super) struct OrganisationRow {
        id: Uuid,
        name: String,
        plan_id: String,
        billing_email: Option<String>,
        created_at: i64,
        updated_at: i64,
        role: Option<Role>,
    }
}

impl TryFrom<OrganisationRow> for Organisation {
    type Error = Internal;

    fn try_from(row: OrganisationRow) -> Result<Self, Internal> {
        let OrganisationRow {
            id,
            name,
            plan_id,
            billing_email,
            created_at,
            updated_at,
            role,
        } = row;
        Ok(Self {
            id: id.into(),
            name: name.try_into()?,
            plan_id: plan_id.try_into()?,
            role: role.map(Into::into),
            billing_email: billing_email.map(TryInto::try_into).transpose()?,
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
        })
    }
}

impl OrganisationRow {
    /// A row as a member in this role sees it.
    pub(super) fn seen_as(model: organisation::Model, role: Option<Role>) -> Self {
        let organisation::Model {
            id,
            name,
            plan_id,
            billing_email,
            version: _,
            created_at,
            updated_at,
            members: _,
        } = model;
        Self {
            id,
            name,
            plan_id,
            billing_email,
            created_at,
            updated_at,
            role,
        }
    }
}

/// The organisation and what it used this month.
#[derive(Debug, FromQueryResult)]
struct CurrentRow {
    #[sea_orm(nested)]
    organisation: organisation::Model,
    jobs: i64,
    pages: i64,
}

#[async_trait]
impl OrganisationsApi for Store {
    async fn list_organisations(
        &self,
        caller: Caller,
        request: ListOrganisationsRequest,
    ) -> Result<OrganisationList, ListOrganisationsError> {
        let ListOrganisationsRequest { limit, cursor } = request;
        let page = Page::new(cursor, limit);
        let active = caller.identity.organisation;
        let mut organisations = match (caller.identity.user, active) {
            (Some(user), _) => organisations_of(self, user, page).await?,
            (None, Some(organisation)) => {
                own_organisation(self, Tenant { organisation }, page).await?
            }
            (None, None) => Vec::new(),
        };
        let next_cursor = page.cut(&mut organisations, |organisation| organisation.id);
        Ok(OrganisationList {
            organisations: organisations
                .into_iter()
                .map(Organisation::try_from)
                .collect::<Result<_, _>>()?,
            active_organisation_id: active.map(OrganisationId::from),
            next_cursor,
        })
    }

    async fn create_organisation(
        &self,
        caller: Caller,
        request: CreateOrganisationRequest,
    ) -> Result<Organisation, CreateOrganisationError> {
        let CreateOrganisationRequest {
            body: CreateOrganisation { name },
        } = request;
        let user = guard::user(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            let organisation = tx.create_organisation(user, name.into(), None).await?;
            tx.within(organisation.id);
            tx.target("organisation", OrganisationId::from(organisation.id));
            Ok::<Organisation, CreateOrganisationError>(
                OrganisationRow::seen_as(organisation, Some(Role::Admin)).try_into()?,
            )
        })
        .await
    }

    async fn switch_organisation(
        &self,
        caller: Caller,
        request: SwitchOrganisationRequest,
    ) -> Result<Organisation, SwitchOrganisationError> {
        let SwitchOrganisationRequest {
            body: SwitchOrganisation { organisation_id },
        } = request;
        let user = guard::user(&caller)?;
        let tenant = Tenant {
            organisation: organisation_id.into(),
        };
        let not_a_member =
            || NotFound::new("You are not a member of an organisation with this id.");
        self.write(&caller, async |tx: &mut Write| {
            tx.within(tenant.organisation);
            tx.target("organisation", organisation_id);
            let organisation = tenant
                .rows::<OrganisationRow>(
                    "SELECT o.id, o.name, o.plan_id, o.billing_email, o.created_at, \
                            o.updated_at, m.role \
                     FROM memberships m JOIN organisations o ON o.id = m.organisation_id \
                     WHERE m.organisation_id = $1 AND m.user_id = $2",
                    [user.into()],
                )
                .one(tx.db())
                .await
                .stored()?
                .ok_or_else(not_a_member)?;
            // The membership may have ended since; the foreign key knows.
            tx.activate(user, tenant)
                .await
                .on_constraint(&constraint::ACTIVE_MEMBERSHIP, || {
                    SwitchOrganisationError::from(not_a_member())
                })?;
            Ok::<Organisation, SwitchOrganisationError>(organisation.try_into()?)
        })
        .await
    }

    async fn get_current_organisation(
        &self,
        caller: Caller,
        _request: GetCurrentOrganisationRequest,
    ) -> Result<GetCurrentOrganisationResponse, GetCurrentOrganisationError> {
        let tenant = self.tenant(&caller)?;
        let month = Today::at(self.now()).month();
        let current = tenant
            .read::<CurrentRow>(
                self,
                "SELECT o.id, o.name, o.plan_id, o.billing_email, o.version, o.created_at, \
                        o.updated_at, o.members, \
                        (SELECT CAST(COALESCE(SUM(d.jobs), 0) AS BIGINT) FROM usage_daily d \
                         WHERE d.organisation_id = o.id \
                           AND d.day >= $2 AND d.day < $3) AS jobs, \
                        (SELECT CAST(COALESCE(SUM(d.pages), 0) AS BIGINT) FROM usage_daily d \
                         WHERE d.organisation_id = o.id \
                           AND d.day >= $2 AND d.day < $3) AS pages \
                 FROM organisations o WHERE o.id = $1",
                [month.start.into(), month.end.into()],
            )
            .one(self.reader())
            .await
            .stored()?
            .ok_or_else(no_active_organisation)?;
        let page = Page::new(None, MEMBERS_SHOWN);
        let mut members = page_of_members(self, tenant, page).await?;
        page.cut(&mut members, |member: &MemberRow| member.user_id);
        let CurrentRow {
            organisation,
            jobs,
            pages,
        } = current;
        let e_tag = etag::of_version(organisation.version);
        let organisation::Model {
            id,
            name,
            plan_id,
            billing_email,
            version: _,
            created_at,
            updated_at,
            members: member_count,
        } = organisation;
        Ok(GetCurrentOrganisationResponse {
            e_tag,
            body: CurrentOrganisation {
                id: id.into(),
                name: name.try_into().map_err(Internal::from)?,
                plan_id: plan_id.try_into().map_err(Internal::from)?,
                role: role(&caller),
                billing_email: billing_email
                    .map(TryInto::try_into)
                    .transpose()
                    .map_err(Internal::from)?,
                created_at: Timestamp::from_micros(created_at),
                updated_at: Timestamp::from_micros(updated_at),
                member_count,
                members: members
                    .into_iter()
                    .map(Member::try_from)
                    .collect::<Result<_, _>>()?,
                usage: MonthlyUsage {
                    jobs_this_month: jobs,
                    pages_crawled_this_month: pages,
                },
            },
        })
    }

    async fn update_current_organisation(
        &self,
        caller: Caller,
        request: UpdateCurrentOrganisationRequest,
    ) -> Result<UpdateCurrentOrganisationResponse, UpdateCurrentOrganisationError> {
        let UpdateCurrentOrganisationRequest { if_match, body } = request;
        let UpdateCurrentOrganisation {
            name,
            billing_email,
        } = body;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        let mut version = 0;
        let body = self
            .write(&caller, async |tx: &mut Write| {
                tx.target("organisation", OrganisationId::from(tenant.organisation));
                let guard::Held {
                    mut organisation, ..
                } = guard::hold_as_admin::<UpdateCurrentOrganisationError>(tx, &caller, tenant)
                    .await?;
                let present = etag::of_version(organisation.version);
                if if_match.is_some_and(|wanted| !etag::matches(&wanted, &present)) {
                    return Err(PreconditionFailed::new(
                        "The organisation has changed since you read it.",
                    )
                    .into());
                }
                if let Some(name) = name {
                    organisation.name = name.into();
                }
                match billing_email {
                    Field::Absent => {}
                    Field::Null => organisation.billing_email = None,
                    Field::Value(address) => organisation.billing_email = Some(address.into()),
                }
                let organisation = tx.change_organisation(organisation).await?;
                version = organisation.version;
                let role = caller.identity.role.map(Role::from);
                Ok::<Organisation, UpdateCurrentOrganisationError>(
                    OrganisationRow::seen_as(organisation, role).try_into()?,
                )
            })
            .await?;
        Ok(UpdateCurrentOrganisationResponse {
            e_tag: etag::of_version(version),
            body,
        })
    }

    async fn delete_current_organisation(
        &self,
        caller: Caller,
        _request: DeleteCurrentOrganisationRequest,
    ) -> Result<(), DeleteCurrentOrganisationError> {
        guard::user(&caller)?;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("organisation", OrganisationId::from(tenant.organisation));
            guard::hold_as_admin::<DeleteCurrentOrganisationError>(tx, &caller, tenant).await?;
            tx.leave_remnants(tenant).await?;
            // Everything that belongs to it goes with it, by foreign keys; the
            // audit log stays.
            tenant
                .delete::<organisation::Entity>()
                .exec(tx.db())
                .await
                .stored()?;
            Ok(())
        })
        .await
    }

    async fn leave_organisation(
        &self,
        caller: Caller,
        _request: LeaveOrganisationRequest,
    ) -> Result<(), LeaveOrganisationError> {
        let user = guard::user(&caller)?;
        let tenant = self.tenant(&caller)?;
        self.write(&caller, async |tx: &mut Write| {
            tx.target("organisation", OrganisationId::from(tenant.organisation));
            tx.lock(tenant).await?.ok_or_else(no_active_organisation)?;
            tx.part_with(tenant, user, None, no_active_organisation)
                .await
        })
        .await
    }
}

/// The organisations of a user, whose own memberships stand in for the tenant.
async fn organisations_of(
    store: &Store,
    user: Uuid,
    page: Page,
) -> Result<Vec<OrganisationRow>, Internal> {
    Rows::<OrganisationRow>::of(
        "SELECT o.id, o.name, o.plan_id, o.billing_email, o.created_at, o.updated_at, m.role \
         FROM memberships m JOIN organisations o ON o.id = m.organisation_id \
         WHERE m.user_id = $1 AND m.organisation_id > $2 \
         ORDER BY m.organisation_id LIMIT $3",
        [user.into(), page.after().into(), page.rows().into()],
    )
    .all(store.reader())
    .await
    .stored()
}

/// The organisation of its own key.
async fn own_organisation(
    store: &Store,
    tenant: Tenant,
    page: Page,
) -> Result<Vec<OrganisationRow>, Internal> {
    let found = tenant
        .find::<organisation::Entity>()
        .filter(organisation::Column::Id.gt(page.after()))
        .all(store.reader())
        .await
        .stored()?;
    Ok(found
        .into_iter()
        .map(|organisation| OrganisationRow::seen_as(organisation, None))
        .collect())
}

impl Write {
    /// Creates an organisation on the plan that is wanted if that is on offer, else
    /// on the first active one of the price list, with its first admin, who works in
    /// it from now on.
    pub(crate) async fn create_organisation(
        &self,
        admin: Uuid,
        name: String,
        wanted: Option<&str>,
    ) -> Result<organisation::Model, Internal> {
        let plan = shared::<plan::Entity>()
            .filter(plan::Column::Active.eq(true))
            .order_by_desc(plan::Column::Id.eq(wanted.unwrap_or_default()))
            .order_by_asc(plan::Column::Position)
            .one(self.db())
            .await
            .stored()?
            .ok_or_else(|| Internal::new("there is no active plan"))?;
        let now = self.now().micros();
        let organisation = organisation::Model {
            id: self.new_id(),
            name,
            plan_id: plan.id,
            billing_email: None,
            version: 1,
            created_at: now,
            updated_at: now,
            members: 0,
        };
        self.insert(organisation.clone()).await.stored()?;
        let tenant = Tenant {
            organisation: organisation.id,
        };
        self.name_in_addresses(tenant, &organisation.name).await?;
        self.join(tenant, admin, Role::Admin).await.stored()?;
        self.own(tenant, admin).await?;
        self.activate(admin, tenant).await.stored()?;
        Ok(organisation)
    }

    /// Gives a new organisation its name in addresses.
    pub(crate) async fn name_in_addresses(
        &self,
        tenant: Tenant,
        name: &str,
    ) -> Result<(), Internal> {
        for slug in slug::candidates(name, tenant.organisation) {
            let inserted = self
                .db()
                .change(
                    "INSERT INTO organisation_slugs (slug, organisation_id) VALUES ($1, $2) \
                     ON CONFLICT DO NOTHING",
                    vec![slug.into(), tenant.organisation.into()],
                )
                .await
                .stored()?;
            if inserted == 1 {
                return Ok(());
            }
        }
        Err(Internal::new("both slugs of a new organisation are taken"))
    }

    /// Makes the organisation the user's active one.
    pub(crate) async fn activate(&self, user: Uuid, tenant: Tenant) -> Result<(), sea_orm::DbErr> {
        self.db()
            .change(
                "INSERT INTO active_organisations (user_id, organisation_id) VALUES ($1, $2) \
                 ON CONFLICT (user_id) DO UPDATE SET organisation_id = excluded.organisation_id",
                vec![user.into(), tenant.organisation.into()],
            )
            .await?;
        Ok(())
    }

    /// Writes the changed row of a held organisation as its next version.
    pub(super) async fn change_organisation(
        &self,
        mut organisation: organisation::Model,
    ) -> Result<organisation::Model, Internal> {
        organisation.version += 1;
        organisation.updated_at = self.now().micros();
        organisation::Entity::update(organisation.clone().into_active_model().reset_all())
            .exec(self.db())
            .await
            .stored()
    }
}

impl From<charter_contract::Role> for Role {
    fn from(role: charter_contract::Role) -> Self {
        match role {
            charter_contract::Role::Admin => Self::Admin,
            charter_contract::Role::Member => Self::Member,
        }
    }
}
