//! Projects.

use charter_api_governance::models::{
    ListedProject, MembershipLevel, Project, ProjectId, ProjectList,
};
use charter_api_governance::projects::{
    CreateProjectError, CreateProjectRequest, DeleteProjectError, DeleteProjectRequest,
    GetProjectError, GetProjectRequest, ListProjectsError, ListProjectsRequest, ProjectsApi,
    UpdateProjectError, UpdateProjectRequest,
};
use charter_contract::{Caller, Forbidden, Internal, NotFound, Timestamp, async_trait, kind};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QuerySelect as _, Value};
use uuid::Uuid;

use super::level::Level;
use super::pages::{Page, Place};
use super::project_settings::{self, Head, Kept, Settings};
use crate::Store;
use crate::constraint::Stored as _;
use crate::database::{On, Reads};
use crate::entity::{Role, membership, project};
use crate::row::row;
use crate::search;
use crate::tenant::Tenant;
use crate::write::Write;

/// The level in `project_members` of those who change a project.
const PROJECT_ADMIN: i64 = 8;

/// Projects that the caller sees. `$2` is the user; null, it is a key of the organisation.
macro_rules! seen {
    () => {
        "FROM projects p \
         LEFT JOIN memberships m ON m.organisation_id = p.organisation_id AND m.user_id = $2 \
         LEFT JOIN project_members g ON g.project_id = p.id AND g.user_id = $2 \
         WHERE p.organisation_id = $1 \
           AND ($2 IS NULL OR m.role = 'admin' OR g.user_id IS NOT NULL \
                OR (m.user_id IS NOT NULL AND NOT p.access_control))"
    };
}

/// Those with `$3` in the name.
macro_rules! found {
    () => {
        concat!(seen!(), " AND p.name_search LIKE $3 ESCAPE '\\'")
    };
}

const PAGE: &str = concat!(
    "SELECT p.id, p.name, p.is_demo, p.timezone, p.access_control, \
            p.completed_snippet_onboarding, p.created_at, p.updated_at, \
            COUNT(*) OVER () AS count ",
    found!(),
    " ORDER BY p.id LIMIT $4 OFFSET $5"
);

const COUNT: &str = concat!("SELECT COUNT(*) AS count ", found!());

const ONE: &str = concat!(
    "SELECT p.name, p.is_demo, p.timezone, p.access_control, p.completed_snippet_onboarding, \
            p.settings, p.created_at, p.updated_at, m.role, g.level, \
            EXISTS (SELECT 1 FROM owners w \
                    WHERE w.organisation_id = $1 AND w.user_id = $2) AS owns ",
    seen!(),
    " AND p.id = $3"
);

row! {
    struct ListedRow {
        id: i64,
        name: String,
        is_demo: bool,
        timezone: String,
        access_control: bool,
        completed_snippet_onboarding: bool,
        created_at: i64,
        updated_at: i64,
        count: i64,
    }
}

row! {
    /// A project, and what the caller is to it.
    struct ProjectRow {
        name: String,
        is_demo: bool,
        timezone: String,
        access_control: bool,
        completed_snippet_onboarding: bool,
        settings: String,
        created_at: i64,
        updated_at: i64,
        role: Option<Role>,
        level: Option<i64>,
        owns: bool,
    }
}

row! {
    struct Made {
        id: i64,
        owns: bool,
    }
}

impl ListedRow {
    fn of(self, organization: Uuid) -> Result<ListedProject, Internal> {
        let Self {
            id,
            name,
            is_demo,
            timezone,
            access_control,
            completed_snippet_onboarding,
            created_at,
            updated_at,
            count: _,
        } = self;
        Ok(ListedProject {
            id: id.try_into()?,
            organization,
            name: name.try_into()?,
            is_demo,
            timezone: timezone.parse()?,
            access_control,
            completed_snippet_onboarding,
            created_at: Timestamp::from_micros(created_at),
            updated_at: Timestamp::from_micros(updated_at),
        })
    }
}

/// A project that the caller sees.
struct Seen {
    head: Head,
    settings: Settings,
    /// What the caller is in it; `None` for a key of the organisation, which has the
    /// rights of an admin.
    level: Option<Level>,
}

impl Seen {
    /// The project with this number, unless the caller does not see it.
    async fn find<E>(
        db: &impl Reads,
        caller: &Caller,
        tenant: Tenant,
        id: ProjectId,
    ) -> Result<Self, E>
    where
        E: From<Internal> + From<NotFound>,
    {
        let ProjectRow {
            name,
            is_demo,
            timezone,
            access_control,
            completed_snippet_onboarding,
            settings,
            created_at,
            updated_at,
            role,
            level,
            owns,
        } = tenant
            .rows::<ProjectRow>(ONE, [caller.identity.user.into(), i64::from(id).into()])
            .one(db)
            .await
            .stored()?
            .ok_or_else(no_project)?;
        let level = role.map(|role| match Level::of(role, owns) {
            Level::Member if level == Some(PROJECT_ADMIN) => Level::Admin,
            level => level,
        });
        let kept = Kept {
            name,
            is_demo,
            timezone,
            access_control,
            completed_snippet_onboarding,
            settings,
        };
        Ok(Self {
            head: Head {
                id,
                organization: tenant.organisation,
                effective_membership_level: level.map(MembershipLevel::try_from).transpose()?,
                created_at: Timestamp::from_micros(created_at),
                updated_at: Timestamp::from_micros(updated_at),
            },
            settings: kept.try_into()?,
            level,
        })
    }

