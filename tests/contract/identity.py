"""Real accounts, links and sessions for the identity document.

All of it goes through the API and the mails that it causes. Nobody's password is guessed, and
nobody's account is used up: what a request would spend comes from a stock that is filled again.
"""

from __future__ import annotations

import itertools
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import requests
from schemathesis.generation.meta import TestPhase

import mails
import providers
import single_sign_on
from people import Person, anonymous, create_organisation, everybody, succeeded

PASSWORD = "grey heron counts seven tides"
ANOTHER_PASSWORD = "a lantern across the winter ferry"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SUBACCOUNT = "subaccount_01kghch8h0emq8k9w39qsaekf4"

# The provider of each operation.
_SOCIAL = {
    "signInWithFacebook": "facebook",
    "signInWithGithub": "github",
    "signInWithGoogle": "google",
    "signInWithLinkedin": "linkedin",
}

# How much of everything is made at a time: the worker needs some seconds to mail.
_STOCK = 40

# Runs follow one another on the same database: each has addresses of its own.
_RUN = f"run-{secrets.token_hex(4)}"


class World:
    """What requests are about."""

    def __init__(self) -> None:
        self.caller, self.stranger, self.host, *_ = everybody()
        self._numbers = itertools.count(1)
        self._by_mail = itertools.cycle([True, False])
        self._links: dict[str, list[str]] = defaultdict(list)
        self._invites: list[tuple[str, str]] = []
        for person in (self.caller, self.stranger, self.host):
            organisation = create_organisation(person, f"Home of {person.email}")
            if person is self.caller:
                self.home = organisation
        self._inviting = self._organisation_key(self.host)
        self._identity_provider = single_sign_on.set_up(self.home)
        self.account, self.changing = self._accounts(2)
        # Every change leaves it as it is.
        self._set_password(self.changing, ANOTHER_PASSWORD)
        # The caller's password, to have sessions of the caller's.
        if not _session(self.caller.email, PASSWORD).ok:
            self._set_password(self.caller.email, PASSWORD)

    def number(self) -> int:
        """Another one each time."""
        return next(self._numbers)

    def identity_provider(self) -> str:
        """The id of the identity provider of the caller's organisation."""
        return self._identity_provider

    def single_sign_on(self) -> single_sign_on.SignIn:
        """A sign-in there that has begun. Every other time it is somebody who came before."""
        return single_sign_on.SignIn(self._identity_provider, self.number() // 2)

    def session(self) -> dict[str, Any]:
        """A session of the caller's that has just begun."""
        return succeeded(_session(self.caller.email, PASSWORD))

    def session_to_change(self) -> dict[str, Any]:
        """One of an account whose password may be changed."""
        return succeeded(_session(self.changing, ANOTHER_PASSWORD))

    def sessions(self) -> set[str]:
        """The caller's sessions."""
        listed = succeeded(self.caller.get("/v2/auth/sessions"))["sessions"]
        return {session["_id"] for session in listed}

    def reset_token(self) -> str:
        """Of a link to reset the password of an account that nobody else uses."""
        if not self._links["reset"]:
            accounts = self._accounts(_STOCK)
            for account in accounts:
                succeeded(anonymous.post("/v2/auth/forgot/password", {"email": account}))
            self._links["reset"] += mails.links(accounts, "reset").values()
        return self._links["reset"].pop()

    def confirmation_token(self) -> str:
        """Of a link to confirm the address of an account that nobody else uses."""
        if not self._links["confirm"]:
            self._links["confirm"] += self._claims(_STOCK).values()
        return self._links["confirm"].pop()

    def invite(self) -> tuple[str, str]:
        """An address that is invited, and the token of the mail or of the answer."""
        if not self._invites:
            self._invites += self._invite(_STOCK)
        return self._invites.pop()

    def _invite(self, count: int) -> Iterator[tuple[str, str]]:
        """So many invites. Every other one is taken from its mail, every third is nobody's: a key of
        the organisation makes it."""
        addresses = [f"guest{self.number()}@{_RUN}.example.com" for _ in range(count)]
        answered = {}
        inviters = itertools.cycle((self.host, self.host, self._inviting))
        for address, inviter in zip(addresses, inviters, strict=False):
            body = {"email": address}
            answered[address] = succeeded(inviter.post("/v1/organisations/invites", body))["token"]
        mailed = mails.links(addresses, "invite")
        for address, by_mail in zip(addresses, self._by_mail, strict=False):
            yield address, mailed[address] if by_mail else answered[address]

    def _organisation_key(self, admin: Person) -> Person:
        """Whoever has a key of the organisation that may invite."""
        body = {"name": "Inviting", "owner": "organisation", "scopes": ["invites:write"]}
        made = succeeded(admin.post("/v1/organisations/keys", body))
        return Person(admin.email, admin.user_id, made["id"], made["key"])

    def _claims(self, count: int) -> dict[str, str]:
        """The addresses of so many new accounts, and the tokens that confirm them."""
        addresses = [f"person{self.number()}@{_RUN}.northwind.example" for _ in range(count)]
        for address in addresses:
            body = {"email": address, "password": PASSWORD, "displayName": "Somebody"}
            succeeded(anonymous.post("/v2/auth/signup", body))
        return mails.links(addresses, "confirm")

    def _accounts(self, count: int) -> list[str]:
        """The addresses of so many new accounts with a password."""
        claims = self._claims(count)
        for token in claims.values():
            succeeded(anonymous.put(f"/v2/auth/confirmation/{token}"))
        return list(claims)

    def _set_password(self, address: str, password: str) -> None:
        succeeded(anonymous.post("/v2/auth/forgot/password", {"email": address}))
        token = mails.links([address], "reset")[address]
        body = {"newPassword": password, "confirmPassword": password}
        succeeded(anonymous.post(f"/v2/auth/reset/{token}", body))


def _session(address: str, password: str) -> requests.Response:
    return anonymous.post("/v2/auth/signin", {"email": address, "password": password})


_world = World()
_calls: Counter[str] = Counter()


def begin_scenario() -> None:
    """Lets each scenario of linked requests find what the one before found."""
    succeeded(_world.caller.delete("/v2/auth/sessions"))


def prepare(case: Any) -> None:
    """Says what the document has in words only, and puts what is real into valid requests."""
    operation = case.operation.definition.raw.get("operationId")
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    for name, real in (("X-Subaccount-Id", SUBACCOUNT), ("X-Workspace-Id", _world.home)):
        # Beside a pattern and a length, what Schemathesis takes for a valid header may be none.
        if case.headers and case.headers.get(name) == "0":
            case.headers[name] = real
    _keep_the_words(operation, case)
    if case.meta.phase.name is TestPhase.STATEFUL:
        _follow_links(operation, case)
        return
    _calls[operation] += 1
    # The fourth goes as it is.
    if _calls[operation] % 4 != 0 and operation in _REAL:
        _REAL[operation](case)


def settle(case: Any, response: Any) -> None:
    """Nothing hinders the requests to come."""


def _keep_the_words(operation: str, case: Any) -> None:
    """Names and passwords where they are needed, passwords that nobody guesses, and twice the
    same; and no address so often that attempts would have to wait."""
    if not isinstance(case.body, dict):
        return
    # The original may be that of further cases.
    case.body = body = dict(case.body)
    if operation in ("signUp", "signIn"):
        body["email"] = f"new{_world.number()}@northwind.example"
    if operation in ("signUp", "signUpWithInvite"):
        named = "firstName" in body and "lastName" in body
        if not named or len(body["firstName"]) + len(body["lastName"]) > 99:
            body.setdefault("displayName", "Somebody")
        if "password" in body or (operation == "signUp" and not body.get("generatePassword")):
            body["password"] = ANOTHER_PASSWORD
    if operation in _SOCIAL:
        if "redirectUri" in body:
            body["redirectUri"] = providers.redirect(_SOCIAL[operation])
        if "code" in body:
            body.setdefault("code_verifier", VERIFIER)
    if operation in ("resetPassword", "changePassword"):
        body["newPassword"] = ANOTHER_PASSWORD
        body["confirmPassword"] = ANOTHER_PASSWORD


def _follow_links(operation: str, case: Any) -> None:
    """A step names what is the caller's.

    Schemathesis takes a 404 for a resource that got lost. The sessions of those who sign up and
    sign in are not the caller's, who makes all requests.
    """
    if operation == "revokeSession" and case.path_parameters["session_id"] not in _world.sessions():
        _REAL[operation](case)
    if operation in _ONES_OWN:
        _REAL[operation](case)


def _sign_up(case: Any) -> None:
    if "invite" in case.body:
        case.body["email"], case.body["invite"] = _world.invite()


def _sign_up_with_invite(case: Any) -> None:
    case.body["email"], case.path_parameters["token"] = _world.invite()


def _sign_in(case: Any) -> None:
    case.body["email"] = _world.account
    case.body["password"] = PASSWORD
    case.body.pop("invite", None)


def _sign_in_elsewhere(case: Any) -> None:
    # Every other time it is somebody who came before.
    real = providers.token(_world.number() // 2)
    for member in ("code", "access_token"):
        if member in case.body:
            case.body[member] = real
    # Without an ID token nothing carries one.
    case.body.pop("nonce", None)


def _start_single_sign_on(case: Any) -> None:
    if "id" in case.body:
        case.body["id"] = _world.identity_provider()
    if "email" in case.body:
        case.body["email"] = f"somebody@{single_sign_on.DOMAIN}"


def _answer_single_sign_on(case: Any) -> None:
    begun = _world.single_sign_on()
    case.body["SAMLResponse"] = begun.response()
    if "RelayState" in case.body:
        case.body["RelayState"] = begun.relay_state


def _redeem(case: Any) -> None:
    begun = _world.single_sign_on()
    case.body["ticket"], case.body["state"] = begun.ticket(), begun.state


def _connect(case: Any) -> None:
    case.body["email"] = _world.account


def _current_user(case: Any) -> None:
    if "X-Workspace-Id" in (case.headers or {}):
        case.headers["X-Workspace-Id"] = _world.home


def _list_sessions(case: Any) -> None:
    # Enough for a second page of one.
    while len(_world.sessions()) < 3:
        _world.session()


def _revoke(case: Any) -> None:
    case.path_parameters["session_id"] = _world.session()["session"]["_id"]


def _sign_out(case: Any) -> None:
    case.headers["Authorization"] = f"Bearer {_world.session()['token']}"


def _change_password(case: Any) -> None:
    case.headers["Authorization"] = f"Bearer {_world.session_to_change()['token']}"
    case.body["currentPassword"] = ANOTHER_PASSWORD


def _token(make: Callable[[], str]) -> Callable[[Any], None]:
    def fill(case: Any) -> None:
        case.path_parameters["token"] = make()

    return fill


# What makes a valid request one that leads somewhere, by operation.
_REAL: dict[str, Callable[[Any], None]] = {
    "signUp": _sign_up,
    "signUpWithInvite": _sign_up_with_invite,
    "signIn": _sign_in,
    "connect": _connect,
    "getCurrentUser": _current_user,
    "listSessions": _list_sessions,
    "revokeSession": _revoke,
    "signOut": _sign_out,
    "changePassword": _change_password,
    "validateResetToken": _token(_world.reset_token),
    "resetPassword": _token(_world.reset_token),
    "confirmAccount": _token(_world.confirmation_token),
    "validateInviteToken": _token(lambda: _world.invite()[1]),
    **dict.fromkeys(_SOCIAL, _sign_in_elsewhere),
    "startSamlSignIn": _start_single_sign_on,
    "completeSamlSignIn": _answer_single_sign_on,
    "consumeSamlResponse": _answer_single_sign_on,
    "redeemSamlTicket": _redeem,
}

# What an earlier step cannot have made: it belongs to somebody else, or has been used.
_ONES_OWN = {
    "getCurrentUser",
    "signOut",
    "changePassword",
    "resetPassword",
    "confirmAccount",
    "signUpWithInvite",
    *_SOCIAL,
    "startSamlSignIn",
    "completeSamlSignIn",
    "consumeSamlResponse",
    "redeemSamlTicket",
}
