//! Paths and methods.

use std::collections::HashMap;

use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Body, Endpoint, Request, Response, Route};

use crate::problem::{Problem, kind};
use crate::runtime::{RequestId, RouteTable};

/// Routes every path of `table`: HEAD is answered as GET without its content,
/// OPTIONS by `Allow`, and a method that the path lacks by 405 with `Allow`.
#[must_use]
pub fn mount(table: RouteTable) -> Route {
    let mut paths: Vec<_> = table.into_iter().collect();
    paths.sort_by(|(left, _), (right, _)| left.cmp(right));
    paths
        .into_iter()
        .fold(Route::new(), |route, (path, methods)| {
            let end = End::of(&path);
            route.at(path, Methods::new(end, methods))
        })
}

/// How a path ends. poem is not strict about a slash there; a path with one is another
/// path than the one without.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Bare,
    Slash,
}

impl End {
    fn of(path: &str) -> Self {
        if path.len() > 1 && path.ends_with('/') {
            Self::Slash
        } else {
            Self::Bare
        }
    }
}

/// The methods of one path.
struct Methods {
    end: End,
    endpoints: HashMap<Method, BoxEndpoint<'static>>,
    allow: HeaderValue,
}

impl Methods {
    fn new(end: End, endpoints: HashMap<Method, BoxEndpoint<'static>>) -> Self {
        let mut names: Vec<&str> = endpoints.keys().map(Method::as_str).collect();
        if endpoints.contains_key(&Method::GET) && !endpoints.contains_key(&Method::HEAD) {
            names.push("HEAD");
        }
        if !endpoints.contains_key(&Method::OPTIONS) {
            names.push("OPTIONS");
        }
        names.sort_unstable();
        let allow = HeaderValue::try_from(names.join(", "))
            .unwrap_or_else(|_| HeaderValue::from_static(""));
        Self {
            end,
            endpoints,
            allow,
        }
    }

    async fn head(
        &self,
        mut request: Request,
        get: &BoxEndpoint<'static>,
    ) -> poem::Result<Response> {
        request.set_method(Method::GET);
        let mut response = get.call(request).await?;
        let status = response.status();
        let content = response.take_body().into_bytes().await;
        // 204 and 304 have no content whose length could be told.
        if let Ok(content) = content
            && status != StatusCode::NO_CONTENT
            && status != StatusCode::NOT_MODIFIED
        {
            response
                .headers_mut()
                .insert(header::CONTENT_LENGTH, HeaderValue::from(content.len()));
        }
        response.set_body(Body::empty());
        Ok(response)
    }
}

impl Endpoint for Methods {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if End::of(request.uri().path()) != self.end {
            let problem = Problem::new(&kind::NOT_FOUND, "There is nothing at this path.");
            return Ok(problem.into_response(&RequestId::of(&request)));
        }
        if let Some(endpoint) = self.endpoints.get(request.method()) {
            return endpoint.call(request).await;
        }
        match (request.method(), self.endpoints.get(&Method::GET)) {
            (&Method::HEAD, Some(get)) => self.head(request, get).await,
            (&Method::OPTIONS, _) => Ok(Response::builder()
                .status(StatusCode::NO_CONTENT)
                .header(header::ALLOW, self.allow.clone())
                .finish()),
            (method, _) => {
                let problem = Problem::new(
                    &kind::METHOD_NOT_ALLOWED,
                    format!("There is no {method} here."),
                )
                .with_header(header::ALLOW, self.allow.clone());
                Ok(problem.into_response(&RequestId::of(&request)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use poem::endpoint::{EndpointExt as _, make_sync};
    use poem::http::{Method, StatusCode, Uri};
    use poem::{Endpoint as _, Request, Response};

    use super::mount;
    use crate::runtime::RouteTable;

    #[tokio::test]
    async fn a_path_ends_as_it_is_written() {
        let mut table = RouteTable::new();
        for path in ["/with/", "/with/:id/", "/without", "/without/:id"] {
            let endpoint = make_sync(|_| Response::default()).boxed();
            table.insert(path.into(), HashMap::from([(Method::GET, endpoint)]));
        }
        let application = mount(table);
        for (path, status) in [
            ("/with/", StatusCode::OK),
            ("/with", StatusCode::NOT_FOUND),
            ("/with/7/", StatusCode::OK),
            ("/with/7", StatusCode::NOT_FOUND),
            ("/without", StatusCode::OK),
            ("/without/", StatusCode::NOT_FOUND),
            ("/without/7", StatusCode::OK),
            ("/without/7/", StatusCode::NOT_FOUND),
        ] {
            let request = Request::builder().uri(Uri::from_static(path)).finish();
            let status_of = application.get_response(request).await.status();
            assert_eq!(status_of, status, "{path}");
        }
    }
}
