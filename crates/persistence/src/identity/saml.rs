//! Single sign-on with the identity provider of an organisation.

use charter_api_identity::models::{
    Language, LinkToken, SamlForm, SamlProviderId, SamlRedirect, SamlResponse, SamlTicket,
    SessionId, SignedIn, StartSaml, UserId,
};
use charter_api_identity::saml::{
    CompleteSamlSignInError, CompleteSamlSignInRequest, ConsumeSamlResponseError,
    ConsumeSamlResponseRequest, ConsumeSamlResponseResponse, GetSamlMetadataError,
    GetSamlMetadataRequest, GetSamlMetadataResponse, RedeemSamlTicketError,
    RedeemSamlTicketRequest, SamlApi, StartSamlSignInError, StartSamlSignInRequest,
};
use charter_contract::{
    Call, Forbidden, Internal, NotFound, ProblemKind, Redacted, ServiceUnavailable, Timestamp,
    Unauthorized, async_trait, kind,
};
use charter_saml::{Assertion, NameId, Refusal as Unsound, RequestFault, SKEW};
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::arrival::{self, Arrival, Arrived, RACES, Source};
use super::service_provider::SingleSignOn;
use super::signing_in::{Account, assertion_refused, signed_in, ticket_refused};
use crate::Store;
use crate::address::Address;
use crate::attempts::Place;
use crate::audit::Refusal;
use crate::constraint::{self, Stored as _};
use crate::entity::session::Method;
use crate::entity::{saml_assertion, saml_request, saml_ticket};
use crate::mail_link::{LinkSecret, hash};
use crate::mail_wishes::NOT_BEFORE_SOMEBODY_ACTS;
use crate::row::{Rows, row};
use crate::saml_providers::KnownProvider;
use crate::sign_in_providers::{VouchedEmail, VouchedPerson};
use crate::subject::Subject;
use crate::tenant::Tenant;
use crate::write::Write;

/// How long a request can be answered: 10 minutes.
const REQUEST_LIFETIME: i64 = 600;

/// How long a ticket can be redeemed: a minute.
const TICKET_LIFETIME: i64 = 60;

/// How long whoever asks may keep our metadata.
const METADATA_CACHED: &str = "public, max-age=3600";

row! {
    /// A request that a response claims to answer.
    struct OpenRequest {
        id: Uuid,
        relay_state: Vec<u8>,
        language: Option<String>,
    }
}

row! {
    /// What a ticket stands for.
    struct Redeemed {
        user_id: Uuid,
        account: Account,
        organisation_id: Uuid,
    }
}

/// A response as it comes in.
struct Response {
    field: String,
    relay_state: Option<String>,
}

/// A response that holds.
struct Judged {
    provider: Uuid,
    tenant: Tenant,
    request: Uuid,
    assertion: Assertion,
    /// The language that whoever began has asked for.
    language: Option<Language>,
}

/// Why a response lets nobody in.
enum Refused {
    /// It does not hold; the audit log is told why.
    Response(&'static str),
    /// It holds, and does not help.
    Arrival(arrival::Refused),
    Internal(Internal),
}

impl From<Internal> for Refused {
    fn from(internal: Internal) -> Self {
        Self::Internal(internal)
    }
}

impl From<arrival::Refused> for Refused {
    fn from(refused: arrival::Refused) -> Self {
        Self::Arrival(refused)
    }
}

impl From<Unsound> for Refused {
    fn from(unsound: Unsound) -> Self {
        Self::Response(unsound.code())
    }
}

#[async_trait]
impl SamlApi for Store {
    async fn start_saml_sign_in(
        &self,
        call: Call,
        request: StartSamlSignInRequest,
    ) -> Result<SamlRedirect, StartSamlSignInError> {
        let StartSamlSignInRequest {
            x_workspace_id: _,
            x_subaccount_id: _,
            x_language,
            body: StartSaml { email, id },
        } = request;
        let us = self.offered_single_sign_on()?;
        let subject = email.as_ref().map(|email| self.subject_of(email));
        let provider = match (id, &email) {
            (Some(id), _) => self.saml_provider(id.into()).await?,
            (None, Some(email)) => {
                let address = Address::of(email);
                self.saml_provider_of(address.domain()).await?
            }
            (None, None) => None,
        };
        match provider {
            Some(provider) => {
                self.send_to(us, &call, &provider, subject, x_language)
                    .await
            }
            None => {
                let refusal = Refusal {
                    subject,
                    ..Refusal::default()
                };
                let failure = NotFound::new(match id {
                    Some(_) => "There is no identity provider with this id.",
                    None => "There is no identity provider for this address.",
                });
                Err(self.refused(&call, refusal, failure.into()).await)
            }
        }
    }

