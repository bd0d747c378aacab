//! The headers that the run time gives to problems, as the documents describe them.

use crate::schema::{Describe, IntegerSchema, StringSchema, integer, string};

/// A header that each problem of some status has.
pub(crate) struct ProblemHeader {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) schema: &'static dyn Describe,
}

static CHALLENGE: StringSchema = string()
    .min_length(6)
    .max_length(256)
    .pattern("^(Bearer|ApiKey)( |$)");
static SECONDS: IntegerSchema = integer().minimum(0).maximum(86400).int32();
static POLICY: StringSchema = string()
    .min_length(1)
    .max_length(256)
    .pattern("^\"[a-z-]+\";q=[0-9]+;w=[0-9]+$");
static LIMIT: StringSchema = string()
    .min_length(1)
    .max_length(256)
    .pattern("^\"[a-z-]+\";r=[0-9]+;t=[0-9]+$");

/// RFC 9110 section 11.6.1.
pub(crate) const WWW_AUTHENTICATE: ProblemHeader = ProblemHeader {
    name: "WWW-Authenticate",
    description: "The scheme to authenticate with: `Bearer` as RFC 6750 defines it, or `ApiKey` \
                  for the header `X-Api-Key`.",
    schema: &CHALLENGE,
};

/// RFC 9110 section 10.2.3.
pub(crate) const RETRY_AFTER: ProblemHeader = ProblemHeader {
    name: "Retry-After",
    description: "Seconds to wait before the request may be tried again.",
    schema: &SECONDS,
};

/// draft-ietf-httpapi-ratelimit-headers.
pub(crate) const RATE_LIMIT_POLICY: ProblemHeader = ProblemHeader {
    name: "RateLimit-Policy",
    description: "The limit, `q` requests in `w` seconds.",
    schema: &POLICY,
};

/// draft-ietf-httpapi-ratelimit-headers.
pub(crate) const RATE_LIMIT: ProblemHeader = ProblemHeader {
    name: "RateLimit",
    description: "What is left of the limit, `r`, and the seconds until it is whole again, `t`, \
                  as draft-ietf-httpapi-ratelimit-headers lays it out.",
    schema: &LIMIT,
};
