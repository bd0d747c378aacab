//! The way of a request through a route: credential, scopes, limits, body,
//! parameters, implementation, answer.

use std::collections::HashMap;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use poem::endpoint::{BoxEndpoint, EndpointExt as _};
use poem::http::{HeaderName, HeaderValue, Method, header};
use poem::{Endpoint, Request as HttpRequest, Response};

use crate::caller::{Authenticator, Call, Caller, Identity, Principal};
use crate::content::{self, Unread};
use crate::cx::Cx;
use crate::even_time;
use crate::failure::{Failure, Internal};
use crate::gate::{self, Closed};
use crate::idempotency::{IdempotencyKey, Replays};
use crate::incoming::{Incoming, Request};
use crate::limiter::{Decision, Limiter, Subject};
use crate::media_type;
use crate::operation::Operation;
use crate::problem::{Problem, kind};
use crate::reply::Reply;
use crate::time::Timer;

/// Endpoints by path and method, as [`poem_openapi::OpenApi::add_routes`] has
/// them.
pub type RouteTable = HashMap<String, HashMap<Method, BoxEndpoint<'static>>>;

/// The id of a request; put into its extensions by the server's outermost
/// middleware.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

impl RequestId {
    /// The id of `request`, empty when no middleware gave it one.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Arc<str> {
        request
            .extensions()
            .get::<Self>()
            .map_or_else(|| Arc::from(""), |id| id.0.clone())
    }
}

/// What generated routes run on. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    authenticator: Arc<dyn Authenticator>,
    limiter: Arc<dyn Limiter>,
    replays: Arc<dyn Replays>,
    timer: Arc<dyn Timer>,
    max_body_bytes: usize,
}

/// What the gate found out about a request.
struct Admitted {
    call: Call,
    identity: Option<Identity>,
}

impl Runtime {
    /// From its ports. `max_body_bytes` is the limit for bodies of operations
    /// that have none of their own.
    pub fn new(
        authenticator: Arc<dyn Authenticator>,
        limiter: Arc<dyn Limiter>,
        replays: Arc<dyn Replays>,
        timer: Arc<dyn Timer>,
        max_body_bytes: usize,
    ) -> Self {
        Self {
            authenticator,
            limiter,
            replays,
            timer,
            max_body_bytes,
        }
    }

    /// Adds the route of `operation` to `table`.
    pub fn route<P, R, S, E, F>(
        &self,
        table: &mut RouteTable,
        operation: &'static Operation,
        handler: impl Fn(P, R) -> F + Send + Sync + 'static,
    ) where
        P: Principal,
        R: Request,
        S: Reply,
        E: Failure,
        F: Future<Output = Result<S, E>> + Send + 'static,
    {
        let endpoint = Served {
            runtime: self.clone(),
            operation,
            handler,
            types: PhantomData,
        };
        table
            .entry(route_path(operation.path))
            .or_default()
            .insert(operation.method.clone(), endpoint.boxed());
    }

    async fn answer<P, R, S, E, F>(
        &self,
        operation: &'static Operation,
        request: HttpRequest,
        request_id: &Arc<str>,
        limits: &mut Option<Decision>,
        handler: impl Fn(P, R) -> F + Send + Sync,
    ) -> Result<Response, Problem>
    where
        P: Principal,
        R: Request,
        S: Reply,
        E: Failure,
        F: Future<Output = Result<S, E>> + Send,
    {
        let (admitted, incoming) = self.admit(operation, request, request_id, limits).await?;
        let mut cx = Cx::new();
        let read = R::read(&incoming, &mut cx).await;
        let Some(input) = read.filter(|_| cx.is_valid()) else {
            return Err(Problem::violations(cx.into_violations()));
        };
        if operation.even_time {
            let work = self.perform(admitted, input, handler);
            return even_time::evenly(&self.timer, Box::pin(work)).await;
        }
        self.perform(admitted, input, handler).await
    }

    /// Everything that comes after the request has been read.
    async fn perform<P, R, S, E, F>(
        &self,
        admitted: Admitted,
        input: R,
        handler: impl Fn(P, R) -> F + Send + Sync,
    ) -> Result<Response, Problem>
    where
        P: Principal,
        R: Request,
        S: Reply,
        E: Failure,
        F: Future<Output = Result<S, E>> + Send,
    {
        let Admitted { call, identity } = admitted;
        let operation = call.operation;
        let repeatable = repeatable(&call, identity.as_ref());
        if let Some(caller) = &repeatable
            && let Some(response) = self.replay::<S>(caller).await?
        {
            return Ok(response);
        }
        let principal = P::admit(call, identity).ok_or_else(|| {
            let accepted = gate::accepted(operation);
            Problem::new(&kind::UNAUTHORIZED, format!("Send a valid {accepted}."))
        })?;
        match handler(principal, input).await {
            Ok(reply) => Ok(reply
                .into_response(operation)
                .map_err(Internal::into_problem)?),
            Err(failure) if failure.is_replay() => match repeatable {
                Some(caller) => self
                    .replay::<S>(&caller)
                    .await?
                    .ok_or_else(|| Internal::new("the stored answer is gone").into_problem()),
                None => Err(failure.into_problem()),
            },
            Err(failure) => Err(failure.into_problem()),
        }
    }

