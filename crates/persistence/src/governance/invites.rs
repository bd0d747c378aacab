//! Invites.

use std::collections::HashSet;

use charter_api_governance::invites::{
    CreateDelegatedInviteError, CreateDelegatedInviteRequest, CreateInvitesBulkError,
    CreateInvitesBulkRequest, InvitesApi,
};
use charter_api_governance::models::{
    CreateInvitesBulk, DelegateSetup, DelegatedInvite, InvitedLevel, PersonToInvite, UserBasic,
};
use charter_api_organisations::models::InviteId;
use charter_contract::{
    BadRequest, Caller, Field, Internal, Location, Timestamp, Violation, async_trait,
};
use uuid::Uuid;

use crate::Store;
use crate::address::Address;
use crate::constraint::Stored as _;
use crate::entity::{Role, invite, setup_delegation};
use crate::organisations::guard;
use crate::organisations::invite_mail::Occasion;
use crate::organisations::inviting::{Invitation, Made, Pending};
use crate::outbox::{First, Posted};
use crate::row::{Rows, row};
use crate::tongue::Tongue;
use crate::write::{self, Write};

/// The level of an admin.
const ADMIN: i64 = 8;

row! {
    /// The user who invites.
    struct Inviter {
        email: String,
        name: String,
        first_name: Option<String>,
        last_name: Option<String>,
        language: String,
    }
}

impl Store {
    /// The user who invites; nobody, where it is a key of the organisation.
    async fn inviter(&self, caller: &Caller) -> Result<Option<Inviter>, Internal> {
        let Some(user) = caller.identity.user else {
            return Ok(None);
        };
        Rows::<Inviter>::of(
            "SELECT email, name, first_name, last_name, language FROM users WHERE id = $1",
            [user.into()],
        )
        .one(self.reader())
        .await
        .stored()
    }
}

#[async_trait]
impl InvitesApi for Store {
    async fn create_invites_bulk(
        &self,
        caller: Caller,
        request: CreateInvitesBulkRequest,
    ) -> Result<(), CreateInvitesBulkError> {
        let CreateInvitesBulkRequest {
            organization_id,
            body,
        } = request;
        require_difference(&body)?;
        let seat = self
            .seat::<CreateInvitesBulkError>(&caller, organization_id)
            .await?;
        seat.admin()?;
        let inviter = self.inviter(&caller).await?;
        let tongue = inviter.map_or(Tongue::English, |inviter| Tongue::of(&inviter.language));
        let people: Vec<Invitation> = match body {
            CreateInvitesBulk::PeopleToInvite(people) => people,
            CreateInvitesBulk::PersonToInvite(person) => vec![person],
        }
        .into_iter()
        .map(|person| invitation(person, tongue))
        .collect();
        self.write_at(&caller, seat, async |tx: &mut Write| {
            let held = seat
                .hold_as_admin::<CreateInvitesBulkError>(tx, &caller)
                .await?;
            let made = tx
                .invite::<CreateInvitesBulkError>(&caller, seat.tenant, &held, &people)
                .await?;
            let ids: Vec<InviteId> = made.iter().map(|made| made.invite.id.into()).collect();
            tx.targets("invite", &ids);
            Ok::<_, CreateInvitesBulkError>(())
        })
        .await
    }

    async fn create_delegated_invite(
        &self,
        caller: Caller,
        request: CreateDelegatedInviteRequest,
    ) -> Result<DelegatedInvite, CreateDelegatedInviteError> {
        let CreateDelegatedInviteRequest {
            organization_id,
            body,
        } = request;
        let DelegateSetup {
            target_email,
            message,
            step_at_delegation,
        } = body;
        let seat = self
            .seat::<CreateDelegatedInviteError>(&caller, organization_id)
            .await?;
        let user = guard::user(&caller)?;
        seat.admin()?;
        let inviter = self.inviter(&caller).await?;
        let inviter = inviter.ok_or_else(|| Internal::new("the user of a credential is gone"))?;
        let step = step_at_delegation.map(String::from);
        let person = Invitation {
            message: message.map(String::from),
            occasion: Occasion::SettingUp { step: step.clone() },
            tongue: Tongue::of(&inviter.language),
            ..Invitation::new(target_email.into(), Role::Admin)
        };
        let created_by = inviter.in_few_words(user)?;
        let mut mail = None;
        let invite = self
            .write_at(&caller, seat, async |tx: &mut Write| {
                let held = seat
                    .hold_as_admin::<CreateDelegatedInviteError>(tx, &caller)
                    .await?;
                let Made { invite, posted } = tx
                    .invite_one::<CreateDelegatedInviteError>(&caller, seat.tenant, &held, person)
                    .await?;
                tx.target("invite", InviteId::from(invite.id));
                let delegation = setup_delegation::Model {
                    organisation_id: organization_id,
                    user_id: user,
                    invite_id: invite.id,
                    step,
                    delegated_at: tx.now().micros(),
                };
                tx.delegate(delegation.clone()).await?;
                let tried = posted.as_ref().is_some_and(Posted::is_tried);
                mail = posted;
                let shown = delegated(invite, delegation, tried, created_by)?;
                Ok::<_, CreateDelegatedInviteError>(shown)
            })
            .await?;
        if let Some(mail) = mail {
            // The answer tells that it is tried, and the outbox what came of it.
            self.deliver_now(mail).await;
        }
        Ok(invite)
    }
}

