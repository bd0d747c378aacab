//! Models as the generator writes them, in fewer lines.

/// Declares a struct, and how it is read and described. A line is
/// `presence field: Type, "name", SchemaType = schema;` where the presence is
/// `required`, `optional` (an `Option`), `nullable` (a `Field`) or `default(v)`.
macro_rules! model {
    (
        $name:ident ignoring [$($ignored:literal),*] {
            $($presence:ident $(($default:expr))? $field:ident: $type:ty, $text:literal, $schema_type:ty = $schema:expr;)*
        }
    ) => {
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        pub(crate) struct $name {
            $(#[serde(rename = $text)] pub(crate) $field: $type,)*
        }

        const _: () = {
            use charter_contract::{Cx, Decode, Describe, Member, Members, Model, Schema, Slot, object};
            use serde::de::{Deserializer, MapAccess};

            #[expect(non_upper_case_globals, reason = "named as their members")]
            mod schemas {
                use super::*;

                $(pub(super) static $field: $schema_type = $schema;)*
            }

            struct Slots {
                $($field: Slot<<$schema_type as Schema>::Value>,)*
            }

            impl Default for Slots {
                fn default() -> Self {
                    Self { $($field: Slot::Absent,)* }
                }
            }

            impl<'de> Members<'de> for Slots {
                fn read<A: MapAccess<'de>>(
                    &mut self,
                    name: &str,
                    member: Member<'_, 'de, A>,
                ) -> Result<(), A::Error> {
                    match name {
                        $($text => member.decode(&schemas::$field, &mut self.$field),)*
                        $($ignored => member.ignore(),)*
                        _ => member.refuse(),
                    }
                }
            }

            impl Model for $name {
                const NAME: &'static str = stringify!($name);

                fn meta() -> poem_openapi::registry::MetaSchema {
                    charter_contract::object_meta(&[
                        $(crate::model::property!($presence, $text, schemas::$field)),*
                    ])
                }

                fn register_members(registry: &mut poem_openapi::registry::Registry) {
                    $(schemas::$field.register(registry);)*
                }
            }

            impl Decode for $name {
                fn decode<'de, D: Deserializer<'de>>(
                    input: D,
                    cx: &mut Cx,
                ) -> Result<Option<Self>, D::Error> {
                    let Some(slots) = object::<Slots, D>(input, cx)? else {
                        return Ok(None);
                    };
                    $(let $field = crate::model::finish!(cx, slots.$field, $text, $presence $(($default))?);)*
                    Ok((|| Some(Self { $($field: $field?,)* }))())
                }
            }
        };
    };
}

macro_rules! finish {
    ($cx:ident, $slot:expr, $text:literal, required) => {
        $slot.required($cx, $text)
    };
    ($cx:ident, $slot:expr, $text:literal, optional) => {
        $slot.optional()
    };
    ($cx:ident, $slot:expr, $text:literal, nullable) => {
        $slot.field()
    };
    ($cx:ident, $slot:expr, $text:literal, default($default:expr)) => {
        $slot.or_default(|| $default)
    };
}

macro_rules! property {
    (required, $text:literal, $schema:path) => {
        charter_contract::Property::required($text, &$schema)
    };
    ($other:ident, $text:literal, $schema:path) => {
        charter_contract::Property::optional($text, &$schema)
    };
}

pub(crate) use {finish, model, property};
