"""An identity provider that browsers can come to: pysaml2, which signs with xmlsec1.

Its settings stand in CHARTER_PROVIDER, as JSON. It prints a line about itself once it listens, signs in
whoever comes, and ends when its input does.
"""

import json
import os
import shutil
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, SAMLError
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NameID
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

SETTINGS = json.loads(os.environ["CHARTER_PROVIDER"])


def configured(address):
    """The provider that listens at this address."""
    return IdPConfig().load(
        {
            "entityid": f"{address}/metadata",
            "key_file": SETTINGS["key"],
            "cert_file": SETTINGS["certificate"],
            "xmlsec_binary": shutil.which("xmlsec1"),
            "metadata": {"inline": [SETTINGS["service_provider"]]},
            "service": {
                "idp": {
                    "endpoints": {
                        "single_sign_on_service": [
                            (f"{address}/sso", BINDING_HTTP_REDIRECT)
                        ]
                    },
                    "name_id_format": [SETTINGS["name_id_format"]],
                    "want_authn_requests_signed": True,
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


def sign_in(provider, query):
    """The page that a person gets who has signed in at once."""
    relay_state = query.get("RelayState", [""])[0]
    request = provider.parse_authn_request(
        query["SAMLRequest"][0],
        BINDING_HTTP_REDIRECT,
        relay_state=relay_state or None,
        sigalg=query.get("SigAlg", [None])[0],
        signature=query.get("Signature", [None])[0],
    )
    where = provider.response_args(request.message)
    person = SETTINGS["person"]
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
        name_id=NameID(format=SETTINGS["name_id_format"], text=person["name_id"]),
        authn={
            "class_ref": "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
            "authn_auth": provider.config.entityid,
        },
        sign_response=SETTINGS["signs"] in ("response", "both"),
        sign_assertion=SETTINGS["signs"] in ("assertion", "both"),
        sign_alg=SIG_RSA_SHA256,
        digest_alg=DIGEST_SHA256,
    )
    page = provider.apply_binding(
        BINDING_HTTP_POST,
        str(response),
        where["destination"],
        relay_state,
        response=True,
    )
    return page["data"]


class Pages(BaseHTTPRequestHandler):
    """The one page that there is."""

    def do_GET(self):  # noqa: N802, the name is the library's
        address = urlsplit(self.path)
        if address.path != "/sso":
            self.send_error(404)
            return
        try:
            page = sign_in(self.server.provider, parse_qs(address.query)).encode()
        except SAMLError as refusal:
            self.send_error(400, str(refusal))
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        """Says nothing."""


server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
config = configured(f"http://127.0.0.1:{server.server_port}")
server.provider = Server(config=config)
print(
    json.dumps(
        {"entity_id": config.entityid, "metadata": str(entity_descriptor(config))}
    ),
    flush=True,
)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
