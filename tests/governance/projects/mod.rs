//! Projects.

mod create_project;
mod delete_project;
mod get_project;
mod list_projects;
mod update_project;

use charter_persistence::entity::project_member;
use sea_orm::{ActiveModelTrait as _, EntityTrait as _, IntoActiveModel as _};
use serde_json::{Value, json};
use uuid::Uuid;

use super::bare;
use crate::support::client::CallBuilder;
use crate::support::{Answer, Client, Person, World};

/// A call about the projects of an organisation.
fn call<'c>(client: &'c Client, operation: &str, organisation: &str) -> CallBuilder<'c> {
    client
        .call(operation)
        .path("organization_id", bare(organisation))
}

/// A call about one project.
fn about<'c>(
    client: &'c Client,
    operation: &str,
    organisation: &str,
    project: &str,
) -> CallBuilder<'c> {
    call(client, operation, organisation).path("id", project)
}

/// A new project, and its number.
pub(super) async fn create(client: &Client, organisation: &str, settings: &Value) -> String {
    let created = call(client, "createProject", organisation)
        .json(settings)
        .send()
        .await
        .expect(201);
    created.body["id"].to_string()
}

pub(super) async fn get(client: &Client, organisation: &str, project: &str) -> Answer {
    about(client, "getProject", organisation, project)
        .send()
        .await
}

pub(super) async fn update(
    client: &Client,
    organisation: &str,
    project: &str,
    change: &Value,
) -> Answer {
    about(client, "updateProject", organisation, project)
        .json(change)
        .send()
        .await
}

async fn delete(client: &Client, organisation: &str, project: &str) -> Answer {
    about(client, "deleteProject", organisation, project)
        .send()
        .await
}

/// The names on a list.
fn names(listed: &Answer) -> Vec<&str> {
    let results = listed.body["results"].as_array().unwrap();
    results
        .iter()
        .map(|project| project["name"].as_str().unwrap())
        .collect()
}

impl World {
    /// Gives a member access to a project, as an invite does that is accepted.
    async fn db_give_access(&self, organisation: &str, project: &str, person: &Person, level: i64) {
        let database = self.db().await;
        project_member::Model {
            project_id: project.parse().unwrap(),
            organisation_id: bare(organisation).parse().unwrap(),
            user_id: bare(&person.id).parse().unwrap(),
            level,
        }
        .into_active_model()
        .insert(&database)
        .await
        .unwrap();
        database.close().await.unwrap();
    }

    /// Who was given access to projects, by their numbers.
    async fn db_access(&self) -> Vec<(i64, Uuid)> {
        let database = self.db().await;
        #[expect(
            clippy::disallowed_methods,
            reason = "what is left of a deleted project has no organisation to begin at"
        )]
        let rows = project_member::Entity::find().all(&database).await.unwrap();
        database.close().await.unwrap();
        rows.into_iter()
            .map(|row| (row.project_id, row.user_id))
            .collect()
    }
}

/// An organisation with a project that everybody sees and one that not everybody sees,
/// and people in all positions.
struct Scene {
    ada: Person,
    acme: String,
    /// A member without more.
    mia: Person,
    /// A member with access to the private project.
    seb: Person,
    /// An admin of the private project.
    pia: Person,
    open: String,
    private: String,
}

impl World {
    async fn scene(&self) -> Scene {
        let (ada, acme) = self.organisation().await;
        let mia = self
            .joined(&ada, "Mia Member", "mia@example.com", "member")
            .await;
        let seb = self
            .joined(&ada, "Seb Sees", "seb@example.com", "member")
            .await;
        let pia = self
            .joined(&ada, "Pia Project", "pia@example.com", "member")
            .await;
        let open = create(&ada.client, &acme, &json!({"name": "Open"})).await;
        let private = create(
            &ada.client,
            &acme,
            &json!({"name": "Private", "access_control": true}),
        )
        .await;
        self.db_give_access(&acme, &private, &seb, 1).await;
        self.db_give_access(&acme, &private, &pia, 8).await;
        Scene {
            ada,
            acme,
            mia,
            seb,
            pia,
            open,
            private,
        }
    }
}
