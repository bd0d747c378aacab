//! The documents as the service gives them out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::http;
use crate::failure::{Context, Failure, wrong};
use crate::workspace;

/// A form of OpenAPI that every document is served in.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    V3_1,
    V3_0,
}

/// The served documents, as values and as files for generators.
pub(super) struct Documents {
    folder: PathBuf,
    values: BTreeMap<String, Value>,
}

/// An operation, as far as a call needs to know it.
pub(super) struct Operation<'a> {
    pub(super) document: &'a str,
    pub(super) id: &'a str,
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    value: &'a Value,
    item: &'a Value,
    root: &'a Value,
}

impl Documents {
    /// Asks the service at `address` for all of them, and keeps them in `folder`.
    pub(super) fn fetch(address: &str, folder: PathBuf) -> Result<Self, Failure> {
        fs::create_dir_all(&folder).context(folder.display())?;
        let mut values = BTreeMap::new();
        for document in workspace::documents()? {
            let name = document.name;
            for (form, place) in [(Form::V3_1, "openapi"), (Form::V3_0, "openapi/3.0")] {
                let served = http::ask("GET", &format!("{address}/{place}/{name}.json"), None)?;
                let file = file(&folder, &name, form);
                fs::write(&file, &served.body).context(file.display())?;
                if form == Form::V3_1 {
                    let value = serde_json::from_slice(&served.body)
                        .or_else(|error| wrong(format!("{name}.json is no JSON: {error}")))?;
                    values.insert(name.clone(), value);
                }
            }
        }
        Ok(Self { folder, values })
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The file of a document.
    pub(super) fn file(&self, name: &str, form: Form) -> PathBuf {
        file(&self.folder, name, form)
    }

    /// Every operation of every document.
    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.values.iter().flat_map(|(document, root)| {
            members(&root["paths"]).flat_map(move |(path, item)| {
                members(item).filter_map(move |(method, value)| {
                    Some(Operation {
                        document,
                        id: value["operationId"].as_str()?,
                        method,
                        path,
                        value,
                        item,
                        root,
                    })
                })
            })
        })
    }

    /// The operation that a row names, such as `identity.signUp`.
    pub(super) fn operation(&self, name: &str) -> Result<Operation<'_>, Failure> {
        let found = self.operations().find(|operation| operation.name() == name);
        found.map_or_else(|| wrong(format!("no document has {name}")), Ok)
    }
}

impl Operation<'_> {
    /// `identity.signUp`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.document, self.id)
    }

    /// What a driver has to know to make this call.
    pub(super) fn call(&self) -> Map<String, Value> {
        let parameters: Vec<Value> = self
            .parameters()
            .map(|(name, place)| json!({"name": name, "in": place}))
            .collect();
        let answer = members(&self.value["responses"])
            .find(|(status, _)| status.starts_with(['2', '3']))
            .and_then(|(_, answer)| schema_name(self.content(answer)?.1));
        let Value::Object(call) = json!({
            "document": self.document,
            "tag": self.value["tags"][0],
            "operation": self.id,
            "method": self.method,
            "path": self.path,
            "parameters": parameters,
            "body_schema": self.body().and_then(|(_, schema)| schema_name(schema)),
            "answer_schema": answer,
        }) else {
            return Map::new();
        };
        call
    }

    /// Its parameters, those of its path first: name and place.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = [self.item, self.value]
            .into_iter()
            .flat_map(|of| of["parameters"].as_array().into_iter().flatten());
        parameters.filter_map(|parameter| {
            let parameter = resolve(self.root, parameter);
            Some((parameter["name"].as_str()?, parameter["in"].as_str()?))
        })
    }

    /// The statuses that it is documented to refuse with.
    pub(super) fn refusals(&self) -> BTreeSet<u16> {
        let statuses = members(&self.value["responses"]).map(|(status, _)| status);
        let numbers = statuses.filter_map(|status| status.parse().ok());
        numbers.filter(|status| *status >= 400).collect()
    }

    /// Whether its body holds a file.
    pub(super) fn takes_upload(&self) -> bool {
        self.body().is_some_and(|(media_type, schema)| {
            media_type.starts_with("multipart/")
                || media_type == "application/octet-stream"
                || resolve(self.root, schema)["format"] == "binary"
        })
    }

    /// Whether its body is a form.
    pub(super) fn sends_form(&self) -> bool {
        self.body()
            .is_some_and(|(media_type, _)| media_type.ends_with("form-urlencoded"))
    }

    /// How `sent` differs from the body `meant`. A client may write documented defaults out; what
    /// is absent stays absent, and what is null stays null.
    pub(super) fn sent(&self, meant: &Value, sent: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        let schema = self.body().map_or(&Value::Null, |(_, schema)| schema);
        differ(self.root, schema, "", meant, sent, &mut differences);
        differences
    }

    fn body(&self) -> Option<(&str, &Value)> {
        self.content(&self.value["requestBody"])
    }

    fn content<'b>(&'b self, of: &'b Value) -> Option<(&'b str, &'b Value)> {
        let (media_type, content) = members(&resolve(self.root, of)["content"]).next()?;
        Some((media_type, &content["schema"]))
    }
}

