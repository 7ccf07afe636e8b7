"""Access tokens, from a real HTTP server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from mailhelp.edge import oauth
from mailhelp.edge.config import OAuth
from mailhelp.errors import UserError

START = datetime(2026, 11, 24, tzinfo=UTC)


class TokenServer:
    """Answers what the test says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes]] = []
        self.asked: list[dict[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Answer with the next prepared answer; the last one is repeated."""
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                outer.asked.append({key: values[0] for key, values in parse_qs(body).items()})
                status, answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                self.send_response(status)
                if status in (301, 307):
                    self.send_header("Location", outer.url)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_args: Any) -> None:
                """Keep the test's output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/token"

    def answer(self, status: int = 200, **fields: object) -> None:
        """Prepare an answer."""
        self.answers.append((status, json.dumps(fields).encode()))


@pytest.fixture
def server() -> Iterator[TokenServer]:
    """A token server that runs for one test."""
    fake = TokenServer()
    thread = threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield fake
    fake.server.shutdown()
    thread.join()
    fake.server.server_close()


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


def source(server: TokenServer, folder: Path, clock: Clock | None = None, **changes: Any) -> oauth.TokenSource:
    """A token source that logs in as a person."""
    (folder / "refresh").write_text("refresh-1\n")
    (folder / "client").write_text("klien-rahasia\n")
    fields: dict[str, Any] = {
        "client_id": "app",
        "client_secret_file": str(folder / "client"),
        "refresh_token_file": str(folder / "refresh"),
        "token_url": server.url,
    }
    return oauth.TokenSource(OAuth(**(fields | changes)), "[smtp]", clock or Clock())


def test_a_person_logs_in_by_refresh_token(server: TokenServer, tmp_path: Path) -> None:
    """The request is that of RFC 6749 §6."""
    server.answer(access_token="t1", expires_in=3600)
    assert source(server, tmp_path).token() == "t1"
    assert server.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-1",
            "client_id": "app",
            "client_secret": "klien-rahasia",
        }
    ]


def test_an_application_logs_in_by_client_credentials(server: TokenServer, tmp_path: Path) -> None:
    """Without a refresh token the request is that of RFC 6749 §4.4, at Microsoft with the scope of the mail servers."""
    server.answer(access_token="t1", expires_in=3600)
    source(server, tmp_path, refresh_token_file="", provider="microsoft", tenant="sekolah.example").token()
    assert server.asked[0]["grant_type"] == "client_credentials"
    assert server.asked[0]["scope"] == "https://outlook.office365.com/.default"
    assert "refresh_token" not in server.asked[0]


def test_a_token_is_used_until_five_minutes_before_its_end(server: TokenServer, tmp_path: Path) -> None:
    """One request an hour, and never a token that ends on the way."""
    server.answer(access_token="t1", expires_in=3600)
    server.answer(access_token="t2", expires_in="3600")
    clock = Clock()
    tokens = source(server, tmp_path, clock)
    assert tokens.token() == "t1"
    clock.now = START + timedelta(minutes=54, seconds=59)
    assert tokens.token() == "t1"
    clock.now = START + timedelta(minutes=55)
    assert tokens.token() == "t2"
    assert len(server.asked) == 2


def test_a_refused_token_is_forgotten(server: TokenServer, tmp_path: Path) -> None:
    """After a server refused the token, the next one is new."""
    server.answer(access_token="t1", expires_in=3600)
    server.answer(access_token="t2", expires_in=3600)
    tokens = source(server, tmp_path)
    tokens.token()
    tokens.forget()
    assert tokens.token() == "t2"


def test_many_threads_ask_once(server: TokenServer, tmp_path: Path) -> None:
    """Workers that need a token at the same time share one request."""
    server.answer(access_token="t1", expires_in=3600)
    tokens = source(server, tmp_path)
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(tokens.token())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["t1"] * 8
    assert len(server.asked) == 1