    async fn complete_saml_sign_in(
        &self,
        call: Call,
        request: CompleteSamlSignInRequest,
    ) -> Result<SignedIn, CompleteSamlSignInError> {
        let CompleteSamlSignInRequest {
            x_workspace_id,
            x_subaccount_id: _,
            x_language,
            body:
                SamlResponse {
                    saml_response: Redacted(field),
                    relay_state,
                },
        } = request;
        let us = self.offered_single_sign_on()?;
        let response = Response {
            field,
            relay_state: relay_state.map(|Redacted(relay_state)| relay_state),
        };
        let judged = match self.judge(us, response).await {
            Ok(judged) => judged,
            Err(refused) => return Err(self.turned_away(&call, None, refused).await),
        };
        let subject = self.subject_of(&judged.assertion.email);
        let arrival = judged.arrival(x_language);
        let workspace = x_workspace_id.map(Uuid::from);
        for _ in 0..RACES {
            let entered = self
                .write(&call, async |tx: &mut Write| {
                    let Arrived { user, account } =
                        tx.take_in(&call, &judged, &arrival, subject).await?;
                    let begun = tx.begin_session(user, Method::Saml, &call).await?;
                    tx.settle_in(user, &Place::of(call.remote)).await?;
                    tx.target("session", SessionId::from(begun.session()));
                    Ok::<_, Refused>(signed_in(tx, begun, account, workspace).await?)
                })
                .await;
            match entered {
                Ok(signed_in) => return Ok(signed_in),
                Err(Refused::Arrival(arrival::Refused::Raced)) => {}
                Err(refused) => {
                    return Err(self.turned_away(&call, Some(subject), refused).await);
                }
            }
        }
        let raced = Refused::Arrival(arrival::Refused::Raced);
        Err(self.turned_away(&call, Some(subject), raced).await)
    }

    async fn consume_saml_response(
        &self,
        call: Call,
        request: ConsumeSamlResponseRequest,
    ) -> Result<ConsumeSamlResponseResponse, ConsumeSamlResponseError> {
        let ConsumeSamlResponseRequest {
            body:
                SamlForm {
                    saml_response: Redacted(field),
                    relay_state,
                    extra: _,
                },
        } = request;
        let us = self.offered_single_sign_on()?;
        let response = Response {
            field,
            relay_state: relay_state.map(|Redacted(relay_state)| relay_state),
        };
        let judged = match self.judge(us, response).await {
            Ok(judged) => judged,
            Err(refused) => return self.sent_back(&call, None, refused).await,
        };
        let subject = self.subject_of(&judged.assertion.email);
        let arrival = judged.arrival(None);
        let ticket = LinkSecret::generate(self.random());
        for _ in 0..RACES {
            let arrived = self
                .write(&call, async |tx: &mut Write| {
                    let arrived = tx.take_in(&call, &judged, &arrival, subject).await?;
                    tx.target("user", UserId::from(arrived.user));
                    tx.keep_ticket(&ticket, judged.request, arrived).await?;
                    Ok::<_, Refused>(())
                })
                .await;
            match arrived {
                Ok(()) => return Ok(self.on_to_sign_in("ticket", ticket.reveal())),
                Err(Refused::Arrival(arrival::Refused::Raced)) => {}
                Err(refused) => return self.sent_back(&call, Some(subject), refused).await,
            }
        }
        let raced = Refused::Arrival(arrival::Refused::Raced);
        self.sent_back(&call, Some(subject), raced).await
    }

