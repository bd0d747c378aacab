//! Plans.

use charter_api_organisations::models::{Plan, PlanList, UpdatePlan};
use charter_api_organisations::plans::{
    ListPlansError, ListPlansRequest, PlansApi, UpdatePlanError, UpdatePlanRequest,
};
use charter_contract::{Call, Caller, Conflict, Internal, NotFound, async_trait, kind};
use sea_orm::{ColumnTrait as _, QueryFilter as _, QueryOrder as _};

use super::guard;
use crate::Store;
use crate::constraint::Stored as _;
use crate::entity::plan;
use crate::tenant::shared;
use crate::write::Write;

impl TryFrom<plan::Model> for Plan {
    type Error = Internal;

    fn try_from(model: plan::Model) -> Result<Self, Internal> {
        let plan::Model {
            id,
            display_name,
            daily_page_limit,
            monthly_price_cents,
            active: _,
            position: _,
            tier: _,
            invite_limit: _,
        } = model;
        Ok(Self {
            id: id.try_into()?,
            display_name,
            daily_page_limit,
            monthly_price_cents,
        })
    }
}

#[async_trait]
impl PlansApi for Store {
    async fn update_plan(
        &self,
        caller: Caller,
        request: UpdatePlanRequest,
    ) -> Result<Plan, UpdatePlanError> {
        let UpdatePlanRequest {
            body: UpdatePlan { plan_id },
        } = request;
        let tenant = self.tenant(&caller)?;
        guard::admin(&caller)?;
        let plan_id = String::from(plan_id);
        self.write(&caller, async |tx: &mut Write| {
            tx.target("plan", &plan_id);
            let guard::Held {
                mut organisation, ..
            } = guard::hold_as_admin::<UpdatePlanError>(tx, &caller, tenant).await?;
            let plan = shared::<plan::Entity>()
                .filter(plan::Column::Id.eq(&plan_id))
                .one(tx.db())
                .await
                .stored()?
                .ok_or_else(|| NotFound::new("There is no plan with this id."))?;
            if !plan.active {
                return Err(Conflict::of(
                    &kind::PLAN_INACTIVE,
                    "This plan is not on offer any more.",
                )
                .into());
            }
            organisation.plan_id.clone_from(&plan.id);
            tx.change_organisation(organisation).await?;
            Ok::<Plan, UpdatePlanError>(plan.try_into()?)
        })
        .await
    }

    async fn list_plans(
        &self,
        _call: Call,
        _request: ListPlansRequest,
    ) -> Result<PlanList, ListPlansError> {
        let plans = shared::<plan::Entity>()
            .filter(plan::Column::Active.eq(true))
            .order_by_asc(plan::Column::Position)
            .all(self.reader())
            .await
            .stored()?;
        Ok(PlanList {
            plans: plans
                .into_iter()
                .map(Plan::try_from)
                .collect::<Result<_, _>>()?,
        })
    }
}
