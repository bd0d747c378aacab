//! How parameters describe themselves to poem-openapi.

use poem_openapi::ParameterStyle;
use poem_openapi::registry::{MetaOperationParam, MetaParamIn, MetaSchema};
use serde_json::Value;

use crate::schema::Describe;
use crate::violation::Location;

/// The description of a parameter.
pub struct ParameterMeta<'a> {
    pub(crate) meta: MetaOperationParam,
    pub(crate) schema: &'a dyn Describe,
}

impl<'a> ParameterMeta<'a> {
    /// A parameter that may be left out.
    #[must_use]
    pub fn optional(location: Location, name: &str, schema: &'a dyn Describe) -> Self {
        Self {
            meta: MetaOperationParam {
                name: name.to_owned(),
                schema: schema.meta(),
                in_type: match location {
                    Location::Path => MetaParamIn::Path,
                    Location::Header => MetaParamIn::Header,
                    Location::Cookie => MetaParamIn::Cookie,
                    Location::Query | Location::Body => MetaParamIn::Query,
                },
                description: None,
                required: false,
                deprecated: false,
                explode: matches!(location, Location::Query | Location::Cookie),
                style: None,
            },
            schema,
        }
    }

    /// A parameter that must be there.
    #[must_use]
    pub fn required(location: Location, name: &str, schema: &'a dyn Describe) -> Self {
        let mut parameter = Self::optional(location, name, schema);
        parameter.meta.required = true;
        parameter
    }

    /// Its description.
    #[must_use]
    pub fn description(mut self, description: &str) -> Self {
        self.meta.description = Some(description.to_owned());
        self
    }

    /// What an absent one means.
    #[must_use]
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        let mut meta = MetaSchema::ANY;
        meta.default = Some(value.into());
        self.meta.schema = self.meta.schema.merge(meta);
        self
    }

    /// `explode: false` in a style.
    #[must_use]
    pub fn delimited(mut self, style: ParameterStyle) -> Self {
        self.meta.style = Some(style);
        self.meta.explode = false;
        self
    }

    /// `style: deepObject`.
    #[must_use]
    pub fn deep_object(mut self) -> Self {
        self.meta.style = Some(ParameterStyle::DeepObject);
        self
    }

    /// Not to be used any more.
    #[must_use]
    pub fn deprecated(mut self) -> Self {
        self.meta.deprecated = true;
        self
    }
}

impl std::fmt::Debug for ParameterMeta<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.meta.fmt(formatter)
    }
}