    async fn redeem_saml_ticket(
        &self,
        call: Call,
        request: RedeemSamlTicketRequest,
    ) -> Result<SignedIn, RedeemSamlTicketError> {
        let RedeemSamlTicketRequest {
            body: SamlTicket { ticket, state },
        } = request;
        self.offered_single_sign_on()?;
        let redeemed = self
            .write(&call, async |tx: &mut Write| {
                let redeemed = tx.redeem(&ticket, &state).await?;
                let Redeemed {
                    user_id: user,
                    account,
                    organisation_id,
                } = redeemed.ok_or_else(|| RedeemSamlTicketError::from(ticket_refused()))?;
                let begun = tx.begin_session(user, Method::Saml, &call).await?;
                tx.settle_in(user, &Place::of(call.remote)).await?;
                tx.actor(user);
                tx.within(organisation_id);
                tx.target("session", SessionId::from(begun.session()));
                Ok::<_, RedeemSamlTicketError>(signed_in(tx, begun, account, None).await?)
            })
            .await;
        match redeemed {
            Ok(signed_in) => Ok(signed_in),
            Err(failure) => Err(self.refused(&call, Refusal::default(), failure).await),
        }
    }

    async fn get_saml_metadata(
        &self,
        _: Call,
        request: GetSamlMetadataRequest,
    ) -> Result<GetSamlMetadataResponse, GetSamlMetadataError> {
        let GetSamlMetadataRequest = request;
        Ok(GetSamlMetadataResponse {
            cache_control: METADATA_CACHED.to_owned(),
            body: self.offered_single_sign_on()?.metadata().to_owned(),
        })
    }
}

impl Store {
    /// Makes a request to a provider, which can be answered once.
    async fn send_to(
        &self,
        us: &SingleSignOn,
        call: &Call,
        provider: &KnownProvider,
        subject: Option<Subject>,
        language: Option<Language>,
    ) -> Result<SamlRedirect, StartSamlSignInError> {
        let state = LinkSecret::generate(self.random());
        let relay_state = LinkSecret::generate(self.random());
        let request = us
            .request(
                provider.identity_provider()?,
                relay_state.reveal().to_owned(),
                self.random(),
                self.now(),
            )
            .await?;
        let request = match request {
            Ok(request) => request,
            Err(fault) => return Err(unsent(provider.id, fault)),
        };
        self.write(call, async |tx: &mut Write| {
            let expires = tx.now().plus_seconds(REQUEST_LIFETIME);
            tx.insert(saml_request::Model {
                id: tx.new_id(),
                provider_id: provider.id,
                request_id: request.id,
                relay_state: hash(relay_state.reveal()),
                state: hash(state.reveal()),
                language: language.map(|language| language.as_str().to_owned()),
                created_at: tx.now().micros(),
                expires_at: expires.micros(),
                answered_at: None,
            })
            .await
            .stored()?;
            let id = SamlProviderId::from(provider.id);
            tx.within(provider.organisation_id);
            tx.target("saml_provider", id);
            if let Some(subject) = subject {
                tx.about(subject);
            }
            Ok::<_, StartSamlSignInError>(SamlRedirect {
                url: request.url.into(),
                id,
                state: LinkToken::try_from(state.reveal().to_owned()).map_err(Internal::from)?,
                expires,
            })
        })
        .await
    }

    /// Judges a response, without a trace.
    async fn judge(&self, us: &SingleSignOn, response: Response) -> Result<Judged, Refused> {
        let Response { field, relay_state } = response;
        let received = us.read(field).await??;
        let provider = self
            .saml_provider_called(received.claimed_issuer())
            .await?
            .ok_or(Refused::Response(Unsound::Issuer.code()))?;
        let claimed = received.claimed_request().map(str::to_owned);
        let request = match &claimed {
            Some(id) => self.request_to(provider.id, id).await?,
            None => None,
        };
        // What came back beside the response is ours or nothing.
        if let (Some(request), Some(relay_state)) = (&request, relay_state)
            && !relay_state.is_empty()
            && hash(&relay_state) != request.relay_state
        {
            return Err(Refused::Response("relay_state"));
        }
        let known = provider.identity_provider()?;
        let open = claimed.filter(|_| request.is_some());
        let assertion = us.judge(received, known, open, self.now()).await??;
        let request = request.ok_or(Refused::Response(Unsound::UnknownRequest.code()))?;
        Ok(Judged {
            provider: provider.id,
            tenant: Tenant {
                organisation: provider.organisation_id,
            },
            request: request.id,
            assertion,
            language: spoken(request.language.as_deref()),
        })
    }

    /// The request of this id that the provider was sent, answered or not, unless its
    /// time is over.
    async fn request_to(
        &self,
        provider: Uuid,
        request: &str,
    ) -> Result<Option<OpenRequest>, Internal> {
        Rows::of(
            "SELECT id, relay_state, language FROM saml_requests \
             WHERE request_id = $1 AND provider_id = $2 AND expires_at > $3",
            [request.into(), provider.into(), self.now().micros().into()],
        )
        .one(self.reader())
        .await
        .stored()
    }

