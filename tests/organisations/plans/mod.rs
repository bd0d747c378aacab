//! Plans.

mod list_plans;
mod update_plan;
