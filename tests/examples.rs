//! Every request that a document shows is sent to a server with the demonstration's
//! data, and gets the answer that the document promises: a success, unless
//! [`REFUSED`] says what the demonstration lacks for it.

use std::collections::BTreeSet;

use crate::cases;
use crate::matrix::link::Links;
use crate::matrix::request::{Request, bodies};
use crate::support::Client;
use crate::support::document::{self, Operation};

/// Operations whose examples need what the demonstration cannot hold.
struct Refused {
    why: &'static str,
    status: u16,
    operations: &'static [&'static str],
}

const REFUSED: &[Refused] = &[
    Refused {
        why: "the token was mailed or shown to somebody once",
        status: 404,
        operations: &[
            "acceptInvite",
            "confirmAccount",
            "previewInvite",
            "resetPassword",
            "signUp",
            "signUpWithInvite",
            "validateInviteToken",
            "validateResetToken",
        ],
    },
    Refused {
        why: "the account of the example is not one of the demonstration's",
        status: 401,
        operations: &["signIn"],
    },
    Refused {
        why: "the account of the example is not one of the demonstration's",
        status: 404,
        operations: &[
            "connect",
            "createProject",
            "switchOrganisation",
            "updateProject",
        ],
    },
    Refused {
        why: "another service has to vouch for it",
        status: 401,
        operations: &[
            "completeSamlSignIn",
            "redeemSamlTicket",
            "signInWithGoogle",
            "signInWithLinkedin",
        ],
    },
    Refused {
        why: "the operator sets identity providers up",
        status: 404,
        operations: &["startSamlSignIn"],
    },
    Refused {
        why: "only a session may, and the demonstration has a key",
        status: 403,
        operations: &["changePassword", "signOut"],
    },
    Refused {
        why: "only a session may, and the demonstration has a key",
        status: 404,
        operations: &["revokeSession"],
    },
    Refused {
        why: "nobody has signed yet",
        status: 404,
        operations: &["downloadLegalDocument"],
    },
    Refused {
        why: "projects have numbers that differ from server to server",
        status: 404,
        operations: &["createInvitesBulk"],
    },
    Refused {
        why: "the link leads to the caller, who cannot do this to themselves",
        status: 403,
        operations: &["updateMemberRole"],
    },
    Refused {
        why: "the link leads to the caller, who is the last admin of the newest organisation",
        status: 409,
        operations: &["removeMember"],
    },
    Refused {
        why: "the link leads to the key that the example before has rotated",
        status: 409,
        operations: &["rotateApiKey"],
    },
    Refused {
        why: "the organisation was deleted the moment before",
        status: 404,
        operations: &["leaveOrganisation"],
    },
];

/// The requests that the document shows: with the example of each parameter that must
/// be there, and each example of the body. What links lead to is real.
async fn shown(links: &mut Links, client: &Client, operation: Operation<'static>) -> Vec<Request> {
    let plain = Request::plain(operation);
    let with_bodies: Vec<Request> = bodies(operation)
        .iter()
        .map(|body| plain.clone().with(body))
        .collect();
    let mut requests = if with_bodies.is_empty() {
        vec![plain]
    } else {
        with_bodies
    };
    for request in &mut requests {
        if let Some(path) = links.path(client, operation).await {
            request.path = path;
        }
    }
    requests
}

/// What takes things away comes last, and the whole organisation after that.
fn in_order() -> Vec<Operation<'static>> {
    let mut operations = document::operations();
    operations.sort_by_key(|operation| match operation.id {
        "deleteCurrentOrganisation" => 2,
        "leaveOrganisation" => 3,
        _ => u8::from(operation.method == "DELETE"),
    });
    operations
}

cases! {
    /// What the document shows is so, and whoever is excused has to be.
    async fn examples_are_true(world: World) {
        let world = world.without_limits();
        let demo = world.store.seed_demo().await.unwrap().unwrap();
        let admin = world.anonymous.with_key(demo.key.secret.reveal());
        let mut links = Links::default();
        let mut wrong = Vec::new();
        let mut excused = BTreeSet::new();
        for operation in in_order() {
            for request in shown(&mut links, &admin, operation).await {
                let client = if operation.is_public() { &world.anonymous } else { &admin };
                let answer = request.send(client).await;
                answer.prove();
                let status = answer.status.as_u16();
                let is_excused = REFUSED.iter().any(|refused| {
                    refused.status == status && refused.operations.contains(&operation.id)
                });
                if is_excused {
                    excused.insert((operation.id, status));
                } else if status >= 400 {
                    wrong.push(format!("{} {status} {}", operation.id, answer.body["detail"]));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        for Refused { why, status, operations } in REFUSED {
            for operation in *operations {
                let needed = excused.contains(&(*operation, *status));
                assert!(needed, "{operation} needs no excuse any more: {why}");
            }
        }
    }
}
