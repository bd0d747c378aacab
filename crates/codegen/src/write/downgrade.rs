//! OpenAPI 3.1 as 3.0, for generators that know nothing newer.

use serde_json::{Map, Value, json};

/// The bundled document in the words of OpenAPI 3.0.
pub(super) fn to_3_0(document: &Value) -> Value {
    let mut older = document.clone();
    let schemes = oauth_schemes(document);
    if let Value::Object(members) = &mut older {
        members.insert("openapi".into(), json!("3.0.3"));
        members.shift_remove("jsonSchemaDialect");
        members.shift_remove("webhooks");
        if let Some(Value::Object(info)) = members.get_mut("info") {
            info.shift_remove("summary");
            if let Some(Value::Object(license)) = info.get_mut("license") {
                license.shift_remove("identifier");
            }
        }
        if let Some(security) = members.get_mut("security") {
            without_scopes(security, &schemes);
        }
        if let Some(paths) = members.get_mut("paths") {
            walk(paths, &schemes);
        }
        if let Some(Value::Object(components)) = members.get_mut("components") {
            components.shift_remove("pathItems");
            for (section, values) in components.iter_mut() {
                let Value::Object(values) = values else {
                    continue;
                };
                for value in values.values_mut() {
                    if section == "schemas" {
                        schema(value);
                    } else if section != "examples" {
                        walk(value, &schemes);
                    }
                }
            }
        }
    }
    older
}

/// The names of the schemes whose requirements may list scopes in 3.0.
fn oauth_schemes(document: &Value) -> Vec<String> {
    let schemes = document
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    schemes
        .into_iter()
        .flatten()
        .filter(|(_, scheme)| {
            matches!(
                scheme.get("type").and_then(Value::as_str),
                Some("oauth2" | "openIdConnect")
            )
        })
        .map(|(name, _)| name.clone())
        .collect()
}

fn without_scopes(security: &mut Value, oauth: &[String]) {
    for requirement in security.as_array_mut().into_iter().flatten() {
        for (name, scopes) in requirement.as_object_mut().into_iter().flatten() {
            if !oauth.contains(name) {
                *scopes = json!([]);
            }
        }
    }
}

/// Everything around schemas.
fn walk(value: &mut Value, oauth: &[String]) {
    match value {
        Value::Array(items) => {
            for item in items {
                walk(item, oauth);
            }
        }
        Value::Object(members) => {
            // 3.0 has nothing beside a reference.
            if members.contains_key("$ref") {
                members.retain(|name, _| name == "$ref");
                return;
            }
            for (name, value) in members.iter_mut() {
                match name.as_str() {
                    "schema" => schema(value),
                    "security" => without_scopes(value, oauth),
                    "example" | "examples" => {}
                    _ => walk(value, oauth),
                }
            }
        }
        _ => {}
    }
}

/// A schema.
fn schema(value: &mut Value) {
    if *value == Value::Bool(true) {
        *value = json!({});
    }
    let Value::Object(members) = value else {
        return;
    };
    if let Some(reference) = members.get("$ref").cloned() {
        let others: Map<String, Value> = members
            .iter()
            .filter(|(name, _)| *name != "$ref")
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !others.is_empty() {
            *members = others;
            members.insert("allOf".into(), json!([{ "$ref": reference }]));
        }
        return;
    }
    for (name, below) in members.iter_mut() {
        match name.as_str() {
            "properties" => {
                for property in below.as_object_mut().into_iter().flatten() {
                    schema(property.1);
                }
            }
            "items" | "additionalProperties" if !below.is_boolean() => schema(below),
            "oneOf" | "anyOf" | "allOf" => {
                for one in below.as_array_mut().into_iter().flatten() {
                    schema_or_null(one);
                }
            }
            _ => {}
        }
    }
    nullable(members);
    bounds(members);
    if let Some(constant) = members.shift_remove("const") {
        let kind = match &constant {
            Value::String(_) => Some("string"),
            Value::Bool(_) => Some("boolean"),
            Value::Number(_) => Some("number"),
            _ => None,
        };
        if let Some(kind) = kind {
            members.entry("type").or_insert(json!(kind));
        }
        members.insert("enum".into(), json!([constant]));
    }
    if let Some(Value::Array(examples)) = members.shift_remove("examples")
        && let Some(first) = examples.into_iter().next()
    {
        members.insert("example".into(), first);
    }
    if members.shift_remove("contentEncoding") == Some(json!("base64")) {
        members.insert("format".into(), json!("byte"));
    }
    for newer in [
        "contentMediaType",
        "contentSchema",
        "unevaluatedProperties",
        "$comment",
    ] {
        members.shift_remove(newer);
    }
}

/// A schema of a union, among which 3.0 has no null.
fn schema_or_null(value: &mut Value) {
    if value.get("type") != Some(&json!("null")) {
        schema(value);
    }
}

fn nullable(members: &mut Map<String, Value>) {
    let mut null = false;
    if let Some(Value::Array(types)) = members.get("type") {
        null = types.contains(&json!("null"));
        let mut rest: Vec<Value> = types
            .iter()
            .filter(|one| **one != json!("null"))
            .cloned()
            .collect();
        if rest.len() == 1 {
            members.insert("type".into(), rest.remove(0));
        } else {
            members.shift_remove("type");
            let any = rest.into_iter().map(|one| json!({ "type": one })).collect();
            members.insert("anyOf".into(), Value::Array(any));
        }
    }
    for union in ["oneOf", "anyOf"] {
        let Some(Value::Array(list)) = members.get_mut(union) else {
            continue;
        };
        let before = list.len();
        list.retain(|one| one.get("type") != Some(&json!("null")));
        if list.len() == before {
            continue;
        }
        null = true;
        if let [only] = list.as_slice() {
            let only = only.clone();
            members.shift_remove(union);
            match only {
                Value::Object(inline) if !inline.contains_key("$ref") => {
                    for (name, value) in inline {
                        members.entry(name).or_insert(value);
                    }
                }
                // 3.0 ignores what stands beside a reference.
                reference => {
                    members.insert("allOf".into(), json!([reference]));
                }
            }
        }
    }
    if null {
        members.insert("nullable".into(), json!(true));
        if let Some(Value::Array(values)) = members.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
    }
}

/// `exclusiveMinimum: 3` is `minimum: 3` with `exclusiveMinimum: true`.
fn bounds(members: &mut Map<String, Value>) {
    for (bound, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        let Some(limit) = members.get(exclusive).cloned() else {
            continue;
        };
        if limit.is_number() {
            members.insert(bound.into(), limit);
            members.insert(exclusive.into(), json!(true));
        }
    }
}