    /// Holds the project until the transaction ends, so that it is changed by one after
    /// the other. Refuses those who may not.
    async fn hold<E>(tx: &Write, caller: &Caller, tenant: Tenant, id: ProjectId) -> Result<Self, E>
    where
        E: From<Internal> + From<NotFound> + From<Forbidden>,
    {
        // SQLite's write transactions exclude each other anyway. What the caller may is
        // read by a statement that begins when the row is held.
        if let On::Postgres(_) = tx.db() {
            tx.db()
                .change(
                    "SELECT id FROM projects WHERE organisation_id = $1 AND id = $2 FOR UPDATE",
                    vec![tenant.organisation.into(), i64::from(id).into()],
                )
                .await
                .stored()?;
        }
        let seen = Self::find::<E>(tx.db(), caller, tenant, id).await?;
        if seen.level == Some(Level::Member) {
            return Err(Forbidden::of(
                &kind::ADMIN_REQUIRED,
                "Only an admin of the organisation or of the project may do this.",
            )
            .into());
        }
        Ok(seen)
    }

    fn shown(self) -> Project {
        project_settings::shown(self.head, self.settings)
    }
}

#[async_trait]
impl ProjectsApi for Store {
    async fn list_projects(
        &self,
        caller: Caller,
        request: ListProjectsRequest,
    ) -> Result<ProjectList, ListProjectsError> {
        let ListProjectsRequest {
            organization_id,
            limit,
            offset,
            search: part,
        } = request;
        let tenant = self
            .seat::<ListProjectsError>(&caller, organization_id)
            .await?
            .tenant;
        let page = Page::new(limit, offset);
        let pattern = search::pattern(part.as_deref().unwrap_or_default());
        let which: [Value; 2] = [caller.identity.user.into(), pattern.into()];
        let rows = tenant
            .rows::<ListedRow>(PAGE, which.clone().into_iter().chain(page.values()))
            .all(self.reader())
            .await
            .stored()?;
        let count = match rows.first() {
            Some(row) => row.count,
            None => page.count(self, tenant.rows(COUNT, which)).await?,
        };
        let filters = part.as_deref().map(|part| ("search", part));
        let Place {
            count,
            next,
            previous,
        } = page.place(
            self,
            &caller,
            Some(organization_id),
            count,
            filters.as_slice(),
        )?;
        Ok(ProjectList {
            count,
            next,
            previous,
            results: rows
                .into_iter()
                .map(|row| row.of(organization_id))
                .collect::<Result<_, _>>()?,
        })
    }

    async fn create_project(
        &self,
        caller: Caller,
        request: CreateProjectRequest,
    ) -> Result<Project, CreateProjectError> {
        let CreateProjectRequest {
            organization_id,
            body: settings,
            ..
        } = request;
        let seat = self
            .seat::<CreateProjectError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        self.write_at(&caller, seat, async |tx: &mut Write| {
            seat.hold_as_admin::<CreateProjectError>(tx, &caller)
                .await?;
            tx.recipients_are_members::<CreateProjectError>(seat.tenant, &settings)
                .await?;
            let user = caller.identity.user;
            let Made { id, owns } = tx.insert_project(seat.tenant, user, &settings).await?;
            tx.target("project", id);
            let level = user.map(|_| Level::of(Role::Admin, owns));
            let head = Head {
                id: id.try_into().map_err(Internal::from)?,
                organization: organization_id,
                effective_membership_level: level.map(MembershipLevel::try_from).transpose()?,
                created_at: tx.now(),
                updated_at: tx.now(),
            };
            Ok::<Project, CreateProjectError>(project_settings::shown(head, settings))
        })
        .await
    }

    async fn get_project(
        &self,
        caller: Caller,
        request: GetProjectRequest,
    ) -> Result<Project, GetProjectError> {
        let GetProjectRequest {
            organization_id,
            id,
        } = request;
        let tenant = self
            .seat::<GetProjectError>(&caller, organization_id)
            .await?
            .tenant;
        let seen = Seen::find::<GetProjectError>(self.reader(), &caller, tenant, id).await?;
        Ok(seen.shown())
    }

