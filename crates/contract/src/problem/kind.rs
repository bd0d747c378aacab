//! The kinds of problems.

use super::ProblemKind;

macro_rules! kinds {
    ($($name:ident $status:literal $slug:literal $title:literal $description:literal;)*) => {
        $(
            #[doc = $description]
            pub static $name: ProblemKind = ProblemKind {
                slug: $slug,
                title: $title,
                status: $status,
                description: $description,
            };
        )*

        /// Every kind, in the order of their statuses.
        pub static ALL: &[&ProblemKind] = &[$(&$name),*];
    };
}

kinds! {
    BAD_REQUEST 400 "invalid-request" "Invalid request"
        "The request breaks the document of the operation. The member errors lists every violation with its place and the violated keyword.";
    PASSWORD_LEAKED 400 "password-leaked" "Password leaked"
        "The password stands on lists of leaked passwords, which attackers try first. Choose another one.";
    PASSWORD_GUESSABLE 400 "password-guessable" "Password guessable"
        "The password is quickly guessed. Choose a longer one, or one that has nothing to do with its owner.";
    UNAUTHORIZED 401 "unauthorized" "Unauthorised"
        "There is no credential, or it is unknown, expired or revoked. Send a valid one.";
    SIGN_IN_REFUSED 401 "sign-in-refused" "Sign-in refused"
        "The address and the password do not belong together, there is no such account, or its address is not confirmed. Nobody is told which of these.";
    PROVIDER_REFUSED 401 "provider-refused" "Provider refused"
        "The provider does not vouch for the code or the access token: it is unknown there, used, expired, or made for another application. Send the person there again.";
    ASSERTION_REFUSED 401 "assertion-refused" "Assertion refused"
        "The response of the identity provider is not signed by it, answers no open request, is for somebody else, too old or used. Begin single sign-on anew.";
    TICKET_REFUSED 401 "ticket-refused" "Ticket refused"
        "The ticket of single sign-on is unknown, used or too old, or belongs to a sign-in that somebody else began. Begin anew.";
    PAYMENT_REQUIRED 402 "payment-required" "Not covered by the plan"
        "The plan of the organisation does not include what was asked for.";
    INVITE_QUOTA_SPENT 402 "invite-quota-spent" "Invite quota spent"
        "The plan of the organisation allows no more invites in the present month, in UTC. Wait for the next one or choose a larger plan.";
    FORBIDDEN 403 "forbidden" "Forbidden"
        "The credential is valid, but its scopes, or the role of its user, do not allow the operation; or a link is not one that this server has made. The detail names what is missing.";
    ADMIN_REQUIRED 403 "admin-required" "Admin required"
        "Only an admin of the organisation may do this.";
    USER_REQUIRED 403 "user-required" "User required"
        "Only a user can do this. The key belongs to an organisation; use the key or the session of a user.";
    OWN_ROLE 403 "own-role" "Own role"
        "Nobody can change their own role. Ask another admin.";
    OTHER_ADDRESS 403 "other-address" "Other address"
        "The invite is for another e-mail address than that of the caller.";
    ADDRESS_UNVERIFIED 403 "address-unverified" "Address unverified"
        "The provider vouches for no e-mail address of the person, or for one of a domain that is not its own. Verify the address there, or sign in another way.";
    SINGLE_SIGN_ON_REQUIRED 403 "single-sign-on-required" "Single sign-on required"
        "The organisation of the person has its people sign in with its identity provider.";
    SIGN_UP_CLOSED 403 "sign-up-closed" "Sign-up closed"
        "The server takes new accounts by invite only.";
    SESSION_REQUIRED 403 "session-required" "Session required"
        "Only a session can do this. The request came with an API key; sign in and use the token of the session.";
    DOCUMENT_SIGNED 403 "document-signed" "Document signed"
        "The legal document is signed and stays.";
    NOT_FOUND 404 "not-found" "Not found"
        "There is no such resource, or it belongs to another organisation.";
    NO_ACTIVE_ORGANISATION 404 "no-active-organisation" "No active organisation"
        "The caller has no active organisation. Switch to one or create one.";
    DOCUMENT_UNSIGNED 404 "document-unsigned" "Document unsigned"
        "The legal document is there, and the signed copy of it is not: nobody has signed it yet, or the copy is on its way.";
    METHOD_NOT_ALLOWED 405 "method-not-allowed" "Method not allowed"
        "The resource exists and does not have this method. The Allow header lists those it has.";
    NOT_ACCEPTABLE 406 "not-acceptable" "Not acceptable"
        "The operation has no answer in a media type that the Accept header takes.";
    REQUEST_TIMEOUT 408 "request-timeout" "Request timeout"
        "The body did not arrive in time. Send it again.";
    CONFLICT 409 "conflict" "Conflict"
        "The request contradicts the present state of the resource.";
    LAST_ADMIN 409 "last-admin" "Last admin"
        "The change would leave the organisation without an admin. Make somebody else an admin first.";
    ALREADY_MEMBER 409 "already-member" "Already a member"
        "The person is a member of the organisation already.";
    INVITE_PENDING 409 "invite-pending" "Invite pending"
        "The address has a pending invite to the organisation. Resend or revoke that one.";
    INVITE_ALREADY_ACCEPTED 409 "invite-already-accepted" "Invite already accepted"
        "The invite was accepted and cannot change any more. Remove the member instead.";
    PLAN_INACTIVE 409 "plan-inactive" "Plan inactive"
        "The plan exists but is not on offer any more. List the plans for those that are.";
    KEY_ROTATED 409 "key-rotated" "Key rotated"
        "The key was rotated before. Rotate its successor.";
    DOCUMENT_EXISTS 409 "document-exists" "Document exists"
        "The organisation has a legal document of this type. Delete that one first.";
    GONE 410 "gone" "Gone"
        "The resource existed and is gone for good.";
    INVITE_EXPIRED 410 "invite-expired" "Invite expired"
        "The invite has expired. Ask an admin of the organisation to send it again.";
    INVITE_REVOKED 410 "invite-revoked" "Invite revoked"
        "The invite was revoked by an admin of the organisation.";
    INVITE_ACCEPTED 410 "invite-accepted" "Invite accepted"
        "The invite was accepted. It works once.";
    LINK_EXPIRED 410 "link-expired" "Link expired"
        "The link has expired. Ask for a new one.";
    LINK_USED 410 "link-used" "Link used"
        "The link from the mail has been used. It works once.";
    PRECONDITION_FAILED 412 "precondition-failed" "Precondition failed"
        "If-Match names another version than the present one. Read the resource again and repeat the change.";
    PAYLOAD_TOO_LARGE 413 "payload-too-large" "Payload too large"
        "The body is larger than the operation takes.";
    URI_TOO_LONG 414 "uri-too-long" "URI too long"
        "The request target is longer than the server reads.";
    UNSUPPORTED_MEDIA_TYPE 415 "unsupported-media-type" "Unsupported media type"
        "The operation does not take a body of this Content-Type or Content-Encoding.";
    UNPROCESSABLE_CONTENT 422 "idempotency-key-reused" "Idempotency key reused"
        "The Idempotency-Key came with a different request before. Use a new key for a new request.";
    PRECONDITION_REQUIRED 428 "precondition-required" "Precondition required"
        "The operation changes only a version that If-Match names.";
    TOO_MANY_REQUESTS 429 "too-many-requests" "Too many requests"
        "The limit for this credential or address is reached. Retry-After says when to come back.";
    HEADERS_TOO_LARGE 431 "headers-too-large" "Request header fields too large"
        "The header fields of the request are longer than the server reads.";
    INTERNAL 500 "internal" "Internal server error"
        "The server failed. The request id leads its operator to the cause.";
    BAD_GATEWAY 502 "bad-gateway" "Bad gateway"
        "A system that the operation depends on did not answer as it should.";
    SERVICE_UNAVAILABLE 503 "service-unavailable" "Service unavailable"
        "The server cannot serve the request now: it is starting, stopping, overloaded, or its database does not answer. Retry-After says when to come back.";
    SIGNING_UNAVAILABLE 503 "signing-unavailable" "Signing unavailable"
        "The signing service did not void what was sent for signature, so the document stays. Try again.";
    NOT_CONFIGURED 503 "not-configured" "Not configured"
        "The operator of this server has not set up what the operation needs.";
}
