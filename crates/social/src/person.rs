//! Whom a provider vouches for.

use crate::error::Claim;

/// Longest text that can be meant as a name.
const LONGEST_NAME: usize = 200;

/// Longest text that can be meant as a login; GitHub takes 39 characters.
const LONGEST_LOGIN: usize = 100;

/// The longest address there is (RFC 5321).
const LONGEST_EMAIL: usize = 254;

/// OpenID Connect has this bound for `sub`; the others have numbers.
const LONGEST_SUBJECT: usize = 255;

/// Whom a provider vouches for. Names, address and language are what the person or the
/// provider has written: texts without control characters, of bearable length, nothing more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Person {
    /// Who this is at the provider, for ever.
    pub subject: String,
    /// The person's address there.
    pub email: Option<String>,
    /// Whether the provider, or the operator for the provider, says that the address is theirs.
    pub email_verified: bool,
    /// What the person is called there, where people have logins: GitHub. It can be another one
    /// tomorrow, and another's then.
    pub login: Option<String>,
    /// The whole name.
    pub display_name: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
    /// The language, as a tag of BCP 47: `en`, `pt-BR`.
    pub language: Option<String>,
}

impl Person {
    /// The address, if it proves anything. An account may be found or opened by no other.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }
}

/// What a provider says about somebody, before any of it is looked at.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) subject: String,
    pub(crate) email: Option<String>,
    pub(crate) email_verified: bool,
    pub(crate) login: Option<String>,
    pub(crate) display_name: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) language: Option<String>,
}

impl Said {
    /// The person, if there is a subject to know them by. What cannot be meant is left out.
    pub(crate) fn person(self) -> Result<Person, Claim> {
        if self.subject.is_empty()
            || self.subject.len() > LONGEST_SUBJECT
            || !self.subject.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(Claim::Subject);
        }
        let email = self.email.filter(|email| is_address(email));
        Ok(Person {
            subject: self.subject,
            email_verified: self.email_verified && email.is_some(),
            email,
            login: self.login.filter(|login| is_login(login)),
            display_name: name(self.display_name),
            first_name: name(self.first_name),
            last_name: name(self.last_name),
            language: self.language.and_then(|tag| language(&tag)),
        })
    }

    /// What is missing here is taken from `other`. Address and verification go together.
    pub(crate) fn or(self, other: Self) -> Self {
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (other.email, other.email_verified),
        };
        Self {
            subject: self.subject,
            email,
            email_verified,
            login: self.login.or(other.login),
            display_name: self.display_name.or(other.display_name),
            first_name: self.first_name.or(other.first_name),
            last_name: self.last_name.or(other.last_name),
            language: self.language.or(other.language),
        }
    }
}

fn is_address(text: &str) -> bool {
    text.len() <= LONGEST_EMAIL
        && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        && text
            .rsplit_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

fn is_login(text: &str) -> bool {
    (1..=LONGEST_LOGIN).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn name(text: Option<String>) -> Option<String> {
    let text = text?;
    let trimmed = text.trim();
    let meant = !trimmed.is_empty()
        && trimmed.chars().count() <= LONGEST_NAME
        && !trimmed.chars().any(char::is_control);
    meant.then(|| trimmed.to_owned())
}

/// `en_US`, which some send, is `en-US`.
fn language(text: &str) -> Option<String> {
    let tag = text.replace('_', "-");
    let meant = (2..=35).contains(&tag.len())
        && tag
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    meant.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::Said;
    use crate::error::Claim;

    fn said(subject: &str) -> Said {
        Said {
            subject: subject.to_owned(),
            ..Said::default()
        }
    }

    #[test]
    fn what_cannot_be_meant_is_left_out() {
        let person = Said {
            email: Some("ines@northwind.example\r\nBcc: all".to_owned()),
            email_verified: true,
            login: Some("ines laurent".to_owned()),
            display_name: Some("\u{7}".to_owned()),
            first_name: Some("  Ines ".to_owned()),
            last_name: Some("x".repeat(201)),
            language: Some("en_US".to_owned()),
            ..said("1")
        }
        .person()
        .unwrap();
        assert_eq!(person.email, None);
        assert!(!person.email_verified, "of no address");
        assert_eq!(person.login, None);
        assert_eq!(person.display_name, None);
        assert_eq!(person.first_name.as_deref(), Some("Ines"));
        assert_eq!(person.last_name, None);
        assert_eq!(person.language.as_deref(), Some("en-US"));
    }

    #[test]
    fn a_subject_is_a_word() {
        for wrong in ["", " ", "a b", "a\n", &"1".repeat(256)] {
            assert_eq!(said(wrong).person(), Err(Claim::Subject), "{wrong:?}");
        }
    }

    #[test]
    fn an_address_brings_its_own_verification() {
        let merged = Said {
            email: Some("ines@northwind.example".to_owned()),
            ..said("1")
        }
        .or(Said {
            email: Some("other@northwind.example".to_owned()),
            email_verified: true,
            ..said("1")
        });
        assert_eq!(merged.person().unwrap().verified_email(), None);
    }
}