    async fn update_project(
        &self,
        caller: Caller,
        request: UpdateProjectRequest,
    ) -> Result<Project, UpdateProjectError> {
        let UpdateProjectRequest {
            organization_id,
            id,
            body: change,
        } = request;
        let seat = self
            .seat::<UpdateProjectError>(&caller, organization_id)
            .await?;
        self.write_at(&caller, seat, async |tx: &mut Write| {
            tx.target("project", i64::from(id));
            let mut seen = Seen::hold::<UpdateProjectError>(tx, &caller, seat.tenant, id).await?;
            let names_recipients = !change.conversations_settings.is_absent();
            project_settings::change(&mut seen.settings, change);
            if names_recipients {
                tx.recipients_are_members::<UpdateProjectError>(seat.tenant, &seen.settings)
                    .await?;
            }
            tx.change_project(seat.tenant, id, &seen.settings).await?;
            seen.head.updated_at = tx.now();
            Ok::<Project, UpdateProjectError>(seen.shown())
        })
        .await
    }

    async fn delete_project(
        &self,
        caller: Caller,
        request: DeleteProjectRequest,
    ) -> Result<(), DeleteProjectError> {
        let DeleteProjectRequest {
            organization_id,
            id,
        } = request;
        let seat = self
            .seat::<DeleteProjectError>(&caller, organization_id)
            .await?;
        self.write_at(&caller, seat, async |tx: &mut Write| {
            tx.target("project", i64::from(id));
            Seen::hold::<DeleteProjectError>(tx, &caller, seat.tenant, id).await?;
            // Access that was given to it goes with it, by foreign keys.
            seat.tenant
                .delete::<project::Entity>()
                .filter(project::Column::Id.eq(i64::from(id)))
                .exec(tx.db())
                .await
                .stored()?;
            Ok(())
        })
        .await
    }
}

impl Write {
    /// Makes a project, by this user.
    async fn insert_project(
        &self,
        tenant: Tenant,
        user: Option<Uuid>,
        settings: &Settings,
    ) -> Result<Made, Internal> {
        let now = self.now().micros();
        let values = columns(settings)?
            .into_iter()
            .chain([now.into(), now.into(), user.into()]);
        tenant
            .rows::<Made>(
                "INSERT INTO projects (organisation_id, name, name_search, is_demo, timezone, \
                     access_control, completed_snippet_onboarding, settings, created_at, \
                     updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
                 RETURNING id, EXISTS (SELECT 1 FROM owners w \
                     WHERE w.organisation_id = $1 AND w.user_id = $11) AS owns",
                values,
            )
            .one(self.db())
            .await
            .stored()?
            .ok_or_else(|| Internal::new("a row was inserted and not returned"))
    }

    /// Gives a project other settings.
    async fn change_project(
        &self,
        tenant: Tenant,
        id: ProjectId,
        settings: &Settings,
    ) -> Result<(), Internal> {
        let mut values = vec![tenant.organisation.into()];
        values.extend(columns(settings)?);
        values.extend([self.now().micros().into(), i64::from(id).into()]);
        self.db()
            .change(
                "UPDATE projects SET name = $2, name_search = $3, is_demo = $4, timezone = $5, \
                     access_control = $6, completed_snippet_onboarding = $7, settings = $8, \
                     updated_at = $9 \
                 WHERE organisation_id = $1 AND id = $10",
                values,
            )
            .await
            .stored()?;
        Ok(())
    }

    /// Refuses settings that would tell others than members of new messages.
    async fn recipients_are_members<E>(&self, tenant: Tenant, settings: &Settings) -> Result<(), E>
    where
        E: From<Internal> + From<NotFound>,
    {
        let recipients = settings
            .conversations_settings
            .as_ref()
            .and_then(|conversations| conversations.notification_recipients.as_deref())
            .unwrap_or_default();
        if recipients.is_empty() {
            return Ok(());
        }
        let members: Vec<Uuid> = tenant
            .find::<membership::Entity>()
            .select_only()
            .column(membership::Column::UserId)
            .filter(membership::Column::UserId.is_in(recipients.iter().copied()))
            .into_tuple()
            .all(self.db())
            .await
            .stored()?;
        let strangers: Vec<String> = recipients
            .iter()
            .filter(|recipient| !members.contains(recipient))
            .map(Uuid::to_string)
            .collect();
        if strangers.is_empty() {
            return Ok(());
        }
        let named = strangers.join(", ");
        Err(NotFound::new(format!("The organisation has no member {named}.")).into())
    }
}

/// The columns that hold settings, from `name` to `settings`.
fn columns(settings: &Settings) -> Result<[Value; 7], Internal> {
    let Kept {
        name,
        is_demo,
        timezone,
        access_control,
        completed_snippet_onboarding,
        settings,
    } = settings.try_into()?;
    let name_search = search::name(&name);
    Ok([
        name.into(),
        name_search.into(),
        is_demo.into(),
        timezone.into(),
        access_control.into(),
        completed_snippet_onboarding.into(),
        settings.into(),
    ])
}

fn no_project() -> NotFound {
    NotFound::new("The organisation has no project with this id.")
}
