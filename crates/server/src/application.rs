//! The whole of what answers requests, from its parts.
//!
//! The binary serves it on a socket, tests call it in the same process; both
//! get everything that stands here.

use std::sync::Arc;
use std::time::Duration;

use charter_contract::{Clock, Method, Random, RouteTable, Runtime, Timer, mount};
use charter_persistence::Store;
use poem::endpoint::{BoxEndpoint, EndpointExt as _};
use poem::{Response, Route};

use crate::command::Failure;
use crate::configuration::Configuration;
use crate::docs::Docs;
use crate::documents;
use crate::invite_link::InviteLink;
use crate::limits::Limits;
use crate::link_pages::LinkPages;
use crate::metrics::Metrics;
use crate::middleware::{
    Adopts, Compression, Cors, Failures, Forwarded, Guard, Observe, RequestIds, SecurityHeaders,
};
use crate::objects::Objects;
use crate::openapi::Documents;
use crate::problems::Problems;
use crate::resource::Resource;
use crate::service::{Probe, Question};
use crate::sign_pages;

/// What answers requests.
pub type Application = BoxEndpoint<'static, Response>;

/// Puts the application together. It answers everything, also what fails: the
/// endpoint never returns an error.
pub fn application(
    store: Store,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
    random: Arc<dyn Random>,
    configuration: &Configuration,
) -> Result<Application, Failure> {
    let metrics = Arc::new(Metrics::default());
    let limits = Limits::new(configuration.rate_limit, clock.clone());
    let runtime = Runtime::new(
        Arc::new(store.clone()),
        Arc::new(limits),
        Arc::new(store.clone()),
        timer,
        usize::try_from(configuration.http.body_limit)?,
    );
    let guard = Guard::new(Duration::from_secs(configuration.http.time_limit_seconds));
    let adopts = if configuration.proxy_hops > 0 {
        Adopts::FromProxy
    } else {
        Adopts::Nothing
    };
    // The last one is the outermost: it sees the request first.
    let application = routes(store, &runtime, guard, metrics.clone())?
        .with(Failures)
        .with(Compression)
        .with(Cors::new(&configuration.cors))
        .with(SecurityHeaders)
        .with(Observe::new(metrics))
        .with(Forwarded::new(configuration.proxy_hops))
        .with(RequestIds::new(clock, random, adopts))
        .map_to_response()
        .boxed();
    Ok(application)
}

fn routes(
    store: Store,
    runtime: &Runtime,
    guard: Guard,
    metrics: Arc<Metrics>,
) -> Result<Route, Failure> {
    let mut table = RouteTable::new();
    documents::add_routes(&mut table, &store, runtime);
    sign_pages::add_routes(&mut table, &store, runtime);
    for path in LinkPages::paths() {
        let page = Resource(LinkPages).boxed();
        table
            .entry(path.to_owned())
            .or_default()
            .insert(Method::GET, page);
    }
    let table = table
        .into_iter()
        .map(|(path, methods)| {
            let guarded = methods
                .into_iter()
                .map(|(method, endpoint)| (method, endpoint.with(guard).boxed()))
                .collect();
            (path, guarded)
        })
        .collect();
    let mut route = mount(table);
    for question in Question::ALL {
        let probe = Probe::new(question, store.clone(), metrics.clone());
        route = route.at(question.path(), Resource(probe).with(guard));
    }
    let docs = Arc::new(Resource(Docs::new()?).with(guard));
    let documents = Resource(Documents::default());
    Ok(route
        .at("/", docs.clone())
        .at("/docs", docs.clone())
        .at("/docs/*file", docs)
        .at("/invite", Resource(InviteLink).with(guard))
        .at(Objects::path(), Resource(Objects(store)).with(guard))
        .at("/openapi/*document", documents.with(guard))
        .at("/problems", Resource(Problems).with(guard))
        .at("/problems/:slug", Resource(Problems).with(guard)))
}