    /// Turns somebody away whose response does not help, and writes that down.
    async fn turned_away(
        &self,
        call: &Call,
        subject: Option<Subject>,
        refused: Refused,
    ) -> CompleteSamlSignInError {
        let detail = match &refused {
            Refused::Response(why) => Some(*why),
            Refused::Arrival(_) | Refused::Internal(_) => None,
        };
        let refusal = Refusal {
            event: None,
            detail,
            subject,
        };
        self.refused(call, refusal, refused.failure()).await
    }

    /// Sends the browser on with the name of what is wrong, and writes that down; but
    /// where we have failed ourselves, says so.
    async fn sent_back(
        &self,
        call: &Call,
        subject: Option<Subject>,
        refused: Refused,
    ) -> Result<ConsumeSamlResponseResponse, ConsumeSamlResponseError> {
        let (kind, detail): (&ProblemKind, _) = match refused {
            Refused::Response(why) => (&kind::ASSERTION_REFUSED, Some(why)),
            Refused::Arrival(arrival::Refused::Unverified) => (&kind::ADDRESS_UNVERIFIED, None),
            other => return Err(other.fault().into()),
        };
        let refusal = Refusal {
            event: None,
            detail,
            subject,
        };
        self.note_refusal(call, refusal, kind).await?;
        Ok(self.on_to_sign_in("error", kind.slug))
    }

    /// On to the sign-in page, which is configured.
    fn on_to_sign_in(&self, name: &str, value: &str) -> ConsumeSamlResponseResponse {
        let mut page = self.sign_in_page();
        page.query_pairs_mut().append_pair(name, value);
        ConsumeSamlResponseResponse {
            location: Redacted(page.into()),
        }
    }
}

impl Refused {
    /// What the caller is told.
    fn failure<E>(self) -> E
    where
        E: From<Internal> + From<Unauthorized> + From<Forbidden>,
    {
        match self {
            Self::Response(_) => assertion_refused().into(),
            // Whose provider it is makes no difference to the words.
            Self::Arrival(refused) => refused.failure(Source::SingleSignOn(Uuid::nil())),
            Self::Internal(internal) => internal.into(),
        }
    }

    /// What is ours to answer for.
    fn fault(self) -> Internal {
        match self {
            Self::Internal(internal) | Self::Arrival(arrival::Refused::Internal(internal)) => {
                internal
            }
            Self::Arrival(arrival::Refused::Raced) => arrival::too_many_races(),
            Self::Response(_) | Self::Arrival(_) => {
                Internal::new("a refusal of single sign-on that it does not know")
            }
        }
    }
}

/// What to answer when no request could be made.
fn unsent(provider: Uuid, fault: RequestFault) -> StartSamlSignInError {
    match fault {
        RequestFault::NoKey => {
            let provider = SamlProviderId::from(provider);
            tracing::warn!(%provider, "an identity provider takes signed requests alone, and there is no key");
            ServiceUnavailable::of(
                &kind::NOT_CONFIGURED,
                "The identity provider takes signed requests alone, which this server cannot make.",
            )
            .retry_after(NOT_BEFORE_SOMEBODY_ACTS)
            .into()
        }
        RequestFault::RelayState | RequestFault::Signing => Internal::from(fault).into(),
    }
}

impl Judged {
    /// Who is at the door.
    fn arrival(&self, language: Option<Language>) -> Arrival {
        let assertion = &self.assertion;
        Arrival {
            source: Source::SingleSignOn(self.provider),
            person: VouchedPerson {
                subject: subject(&assertion.name_id, &assertion.email),
                email: Some(VouchedEmail::Verified(assertion.email.clone())),
                login: None,
                display_name: assertion.display_name.clone(),
                first_name: assertion.first_name.clone(),
                last_name: assertion.last_name.clone(),
                language: None,
            },
            language: language.or(self.language),
        }
    }