impl Inviter {
    fn in_few_words(self, user: Uuid) -> Result<UserBasic, Internal> {
        let Self {
            email,
            name,
            first_name,
            last_name,
            language: _,
        } = self;
        Ok(UserBasic {
            uuid: user,
            // Who has told no first name has told a whole one.
            first_name: first_name.unwrap_or(name).try_into()?,
            last_name: last_name.unwrap_or_default().try_into()?,
            email: email.try_into()?,
        })
    }
}

/// A delegation as the document has it.
fn delegated(
    invite: invite::Model,
    delegation: setup_delegation::Model,
    emailing_attempt_made: bool,
    created_by: UserBasic,
) -> Result<DelegatedInvite, Internal> {
    Ok(DelegatedInvite {
        id: invite.id,
        target_email: invite.email.try_into()?,
        level: ADMIN.try_into()?,
        emailing_attempt_made,
        is_expired: false,
        is_setup_delegation: true,
        step_at_delegation: delegation.step.map(TryInto::try_into).transpose()?,
        message: invite.message.map(TryInto::try_into).transpose()?,
        private_project_access: Vec::new(),
        created_by,
        created_at: Timestamp::from_micros(invite.created_at),
        expires_at: Timestamp::from_micros(invite.expires_at),
    })
}

impl Write {
    /// Writes down that a user lets somebody else set the organisation up.
    async fn delegate(&self, delegation: setup_delegation::Model) -> Result<(), Internal> {
        write::insert_or(
            self.store(),
            self.db(),
            delegation,
            "ON CONFLICT (organisation_id, user_id) DO UPDATE \
             SET invite_id = excluded.invite_id, step = excluded.step, \
                 delegated_at = excluded.delegated_at",
        )
        .await
        .stored()
    }
}

fn invitation(person: PersonToInvite, tongue: Tongue) -> Invitation {
    let PersonToInvite {
        target_email,
        first_name,
        level,
        message,
        private_project_access,
        send_email,
        combine_pending_invites,
    } = person;
    let message = match message {
        Field::Value(message) => Some(String::from(message)),
        Field::Absent | Field::Null => None,
    };
    let projects = private_project_access.unwrap_or_default();
    Invitation {
        // Nothing that is empty is addressed or quoted.
        first_name: first_name.filter(|name| !name.trim().is_empty()),
        message: message.filter(|message| !message.trim().is_empty()),
        projects: projects
            .into_iter()
            .map(|access| (access.id.into(), access.level.into()))
            .collect(),
        tongue,
        mail: send_email.then_some(First::ByWorker),
        pending: if combine_pending_invites {
            Pending::TakenUp
        } else {
            Pending::Refused
        },
        ..Invitation::new(target_email.into(), role(level))
    }
}

fn role(level: InvitedLevel) -> Role {
    match i64::from(level) {
        ADMIN.. => Role::Admin,
        _ => Role::Member,
    }
}

/// Refuses addresses that stand in the list twice, and projects that do for one person:
/// the document has no keyword for lists whose items have a key.
fn require_difference(body: &CreateInvitesBulk) -> Result<(), BadRequest> {
    let (people, within) = match body {
        CreateInvitesBulk::PeopleToInvite(people) => (people.as_slice(), true),
        CreateInvitesBulk::PersonToInvite(person) => (std::slice::from_ref(person), false),
    };
    let mut violations = Vec::new();
    let mut addresses = HashSet::new();
    for (index, person) in people.iter().enumerate() {
        let place = if within {
            format!("/{index}")
        } else {
            String::new()
        };
        if !addresses.insert(Address::of(person.target_email.as_ref())) {
            violations.push(duplicate(format!("{place}/target_email")));
        }
        let mut projects = HashSet::new();
        let access = person.private_project_access.iter().flatten();
        for (index, access) in access.enumerate() {
            if !projects.insert(i64::from(access.id)) {
                let pointer = format!("{place}/private_project_access/{index}/id");
                violations.push(duplicate(pointer));
            }
        }
    }
    if violations.is_empty() {
        return Ok(());
    }
    Err(BadRequest::violations(violations))
}

fn duplicate(pointer: String) -> Violation {
    Violation {
        location: Location::Body,
        parameter: None,
        pointer: Some(pointer),
        keyword: "duplicate",
        detail: "stands twice".to_owned(),
    }
}
