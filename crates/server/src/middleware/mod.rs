//! What every request passes on its way in and every answer on its way out.
//! The order stands in [`crate::application`].

mod compression;
mod cors;
mod failures;
mod forwarded;
mod guard;
mod observe;
mod request_id;
mod security_headers;

pub use compression::Compression;
pub use cors::Cors;
pub use failures::Failures;
pub use forwarded::Forwarded;
pub use guard::Guard;
pub use observe::{Observe, OperationName};
pub use request_id::{Adopts, RequestIds};
pub use security_headers::SecurityHeaders;
