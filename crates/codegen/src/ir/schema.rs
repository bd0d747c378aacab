//! Types.

use serde_json::Value;

/// A named type's place in [`Document::types`](super::Document::types).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub(crate) usize);

/// A schema at a place where a value stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Use {
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Any,
    Scalar(Scalar),
    Array {
        item: Box<Use>,
        min_items: Option<u64>,
        max_items: Option<u64>,
        unique: bool,
    },
    Map {
        value: Box<Use>,
        min_properties: Option<u64>,
        max_properties: Option<u64>,
    },
    /// A type of the generated crate.
    Named(TypeId),
    /// A type of the run-time: `x-charter-type`.
    Fixed {
        path: String,
        is_scalar: bool,
    },
}

/// A value that is no array and no object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Boolean,
    Integer(Integer),
    Number(Number),
    String(Text),
    DateTime,
    Date,
    Uuid,
    /// `contentEncoding: base64`, `format: byte`.
    Base64,
    /// `format: binary`.
    Binary,
}

/// An integer's rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Integer {
    pub(crate) minimum: Option<i64>,
    pub(crate) maximum: Option<i64>,
    pub(crate) exclusive_minimum: Option<i64>,
    pub(crate) exclusive_maximum: Option<i64>,
    pub(crate) multiple_of: Option<i64>,
    /// `enum` or `const`; empty when every integer within the bounds is meant.
    pub(crate) values: Vec<i64>,
    pub(crate) format: Option<&'static str>,
}

/// A number's rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Number {
    pub(crate) minimum: Option<f64>,
    pub(crate) maximum: Option<f64>,
    pub(crate) exclusive_minimum: Option<f64>,
    pub(crate) exclusive_maximum: Option<f64>,
    pub(crate) multiple_of: Option<String>,
    pub(crate) format: Option<&'static str>,
}

/// A string's rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Text {
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) pattern: Option<String>,
    /// The name of a variant of `charter_contract::Format`.
    pub(crate) format: Option<&'static str>,
}

/// A named type.
#[derive(Debug)]
pub(crate) struct TypeDef {
    pub(crate) name: String,
    /// Its name in the document's components, or the one made up for it.
    pub(crate) schema_name: String,
    pub(crate) docs: Option<String>,
    pub(crate) deprecated: bool,
    /// Implementations keep it as JSON: `x-charter-stored`.
    pub(crate) stored: bool,
    pub(crate) reach: Reach,
    pub(crate) kind: Kind,
}

/// Which direction a type is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) request: bool,
    pub(crate) response: bool,
}

/// What a named type is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Reserved while its members are being looked at.
    Pending,
    Struct(Struct),
    Enum(Vec<Variant>),
    Union(Union),
    /// A scalar with rules of its own.
    Newtype(Scalar),
    /// A string that no log may show, whoever holds it.
    Secret(Text),
    /// A TypeID with this prefix.
    Id(String),
}

/// An object with known members.
#[derive(Debug, Default)]
pub(crate) struct Struct {
    pub(crate) members: Vec<Member>,
    /// `readOnly` members of a request: taken and dropped.
    pub(crate) ignored: Vec<String>,
    pub(crate) extra: Option<Extra>,
    pub(crate) min_properties: Option<u64>,
    pub(crate) max_properties: Option<u64>,
}

/// Members under other names than the known ones.
#[derive(Debug)]
pub(crate) struct Extra {
    /// The field that holds them.
    pub(crate) field: String,
    pub(crate) value: Use,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) field: String,
    pub(crate) docs: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) value: Use,
    pub(crate) presence: Presence,
    pub(crate) redact: bool,
    /// The type contains itself through this member.
    pub(crate) boxed: bool,
}

/// Whether a member or parameter has to be there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Presence {
    Required,
    Optional,
    /// What an absent one means.
    Default(Value),
}

/// One value of an enumeration.
#[derive(Debug)]
pub(crate) struct Variant {
    pub(crate) value: String,
    pub(crate) name: String,
}

/// `oneOf` and `anyOf`.
#[derive(Debug)]
pub(crate) struct Union {
    pub(crate) kind: UnionKind,
    pub(crate) alternatives: Vec<Alternative>,
}

/// How the alternative is found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum UnionKind {
    /// By this member's value.
    Discriminated(String),
    /// By trying: exactly one may match.
    One,
    /// By trying: the first that matches.
    Any,
}

/// One schema of a union.
#[derive(Debug)]
pub(crate) struct Alternative {
    pub(crate) name: String,
    pub(crate) value: Use,
    /// The discriminator's values that stand for it.
    pub(crate) tags: Vec<String>,
    pub(crate) boxed: bool,
}

impl Use {
    pub(crate) const fn new(shape: Shape) -> Self {
        Self {
            shape,
            nullable: false,
        }
    }
}
