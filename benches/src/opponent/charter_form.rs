//! The form on the generated route: read and checked before the implementation
//! is entered.

use std::sync::Arc;

use charter_contract::{
    Authenticator, Call, Credential, Identity, Internal, RouteTable, Runtime, async_trait, mount,
};
use charter_server::system::SystemTimer;
use poem::Route;

use self::form::applications::{ApplicationsApi, ApplyError, ApplyRequest};
use self::form::models::Receipt;
use super::unlimited::Unlimited;
use crate::Error;

mod form {
    //! What the generator makes of `openapi/form.yaml`.
    #![expect(
        dead_code,
        unreachable_pub,
        reason = "it is a crate of its own elsewhere, and more of it is used"
    )]
    include!(concat!(env!("OUT_DIR"), "/form/src/lib.rs"));
}

pub(crate) async fn router(_database: &str) -> Result<Route, Error> {
    let unlimited = Arc::new(Unlimited);
    let runtime = Runtime::new(
        Arc::new(Nobody),
        unlimited.clone(),
        unlimited,
        Arc::new(SystemTimer::default()),
        1024 * 1024,
    );
    let mut table = RouteTable::new();
    form::routes(Arc::new(Applications), runtime).add_to(&mut table);
    Ok(mount(table))
}

/// The operation is public.
struct Nobody;

#[async_trait]
impl Authenticator for Nobody {
    async fn authenticate(&self, _: Credential<'_>) -> Result<Option<Identity>, Internal> {
        Ok(None)
    }
}

struct Applications;

#[async_trait]
impl ApplicationsApi for Applications {
    async fn apply(&self, _: Call, request: ApplyRequest) -> Result<Receipt, ApplyError> {
        let application = request.body;
        Ok(Receipt {
            reference: application.reference,
            position_id: application.position_id,
            employment: application.employment,
            skills: i64::try_from(application.skills.len()).map_err(Internal::from)?,
            available_from: application.available_from,
        })
    }
}
