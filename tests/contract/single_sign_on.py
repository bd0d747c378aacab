"""The identity provider of a contract run: it lets everybody in whom it is asked about.

The operator's command sets it up. Its responses are canonical XML as it stands, so that what is
written is what is signed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import time
import xml.etree.ElementTree
import zlib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from people import anonymous, succeeded

DOMAIN = "single.example"
_ENTITY = f"https://idp.{DOMAIN}/metadata"
_KEYS = Path(__file__).parents[2] / "crates/issuer/keys"
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_SAML = "urn:oasis:names:tc:SAML:2.0"
# What stands before a SHA-256 in a signature by RSA (RFC 8017, 9.2).
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")


def set_up(organisation: str) -> str:
    """The provider's id. The first run on a database adds it."""
    for provider in _operator("list"):
        if provider["entity_id"] == _ENTITY:
            return provider["id"]
    metadata = Path(os.environ["CHARTER_PEOPLE"]).with_name("metadata.xml")
    metadata.write_text(_metadata(), encoding="utf-8")
    added = _operator(
        "add", "--organisation", organisation, "--metadata", str(metadata), "--domain", DOMAIN
    )
    return added["id"]


class SignIn:
    """A sign-in that was begun, and what the provider answers."""

    def __init__(self, provider: str, number: int) -> None:
        begun = succeeded(anonymous.post("/v2/auth/saml", {"id": provider}))
        query = parse_qs(urlsplit(begun["url"]).query)
        request = xml.etree.ElementTree.fromstring(
            zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -zlib.MAX_WBITS)
        )
        self.state = begun["state"]
        self.relay_state = query["RelayState"][0]
        self._request = request.attrib["ID"]
        self._address = request.attrib["AssertionConsumerServiceURL"]
        self._service = request.findtext(f"{{{_SAML}:assertion}}Issuer")
        self._email = f"somebody{number}@{DOMAIN}"
        # What is signed and what is sent have the same.
        self._now = time.time()

    def response(self) -> str:
        """As the form field has it."""
        signed = self._assertion(_signature(self._id, self._assertion("")))
        response = (
            f'<samlp:Response xmlns:samlp="{_SAML}:protocol" Destination="{self._address}" '
            f'ID="_response" InResponseTo="{self._request}" IssueInstant="{_moment(self._now, 0)}" '
            f'Version="2.0"><saml:Issuer xmlns:saml="{_SAML}:assertion">{_ENTITY}</saml:Issuer>'
            f'<samlp:Status><samlp:StatusCode Value="{_SAML}:status:Success"></samlp:StatusCode>'
            f"</samlp:Status>{signed}</samlp:Response>"
        )
        return base64.b64encode(response.encode()).decode()

    def ticket(self) -> str:
        """What the browser comes back with."""
        form = {"SAMLResponse": self.response(), "RelayState": self.relay_state}
        answer = requests.post(
            os.environ["CHARTER_ADDRESS"] + "/v2/auth/saml/acs",
            data=form,
            allow_redirects=False,
            timeout=20,
        )
        return parse_qs(urlsplit(answer.headers["Location"]).query)["ticket"][0]

    @property
    def _id(self) -> str:
        return f"_of{self._request}"

    def _assertion(self, signature: str) -> str:
        until = _moment(self._now, 300)
        return (
            f'<saml:Assertion xmlns:saml="{_SAML}:assertion" ID="{self._id}" '
            f'IssueInstant="{_moment(self._now, 0)}" Version="2.0"><saml:Issuer>{_ENTITY}</saml:Issuer>'
            f"{signature}<saml:Subject>"
            '<saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">'
            f"{self._email}</saml:NameID>"
            f'<saml:SubjectConfirmation Method="{_SAML}:cm:bearer"><saml:SubjectConfirmationData '
            f'InResponseTo="{self._request}" NotOnOrAfter="{until}" Recipient="{self._address}">'
            "</saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotOnOrAfter="{until}"><saml:AudienceRestriction><saml:Audience>'
            f"{self._service}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{_moment(self._now, 0)}"></saml:AuthnStatement>'
            "</saml:Assertion>"
        )


def _moment(now: float, seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + seconds))


def _signature(reference: str, signed: str) -> str:
    digest = base64.b64encode(hashlib.sha256(signed.encode()).digest()).decode()
    information = (
        f'<ds:CanonicalizationMethod Algorithm="{_EXCLUSIVE}"></ds:CanonicalizationMethod>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256">'
        f'</ds:SignatureMethod><ds:Reference URI="#{reference}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{_DS}enveloped-signature"></ds:Transform>'
        f'<ds:Transform Algorithm="{_EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )
    value = _sign(f'<ds:SignedInfo xmlns:ds="{_DS}">{information}</ds:SignedInfo>'.encode())
    return (
        f'<ds:Signature xmlns:ds="{_DS}"><ds:SignedInfo>{information}</ds:SignedInfo>'
        f"<ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
    )


def _sign(message: bytes) -> str:
    modulus, exponent = _key()
    length = (modulus.bit_length() + 7) // 8
    digest = _SHA256 + hashlib.sha256(message).digest()
    padded = b"\x00\x01" + b"\xff" * (length - len(digest) - 3) + b"\x00" + digest
    signature = pow(int.from_bytes(padded), exponent, modulus)
    return base64.b64encode(signature.to_bytes(length)).decode()


def _key() -> tuple[int, int]:
    """Modulus and private exponent, from PKCS#8."""
    # Version, algorithm, and the key itself in an octet string.
    _, _, wrapped = _items(_items(_pem("provider.key.pem"))[0])
    _, modulus, _, exponent, *_ = _items(_items(wrapped)[0])
    return int.from_bytes(modulus), int.from_bytes(exponent)


def _items(der: bytes) -> list[bytes]:
    """The contents of what follows one another in DER."""
    items = []
    while der:
        length, start = der[1], 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[2:start])
        items.append(der[start : start + length])
        der = der[start + length :]
    return items


def _pem(name: str) -> bytes:
    lines = (_KEYS / name).read_text(encoding="ascii").splitlines()
    return base64.b64decode("".join(line for line in lines if not line.startswith("-")))


def _metadata() -> str:
    certificate = base64.b64encode(_pem("provider.pem")).decode()
    return (
        f'<md:EntityDescriptor xmlns:md="{_SAML}:metadata" entityID="{_ENTITY}">'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{_SAML}:protocol">'
        f'<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="{_DS}"><ds:X509Data>'
        f"<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        f'</md:KeyDescriptor><md:SingleSignOnService Binding="{_SAML}:bindings:HTTP-Redirect" '
        f'Location="https://idp.{DOMAIN}/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>'
    )


def _operator(*arguments: str) -> list[dict[str, str]] | dict[str, str]:
    """What a command of the operator's prints."""
    command = [os.environ["CHARTER_COMMAND"], "saml", *arguments, "--json"]
    command += ["--database", os.environ["CHARTER_RUN_DATABASE"]]
    folder = Path(os.environ["CHARTER_PEOPLE"]).parent
    # The variables of the run are none of the command's settings.
    own = {name: text for name, text in os.environ.items() if not name.startswith("CHARTER_")}
    ended = subprocess.run(
        command, cwd=folder, env=own, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        # Not an assertion: Schemathesis takes those for Hypothesis's own.
        raise RuntimeError(f"{' '.join(command)}: {ended.stderr}")
    return json.loads(ended.stdout)
