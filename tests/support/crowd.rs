//! More members than one would invite.

use charter_api_organisations::models::OrganisationId;
use charter_contract::{Clock as _, TypeId as _};
use charter_persistence::Address;
use charter_persistence::entity::{Role, membership, organisation, user};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};
use uuid::Uuid;

use super::World;

#[expect(
    clippy::disallowed_methods,
    reason = "the world looks at the database past the service and its tenants"
)]
impl World {
    /// Adds so many members to an organisation at once.
    pub async fn db_crowd(&self, organisation: &str, count: u128) {
        let organisation_id = Uuid::from(OrganisationId::parse(organisation).unwrap());
        let now = self.clock.now().micros();
        // Ids behind those of everybody else in this world.
        let id = |number: u128| Uuid::from_u128((0x7fff << 112) | number);
        let email = |number: u128| format!("member{number}@example.com");
        let name = |number: u128| format!("Member {number}");
        let users = (1..=count).map(|number| {
            let email = email(number);
            user::Model {
                id: id(number),
                email_normalised: Address::of(&email).into(),
                email,
                name: name(number),
                first_name: None,
                last_name: None,
                language: user::LANGUAGE.to_owned(),
                came_as: None,
                created_at: now,
                confirmed_at: Some(now),
                last_login_at: None,
            }
            .into_active_model()
        });
        let memberships = (1..=count).map(|number| {
            membership::Model {
                organisation_id,
                user_id: id(number),
                email: email(number),
                name: name(number),
                role: Role::Member,
                joined_at: now,
                updated_at: now,
                search: format!("member {number}\n{}", email(number)),
            }
            .into_active_model()
        });
        let database = self.database.connect().await;
        user::Entity::insert_many(users)
            .exec_without_returning(&database)
            .await
            .unwrap();
        membership::Entity::insert_many(memberships)
            .exec_without_returning(&database)
            .await
            .unwrap();
        organisation::Entity::update_many()
            .col_expr(
                organisation::Column::Members,
                Expr::col(organisation::Column::Members).add(i64::try_from(count).unwrap()),
            )
            .filter(organisation::Column::Id.eq(organisation_id))
            .exec(&database)
            .await
            .unwrap();
        database.close().await.unwrap();
    }
}
