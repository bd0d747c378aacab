//! Schemas.

use std::rc::Rc;

use super::{Direction, Form, Key, Lowering};
use crate::ir::{
    Alternative, Extra, Integer, Kind, Member, Number, Presence, Reach, Scalar, Shape, Struct,
    Text, TypeDef, TypeId, Union, UnionKind, Use, Variant,
};
use crate::names;
use crate::openapi::{Additional, CONSTRAINTS, Schema, Type};
use crate::source::{Node, Place};

/// Names of JSON Schema's string formats that stay strings, and the variants of
/// `charter_contract::Format`.
const TEXT_FORMATS: &[(&str, &str)] = &[
    ("email", "Email"),
    ("uri", "Uri"),
    ("uri-reference", "UriReference"),
    ("hostname", "Hostname"),
    ("ipv4", "Ipv4"),
    ("ipv6", "Ipv6"),
    ("password", "Password"),
];

/// Names that generated code uses without a path.
const RESERVED: &[&str] = &[
    "Box",
    "Clone",
    "Debug",
    "Default",
    "Deserializer",
    "Err",
    "MapAccess",
    "None",
    "Ok",
    "Option",
    "PartialEq",
    "Result",
    "Self",
    "Serialize",
    "Some",
    "String",
    "Vec",
];

