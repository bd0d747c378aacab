//! `openapi/organisations.yaml` on the store: one module per tag.
//!
//! A method reads top to bottom as the document describes it: who may, what is
//! looked for, what is changed. Rules about members are decided under the lock of
//! the organisation ([`Write::lock`]), so that two requests at the same moment are
//! decided one after the other.

pub(crate) mod guard;
pub(crate) mod invite_mail;
mod invites;
pub(crate) mod inviting;
mod joining;
pub(crate) mod keys;
pub(crate) mod members;
mod membership;
mod organisations;
mod ownership;
pub(crate) mod pages;
mod plans;
pub(crate) mod quota;
mod usage;

pub(crate) use invite_mail::before_the_token;
pub(crate) use invites::{Acceptance, PendingInvite};

use charter_api_organisations::models::MemberRole;

use crate::entity::Role;

impl From<Role> for MemberRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => Self::Admin,
            Role::Member => Self::Member,
        }
    }
}

impl From<MemberRole> for Role {
    fn from(role: MemberRole) -> Self {
        match role {
            MemberRole::Admin => Self::Admin,
            MemberRole::Member => Self::Member,
        }
    }
}

/// The caller's role as the document has it; `None` for an organisation's key.
fn role(caller: &charter_contract::Caller) -> Option<MemberRole> {
    caller.identity.role.map(|role| match role {
        charter_contract::Role::Admin => MemberRole::Admin,
        charter_contract::Role::Member => MemberRole::Member,
    })
}
