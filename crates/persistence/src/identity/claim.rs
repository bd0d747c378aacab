//! What somebody says who opens an account.

use charter_api_identity::models::{
    Address as Home, Language, NewPassword, OrganisationName, PersonName, Privacy, Role, SignUp,
    SignUpWithInvite,
};
use charter_contract::{BadRequest, Location, Violation};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::address::Address;
use crate::entity::{sign_up, user};
use crate::write::Write;

/// The longest name, as the document has it.
const NAME_LENGTH: usize = 100;

/// An account to open.
pub(super) struct Claim {
    /// The address as it was written.
    pub(super) email: String,
    /// The address as it is compared.
    pub(super) address: Address,
    /// The password, unless the account is to have none.
    pub(super) password: Option<NewPassword>,
    /// The language of the mails, if the person has said one.
    pub(super) language: Option<Language>,
    names: Names,
    came_as: Option<Role>,
    company: Company,
    campaign: Option<String>,
    home: Option<String>,
    privacy: Option<String>,
}

/// How a person is called.
struct Names {
    display: String,
    first: Option<String>,
    last: Option<String>,
}

/// An organisation that is to be created, and what was told about it.
struct Company {
    name: Option<String>,
    plan: Option<String>,
    modules: Option<String>,
    tech_size: Option<String>,
}

/// Who comes with an invite founds nothing, and has no password without giving one.
pub(super) fn invited(body: SignUpWithInvite) -> SignUp {
    let SignUpWithInvite {
        email,
        password,
        display_name,
        first_name,
        last_name,
        roles,
        invite,
        address,
        privacy,
        origin,
        content,
        medium,
        campaign,
        term,
    } = body;
    SignUp {
        email,
        generate_password: password.is_none(),
        password,
        display_name,
        first_name,
        last_name,
        roles,
        invite,
        company_name: None,
        address,
        privacy,
        origin,
        content,
        medium,
        campaign,
        term,
        tech_size: None,
        plan: None,
        modules: None,
    }
}

impl Claim {
    /// From what the person has sent.
    ///
    /// # Errors
    /// Every condition that the document has in words only.
    pub(super) fn of(body: SignUp, language: Option<Language>) -> Result<Self, BadRequest> {
        let SignUp {
            email,
            password,
            display_name,
            first_name,
            last_name,
            roles,
            invite: _,
            company_name,
            address,
            privacy,
            generate_password,
            origin,
            content,
            medium,
            campaign,
            term,
            tech_size,
            plan,
            modules,
        } = body;
        let mut violations = Vec::new();
        if password.is_none() && !generate_password {
            violations.push(required(
                "/password",
                "is required unless generatePassword is true",
            ));
        }
        let names = match Names::told(display_name, first_name, last_name) {
            Ok(names) => names,
            Err(violation) => {
                violations.push(violation);
                return Err(BadRequest::violations(violations));
            }
        };
        if !violations.is_empty() {
            return Err(BadRequest::violations(violations));
        }
        let email = String::from(email);
        Ok(Self {
            address: Address::of(&email),
            email,
            password: password.filter(|_| !generate_password),
            names,
            language,
            came_as: roles,
            company: Company {
                // An admin is who creates a company; everybody else joins one.
                name: company_name
                    .filter(|_| roles == Some(Role::Admin))
                    .map(OrganisationName::into),
                plan: plan.map(Into::into),
                modules: modules.map(|modules| modules.to_string()),
                tech_size,
            },
            campaign: object([
                ("origin", origin.map(Into::into)),
                ("content", content.map(Into::into)),
                ("medium", medium.map(Into::into)),
                ("campaign", campaign.map(Into::into)),
                ("term", term.map(Into::into)),
            ]),
            home: address.and_then(home),
            privacy: privacy.map(consents),
        })
    }

