"""The four providers of a contract run, on this machine.

They vouch for the access tokens that `token` makes, and for GitHub's and Facebook's codes that it
makes, each time; for nothing else. The first line that this prints says where they are, and it
ends when nobody holds its input any more.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

CLIENT = "charter"

_KNOWN = re.compile(r"a-real-one-([0-9]+)")


def token(number: int) -> str:
    """What the providers take for the access token, or the code, of the person of this number."""
    return f"a-real-one-{number}"


def redirect(provider: str) -> str:
    """The redirect address that the document's examples have."""
    return f"https://charter.example/oauth/{provider}"


def _number(text: str) -> int | None:
    known = _KNOWN.search(text)
    return None if known is None else int(known[1])


def _person(number: int) -> dict[str, Any]:
    return {
        "email": f"elsewhere{number}@northwind.example",
        "name": f"Person {number}",
        "first": "Person",
        "last": str(number),
    }


class _Providers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        # Whatever the question is about stands in one of these.
        asked = parse_qs(address.query).get("input_token") or parse_qs(body).get("code")
        about = (asked or [body + self.headers.get("Authorization", "")])[0]
        status, said = _said(address.path, _number(about))
        content = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _said(path: str, number: int | None) -> tuple[int, Any]:
    """As the providers document it."""
    if number is None:
        return _REFUSALS[path]
    person = _person(number)
    tokens = {"access_token": token(number), "token_type": "bearer"}
    return 200 if path != "/openid/token" else 400, {
        # A signed ID token would be needed, and these have no key.
        "/openid/token": {"error": "invalid_grant"},
        "/openid/userinfo": {
            "sub": str(number),
            "email": person["email"],
            "email_verified": True,
            "name": person["name"],
            "locale": "es",
        },
        "/google/tokeninfo": {"aud": CLIENT, "azp": CLIENT, "sub": str(number)},
        "/linkedin/introspectToken": {"active": True, "client_id": CLIENT},
        "/github/login/oauth/access_token": tokens,
        f"/github/api/applications/{CLIENT}/token": {
            "app": {"client_id": CLIENT},
            "user": {"id": number},
        },
        "/github/api/user": {"id": number, "name": person["name"]},
        "/github/api/user/emails": [
            {"email": person["email"], "primary": True, "verified": True}
        ],
        "/facebook/oauth/access_token": tokens,
        "/facebook/debug_token": {
            "data": {
                "app_id": CLIENT,
                "type": "USER",
                "is_valid": True,
                "expires_at": 0,
                "user_id": str(number),
            }
        },
        "/facebook/me": {
            "id": str(number),
            "email": person["email"],
            "name": person["name"],
            "first_name": person["first"],
            "last_name": person["last"],
        },
    }[path]


_NO = {"error": {"message": "no", "type": "OAuthException", "code": 190}}

_REFUSALS: dict[str, tuple[int, Any]] = {
    "/openid/keys": (200, {"keys": []}),
    "/openid/token": (400, {"error": "invalid_grant"}),
    "/openid/userinfo": (401, {"error": "invalid_token"}),
    "/google/tokeninfo": (400, {"error": "invalid_token"}),
    "/linkedin/introspectToken": (200, {"active": False}),
    "/github/login/oauth/access_token": (200, {"error": "bad_verification_code"}),
    f"/github/api/applications/{CLIENT}/token": (404, {"message": "Not Found"}),
    "/github/api/user": (401, {"message": "Bad credentials"}),
    "/github/api/user/emails": (401, {"message": "Bad credentials"}),
    "/facebook/oauth/access_token": (400, _NO),
    "/facebook/debug_token": (
        200,
        {"data": {"is_valid": False, "error": {"code": 190, "message": "no"}}},
    ),
    "/facebook/me": (401, _NO),
}


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Providers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()
