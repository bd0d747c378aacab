//! What the commands of `charter oauth-app` share.

use charter_api_organisations::models::OrganisationId;
use charter_persistence::OauthApplication;
use serde_json::{Value, json};

/// For people.
pub(super) fn text(application: &OauthApplication) -> String {
    let OauthApplication {
        id,
        organisation,
        organisation_name,
        name,
        client_id,
        redirect_uris,
        is_verified,
    } = application;
    let organisation = OrganisationId::from(*organisation);
    let verified = if *is_verified { "yes" } else { "no" };
    format!(
        "{id}\n  \
         organisation  {organisation}  {organisation_name}\n  \
         name          {name}\n  \
         client id     {client_id}\n  \
         redirects to  {}\n  \
         verified      {verified}",
        redirect_uris.join(", "),
    )
}

/// For programs.
pub(super) fn value(application: &OauthApplication) -> Value {
    let OauthApplication {
        id,
        organisation,
        organisation_name,
        name,
        client_id,
        redirect_uris,
        is_verified,
    } = application;
    json!({
        "id": id,
        "organisation": OrganisationId::from(*organisation).to_string(),
        "organisation_name": organisation_name,
        "name": name,
        "client_id": client_id,
        "redirect_uris": redirect_uris,
        "verified": is_verified,
    })
}

#[cfg(test)]
mod tests {
    use super::{text, value};
    use charter_persistence::OauthApplication;
    use uuid::Uuid;

    fn application() -> OauthApplication {
        OauthApplication {
            id: Uuid::nil(),
            organisation: Uuid::nil(),
            organisation_name: "Northwind Research".to_owned(),
            name: "Northwind Desk".to_owned(),
            client_id: "ct_client_7hQ2vXn4LsKb9TdZ".to_owned(),
            redirect_uris: ["https://a.example/", "https://b.example/"]
                .map(str::to_owned)
                .into(),
            is_verified: true,
        }
    }

    #[test]
    fn people_read_it_line_by_line() {
        assert_eq!(
            text(&application()),
            "00000000-0000-0000-0000-000000000000\n  \
             organisation  org_00000000000000000000000000  Northwind Research\n  \
             name          Northwind Desk\n  \
             client id     ct_client_7hQ2vXn4LsKb9TdZ\n  \
             redirects to  https://a.example/, https://b.example/\n  \
             verified      yes"
        );
    }

    #[test]
    fn programs_read_the_same() {
        let value = value(&application());
        assert_eq!(value["id"], "00000000-0000-0000-0000-000000000000");
        assert_eq!(value["organisation"], "org_00000000000000000000000000");
        assert_eq!(value["redirect_uris"][1], "https://b.example/");
        assert_eq!(value["verified"], true);
    }
}
