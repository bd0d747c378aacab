//! The mail that carries the link to sign by.

use std::collections::BTreeMap;

use super::SignToken;
use crate::Store;
use crate::entity::legal_document::{Model, Type};
use crate::mail::{Mail, MailTemplate};
use crate::signed_link::Origin;

/// What an agreement is called where people read of it.
pub(crate) const fn title(document_type: Type) -> &'static str {
    match document_type {
        Type::Baa => "Business Associate Agreement",
        Type::Dpa => "Data Processing Agreement",
    }
}

/// The mail for a document that is sent out.
pub(crate) fn write(store: &Store, message_id: String, document: &Model) -> Mail {
    let url = store.sign_url(SignToken {
        document: document.id,
        generation: document.generation,
        origin: Origin::Mail,
    });
    let Model {
        company_name,
        operator_name,
        ..
    } = document;
    let title = title(document.document_type);
    let subject = format!("{title} between {company_name} and {operator_name}");
    let text = format!(
        "You are asked to sign the {title} between {company_name} and {operator_name} for \
         {company_name}.\n\n\
         Open this link to read and sign it:\n\n\
         {url}\n\n\
         Whoever has the link can sign. Pass it on only to somebody who may sign for \
         {company_name}.\n\
         If you did not expect this mail, you can ignore it.\n"
    );
    Mail {
        message_id,
        to: document.representative_email.clone(),
        subject,
        text,
        template: MailTemplate::Sign,
        variables: BTreeMap::from([
            ("document".to_owned(), title.to_owned()),
            ("company".to_owned(), company_name.clone()),
            ("operator".to_owned(), operator_name.clone()),
            ("sign_url".to_owned(), url),
        ]),
    }
}
