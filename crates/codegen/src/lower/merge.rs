//! `allOf`: one object from several.

use std::rc::Rc;

use super::Lowering;
use crate::openapi::{Additional, Schema, Type};
use crate::source::Place;

impl Lowering<'_> {
    /// The object that has the members of every schema in `allOf` and its own.
    pub(crate) fn merge(&self, schema: &Schema, at: &Place) -> Option<Rc<Schema>> {
        let mut merged = Schema {
            all_of: Vec::new(),
            types: vec![Type::Object],
            ..schema.clone()
        };
        merged.written.retain(|(keyword, _)| *keyword != "allOf");
        merged.properties = Vec::new();
        for part in &schema.all_of {
            let part = self.merge_part(part, at)?;
            if matches!(
                part.additional,
                Additional::Closed | Additional::ClosedOverAll
            ) {
                self.report(
                    part.at.as_ref().unwrap_or(at),
                    "a closed schema in `allOf` refuses the members of the others; \
                     close the outer schema with `unevaluatedProperties: false`",
                );
                return None;
            }
            self.add_properties(&mut merged, &part)?;
            merged.required.extend(part.required.iter().cloned());
            if let Additional::Schema(_) | Additional::Open = part.additional {
                merged.additional = part.additional.clone();
            }
        }
        self.add_properties(&mut merged, schema)?;
        if matches!(schema.additional, Additional::Closed) {
            self.report(
                at,
                "`additionalProperties: false` beside `allOf` refuses its members; \
                 write `unevaluatedProperties: false`",
            );
            return None;
        }
        Some(Rc::new(merged))
    }

    fn merge_part(&self, part: &Rc<Schema>, at: &Place) -> Option<Rc<Schema>> {
        let part_at = part.at.as_ref().unwrap_or(at);
        if let Some(reference) = &part.reference {
            let (_, target) = self.target(reference)?;
            return self.merge_part(&target, part_at);
        }
        if !part.all_of.is_empty() {
            return self.merge(part, part_at);
        }
        let other = part.written.iter().find(|(keyword, _)| {
            !matches!(
                *keyword,
                "type"
                    | "properties"
                    | "required"
                    | "additionalProperties"
                    | "unevaluatedProperties"
            )
        });
        if let Some((keyword, place)) = other {
            self.report(
                place,
                format!("`allOf` merges the members of objects; `{keyword}` cannot be merged"),
            );
            return None;
        }
        let is_object = match part.types.as_slice() {
            [Type::Object] => !part.null,
            [] => !part.properties.is_empty(),
            _ => false,
        };
        if !is_object {
            self.report(part_at, "`allOf` merges objects only");
            return None;
        }
        Some(part.clone())
    }

    fn add_properties(&self, merged: &mut Schema, part: &Schema) -> Option<()> {
        for (name, place, property) in &part.properties {
            if let Some((_, other, _)) = merged.properties.iter().find(|(known, ..)| known == name)
            {
                // The same definition reached twice is no contradiction.
                if other != place {
                    self.report(
                        place,
                        format!(
                            "`{name}` is defined at {}:{} as well, and `allOf` demands both",
                            other.file, other.line
                        ),
                    );
                    return None;
                }
                continue;
            }
            merged
                .properties
                .push((name.clone(), place.clone(), property.clone()));
        }
        Some(())
    }
}
