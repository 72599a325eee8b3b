"""The rim's pure rules: headers of every answer, cookies, CSRF tokens, hosts, origins, safe addresses.

No web framework and no store here: bytes and texts in, decisions out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from web.settings import Network

CSRF_FIELD = "_csrf"
CSRF_HEADER = b"x-csrf-token"
SESSION_COOKIE = "canevas"
VISIT_COOKIE = "canevas-visite"  # before sign-in: what its form's token is made of
FLASH_COOKIE = "canevas-mot"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MAX_ADDRESS = 2_000
MAX_FLASH = 400

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
FILE_CSP = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS: dict[str, str] = {
    "content-security-policy": CSP,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HSTS = "max-age=31536000"
NO_STORE = "no-store"
VARY = "Accept-Encoding, Cookie, HX-Request"
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "public, no-cache"


class Rng(Protocol):
    """The part of `secrets` that is used."""

    def token_bytes(self, nbytes: int) -> bytes:
        """Return random bytes."""

    def token_urlsafe(self, nbytes: int) -> str:
        """Return random bytes as text for an address or a cookie."""

    def token_hex(self, nbytes: int) -> str:
        """Return random bytes in hexadecimal."""


@cache
def answer_headers(
    *, https: bool, static: bool, versioned: bool, status: int, attached: bool = False
) -> Mapping[bytes, bytes]:
    """Return the headers that an answer has, whatever its handler said; a file that is sent runs nothing."""
    headers = dict(HEADERS)
    if attached:
        headers["content-security-policy"] = FILE_CSP
    if static and status in (200, 206, 304):
        headers["cache-control"] = IMMUTABLE if versioned else REVALIDATE
    else:
        headers |= {"cache-control": NO_STORE, "vary": VARY}
    if https:
        headers["strict-transport-security"] = HSTS
    return {name.encode(): value.encode() for name, value in headers.items()}


# --- cookies ------------------------------------------------------------------------------------


def cookie_name(base: str, *, https: bool) -> str:
    """Name a cookie: `__Host-` ties it to this very host, and wants HTTPS."""
    return f"__Host-{base}" if https else base


def read_cookie(headers: Iterable[tuple[bytes, bytes]], base: str, *, https: bool) -> str:
    """Return a cookie's value, or ""; a value that we never write counts as none."""
    wanted = cookie_name(base, https=https)
    for name, line in headers:
        if name == b"cookie":
            for part in line.decode("latin-1").split(";"):
                key, _, value = part.strip().partition("=")
                if key == wanted and re.fullmatch(r"[A-Za-z0-9_.-]{1,3000}", value):
                    return value
    return ""


# --- tokens -------------------------------------------------------------------------------------


def digest(token: str) -> str:
    """Return what is stored of a secret token: from it the token can't be had back."""
    return hashlib.sha256(token.encode()).hexdigest()


def visit_token(visit: str) -> str:
    """Return the CSRF token of a visitor who isn't signed in, from the visit cookie.

    A double submission: another site can neither read the cookie nor, with `__Host-`, plant it.
    """
    return hmac.new(visit.encode(), b"canevas csrf", hashlib.sha256).hexdigest() if visit else ""


def same_token(expected: str, given: str) -> bool:
    """Compare two tokens in constant time; an empty one matches nothing."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode())


def masked(token: str, pad: bytes) -> str:
    """Write a token as it goes into a page: mixed with random bytes, as many as it has (see web.compression).

    >>> unmasked(masked("jeton", b"12345"))
    'jeton'
    """
    return f"m{pad.hex()}{_mixed(token.encode(), pad).hex()}" if token else ""


def unmasked(given: str) -> str:
    """Read back what `masked` wrote; anything else stays as it is."""
    if not given.startswith("m") or not given.isascii() or len(given) % 4 != 1 or len(given) > MAX_ADDRESS:
        return given
    try:
        raw = bytes.fromhex(given[1:])
    except ValueError:
        return given
    if not raw or raw.hex() != given[1:]:  # capitals, spaces
        return given
    half = len(raw) // 2
    return _mixed(raw[:half], raw[half:]).decode("utf-8", "replace")


def _mixed(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(len(one))


def seal(text: str, *, key: str) -> str:
    """Sign what a page carries and gives back, tied to its session by `key`.

    >>> unseal(seal("a.b", key="k"), key="k"), unseal(seal("a", key="k"), key="other")
    ('a.b', None)
    """
    return f"{_seal_mark(text, key)}.{text}"


def unseal(value: str, *, key: str) -> str | None:
    """Return what a page carried, None if it isn't ours."""
    mark, _, text = value.partition(".")
    ours = bool(key) and hmac.compare_digest(_seal_mark(text, key).encode(), mark.encode())
    return text if ours else None


