//! Pages and documents that are the server's own.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use charter_contract::kind;
use charter_server::docs::Docs;
use charter_server::documents;
use charter_server::link_pages::LinkPages;
use charter_server::openapi::Documents;
use charter_server::problems::Problems;
use charter_server::resource::Resource;
use charter_server::service::Question;
use poem::http::{Method, StatusCode, Uri};
use poem::{Endpoint, Request, Response};
use serde_json::Value;

fn get(path: &str) -> poem::RequestBuilder {
    Request::builder().uri(path.parse::<Uri>().unwrap())
}

async fn text(response: Response) -> String {
    response.into_body().into_string().await.unwrap()
}

#[tokio::test]
async fn the_documentation_page_names_every_document_and_only_this_server() {
    let docs = Resource(Docs::new().unwrap());
    let page = docs.get_response(get("/docs/").finish()).await;
    assert_eq!(page.content_type(), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap().to_owned();
    for directive in [
        "default-src 'none'",
        "script-src 'self';",
        "connect-src 'self'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    let page = text(page).await;
    assert!(page.contains("<title>Charter API</title>"), "{page}");
    // Every file that the page names is there, and none is elsewhere.
    let files: Vec<_> = page
        .split(['"'])
        .filter(|part| part.ends_with(".js") || part.ends_with(".css") || part.ends_with(".png"))
        .collect();
    assert!(files.len() >= 6, "{page}");
    for file in files {
        let path = format!("/docs/{}", file.trim_start_matches("./"));
        let response = docs.get_response(get(&path).finish()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
    }
    let setup = docs
        .get_response(get("/docs/swagger-initializer.js").finish())
        .await;
    let setup = text(setup).await;
    let all = documents::all();
    assert_eq!(documents::listed().count(), all.len());
    for (document, (title, address)) in all.iter().zip(documents::listed()) {
        let json: Value = serde_json::from_str(&document.json).unwrap();
        assert_eq!(json["info"]["title"], title);
        assert_eq!(address, format!("/openapi/{}.json", document.name));
        assert!(setup.contains(address), "{setup}");
        assert!(setup.contains(title), "{setup}");
    }
    assert!(setup.contains(r#""validatorUrl": "none""#), "{setup}");
    assert!(!setup.contains("http"), "{setup}");
}

#[tokio::test]
async fn the_page_moves_to_its_folder_and_misses_other_files() {
    let docs = Resource(Docs::new().unwrap());
    let moved = docs.get_response(get("/docs").finish()).await;
    assert_eq!(moved.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(moved.header("location"), Some("/docs/"));
    let root = docs.get_response(get("/").finish()).await;
    assert_eq!(root.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(root.header("location"), Some("/docs/"));
    for path in [
        "/docs/nothing.js",
        "/docs/../index.html",
        "/docs/index.html/",
    ] {
        let response = docs.get_response(get(path).finish()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn documents_are_served_in_all_forms_and_revalidated() {
    let served = documents::all();
    let endpoint = Resource(Documents::default());
    for document in &served {
        let name = document.name;
        for (path, media_type, expected) in [
            (
                format!("/openapi/{name}.json"),
                "application/json",
                &document.json,
            ),
            (
                format!("/openapi/{name}.yaml"),
                "application/yaml",
                &document.yaml,
            ),
            (
                format!("/openapi/3.0/{name}.json"),
                "application/json",
                &document.json_3_0,
            ),
        ] {
            let response = endpoint.get_response(get(&path).finish()).await;
            assert_eq!(response.content_type(), Some(media_type), "{path}");
            assert_eq!(response.header("cache-control"), Some("no-cache"), "{path}");
            let tag = response.header("etag").unwrap().to_owned();
            assert_eq!(text(response).await, **expected, "{path}");

            let again = get(&path)
                .header("if-none-match", format!("\"x\", {tag}"))
                .finish();
            let again = endpoint.get_response(again).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(again.header("etag"), Some(tag.as_str()), "{path}");
            assert_eq!(text(again).await, "");
            let other = get(&path).header("if-none-match", "W/\"other\"").finish();
            assert_eq!(
                endpoint.get_response(other).await.status(),
                StatusCode::OK,
                "{path}"
            );
        }
        let json: Value = serde_json::from_str(&document.json).unwrap();
        assert!(
            json["openapi"].as_str().unwrap().starts_with("3.1"),
            "{name}"
        );
        let old: Value = serde_json::from_str(&document.json_3_0).unwrap();
        assert!(
            old["openapi"].as_str().unwrap().starts_with("3.0"),
            "{name}"
        );
    }
    let missing = endpoint
        .get_response(get("/openapi/nothing.json").finish())
        .await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

/// The pages load their own files and nothing else, and may do no more.
#[tokio::test]
async fn pages_of_links_load_what_is_there() {
    let endpoint = Resource(LinkPages);
    let mut pages = 0;
    for path in LinkPages::paths() {
        let response = endpoint.get_response(get(path).finish()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let policy = response.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let text = text(response).await;
        pages += usize::from(text.contains("<title>"));
        // References and imports, and no inline script or style.
        for file in text.split('"').filter(|part| {
            part.starts_with('/') && (part.ends_with(".js") || part.ends_with(".css"))
        }) {
            assert!(
                LinkPages::paths().any(|known| known == file),
                "{path}: {file}"
            );
        }
        assert!(
            !text.contains("<style") && !text.contains("<script>"),
            "{path}"
        );
        assert!(
            !text.contains("http://") && !text.contains("https://"),
            "{path}"
        );
    }
    assert_eq!(pages, 4);
}

/// What single sign-on sends a browser back for has words in each language.
#[tokio::test]
async fn the_sign_in_page_knows_what_can_go_wrong() {
    let endpoint = Resource(LinkPages);
    let script = endpoint.get_response(get("/signin.js").finish()).await;
    let script = text(script).await;
    for kind in [&kind::ASSERTION_REFUSED, &kind::ADDRESS_UNVERIFIED] {
        let key = format!("\"{}\":", kind.slug);
        assert_eq!(script.matches(&key).count(), 3, "{key}");
    }
}

#[tokio::test]
async fn a_resource_answers_head_and_options_and_refuses_the_rest() {
    let endpoint = Resource(Documents::default());
    let path = "/openapi/service.json";
    let full = endpoint.get_response(get(path).finish()).await;
    let tag = full.header("etag").unwrap().to_owned();
    let length = text(full).await.len().to_string();

    let head = endpoint
        .get_response(get(path).method(Method::HEAD).finish())
        .await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.header("content-length"), Some(length.as_str()));
    assert_eq!(head.header("etag"), Some(tag.as_str()));
    assert_eq!(text(head).await, "");

    let options = endpoint
        .get_response(get(path).method(Method::OPTIONS).finish())
        .await;
    assert_eq!(options.status(), StatusCode::NO_CONTENT);
    assert_eq!(options.header("allow"), Some("GET, HEAD, OPTIONS"));

    for method in [
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::TRACE,
    ] {
        let error = endpoint
            .call(get(path).method(method.clone()).finish())
            .await
            .unwrap_err();
        assert_eq!(error.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        let response = charter_contract::Problem::from_error(&error).into_response("");
        assert_eq!(
            response.header("allow"),
            Some("GET, HEAD, OPTIONS"),
            "{method}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_problem_has_its_page() {
    let endpoint = Resource(Problems);
    let list = endpoint.get_response(get("/problems").finish()).await;
    let list: Value = serde_json::from_str(&text(list).await).unwrap();
    let listed: BTreeSet<_> = list["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| kind["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed.len(), kind::ALL.len());
    for kind in kind::ALL {
        let path = format!("/problems/{}", kind.slug);
        assert!(listed.contains(&path));
        let json = endpoint.get_response(get(&path).finish()).await;
        assert_eq!(json.content_type(), Some("application/json"), "{path}");
        let json: Value = serde_json::from_str(&text(json).await).unwrap();
        assert_eq!(json["type"], path);
        assert_eq!(json["status"], kind.status);
        assert_eq!(json["title"], kind.title);
        assert_eq!(json["description"], kind.description);

        let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
        let html = endpoint
            .get_response(get(&path).header("accept", browser).finish())
            .await;
        assert_eq!(
            html.content_type(),
            Some("text/html; charset=utf-8"),
            "{path}"
        );
        assert_eq!(html.header("vary"), Some("accept"), "{path}");
        assert!(text(html).await.contains(kind.slug), "{path}");
    }
    let missing = endpoint
        .get_response(get("/problems/nothing").finish())
        .await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[test]
fn the_service_document_has_every_probe_and_says_the_same_in_3_0() {
    let all = documents::all();
    let service = all.last().unwrap();
    assert_eq!(service.name, "service");
    let json: Value = serde_json::from_str(&service.json).unwrap();
    let paths: BTreeSet<_> = json["paths"].as_object().unwrap().keys().cloned().collect();
    let probes: BTreeSet<_> = Question::ALL
        .iter()
        .map(|question| question.path().to_owned())
        .collect();
    assert_eq!(paths, probes);
    for (path, item) in json["paths"].as_object().unwrap() {
        let operation = &item["get"];
        for member in ["operationId", "summary", "description", "tags", "responses"] {
            assert!(!operation[member].is_null(), "{path} {member}");
        }
    }
    // What 3.0 would not understand.
    let old = &service.json_3_0;
    for word in ["\"const\"", "\"null\"", "\"prefixItems\"", "\"$defs\""] {
        assert!(!old.contains(word), "{word}");
    }
    references_resolve(&json, &json);
    let old: Value = serde_json::from_str(old).unwrap();
    references_resolve(&old, &old);
}

fn references_resolve(value: &Value, root: &Value) {
    match value {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Value::as_str) {
                let pointer = target.strip_prefix('#').unwrap();
                assert!(root.pointer(pointer).is_some(), "{target}");
            }
            members
                .values()
                .for_each(|member| references_resolve(member, root));
        }
        Value::Array(items) => items.iter().for_each(|item| references_resolve(item, root)),
        _ => {}
    }
}
