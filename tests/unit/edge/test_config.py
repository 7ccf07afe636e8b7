"""config.toml: what is read, where paths lead, and the places of mistakes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from mailhelp.edge import config
from mailhelp.edge.configcheck import is_loopback
from mailhelp.edge.tomlfile import read_toml
from mailhelp.errors import UserError

EXAMPLE = Path(__file__).parents[3] / "config.toml"
SMALL = """
[desk]
name = "Bantuan"
address = "bantuan@sekolah.example"
[[mailbox]]
name = "utama"
host = "imap.sekolah.example"
user = "bantuan"
password_file = "secret"
[smtp]
host = "localhost"
port = 25
tls = "none"
"""


def write(folder: Path, text: str) -> Path:
    """A config.toml with that text."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    """What is said about that text."""
    with pytest.raises(UserError) as caught:
        config.load(write(folder, text))
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_the_example_is_a_working_configuration() -> None:
    """The example that every new desk starts from has no mistakes."""
    loaded = config.load(EXAMPLE)
    assert loaded.desk.first_number == 2164242
    assert loaded.security.agent_proof == "token"
    assert loaded.smtp.per_day == 2000


def keys_of(model: type[BaseModel]) -> set[str]:
    """All keys of a section and the sections in it."""
    return set(model.model_fields)


@pytest.mark.parametrize(
    "model",
    [
        config.DeskConfig,
        config.MailboxConfig,
        config.Folders,
        config.OAuth,
        config.SmtpConfig,
        config.DatabaseConfig,
        config.LimitsConfig,
        config.SecurityConfig,
        config.GateConfig,
        config.LogConfig,
        config.Config,
    ],
)
def test_the_example_explains_every_key(model: type[BaseModel]) -> None:
    """No key exists that the commented example does not show."""
    text = EXAMPLE.read_text(encoding="utf-8")
    missing = {key for key in keys_of(model) if key not in text}
    assert not missing


def test_a_small_configuration_gets_the_defaults(tmp_path: Path) -> None:
    """What is not written has the documented default."""
    loaded = config.load(write(tmp_path, SMALL))
    assert loaded.mailbox[0].port == 993
    assert loaded.mailbox[0].folders.processed == "mailhelp/Processed"
    assert loaded.desk.id == "bantuan-sekolah-example"


def test_paths_lead_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon started elsewhere finds the same files; an absolute path stays."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    path = write(tmp_path, SMALL + 'ca_file = "/etc/ca.pem"\n[security]\nkey_file = "k/keys.json"\n')
    monkeypatch.chdir(other)
    loaded = config.load(Path("..") / "config.toml")
    assert Path(loaded.mailbox[0].password_file).resolve() == tmp_path / "secret"
    assert Path(loaded.security.key_file).resolve() == tmp_path / "k/keys.json"
    assert loaded.smtp.ca_file == "/etc/ca.pem"
    assert Path(loaded.database.url.removeprefix("sqlite:///")).resolve() == tmp_path / "mailhelp.db"
    assert Path(config.load(path).rules_dir) == tmp_path / "rules"


@pytest.mark.parametrize(
    ("url", "resolved"),
    [
        ("sqlite:///a.db", "sqlite:////srv/desk/a.db"),
        ("sqlite:////var/a.db", "sqlite:////var/a.db"),
        ("postgresql://m@h/n", "postgresql://m@h/n"),
    ],
)
def test_the_database_file_is_beside_the_configuration(url: str, resolved: str) -> None:
    """Only relative SQLite files move; every other address stays as it is."""
    assert config._database_url(url, Path("/srv/desk")) == resolved


def test_oauth_files_are_resolved_too(tmp_path: Path) -> None:
    """Secrets of OAuth2 are found like passwords."""
    oauth = '[smtp.oauth]\nprovider = "google"\nclient_id = "a"\nrefresh_token_file = "r"\nclient_secret_file = "c"\n'
    loaded = config.load(write(tmp_path, SMALL + 'user = "x"\n' + oauth))
    assert loaded.smtp.oauth
    assert loaded.smtp.oauth.refresh_token_file == str(tmp_path / "r")
    assert loaded.smtp.oauth.client_secret_file == str(tmp_path / "c")


def test_the_only_mailbox_holds_the_sent_folder(tmp_path: Path) -> None:
    """With one mailbox nobody has to say where the Sent folder is."""
    loaded = config.load(write(tmp_path, SMALL + 'sent_folder = "Sent"\n'))
    assert loaded.smtp.sent_mailbox == "utama"


def test_what_decisions_get(tmp_path: Path) -> None:
    """The parts handed to decisions carry the configured values, with MB turned into bytes."""
    text = SMALL + '[security]\naccept_unauthenticated = true\nagent_proof = "token"\n'
    loaded = config.load(write(tmp_path, text + "[gate]\nglobal_hour = 7\n[limits]\nmax_attachments_mb = 0.5\n"))
    assert config.to_desk(loaded).addresses == {"bantuan@sekolah.example"}
    assert config.to_security(loaded).accept_unauthenticated
    assert config.to_security(loaded).agent_proof == "token"
    assert config.to_gate(loaded).global_hour == 7
    assert config.to_limits(loaded).max_attachment_bytes == 500_000
    assert config.to_limits(loaded).reply_to_closed_grace == timedelta(0)


def test_a_mistake_of_type_does_not_hide_one_across_keys(tmp_path: Path) -> None:
    """Both the wrong type and the wrong combination are told at once, in the order of the file."""
    said = problems(tmp_path, SMALL.replace("port = 25", 'port = "25"').replace('"localhost"', '"mail.example"'))
    assert [line.split(": ")[1] for line in said] == ["[smtp] port", "[smtp] tls"]


def test_a_mistake_inside_a_list_is_placed(tmp_path: Path) -> None:
    """An item of a list is named by its number, and the rest of the file is still checked."""
    said = problems(
        tmp_path, SMALL.replace("[[mailbox]]", 'aliases = ["a@b.example", 3]\ntimezone = "WIB"\n[[mailbox]]')
    )
    assert said[0] == 'config.toml:5: [desk] aliases.2: must be a text in quotes, not "3"'
    assert said[1].startswith("config.toml:6: [desk] timezone: unknown time zone")


def test_a_password_in_the_database_address_is_not_shown(tmp_path: Path) -> None:
    """A mistaken address is not repeated when it may hold a password."""
    (said,) = problems(tmp_path, SMALL + '[database]\nurl = "mysql://desk:rahasia@db/x"\n')
    assert "rahasia" not in said


MAILBOX = '[[mailbox]]\nname = "utama"'
WRONG = [
    ('name = "Bantuan"', 'name = "a\\nb"', "[desk] name: must be a text on one line"),
    ('name = "Bantuan"', 'name = "B"\nid = "A b"', '[desk] id: not a short name: "A b"'),
    ('name = "Bantuan"', 'name = "B"\nadmin = "me"', '[desk] admin: not a mail address: "me"'),
    ('name = "Bantuan"', 'name = "B"\nsubject_tag = "1{number}"', "[desk] subject_tag: has a digit beside {number}"),
    ('name = "Bantuan"', 'name = "B"\nsubject_tag = "{number} {x}"', "[desk] subject_tag: must hold {number} once"),
    ('name = "utama"', 'name = "u t"', '[[mailbox]] "u t" name: not a short name'),
    ("[smtp]", '[mailbox.folders]\nignored = ""\n[smtp]', "folders.ignored: not a folder's name"),
    ("[smtp]", '[smtp]\nhelo = "a b"', '[smtp] helo: not a host name: "a b"'),
    ("[smtp]", '[smtp]\nsent_mailbox = "utama"', "[smtp] sent_mailbox: is of no use without sent_folder"),
    ("[smtp]", '[smtp]\nsent_folder = "inbox"', "[smtp] sent_folder: is the intake folder"),
    ("[smtp]", '[security]\nauthserv_ids = ["mx.example", ""]\n[smtp]', "[security] authserv_ids.2: not a server's"),
    ("[smtp]", '[security]\nown_relays = ["a b"]\n[smtp]', "[security] own_relays.1: not a server's name"),
    ("[smtp]", '[security]\nown_relays = ["2002:a0:*", "mx*"]\n[smtp]', "own_relays.2: not a server's name"),
    ("[smtp]", '[security]\nauthserv_ids = ["mx.example*"]\n[smtp]', "[security] authserv_ids.1: not a server's name"),
    ("[smtp]", '[database]\nurl = "sqlite:///:memory:"\n[smtp]', "[database] url: must not be in memory"),
    ("[smtp]", '[database]\nurl = "postgresql://host"\n[smtp]', "[database] url: unknown kind of database"),
    ("[smtp]", "[smtp]\noauth = 3", "[smtp] oauth: must be a section of its own, not"),
    ("[smtp]", "limits = 3\n[smtp]", '[[mailbox]] "utama": unknown key "limits"'),
    ("[smtp]", "[limits]\nworkers = true\n[smtp]", "[limits] workers: must be a whole number, not"),
    ("[smtp]", '[smtp]\noauth.client_id = "a"\noauth.nme = 1', '[smtp] oauth: unknown key "nme"'),
    (
        "[smtp]",
        '[smtp.oauth]\nclient_id = "a"\nprovider = "google"\nrefresh_token_env = "R"\nrefresh_token_file = "r"\n[smtp]',
        "oauth.refresh_token_env: refresh_token comes from a file and from the environment",
    ),
    (
        "[smtp]",
        '[smtp.oauth]\nclient_id = "a"\nprovider = "microsoft"\n[smtp]\nuser = "x"',
        "oauth: has neither a refresh token nor a client secret",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG)
def test_more_mistakes(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """Each mistake is named by its key, in words that say what is wrong."""
    assert any(sentence in line for line in problems(tmp_path, SMALL.replace(old, new, 1)))


def test_other_databases_are_welcome(tmp_path: Path) -> None:
    """PostgreSQL by either spelling."""
    for scheme in ("postgresql", "postgres"):
        url = f"{scheme}://desk@db.example/desk"
        assert config.load(write(tmp_path, SMALL + f'[database]\nurl = "{url}"\n')).database.url == url


def test_a_missing_file_says_how_to_begin(tmp_path: Path) -> None:
    """Without a file the remedy is the command that makes one."""
    with pytest.raises(UserError, match="mailhelp init"):
        config.load(tmp_path / "config.toml")


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    """What cannot be read is told with the system's reason."""
    with pytest.raises(UserError, match="cannot be read: Is a directory"):
        config.load(tmp_path)