    /// From when on the assertion is refused for its age.
    fn forgotten_at(&self) -> Timestamp {
        let end = self.assertion.not_on_or_after;
        Timestamp::from_micros(end.timestamp_micros()).plus_seconds(SKEW.num_seconds())
    }
}

const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// Who it is there, for ever. A name that is an address is one however it is written, and
/// a transient name is nobody's tomorrow: then the address has to do.
fn subject(name: &NameId, email: &str) -> String {
    match name.format.as_deref() {
        Some(EMAIL) => Address::of(&name.value).into(),
        Some(TRANSIENT) => Address::of(email).into(),
        _ => name.value.clone(),
    }
}

/// A stored language.
fn spoken(stored: Option<&str>) -> Option<Language> {
    Language::ALL
        .iter()
        .copied()
        .find(|known| Some(known.as_str()) == stored)
}

impl Write {
    /// Uses a response up, and lets in whom it is about: as a member of the organisation.
    async fn take_in(
        &mut self,
        call: &Call,
        judged: &Judged,
        arrival: &Arrival,
        subject: Subject,
    ) -> Result<Arrived, Refused> {
        self.answer(judged).await?;
        let arrived = self.arrive(call, arrival).await?;
        // The user before the organisation, as everywhere.
        self.hold_user(arrived.user).await?;
        self.join_by_single_sign_on(call, judged.tenant, arrived.user)
            .await?;
        self.actor(arrived.user);
        self.about(subject);
        self.within(judged.tenant.organisation);
        Ok(arrived)
    }

    /// The request is answered, and the assertion is used. Of several at the same moment
    /// one does that.
    async fn answer(&self, judged: &Judged) -> Result<(), Refused> {
        let answered = self
            .db()
            .execute_raw(self.store().statement(
                "UPDATE saml_requests SET answered_at = $2 \
                 WHERE id = $1 AND answered_at IS NULL AND expires_at > $2",
                [judged.request.into(), self.now().micros().into()],
            ))
            .await
            .stored()?;
        if answered.rows_affected() == 0 {
            return Err(Refused::Response(REPLAY));
        }
        self.insert(saml_assertion::Model {
            provider_id: judged.provider,
            assertion_id: judged.assertion.id.clone(),
            expires_at: judged.forgotten_at().micros(),
        })
        .await
        .on_constraint(&constraint::SAML_ASSERTION, || Refused::Response(REPLAY))
    }

    async fn keep_ticket(
        &self,
        ticket: &LinkSecret,
        request: Uuid,
        arrived: Arrived,
    ) -> Result<(), Internal> {
        self.insert(saml_ticket::Model {
            id: self.new_id(),
            hash: hash(ticket.reveal()),
            request_id: request,
            user_id: arrived.user,
            account: arrived.account,
            created_at: self.now().micros(),
            expires_at: self.now().plus_seconds(TICKET_LIFETIME).micros(),
            used_at: None,
        })
        .await
        .stored()
    }

    /// Uses a ticket up, for whoever began the sign-in. Of several at the same moment one
    /// does.
    async fn redeem(
        &self,
        ticket: &LinkToken,
        state: &LinkToken,
    ) -> Result<Option<Redeemed>, Internal> {
        Rows::of(
            "UPDATE saml_tickets SET used_at = $3 \
             WHERE hash = $1 AND used_at IS NULL AND expires_at > $3 \
               AND request_id IN (SELECT id FROM saml_requests WHERE state = $2) \
             RETURNING user_id, account, \
                 (SELECT p.organisation_id FROM saml_requests r \
                  JOIN saml_providers p ON p.id = r.provider_id \
                  WHERE r.id = saml_tickets.request_id) AS organisation_id",
            [
                hash(ticket.as_ref()).into(),
                hash(state.as_ref()).into(),
                self.now().micros().into(),
            ],
        )
        .one(self.db())
        .await
        .stored()
    }
}

/// What has been used once, as the audit log has it.
const REPLAY: &str = "replay";

#[cfg(test)]
mod tests {
    use super::{EMAIL, TRANSIENT, subject};
    use charter_saml::NameId;

    #[test]
    fn a_person_is_known_by_a_name_that_stays() {
        for (format, value, known_as) in [
            (
                Some(EMAIL),
                "Mara@Northwind.example",
                "mara@northwind.example",
            ),
            (Some(TRANSIENT), "_f9a1", "mara@northwind.example"),
            (
                Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
                "A7x",
                "A7x",
            ),
            (None, "mara", "mara"),
        ] {
            let name = NameId {
                value: value.to_owned(),
                format: format.map(str::to_owned),
            };
            assert_eq!(subject(&name, "Mara@northwind.example"), known_as);
        }
    }
}