def test_a_new_refresh_token_is_kept_in_its_file(server: TokenServer, tmp_path: Path) -> None:
    """Where the server rotates refresh tokens, the new one is used next time, after a restart too, by nobody else."""
    server.answer(access_token="t1", expires_in=0, refresh_token="refresh-2")
    tokens = source(server, tmp_path)
    tokens.token()
    assert (tmp_path / "refresh").read_text() == "refresh-2\n"
    assert (tmp_path / "refresh").stat().st_mode & 0o777 == 0o600
    tokens.token()
    assert server.asked[1]["refresh_token"] == "refresh-2"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_new_refresh_token_outlives_a_folder_that_cannot_be_written(
    server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the secrets are read-only, the newer token is remembered while the process runs."""

    def refuse(*_args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(oauth, "_replace", refuse)
    server.answer(access_token="t1", expires_in=0, refresh_token="refresh-2")
    tokens = source(server, tmp_path)
    tokens.token()
    tokens.token()
    assert server.asked[1]["refresh_token"] == "refresh-2"


def test_a_new_refresh_token_without_a_file_lives_on(
    server: TokenServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the environment the first one comes; a newer one is remembered while the process runs."""
    monkeypatch.setenv("REFRESH", "refresh-1")
    server.answer(access_token="t1", expires_in=0, refresh_token="refresh-2")
    tokens = source(server, tmp_path, refresh_token_file="", refresh_token_env="REFRESH")
    tokens.token()
    tokens.token()
    assert [asked["refresh_token"] for asked in server.asked] == ["refresh-1", "refresh-2"]


def test_a_refusal_says_why_and_what_to_do(server: TokenServer, tmp_path: Path) -> None:
    """The server's own words and a remedy, and no secret even when the server repeats it."""
    server.answer(400, error="invalid_grant", error_description="Token refresh-1 of klien-rahasia expired.\r\nTrace: x")
    with pytest.raises(oauth.TokenError) as caught:
        source(server, tmp_path).token()
    text = str(caught.value)
    assert "127.0.0.1 gave no token: invalid_grant: Token *** of *** expired." in text
    assert "log in once more" in text
    assert "Trace" not in text
    assert not caught.value.temporary


@pytest.mark.parametrize(
    ("status", "body", "words", "temporary"),
    [
        (500, b"oops", "HTTP 500", True),
        (429, b"{}", "HTTP 429", True),
        (401, b"[]", "HTTP 401", False),
        (200, b"<html>", "did not answer with JSON", True),
        (200, b"[]", "did not answer with a JSON object", True),
        (200, b"{}", "without an access token", False),
        (307, b"", "HTTP 307", False),
    ],
)
def test_other_answers_are_clear_errors(
    server: TokenServer, tmp_path: Path, status: int, body: bytes, words: str, temporary: object
) -> None:
    """Whatever comes back is told in a sentence, and whether asking again may help; secrets follow no redirect."""
    server.answers.append((status, body))
    with pytest.raises(oauth.TokenError, match=words) as caught:
        source(server, tmp_path).token()
    assert caught.value.temporary is temporary
    assert len(server.asked) == 1


def test_a_server_that_is_away_is_temporary(server: TokenServer, tmp_path: Path) -> None:
    """A refused connection is no reason to ask a person for a new login."""
    with pytest.raises(oauth.TokenError, match="cannot be asked") as caught:
        source(server, tmp_path, token_url="http://127.0.0.1:1/token").token()
    assert caught.value.temporary


def test_a_missing_secret_names_its_place(server: TokenServer, tmp_path: Path) -> None:
    """A file that is not there is told with the section that names it."""
    with pytest.raises(UserError, match=r"\[smtp\] oauth"):
        source(server, tmp_path, client_secret_file=str(tmp_path / "none")).token()
    assert server.asked == []


@pytest.mark.parametrize(
    ("fields", "url", "scope"),
    [
        ({"provider": "google", "refresh_token_env": "R"}, "https://oauth2.googleapis.com/token", ""),
        (
            {"provider": "microsoft", "refresh_token_env": "R"},
            "https://login.microsoftonline.com/common/oauth2/v2.0/token",
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        ),
        (
            {"provider": "microsoft", "tenant": "a/b"},
            "https://login.microsoftonline.com/a%2Fb/oauth2/v2.0/token",
            "https://outlook.office365.com/.default",
        ),
        ({"token_url": "https://login.example/t", "scope": "mail"}, "https://login.example/t", "mail"),
    ],
)
def test_providers_fill_in_what_is_known(fields: dict[str, Any], url: str, scope: str) -> None:
    """Google's and Microsoft's addresses and scopes need not be looked up by the admin."""
    config = OAuth(client_id="app", **fields)
    assert oauth.token_url(config) == url
    assert oauth.scope(config) == scope
