"""Access tokens for XOAUTH2: by refresh token (log in as a person) or client credentials (log in as an application).

RFC 6749 §6 and §4.4. One POST by the standard library, in whatever thread asks; the token is kept until five minutes
before its end. Neither secrets nor tokens are ever part of an error.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from mailhelp.edge.config import OAuth
from mailhelp.edge.secret import read_secret
from mailhelp.errors import UserError

EARLY = timedelta(minutes=5)
"""How long before its end a token is renewed."""

_PERSON_AT_MICROSOFT = (
    "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access"
)
_TOKEN_URLS = {
    "google": "https://oauth2.googleapis.com/token",
    "microsoft": "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
}
# What the usual errors of RFC 6749 §5.2 mean for the person who reads them.
_REMEDIES = {
    "invalid_grant": "The refresh token has expired or was withdrawn: log in once more and store the new one.",
    "invalid_client": "The client id or its secret is wrong, or the secret has expired.",
    "unauthorized_client": "This application may not log in this way: look at its permissions at the provider.",
    "invalid_scope": "The scope is not one the provider gives to this application.",
}


class TokenError(UserError):
    """No token was to be had. `temporary` is True when asking again later may help (network, server trouble)."""

    def __init__(self, summary: str, remedy: str = "", *, temporary: bool = False) -> None:
        super().__init__(summary, remedy=remedy)
        self.temporary = temporary


class TokenSource:
    """Access tokens of one account. `token()` may be called from any thread; one asks the server, the others wait."""

    def __init__(self, oauth: OAuth, where: str, clock: Callable[[], datetime], timeout: float = 30.0) -> None:
        self._oauth = oauth
        self._where = f"{where} oauth"
        self._clock = clock
        self._timeout = timeout
        self._lock = threading.Lock()
        self._token = ""
        self._ends_at: datetime | None = None
        self._rotated = ""

    def token(self) -> str:
        """A token that is good for at least five minutes more, where the server gives such. TokenError or UserError."""
        with self._lock:
            if not self._token or self._ends_at is None or self._clock() >= self._ends_at - EARLY:
                self._renew()
            return self._token

    def forget(self) -> None:
        """Throw the token away: a server has just refused it, whatever its date says."""
        with self._lock:
            self._token = ""

    def _renew(self) -> None:
        asked_at = self._clock()
        answer = _post(token_url(self._oauth), self._request(), self._timeout)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise TokenError(f"{self._host} answered without an access token.")
        self._ends_at = asked_at + timedelta(seconds=_seconds(answer.get("expires_in")))
        self._token = token
        if (new := answer.get("refresh_token")) and isinstance(new, str):
            self._keep(new)

    @property
    def _host(self) -> str:
        return urllib.parse.urlsplit(token_url(self._oauth)).hostname or ""

    def _request(self) -> dict[str, str]:
        oauth = self._oauth
        fields = {"client_id": oauth.client_id, "scope": scope(oauth)}
        if oauth.client_secret_file or oauth.client_secret_env:
            fields["client_secret"] = read_secret(oauth.client_secret_file, oauth.client_secret_env, self._where)
        if is_person(oauth):
            fields["refresh_token"] = self._rotated or self._stored()
        fields["grant_type"] = "refresh_token" if is_person(oauth) else "client_credentials"
        return {key: value for key, value in fields.items() if value}

    def _stored(self) -> str:
        return read_secret(self._oauth.refresh_token_file, self._oauth.refresh_token_env, self._where)

    def _keep(self, refresh_token: str) -> None:
        """Keep the refresh token that replaces ours (RFC 6749 §6): in its file, or for this run where it has none."""
        file = self._oauth.refresh_token_file
        if not file:
            self._rotated = refresh_token
        elif refresh_token != self._stored():
            try:
                _replace(Path(file), refresh_token)
            except OSError:  # a read-only secret is legitimate; then the new token lives as long as we do
                self._rotated = refresh_token


def is_person(oauth: OAuth) -> bool:
    """Whether the login is a person's (refresh token) and not the application's own (client credentials)."""
    return bool(oauth.refresh_token_file or oauth.refresh_token_env)


def token_url(oauth: OAuth) -> str:
    """Where tokens are given out."""
    return oauth.token_url or _TOKEN_URLS[oauth.provider].format(tenant=urllib.parse.quote(oauth.tenant, safe=""))


def scope(oauth: OAuth) -> str:
    """What the token shall be good for. A refresh at Google takes the scope that was granted, so none is named."""
    if oauth.scope or oauth.provider != "microsoft":
        return oauth.scope
    return _PERSON_AT_MICROSOFT if is_person(oauth) else "https://outlook.office365.com/.default"


def _seconds(value: Any) -> float:
    """The `expires_in` of an answer; an hour where it is missing or nonsense (RFC 6749 §5.1 only recommends it)."""
    try:
        return max(0.0, min(float(value), 86_400.0))
    except (TypeError, ValueError):
        return 3600.0


def _post(url: str, fields: Mapping[str, str], timeout: float) -> dict[str, Any]:
    host = urllib.parse.urlsplit(url).hostname
    request = urllib.request.Request(url, urllib.parse.urlencode(fields).encode())  # noqa: S310 - checked by configcheck
    request.add_header("Accept", "application/json")
    try:
        with _OPENER.open(request, timeout=timeout) as response:
            answer = json.loads(response.read(1_000_000))
    except urllib.error.HTTPError as error:
        raise _refusal(error, fields) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise TokenError(f"{host} cannot be asked for a token: {reason}.", temporary=True) from None
    except ValueError:
        raise TokenError(f"{host} did not answer with JSON.", temporary=True) from None
    if not isinstance(answer, dict):
        raise TokenError(f"{host} did not answer with a JSON object.", temporary=True)
    return answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token endpoint has no business sending our secrets elsewhere."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _refusal(error: urllib.error.HTTPError, sent: Mapping[str, str]) -> TokenError:
    """What the server said (RFC 6749 §5.2), without anything that we sent."""
    with error:
        try:
            answer = json.loads(error.read(100_000))
        except (ValueError, OSError, http.client.HTTPException):
            answer = {}
    said = answer if isinstance(answer, dict) else {}
    code, words = str(said.get("error", "")), str(said.get("error_description", ""))
    text = ": ".join(part for part in (code, words.split("\r\n", maxsplit=1)[0][:300]) if part) or f"HTTP {error.code}"
    for key in ("client_secret", "refresh_token"):
        if sent.get(key):
            text = text.replace(sent[key], "***")
    host = urllib.parse.urlsplit(error.url).hostname
    temporary = error.code >= 500 or error.code == 429
    return TokenError(f"{host} gave no token: {text}", _REMEDIES.get(code, ""), temporary=temporary)


def _replace(path: Path, text: str) -> None:
    """Write a secret so that no reader and no power cut ever meets half of it."""
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
