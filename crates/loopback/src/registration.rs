//! This server and another application, as the providers know them.

/// How the providers know this server.
pub const CLIENT: &str = "charter";
/// The secret that goes with it.
pub const SECRET: &str = "the-secret-of-charter-at-the-provider";
/// Another application, which people sign in to as well.
pub const OTHER_CLIENT: &str = "tombola";
/// The other's secret.
pub const OTHER_SECRET: &str = "the-secret-of-tombola-at-the-provider";
/// Where the providers send people back to.
pub const REDIRECTS: [&str; 2] = [
    "https://charter.example/oauth/first",
    "https://charter.example/oauth/second",
];
/// RFC 7636 has this one.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The nonce of an authorization request.
pub const NONCE: &str = "n-0S6_WzA2Mj";