    /// What anybody knows of the person, which therefore makes no good password.
    pub(super) fn known_of(&self) -> Vec<String> {
        let Names {
            display,
            first,
            last,
        } = &self.names;
        [
            Some(&self.email),
            Some(display),
            first.as_ref(),
            last.as_ref(),
            self.company.name.as_ref(),
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
    }

    /// The user, whose address is still to be confirmed.
    pub(super) fn user(&self, tx: &Write) -> user::Model {
        let Names {
            display,
            first,
            last,
        } = &self.names;
        user::Model {
            id: tx.new_id(),
            email: self.email.clone(),
            email_normalised: self.address.as_str().to_owned(),
            name: display.clone(),
            first_name: first.clone(),
            last_name: last.clone(),
            language: self
                .language
                .map_or(user::LANGUAGE, Language::as_str)
                .to_owned(),
            came_as: self.came_as.map(|role| role.to_string()),
            created_at: tx.now().micros(),
            confirmed_at: None,
            last_login_at: None,
        }
    }

    /// What waits for the confirmation.
    pub(super) fn sign_up(&self, tx: &Write, user: Uuid, invite: Option<Uuid>) -> sign_up::Model {
        let Company {
            name,
            plan,
            modules,
            tech_size,
        } = &self.company;
        sign_up::Model {
            user_id: user,
            invite_id: invite,
            company_name: name.clone(),
            plan_id: plan.clone(),
            modules: modules.clone(),
            tech_size: tech_size.clone(),
            campaign: self.campaign.clone(),
            address: self.home.clone(),
            privacy: self.privacy.clone(),
            created_at: tx.now().micros(),
            consumed_at: None,
        }
    }
}

impl Names {
    fn told(
        display: Option<PersonName>,
        first: Option<PersonName>,
        last: Option<PersonName>,
    ) -> Result<Self, Violation> {
        let (first, last) = (first.map(String::from), last.map(String::from));
        let display = match (display, &first, &last) {
            (Some(display), _, _) => String::from(display),
            (None, Some(first), Some(last)) => format!("{first} {last}"),
            (None, _, _) => {
                return Err(required(
                    "/displayName",
                    "is required unless there are firstName and lastName",
                ));
            }
        };
        if display.chars().count() > NAME_LENGTH {
            return Err(required(
                "/displayName",
                format!(
                    "is required when firstName and lastName have more than {NAME_LENGTH} \
                     characters together"
                ),
            ));
        }
        Ok(Self {
            display,
            first,
            last,
        })
    }
}

/// A violation in the words of the document's own rules.
fn required(pointer: &str, detail: impl Into<String>) -> Violation {
    Violation {
        location: Location::Body,
        parameter: None,
        pointer: Some(pointer.to_owned()),
        keyword: "required",
        detail: detail.into(),
    }
}

/// The JSON text of the members that are there; `None` when none is.
fn object<const N: usize>(members: [(&str, Option<String>); N]) -> Option<String> {
    let members: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))))
        .collect();
    (!members.is_empty()).then(|| Value::from(members).to_string())
}

fn home(home: Home) -> Option<String> {
    let Home {
        phone,
        full_location,
        street,
        neighborhood,
        city,
        state,
        zip_code,
        country,
    } = home;
    object([
        ("phone", phone),
        ("full_location", full_location.map(Into::into)),
        ("street", street.map(Into::into)),
        ("neighborhood", neighborhood.map(Into::into)),
        ("city", city.map(Into::into)),
        ("state", state.map(Into::into)),
        ("zipCode", zip_code.map(Into::into)),
        ("country", country),
    ])
}

fn consents(privacy: Privacy) -> String {
    let Privacy {
        terms,
        marketing,
        sharing,
    } = privacy;
    serde_json::json!({"terms": terms, "marketing": marketing, "sharing": sharing}).to_string()
}

#[cfg(test)]
mod tests {
    use charter_api_identity::models::{Email, NewPassword, OrganisationName, Role, SignUp};

    use super::Claim;

    fn sign_up() -> SignUp {
        SignUp {
            email: Email::try_from("Ines@Northwind.example".to_owned()).unwrap(),
            password: NewPassword::try_from("grey heron counts".to_owned()).ok(),
            display_name: None,
            first_name: "Ines".to_owned().try_into().ok(),
            last_name: "Laurent".to_owned().try_into().ok(),
            roles: None,
            invite: None,
            company_name: None,
            address: None,
            privacy: None,
            generate_password: false,
            origin: None,
            content: None,
            medium: None,
            campaign: None,
            term: None,
            tech_size: None,
            plan: None,
            modules: None,
        }
    }

    /// The pointers of what is missing.
    fn missing(body: SignUp) -> Vec<String> {
        match Claim::of(body, None) {
            Ok(_) => Vec::new(),
            Err(refused) => refused
                .into_problem()
                .errors()
                .iter()
                .map(|violation| violation.pointer.clone().unwrap_or_default())
                .collect(),
        }
    }

    #[test]
    fn a_name_and_a_password_are_needed() {
        assert!(missing(sign_up()).is_empty());
        let nameless = SignUp {
            last_name: None,
            password: None,
            ..sign_up()
        };
        assert_eq!(missing(nameless), ["/password", "/displayName"]);
        let generated = SignUp {
            password: None,
            generate_password: true,
            ..sign_up()
        };
        assert!(missing(generated).is_empty());
        let long = SignUp {
            last_name: "L".repeat(96).try_into().ok(),
            ..sign_up()
        };
        assert_eq!(missing(long), ["/displayName"]);
    }

    #[test]
    fn a_password_to_generate_takes_the_place_of_the_one_that_was_sent() {
        let both = SignUp {
            generate_password: true,
            ..sign_up()
        };
        let claim = Claim::of(both, None).ok().unwrap();
        assert_eq!(claim.password, None);
    }

    #[test]
    fn only_an_admin_founds_a_company() {
        let company = || OrganisationName::try_from("Northwind".to_owned()).ok();
        for (roles, founded) in [
            (Some(Role::Admin), Some("Northwind")),
            (Some(Role::Manager), None),
            (None, None),
        ] {
            let body = SignUp {
                roles,
                company_name: company(),
                ..sign_up()
            };
            let claim = Claim::of(body, None).ok().unwrap();
            assert_eq!(claim.company.name.as_deref(), founded, "{roles:?}");
        }
    }
}