    /// Everything that comes before the parameters are read.
    async fn admit(
        &self,
        operation: &'static Operation,
        mut request: HttpRequest,
        request_id: &Arc<str>,
        limits: &mut Option<Decision>,
    ) -> Result<(Admitted, Incoming), Problem> {
        let remote = request
            .remote_addr()
            .as_socket_addr()
            .map(std::net::SocketAddr::ip);
        let identity = if operation.security.is_empty() {
            None
        } else {
            let identity = gate::authenticate(
                &*self.authenticator,
                &*self.limiter,
                operation,
                &request,
                remote,
            )
            .await;
            match identity {
                Ok(identity) => Some(identity),
                Err(Closed::Refused(problem)) => return Err(problem),
                Err(Closed::Limited(decision)) => {
                    *limits = Some(decision);
                    return Err(limited(
                        decision,
                        "refused credentials are taken from one address",
                    ));
                }
            }
        };
        let subject = identity
            .as_ref()
            .map_or(Subject::Address(remote), |identity| {
                Subject::Credential(identity.credential)
            });
        *limits = self.limiter.count(subject, operation);
        if let Some(decision) = limits
            && !decision.allowed
        {
            return Err(limited(*decision, "requests are served"));
        }
        let body = self.body(operation, &mut request).await?;
        let idempotency = operation
            .idempotent
            .then(|| IdempotencyKey::of(&request, &body))
            .flatten();
        let call = Call {
            operation,
            request_id: request_id.clone(),
            remote,
            agent: request.headers().get(header::USER_AGENT).cloned(),
            idempotency,
        };
        Ok((Admitted { call, identity }, Incoming::new(request, body)))
    }

    /// Reads the body within its limit and checks its media type.
    async fn body(
        &self,
        operation: &'static Operation,
        request: &mut HttpRequest,
    ) -> Result<Bytes, Problem> {
        let limit = operation
            .body
            .as_ref()
            .and_then(|rule| rule.max_bytes)
            .unwrap_or(self.max_body_bytes);
        let body =
            content::read(request.take_body(), limit)
                .await
                .map_err(|unread| match unread {
                    Unread::TooLarge => Problem::new(
                        &kind::PAYLOAD_TOO_LARGE,
                        format!("The body may have at most {limit} bytes."),
                    ),
                    Unread::Broken => {
                        Problem::new(&kind::BAD_REQUEST, "The body could not be read.")
                    }
                })?;
        match &operation.body {
            Some(rule) if !body.is_empty() => media_type::check(rule, request.headers())?,
            Some(_) => {}
            None if body.is_empty() => {}
            None => {
                let mut cx = Cx::new();
                cx.violation("unknown", "the operation takes no body");
                return Err(Problem::violations(cx.into_violations()));
            }
        }
        Ok(body)
    }

    /// The stored answer of an earlier request with this key.
    async fn replay<S: Reply>(&self, caller: &Caller) -> Result<Option<Response>, Problem> {
        let Some(key) = &caller.call.idempotency else {
            return Ok(None);
        };
        let replay = self
            .replays
            .find(caller, key)
            .await
            .map_err(Internal::into_problem)?;
        let Some(replay) = replay else {
            return Ok(None);
        };
        if replay.fingerprint != key.fingerprint {
            return Err(Problem::new(
                &kind::UNPROCESSABLE_CONTENT,
                "This Idempotency-Key belongs to a request with another body.",
            ));
        }
        let operation = caller.call.operation;
        let mut response = S::repeated(operation, replay.body);
        response.headers_mut().insert(
            HeaderName::from_static("idempotency-replayed"),
            HeaderValue::from_static("true"),
        );
        Ok(Some(response))
    }
}

/// An operation at its place in the routes.
struct Served<H, P, R> {
    runtime: Runtime,
    operation: &'static Operation,
    handler: H,
    types: PhantomData<fn(P, R)>,
}

impl<H, P, R, S, E, F> Endpoint for Served<H, P, R>
where
    H: Fn(P, R) -> F + Send + Sync,
    P: Principal,
    R: Request,
    S: Reply,
    E: Failure,
    F: Future<Output = Result<S, E>> + Send + 'static,
{
    type Output = Response;

    async fn call(&self, request: HttpRequest) -> poem::Result<Response> {
        let request_id = RequestId::of(&request);
        let mut limits = None;
        let answer = self
            .runtime
            .answer(
                self.operation,
                request,
                &request_id,
                &mut limits,
                &self.handler,
            )
            .await;
        let mut response = answer.unwrap_or_else(|problem| problem.into_response(&request_id));
        if let Some(decision) = limits {
            decision.describe(response.headers_mut());
        }
        response.set_data(self.operation);
        Ok(response)
    }
}

/// 429: so many of `what` are too many.
fn limited(decision: Decision, what: &str) -> Problem {
    Problem::new(
        &kind::TOO_MANY_REQUESTS,
        format!(
            "At most {} {what} in {} seconds.",
            decision.limit, decision.window_seconds
        ),
    )
    .retry_after(u64::from(decision.reset_seconds.max(1)))
}

/// A caller for looking stored answers up, when the call carries a key.
fn repeatable(call: &Call, identity: Option<&Identity>) -> Option<Caller> {
    call.idempotency.as_ref()?;
    Some(Caller {
        call: call.clone(),
        identity: identity?.clone(),
    })
}

/// `/members/{member_id}` as poem's router has it: `/members/:member_id`. What
/// the router takes for more than itself becomes an expression that matches it.
fn route_path(path: &str) -> String {
    let mut route = String::with_capacity(path.len());
    for character in path.chars() {
        match character {
            '{' => route.push(':'),
            '}' => {}
            ':' => route.push_str("<:>"),
            '*' => route.push_str("<[*]>"),
            other => route.push(other),
        }
    }
    route
}