def _seal_mark(text: str, key: str) -> str:
    return hmac.new(key.encode(), b"seal " + text.encode(), hashlib.sha256).hexdigest()


def seal_flash(text: str, level: str, *, key: str) -> str:
    """Write a status sentence for a cookie, tied to its session by `key`.

    >>> open_flash(seal_flash("Enregistré.", "good", key="k"), key="k")
    ('Enregistré.', 'good')
    """
    raw = base64.urlsafe_b64encode(json.dumps([text[:MAX_FLASH], level]).encode()).decode().rstrip("=")
    return f"{raw}.{_flash_mark(raw, key)}"


def open_flash(value: str, *, key: str) -> tuple[str, str]:
    """Return the sentence and its level, or ("", "good") if it isn't ours."""
    raw, _, mark = value.partition(".")
    if not key or not mark or not hmac.compare_digest(_flash_mark(raw, key).encode(), mark.encode()):
        return "", "good"
    text, level = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    return text, level


def _flash_mark(raw: str, key: str) -> str:
    return hashlib.blake2b(raw.encode(), digest_size=16, key=key.encode()[:64], person=b"flash").hexdigest()


# --- hosts, origins, addresses ------------------------------------------------------------------


def host_name(value: str) -> str:
    """Return the name of a Host header or an authority, without its port; "" if malformed.

    >>> host_name("Exemple.fr:8000"), host_name("[::1]:80"), host_name("a@b")
    ('exemple.fr', '[::1]', '')
    """
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?", value)
    return match[1].lower().rstrip(".") if match else ""


def known_host(headers: Iterable[tuple[bytes, bytes]], hosts: Sequence[str]) -> bool:
    """Tell whether the request names this site once, and by a name of the list."""
    named = [value for name, value in headers if name == b"host"]
    return len(named) == 1 and host_name(named[0].decode("latin-1")) in hosts


def from_here(headers: Mapping[bytes, bytes], *, https: bool) -> bool:
    """Tell whether what the browser says of a request's origin fits this site; silence fits."""
    if headers.get(b"sec-fetch-site", b"none") not in (b"same-origin", b"none"):
        return False
    origin = headers.get(b"origin")
    if origin is None:
        return True
    scheme = "https" if https else "http"
    here = _authority(f"{scheme}://{headers.get(b'host', b'').decode('latin-1')}", scheme)
    return here is not None and here == _authority(origin.decode("latin-1"), scheme)


def _authority(origin: str, scheme: str) -> tuple[str, int] | None:
    """Return (host, port) of an origin of that scheme, or None."""
    port = {"http": "80", "https": "443"}[scheme]
    match = re.fullmatch(rf"{scheme}://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::([0-9]{{1,5}}))?", origin)
    return (match[1].lower().rstrip("."), int(match[2] or port)) if match else None


def safe_address(address: str) -> str:
    """Return an address of this site to go to next, or "/" for anything else.

    >>> safe_address("/a?b=1"), safe_address("//evil.example"), safe_address("https://evil.example")
    ('/a?b=1', '/', '/')
    """
    if len(address) > MAX_ADDRESS or not re.fullmatch(r"/(?![/\\])[!-\[\]-~]*", address):
        return "/"
    parts = urlsplit(address)
    signing = parts.path.rstrip("/") in ("/connexion", "/deconnexion")
    return "/" if parts.scheme or parts.netloc or signing else address


def client_address(peer: str, headers: Iterable[tuple[bytes, bytes]], proxies: Sequence[Network]) -> str:
    """Return the address that a request comes from: X-Forwarded-For is read behind trusted relays only.

    The rightmost address that isn't a trusted relay's: what is left of it, anybody may have written.
    """
    hops = [value for name, value in headers if name == b"x-forwarded-for"]
    if not hops:
        return peer
    chain = [part.strip() for part in b",".join(hops).decode("latin-1").split(",")]
    address = peer
    while chain and _within(address, proxies):
        address = chain.pop()
    return address if _parsed(address) else peer


def _within(address: str, networks: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