impl Lowering<'_> {
    /// Component schemas of this document get their types first, in the order
    /// of the document.
    pub(super) fn lower_components(&mut self, source: &str) {
        for (name, at) in &self.document.schemas {
            let reference = crate::openapi::Reference {
                text: format!(
                    "#/components/schemas/{}",
                    crate::source::escape(name).replace('%', "%25")
                ),
                at: at.clone(),
            };
            let Some((key, schema)) = self.target(&reference) else {
                continue;
            };
            let reach = self.reached.get(&key).copied().unwrap_or_default();
            let is_part = [Direction::Request, Direction::Response]
                .into_iter()
                .any(|direction| self.merged.contains(&(key.clone(), direction)));
            if !reach.request && !reach.response && !is_part {
                self.report(at, format!("no operation of {source} reaches this schema"));
            }
            for direction in [Direction::Request, Direction::Response] {
                if reach.has(direction) {
                    self.component(&key, &schema, direction);
                }
            }
        }
    }

    /// The value described by `schema`. `name` is what an inline type is called.
    pub(super) fn schema(
        &mut self,
        schema: &Rc<Schema>,
        name: &str,
        direction: Direction,
    ) -> Option<Use> {
        for value in schema.examples.iter().chain(&schema.default) {
            self.expect(value, schema, direction);
        }
        if let Some(reference) = &schema.reference {
            if let Some((keyword, place)) = schema.written.first() {
                self.report(
                    place,
                    format!(
                        "`{keyword}` beside `$ref` cannot be expressed; \
                         write a component schema with both"
                    ),
                );
            }
            let (key, target) = self.target(reference)?;
            return self.component(&key, &target, direction);
        }
        if let Some(alias) = alias(schema) {
            return self.schema(&alias, name, direction);
        }
        self.inline(schema, name, direction, None)
    }

    /// The value described by a schema that others refer to.
    fn component(&mut self, key: &Key, schema: &Rc<Schema>, direction: Direction) -> Option<Use> {
        let reach = self.reached.get(key).copied().unwrap_or_default();
        let form = match direction {
            _ if !(reach.request && reach.response) => Form::Only,
            _ if !self.is_directional(key, schema) => Form::Only,
            Direction::Request => Form::Request,
            Direction::Response => Form::Response,
        };
        let cache = (key.clone(), form);
        if let Some(known) = self.uses.get(&cache) {
            return known.clone();
        }
        // One that has a type of its own is known by now, thanks to `reserve`.
        if !self.lowering.insert(cache.clone()) {
            if let Some(at) = &schema.at {
                self.report(at, "it contains itself without an object between");
            }
            return None;
        }
        let name = component_name(&key.1);
        let value = if schema.reference.is_some() || alias(schema).is_some() {
            self.schema(schema, &name, direction)
        } else {
            for value in schema.examples.iter().chain(&schema.default) {
                self.expect(value, schema, direction);
            }
            self.inline(schema, &name, direction, Some(&cache))
        };
        self.lowering.remove(&cache);
        self.uses.insert(cache, value.clone());
        value
    }

    fn inline(
        &mut self,
        schema: &Rc<Schema>,
        name: &str,
        direction: Direction,
        component: Option<&(Key, Form)>,
    ) -> Option<Use> {
        let at = schema.at.clone()?;
        let site = Site {
            name,
            direction,
            component,
            at: &at,
        };
        self.check_keywords(schema);
        if let Some(fixed) = &schema.fixed {
            let is_moment = schema.format.as_deref() == Some("date-time");
            if !is_moment {
                return Some(Use {
                    shape: Shape::Fixed {
                        path: fixed.clone(),
                        is_scalar: !matches!(schema.types.as_slice(), [Type::Object | Type::Array]),
                    },
                    nullable: schema.null,
                });
            }
        }
        if schema.stored {
            self.check_stored(schema, &site);
        }
        if let Some(prefix) = &schema.type_id {
            return self.type_id(schema, prefix, &site);
        }
        if !schema.all_of.is_empty() {
            let merged = self.merge(schema, &at)?;
            return self.object(&merged, &site);
        }
        for (list, keyword) in [(&schema.one_of, "oneOf"), (&schema.any_of, "anyOf")] {
            if !list.is_empty() {
                return self.union(schema, list, keyword, &site);
            }
        }
        // Integers with their values written down stay integers.
        let is_listed = schema.values.is_some() || schema.constant.is_some();
        if is_listed && schema.types != [Type::Integer] {
            return self.enumeration(schema, &site);
        }
        match schema.types.as_slice() {
            [] if schema.null => {
                self.report(
                    &at,
                    "a value that is always null says nothing; leave it out",
                );
                None
            }
            [] => self.any(schema, &at),
            [Type::Object] => self.object(schema, &site),
            [Type::Array] => self.array(schema, &site),
            [scalar] => {
                let scalar = self.scalar(schema, *scalar, &at)?;
                self.scalar_use(schema, scalar, &site)
            }
            _ => {
                self.report(&at, "several types at once; write `oneOf`");
                None
            }
        }
    }

    /// Each constraint must apply to the type that is written.
    fn check_keywords(&self, schema: &Schema) {
        for (keyword, place) in &schema.written {
            let Some((_, types)) = CONSTRAINTS.iter().find(|(name, _)| name == keyword) else {
                continue;
            };
            if schema.types.is_empty() {
                let composed = !schema.all_of.is_empty()
                    || !schema.one_of.is_empty()
                    || !schema.any_of.is_empty();
                if composed && types.contains(&Type::Object) {
                    continue;
                }
                self.report(place, format!("`{keyword}` needs a `type` beside it"));
            } else if !schema.types.iter().any(|one| types.contains(one)) {
                let written: Vec<_> = schema.types.iter().map(|one| one.as_str()).collect();
                self.report(
                    place,
                    format!(
                        "`{keyword}` does not apply to the type {}",
                        written.join(", ")
                    ),
                );
            }
        }
    }

    /// What is stored is an object with a type of its own, the same both ways.
    fn check_stored(&self, schema: &Schema, site: &Site<'_>) {
        let Some((key, _)) = site.component else {
            self.report(site.at, "`x-charter-stored` marks component schemas");
            return;
        };
        if schema.types != [Type::Object] || schema.properties.is_empty() {
            self.report(
                site.at,
                "`x-charter-stored` marks objects with `properties`",
            );
        }
        if self.is_directional(key, schema) {
            self.report(
                site.at,
                "what is stored is read as it was written, without `readOnly` and `writeOnly`",
            );
        }
    }

    fn any(&self, schema: &Schema, _at: &Place) -> Option<Use> {
        // Constraints without a type were reported by `check_keywords`.
        schema.written.is_empty().then(|| Use::new(Shape::Any))
    }

    fn type_id(&mut self, schema: &Schema, prefix: &str, site: &Site<'_>) -> Option<Use> {
        if schema.types != [Type::String] {
            self.report(site.at, "`x-charter-type-id` marks strings");
            return None;
        }
        if site.component.is_none() {
            self.report(site.at, "`x-charter-type-id` marks component schemas");
            return None;
        }
        let pattern = format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$");
        if schema.pattern.as_deref() != Some(&pattern) {
            self.report(
                site.at,
                format!("a TypeID `{prefix}` has `pattern: '{pattern}'`"),
            );
        }
        let id = self.reserve(schema, site)?;
        self.types[id.0].kind = Kind::Id(prefix.to_owned());
        Some(Use {
            shape: Shape::Named(id),
            nullable: schema.null,
        })
    }

    fn enumeration(&mut self, schema: &Schema, site: &Site<'_>) -> Option<Use> {
        let nodes: Vec<&Node> = schema
            .values
            .iter()
            .flatten()
            .chain(&schema.constant)
            .collect();
        let mut nullable = schema.null;
        let mut variants: Vec<Variant> = Vec::new();
        for node in nodes {
            match &node.value {
                crate::source::Value::String(value) => {
                    if variants.iter().any(|variant| variant.value == *value) {
                        self.report(&node.at, format!("`{value}` stands here twice"));
                        continue;
                    }
                    let name = names::unique(names::camel(value), "", |name| {
                        variants.iter().any(|variant| variant.name == name)
                    });
                    variants.push(Variant {
                        value: value.clone(),
                        name,
                    });
                }
                crate::source::Value::Null => nullable = true,
                _ => {
                    self.report(
                        &node.at,
                        format!("enumerations hold strings, not {}", node.kind()),
                    );
                    return None;
                }
            }
        }
        if !(schema.types.is_empty() || schema.types == [Type::String]) {
            self.report(site.at, "an enumeration has the type string");
            return None;
        }
        if variants.is_empty() {
            self.report(site.at, "an enumeration needs a value");
            return None;
        }
        let constraint = schema
            .written
            .iter()
            .find(|(keyword, _)| !matches!(*keyword, "type" | "enum" | "const"));
        if let Some((keyword, place)) = constraint {
            self.report(
                place,
                format!("`{keyword}` says nothing beside `enum` or `const`; leave it out"),
            );
        }
        let id = self.reserve(schema, site)?;
        self.types[id.0].kind = Kind::Enum(variants);
        Some(Use {
            shape: Shape::Named(id),
            nullable,
        })
    }

    fn array(&mut self, schema: &Schema, site: &Site<'_>) -> Option<Use> {
        let Some(items) = &schema.items else {
            self.report(site.at, "an array needs `items`");
            return None;
        };
        let name = format!("{}_item", site.name);
        let item = self.schema(items, &name, site.direction)?;
        Some(Use {
            shape: Shape::Array {
                item: Box::new(item),
                min_items: schema.min_items,
                max_items: schema.max_items,
                unique: schema.unique_items,
            },
            nullable: schema.null,
        })
    }

    fn object(&mut self, schema: &Rc<Schema>, site: &Site<'_>) -> Option<Use> {
        if schema.properties.is_empty() {
            for (name, place) in &schema.required {
                self.report(
                    place,
                    format!("there is no property `{name}` to be required"),
                );
            }
            let value = match &schema.additional {
                Additional::Closed | Additional::ClosedOverAll => None,
                Additional::Schema(value) => {
                    let name = format!("{}_value", site.name);
                    Some(self.schema(value, &name, site.direction)?)
                }
                Additional::Open => Some(Use::new(Shape::Any)),
                Additional::Unsaid => {
                    self.report(
                        site.at,
                        "an object without `properties`; a free-form one says \
                         `additionalProperties: true`",
                    );
                    return None;
                }
            };
            if let Some(value) = value {
                return Some(Use {
                    shape: Shape::Map {
                        value: Box::new(value),
                        min_properties: schema.min_properties,
                        max_properties: schema.max_properties,
                    },
                    nullable: schema.null,
                });
            }
        }
        if site.direction == Direction::Request && matches!(schema.additional, Additional::Unsaid) {
            self.report(
                site.at,
                "a request reaches this object, so it has to say what becomes of other members: \
                 `additionalProperties: false`",
            );
        }
        let id = self.reserve(schema, site)?;
        let mut object = Struct {
            min_properties: schema.min_properties,
            max_properties: schema.max_properties,
            ..Struct::default()
        };
        for (name, place) in &schema.required {
            if !schema.properties.iter().any(|(known, ..)| known == name) {
                self.report(
                    place,
                    format!("there is no property `{name}` to be required"),
                );
            }
        }
        let owner = self.types[id.0].name.clone();
        for (name, place, property) in &schema.properties {
            let read_only = property.read_only || self.target_flag(property, |one| one.read_only);
            let write_only =
                property.write_only || self.target_flag(property, |one| one.write_only);
            if read_only && write_only {
                self.report(
                    place,
                    "`readOnly` and `writeOnly` at once is nothing at all",
                );
                continue;
            }
            match site.direction {
                Direction::Request if read_only => {
                    object.ignored.push(name.clone());
                    continue;
                }
                Direction::Response if write_only => continue,
                _ => {}
            }
            let inline_name = format!("{owner}_{name}");
            let Some(value) = self.schema(property, &inline_name, site.direction) else {
                continue;
            };
            let required = schema.required.iter().any(|(known, _)| known == name);
            let presence = self.presence(property, &value, required, place);
            // `id` keeps its name, whether `_id` comes before or after it.
            let field = names::unique(names::field(name), "_", |field| {
                object.members.iter().any(|member| member.field == field)
                    || schema
                        .properties
                        .iter()
                        .any(|(other, ..)| other == field && other != name)
            });
            let target = self.followed(property);
            object.members.push(Member {
                name: name.clone(),
                field,
                docs: docs(property).or_else(|| docs(&target)),
                deprecated: property.deprecated,
                redact: self.is_redacted(property, &value),
                value,
                presence,
                boxed: false,
            });
        }
        let extra = match &schema.additional {
            Additional::Open => Some(Use::new(Shape::Any)),
            Additional::Schema(value) => {
                Some(self.schema(value, &format!("{owner}_extra"), site.direction)?)
            }
            Additional::Closed | Additional::ClosedOverAll | Additional::Unsaid => None,
        };
        object.extra = extra.map(|value| Extra {
            field: names::unique("extra".to_owned(), "_", |field| {
                object.members.iter().any(|member| member.field == field)
            }),
            value,
        });
        self.types[id.0].kind = Kind::Struct(object);
        Some(Use {
            shape: Shape::Named(id),
            nullable: schema.null,
        })
    }

    fn union(
        &mut self,
        schema: &Schema,
        list: &[Rc<Schema>],
        keyword: &str,
        site: &Site<'_>,
    ) -> Option<Use> {
        let other = schema.written.iter().find(|(other, _)| {
            *other != keyword && !(*other == "type" && schema.types == [Type::Object])
        });
        if let Some((other, place)) = other {
            self.report(
                place,
                format!(
                    "`{other}` beside `{keyword}` cannot be expressed; put it into each schema"
                ),
            );
            return None;
        }
        let is_null =
            |one: &Rc<Schema>| one.null && one.types.is_empty() && one.reference.is_none();
        let nullable = schema.null || list.iter().any(is_null);
        let list: Vec<_> = list.iter().filter(|one| !is_null(one)).cloned().collect();
        if let [only] = list.as_slice() {
            let value = self.schema(only, site.name, site.direction)?;
            return Some(Use { nullable, ..value });
        }
        let id = self.reserve(schema, site)?;
        let owner = self.types[id.0].name.clone();
        let mut alternatives: Vec<Alternative> = Vec::new();
        for (index, one) in list.iter().enumerate() {
            let short = match (&one.reference, &one.title) {
                (Some(reference), _) => {
                    component_name(reference.text.split('#').nth(1).unwrap_or(&reference.text))
                }
                (None, Some(title)) => title.clone(),
                (None, None) => match one.types.as_slice() {
                    [scalar] if *scalar != Type::Object => scalar.as_str().to_owned(),
                    _ => format!("option_{}", index + 1),
                },
            };
            let inline_name = format!("{owner}_{short}");
            let value = self.schema(one, &inline_name, site.direction)?;
            let name = names::unique(names::camel(&short), "", |name| {
                alternatives.iter().any(|known| known.name == name)
            });
            let tags = match &schema.discriminator {
                Some(discriminator) => self.tags(discriminator, one, &value)?,
                None => Vec::new(),
            };
            alternatives.push(Alternative {
                name,
                value,
                tags,
                boxed: false,
            });
        }
        let kind = match &schema.discriminator {
            Some(discriminator) => UnionKind::Discriminated(discriminator.property.clone()),
            None if keyword == "oneOf" => UnionKind::One,
            None => UnionKind::Any,
        };
        self.types[id.0].kind = Kind::Union(Union { kind, alternatives });
        Some(Use {
            shape: Shape::Named(id),
            nullable,
        })
    }

    /// The values of the discriminator that stand for one schema of the union.
    fn tags(
        &self,
        discriminator: &crate::openapi::Discriminator,
        schema: &Schema,
        value: &Use,
    ) -> Option<Vec<String>> {
        let at = schema.at.as_ref().unwrap_or(&discriminator.at);
        let property = &discriminator.property;
        let mut mapped = Vec::new();
        for (tag, place, target) in &discriminator.mapping {
            let text = if target.contains('/') || target.contains('#') {
                target.clone()
            } else {
                format!("#/components/schemas/{target}")
            };
            let target = self.library.resolve(&text, place)?;
            let own = schema
                .reference
                .as_ref()
                .and_then(|reference| self.library.resolve(&reference.text, &reference.at))?;
            if target.node().at == own.node().at {
                mapped.push(tag.clone());
            }
        }
        let Shape::Named(id) = value.shape else {
            self.report(at, "a discriminator tells objects apart");
            return None;
        };
        let Kind::Struct(object) = &self.types[id.0].kind else {
            self.report(at, "a discriminator tells objects apart");
            return None;
        };
        let member = object
            .members
            .iter()
            .find(|member| member.name == *property && member.presence == Presence::Required);
        let Some(member) = member else {
            self.report(
                at,
                format!("the discriminator `{property}` is not a required member of this schema"),
            );
            return None;
        };
        // What the member itself admits is the truth; a mapping has to agree.
        let admitted: Option<Vec<String>> = match member.value.shape {
            Shape::Named(id) => match &self.types[id.0].kind {
                Kind::Enum(variants) => Some(
                    variants
                        .iter()
                        .map(|variant| variant.value.clone())
                        .collect(),
                ),
                _ => None,
            },
            _ => None,
        };
        let tags = match (admitted, mapped.is_empty()) {
            (Some(admitted), true) => admitted,
            (Some(admitted), false) => {
                if let Some(tag) = mapped.iter().find(|tag| !admitted.contains(tag)) {
                    self.report(
                        &discriminator.at,
                        format!("`{tag}` leads to a schema whose `{property}` cannot be that"),
                    );
                }
                mapped
            }
            (None, false) => mapped,
            (None, true) => {
                self.report(
                    at,
                    format!(
                        "nothing says which value of `{property}` stands for this schema; \
                             give it a `const` or the discriminator a `mapping`"
                    ),
                );
                return None;
            }
        };
        Some(tags)
    }

    fn scalar(&self, schema: &Schema, kind: Type, at: &Place) -> Option<Scalar> {
        match kind {
            Type::Boolean => Some(Scalar::Boolean),
            Type::Integer => self.integer(schema, at).map(Scalar::Integer),
            Type::Number => self.number(schema, at).map(Scalar::Number),
            Type::String => self.string(schema, at),
            Type::Array | Type::Object => None,
        }
    }

    fn integer(&self, schema: &Schema, at: &Place) -> Option<Integer> {
        let format = match schema.format.as_deref() {
            None => None,
            Some("int32") => Some("int32"),
            Some("int64") => Some("int64"),
            Some(other) => {
                self.report(at, format!("integers have no format `{other}`"));
                None
            }
        };
        let whole = |number: &Option<serde_json::Number>, keyword: &str| {
            let number = number.as_ref()?;
            let whole = number.as_i64();
            if whole.is_none() {
                self.report(at, format!("`{keyword}` of an integer is a 64-bit integer"));
            }
            whole
        };
        let multiple_of = whole(&schema.multiple_of, "multipleOf");
        if multiple_of.is_some_and(|multiple_of| multiple_of <= 0) {
            self.report(at, "`multipleOf` is greater than 0");
        }
        let integer = Integer {
            values: self.listed_integers(schema, at),
            minimum: whole(&schema.minimum, "minimum"),
            maximum: whole(&schema.maximum, "maximum"),
            exclusive_minimum: whole(&schema.exclusive_minimum, "exclusiveMinimum"),
            exclusive_maximum: whole(&schema.exclusive_maximum, "exclusiveMaximum"),
            multiple_of,
            format,
        };
        let above = integer
            .exclusive_minimum
            .map(|bound| bound.saturating_add(1));
        let below = integer
            .exclusive_maximum
            .map(|bound| bound.saturating_sub(1));
        let least = integer.minimum.max(above);
        let most = [integer.maximum, below].into_iter().flatten().min();
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            self.report(at, "no integer is within these bounds");
        }
        Some(integer)
    }

    /// The integers that `enum` or `const` lists.
    fn listed_integers(&self, schema: &Schema, at: &Place) -> Vec<i64> {
        let nodes: Vec<&Node> = schema
            .values
            .iter()
            .flatten()
            .chain(&schema.constant)
            .collect();
        let mut values = Vec::new();
        let mut lists_null = false;
        for node in &nodes {
            let number = match &node.value {
                crate::source::Value::Null => {
                    lists_null = true;
                    continue;
                }
                crate::source::Value::Number(number) => number.as_i64(),
                _ => None,
            };
            match number {
                Some(value) if values.contains(&value) => {
                    self.report(&node.at, format!("`{value}` stands here twice"));
                }
                Some(value) => values.push(value),
                None => self.report(
                    &node.at,
                    format!(
                        "an enumeration of integers holds 64-bit integers, not {}",
                        node.kind()
                    ),
                ),
            }
        }
        if nodes.is_empty() {
            return values;
        }
        if values.is_empty() {
            self.report(at, "an enumeration needs a value");
        }
        if lists_null != schema.null {
            self.report(
                at,
                "null stands both in `type` and in `enum`, or in neither",
            );
        }
        let bound = schema
            .written
            .iter()
            .find(|(keyword, _)| !matches!(*keyword, "type" | "enum" | "const" | "format"));
        if let Some((keyword, place)) = bound {
            self.report(
                place,
                format!("`{keyword}` says nothing beside `enum` or `const`; leave it out"),
            );
        }
        values
    }

    fn number(&self, schema: &Schema, at: &Place) -> Option<Number> {
        let format = match schema.format.as_deref() {
            None => None,
            Some("float") => Some("float"),
            Some("double") => Some("double"),
            Some(other) => {
                self.report(at, format!("numbers have no format `{other}`"));
                None
            }
        };
        let float = |number: &Option<serde_json::Number>| {
            number.as_ref().and_then(serde_json::Number::as_f64)
        };
        if float(&schema.multiple_of).is_some_and(|multiple_of| multiple_of <= 0.0) {
            self.report(at, "`multipleOf` is greater than 0");
        }
        Some(Number {
            minimum: float(&schema.minimum),
            maximum: float(&schema.maximum),
            exclusive_minimum: float(&schema.exclusive_minimum),
            exclusive_maximum: float(&schema.exclusive_maximum),
            multiple_of: schema.multiple_of.as_ref().map(ToString::to_string),
            format,
        })
    }

    fn string(&self, schema: &Schema, at: &Place) -> Option<Scalar> {
        if let Some(pattern) = &schema.pattern
            && let Err(error) = self.patterns.get(pattern)
        {
            self.report(at, format!("`pattern` cannot be honoured: {error}"));
        }
        let own_type = match (schema.format.as_deref(), schema.content_encoding.as_deref()) {
            (Some("date-time"), None) => Some(Scalar::DateTime),
            (Some("date"), None) => Some(Scalar::Date),
            (Some("uuid"), None) => Some(Scalar::Uuid),
            (Some("binary"), None) => Some(Scalar::Binary),
            (Some("byte"), None) | (None, Some("base64")) => Some(Scalar::Base64),
            (_, Some(other)) if other != "base64" => {
                self.report(at, format!("the encoding `{other}` is not supported"));
                return None;
            }
            (Some(_), Some(_)) => {
                self.report(at, "`format` and `contentEncoding` at once");
                return None;
            }
            _ => None,
        };
        if own_type.is_none()
            && let Some(media_type) = &schema.content_media_type
        {
            self.report(
                at,
                format!("`contentMediaType: {media_type}` needs `contentEncoding: base64`"),
            );
        }
        if own_type == Some(Scalar::Base64)
            && schema.content_media_type.as_deref() == Some("application/json")
        {
            self.report(at, "base64 is decoded to JSON in query parameters only");
        }
        if let Some(scalar) = own_type {
            let lengths = schema
                .written
                .iter()
                .find(|(keyword, _)| matches!(*keyword, "minLength" | "maxLength" | "pattern"));
            if let Some((keyword, place)) = lengths {
                self.report(
                    place,
                    format!(
                        "`{keyword}` beside a format with a type of its own cannot be expressed"
                    ),
                );
            }
            return Some(scalar);
        }
        let format = match schema.format.as_deref() {
            None => None,
            Some(format) => {
                let known = TEXT_FORMATS.iter().find(|(name, _)| *name == format);
                if known.is_none() {
                    self.report(at, format!("strings have no format `{format}` here"));
                }
                known.map(|(_, variant)| *variant)
            }
        };
        if let (Some(min), Some(max)) = (schema.min_length, schema.max_length)
            && min > max
        {
            self.report(at, "no string is within these lengths");
        }
        Some(Scalar::String(Text {
            min_length: schema.min_length.filter(|length| *length > 0),
            max_length: schema.max_length,
            pattern: schema.pattern.clone(),
            format,
        }))
    }

    /// A scalar component with rules becomes a type of its own, so that the
    /// rules stay alive past the edge.
    fn scalar_use(&mut self, schema: &Schema, scalar: Scalar, site: &Site<'_>) -> Option<Use> {
        let has_rules = match &scalar {
            Scalar::String(text) => *text != Text::default(),
            Scalar::Integer(integer) => {
                *integer
                    != (Integer {
                        format: integer.format,
                        ..Integer::default()
                    })
            }
            Scalar::Number(number) => {
                *number
                    != (Number {
                        format: number.format,
                        ..Number::default()
                    })
            }
            _ => false,
        };
        let shape = if site.component.is_some() && has_rules {
            let id = self.reserve(schema, site)?;
            self.types[id.0].kind = match scalar {
                Scalar::String(text) if schema.redact => Kind::Secret(text),
                scalar => Kind::Newtype(scalar),
            };
            Shape::Named(id)
        } else {
            Shape::Scalar(scalar)
        };
        Some(Use {
            shape,
            nullable: schema.null,
        })
    }

    /// Whether a value has to be kept from logs where it stands. Secrets with a
    /// type of their own keep themselves.
    pub(super) fn is_redacted(&self, schema: &Schema, value: &Use) -> bool {
        let keeps_itself = match &value.shape {
            Shape::Named(id) => matches!(self.types[id.0].kind, Kind::Secret(_)),
            _ => false,
        };
        !keeps_itself && (schema.redact || self.followed(schema).redact)
    }

    /// Makes a named type, still without content, so that it can refer to itself.
    fn reserve(&mut self, schema: &Schema, site: &Site<'_>) -> Option<TypeId> {
        let (form, wanted) = match site.component {
            Some((_, form)) => (*form, site.name.to_owned()),
            None => (
                Form::Only,
                schema.title.clone().unwrap_or_else(|| site.name.to_owned()),
            ),
        };
        let mut name = names::camel(&wanted);
        if form == Form::Request {
            name.push_str("Input");
        }
        if RESERVED.contains(&name.as_str()) {
            self.report(
                site.at,
                format!("its type would be called {name}, which Rust needs; rename it"),
            );
            return None;
        }
        if let Some(taken) = self.names.get(&name) {
            let advice = if site.component.is_some() {
                "rename one of them"
            } else {
                "give it a `title`, or move it to the components"
            };
            self.report(
                site.at,
                format!(
                    "its type would be called {name}, as that of {}:{} is; {advice}",
                    taken.file, taken.line
                ),
            );
            return None;
        }
        self.names.insert(name.clone(), site.at.clone());
        let id = TypeId(self.types.len());
        let schema_name = match (site.component, form) {
            (Some(_), Form::Request) => format!("{}Input", site.name),
            (Some(_), _) => site.name.to_owned(),
            (None, _) => name.clone(),
        };
        self.types.push(TypeDef {
            name,
            schema_name,
            docs: docs(schema),
            deprecated: schema.deprecated,
            stored: schema.stored,
            reach: Reach::default(),
            kind: Kind::Pending,
        });
        if let Some(cache) = site.component {
            let value = Use {
                shape: Shape::Named(id),
                nullable: schema.null,
            };
            self.uses.insert(cache.clone(), Some(value));
        }
        Some(id)
    }

    /// Whether a member or parameter with this schema has to be there.
    pub(super) fn presence(
        &self,
        schema: &Schema,
        value: &Use,
        required: bool,
        at: &Place,
    ) -> Presence {
        let default = schema
            .default
            .clone()
            .or_else(|| self.followed(schema).default.clone());
        match (required, default) {
            (true, _) => Presence::Required,
            (false, Some(default)) => {
                let default = default.to_json();
                if !self.has_literal(&default, value) {
                    self.report(
                        at,
                        "a default of this type cannot be expressed; leave it out",
                    );
                }
                Presence::Default(default)
            }
            (false, None) => Presence::Optional,
        }
    }

    /// Whether the writers know how to write this value.
    fn has_literal(&self, json: &serde_json::Value, value: &Use) -> bool {
        match (&value.shape, json) {
            (_, serde_json::Value::Null) => value.nullable,
            (Shape::Scalar(scalar), _) => matches!(
                scalar,
                Scalar::Boolean | Scalar::Integer(_) | Scalar::Number(_) | Scalar::String(_)
            ),
            (Shape::Array { item, .. }, serde_json::Value::Array(items)) => {
                items.iter().all(|json| self.has_literal(json, item))
            }
            (Shape::Map { .. }, serde_json::Value::Object(members)) => members.is_empty(),
            (Shape::Named(id), _) => {
                matches!(
                    self.types[id.0].kind,
                    Kind::Enum(_) | Kind::Newtype(_) | Kind::Secret(_)
                )
            }
            _ => false,
        }
    }

    /// The schema itself, or the one that its reference or its being an alias leads to.
    pub(crate) fn followed(&self, schema: &Schema) -> Rc<Schema> {
        let mut current = Rc::new(schema.clone());
        loop {
            let next = match &current.reference {
                Some(reference) => self.target(reference).map(|(_, target)| target),
                None => alias(&current),
            };
            match next {
                Some(next) => current = next,
                None => return current,
            }
        }
    }

    fn target_flag(&self, schema: &Schema, flag: impl Fn(&Schema) -> bool) -> bool {
        schema.reference.is_some() && flag(&self.followed(schema))
    }
}

/// `allOf` with one schema and nothing beside it but texts, as older documents
/// write a reference with a description.
pub(crate) fn alias(schema: &Schema) -> Option<Rc<Schema>> {
    match schema.all_of.as_slice() {
        [only] if schema.written.len() == 1 => Some(only.clone()),
        _ => None,
    }
}

/// Where a schema stands, and what its type is called.
struct Site<'a> {
    name: &'a str,
    direction: Direction,
    component: Option<&'a (Key, Form)>,
    at: &'a Place,
}

/// Title and description as one text.
pub(super) fn docs(schema: &Schema) -> Option<String> {
    schema.description.clone().or_else(|| schema.title.clone())
}

/// The name of what stands at `pointer`: its last segment, or for a place within
/// a component all segments that are names.
fn component_name(pointer: &str) -> String {
    let segments: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
        .collect();
    let below = match segments.as_slice() {
        [components, _, rest @ ..] if components == "components" => rest,
        other => other,
    };
    below
        .iter()
        .filter(|segment| !matches!(segment.as_str(), "properties" | "items"))
        .cloned()
        .collect::<Vec<_>>()
        .join("_")
}
