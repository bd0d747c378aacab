"""The mails of a contract run, which the service writes into a folder."""

from __future__ import annotations

import email
import os
import re
import time
from collections import defaultdict
from email.message import Message
from email.policy import default
from pathlib import Path

_LINK = re.compile(r"/(confirm|reset|invite)\?token=([0-9A-Za-z_-]+)")
_PATIENCE = 60

_read: set[Path] = set()
_tokens: dict[str, dict[str, str]] = defaultdict(dict)


def links(addresses: list[str], page: str) -> dict[str, str]:
    """The token in the latest mail to each address that leads to this page.

    The worker sends them some seconds after they were wished for.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = _found(page)
        if all(address in found for address in addresses):
            return {address: found[address] for address in addresses}
        if time.monotonic() > deadline:
            missing = [address for address in addresses if address not in found]
            raise RuntimeError(f"no mail leads to /{page}: {', '.join(missing)}")
        time.sleep(0.2)


def _found(page: str) -> dict[str, str]:
    # Their names are UUIDv7, so the latest is the last. Each is read once: there are thousands.
    for path in sorted(set(Path(os.environ["CHARTER_MAILS"]).glob("*.eml")) - _read):
        _read.add(path)
        mail: Message = email.message_from_bytes(path.read_bytes(), policy=default)
        link = _LINK.search(mail.get_content())
        if link is not None:
            _tokens[link[1]][str(mail["To"])] = link[2]
    return _tokens[page]