def test_bytes_that_are_no_utf8_are_placed(tmp_path: Path) -> None:
    """An editor's old encoding is named with its line."""
    path = tmp_path / "config.toml"
    path.write_bytes(SMALL.encode() + b"# caf\xe9\n")
    with pytest.raises(UserError, match="byte 0xe9 in line 14 is not UTF-8"):
        config.load(path)


def test_a_byte_order_mark_and_crlf_do_no_harm(tmp_path: Path) -> None:
    """Files from Windows editors are read."""
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert config.load(path).desk.name == "Bantuan"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
        ("10.0.0.1", False),
        ("mail", False),
    ],
)
def test_only_this_machine_is_loopback(host: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Clear text is allowed by spelling alone; a name that merely looks local is not local."""
    assert is_loopback(host) is expected


PLACES = '''title = "x"
[a]   # comment
"k 1" = 1
b.c = 2
text = """
[not.a.header]
key = 1
"""
list = [
  "x = 1",
]
[[m]]
n = 1
[m.f]
g = 1
[[ m ]]
n = 2
o = { p = 1 }
'''


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("title",), 1),
        (("a",), 2),
        (("a", "k 1"), 3),
        (("a", "b", "c"), 4),
        (("a", "text"), 5),
        (("a", "key"), 2),
        (("a", "list", 0), 9),
        (("m", 0), 12),
        (("m", 0, "n"), 13),
        (("m", 0, "f", "g"), 15),
        (("m", 1), 16),
        (("m", 1, "n"), 17),
        (("m", 1, "o", "p"), 18),
        (("unknown",), 0),
    ],
)
def test_keys_are_found_again_in_the_text(loc: tuple[str | int, ...], line: int, tmp_path: Path) -> None:
    """Each key has its line; what is inside a value has the line of that value; strings are not mistaken for keys."""
    assert read_toml(write(tmp_path, PLACES)).line(loc) == line


NAMES = st.text("abcdefghij_-0123456789", min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, st.integers(), max_size=5), max_size=5))
def test_the_lines_are_those_of_the_keys(
    tmp_path_factory: pytest.TempPathFactory, data: dict[str, dict[str, int]]
) -> None:
    """Whatever keys there are, the line that is given holds that key."""
    text = "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()) for name, keys in data.items()
    )
    file = read_toml(write(tmp_path_factory.mktemp("toml"), text))
    lines = text.split("\n")
    for name, keys in data.items():
        assert lines[file.line((name,)) - 1] == f"[{name}]"
        for key, value in keys.items():
            assert lines[file.line((name, key)) - 1] == f"{key} = {value}"
