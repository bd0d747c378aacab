"""An identity provider: pysaml2, which signs with xmlsec1.

Reads jobs from standard input and answers on standard output, both JSON. For each, it reads our
metadata, takes our request from the address that the browser would be sent to, and answers it.
"""

import datetime
import json
import shutil
import sys
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_REDIRECT, SAMLError
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA1, DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256

ALGORITHMS = {
    "sha1": (SIG_RSA_SHA1, DIGEST_SHA1),
    "sha256": (SIG_RSA_SHA256, DIGEST_SHA256),
}


def configured(job):
    """The provider that the job describes."""
    return IdPConfig().load(
        {
            "entityid": job["entity_id"],
            "key_file": job["key"],
            "cert_file": job["certificate"],
            "xmlsec_binary": shutil.which("xmlsec1"),
            "metadata": {"inline": [job["service_provider"]]},
            "service": {
                "idp": {
                    "endpoints": {
                        "single_sign_on_service": [
                            (job["sso_url"], BINDING_HTTP_REDIRECT)
                        ]
                    },
                    "name_id_format": [job["name_id_format"]],
                    "want_authn_requests_signed": job["signed_request"],
                    "policy": {
                        "default": {
                            "lifetime": {"minutes": 5},
                            "attribute_restrictions": None,
                            "name_form": "urn:oasis:names:tc:SAML:2.0:attrname-format:uri",
                        }
                    },
                }
            },
        }
    )


def answer(job):
    """What the provider says of itself, what it has read, and its response."""
    config = configured(job)
    provider = Server(config=config)
    query = parse_qs(urlsplit(job["request"]).query)
    relay_state = query.get("RelayState", [None])[0]
    request = provider.parse_authn_request(
        query["SAMLRequest"][0],
        BINDING_HTTP_REDIRECT,
        relay_state=relay_state,
        sigalg=query.get("SigAlg", [None])[0],
        signature=query.get("Signature", [None])[0],
    )
    where = provider.response_args(request.message)
    signature, digest = ALGORITHMS[job["algorithm"]]
    person = job["person"]
    response = provider.create_authn_response(
        identity={
            "mail": person["email"],
            "givenName": person["first_name"],
            "sn": person["last_name"],
            "displayName": person["display_name"],
        },
        in_response_to=where["in_response_to"],
        destination=where["destination"],
        sp_entity_id=where["sp_entity_id"],
        name_id=NameID(format=job["name_id_format"], text=person["name_id"]),
        authn={
            "class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            "authn_auth": job["entity_id"],
        },
        sign_response=job["signs"] in ("response", "both"),
        sign_assertion=job["signs"] in ("assertion", "both"),
        sign_alg=signature,
        digest_alg=digest,
    )
    return {
        "metadata": str(entity_descriptor(config)),
        "request": {
            "id": request.message.id,
            "issuer": request.message.issuer.text,
            "acs": where["destination"],
            "relay_state": relay_state,
        },
        "response": str(response),
        "now": datetime.datetime.now(datetime.timezone.utc).isoformat(),
    }


def attempt(job):
    """The answer, or why there is none."""
    try:
        return answer(job)
    except SAMLError as refusal:
        return {"refusal": str(refusal)}


json.dump([attempt(job) for job in json.load(sys.stdin)], sys.stdout)