fn file(folder: &Path, name: &str, form: Form) -> PathBuf {
    match form {
        Form::V3_1 => folder.join(format!("{name}.json")),
        Form::V3_0 => folder.join(format!("{name}-3.0.json")),
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

fn resolve<'a>(root: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"]
        .as_str()
        .and_then(|name| name.strip_prefix('#'));
    reference.and_then(|at| root.pointer(at)).unwrap_or(value)
}

fn schema_name(schema: &Value) -> Option<String> {
    let name = schema["$ref"].as_str()?.rsplit('/').next()?;
    Some(name.to_owned())
}

/// The schemas of a value of `schema`: itself, and those that it is composed of.
fn schemas<'a>(root: &'a Value, schema: &'a Value, found: &mut Vec<&'a Value>) {
    let schema = resolve(root, schema);
    found.push(schema);
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            schemas(root, part, found);
        }
    }
}

fn differ(
    root: &Value,
    schema: &Value,
    at: &str,
    meant: &Value,
    sent: &Value,
    differences: &mut Vec<String>,
) {
    let mut composed = Vec::new();
    schemas(root, schema, &mut composed);
    let below = |of: &dyn Fn(&&Value) -> Value| {
        composed
            .iter()
            .map(of)
            .find(|below| !below.is_null())
            .unwrap_or_default()
    };
    match (meant, sent) {
        (Value::Object(meant), Value::Object(sent)) => {
            let property = |name: &str| below(&|schema| schema["properties"][name].clone());
            for (name, meant) in meant {
                let at = format!("{at}/{name}");
                match sent.get(name) {
                    Some(sent) => differ(root, &property(name), &at, meant, sent, differences),
                    None => differences.push(format!("{at} is not sent")),
                }
            }
            for (name, sent) in sent.iter().filter(|(name, _)| !meant.contains_key(*name)) {
                let default = property(name).get("default").cloned();
                if default.is_none_or(|default| !same(&default, sent)) {
                    differences.push(format!("{at}/{name} is sent, as {sent}"));
                }
            }
        }
        (Value::Array(meant), Value::Array(sent)) if meant.len() == sent.len() => {
            let items = below(&|schema| schema["items"].clone());
            for (index, (meant, sent)) in meant.iter().zip(sent).enumerate() {
                differ(
                    root,
                    &items,
                    &format!("{at}/{index}"),
                    meant,
                    sent,
                    differences,
                );
            }
        }
        _ if same(meant, sent) => {}
        _ => differences.push(format!("{at} is sent as {sent} instead of {meant}")),
    }
}

/// Whether two values say the same: numbers by their value, moments to the millisecond.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::String(one), Value::String(other)) => {
            one == other || {
                let (one, other) = (moment(one), moment(other));
                one.is_some() && one == other
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(name, one)| other.get(name).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// A moment in UTC: its seconds as text, and its milliseconds.
fn moment(text: &str) -> Option<(&str, String)> {
    let text = text
        .strip_suffix('Z')
        .or_else(|| text.strip_suffix("+00:00"))?;
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    if seconds.len() != "2026-01-01T00:00:00".len() || seconds.as_bytes()[10] != b'T' {
        return None;
    }
    Some((seconds, format!("{fraction:0<3.3}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{differ, same};

    #[test]
    fn moments_are_the_same_however_they_are_written() {
        let same = |one, other| same(&json!(one), &json!(other));
        assert!(same("2026-03-01T09:15:00Z", "2026-03-01T09:15:00.000Z"));
        assert!(same(
            "2026-03-01T09:15:00.120Z",
            "2026-03-01T09:15:00.12+00:00"
        ));
        assert!(!same("2026-03-01T09:15:00Z", "2026-03-01T09:15:01Z"));
        assert!(!same("2026-03-01T09:15:00Z", "2026-03-01T09:15:00+01:00"));
    }

    #[test]
    fn defaults_may_be_written_out_and_nothing_else() {
        let schema = json!({"properties": {"role": {"default": "member"}, "note": {}}});
        let differences = |meant, sent| {
            let mut found = Vec::new();
            differ(&json!({}), &schema, "", &meant, &sent, &mut found);
            found.len()
        };
        assert_eq!(differences(json!({}), json!({"role": "member"})), 0);
        assert_eq!(differences(json!({}), json!({"role": "admin"})), 1);
        assert_eq!(differences(json!({}), json!({"note": null})), 1);
        assert_eq!(differences(json!({"note": null}), json!({})), 1);
        assert_eq!(differences(json!({"note": null}), json!({"note": null})), 0);
    }
}
