"""YAML read plainly: what looks like text is text, what could harm is refused, everything has a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.events import Event

from mailhelp.edge import yamlfile
from mailhelp.edge.yamlfile import MAX_BYTES, BadYamlError, parse_yaml, read_yaml


def parsed(text: str) -> Any:
    """The data of a file with this text."""
    return parse_yaml(text.encode(), "r.yaml").data


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("True", "True"),
        ("012", "012"),
        ("0x1f", "0x1f"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        (".5", ".5"),
        (".inf", ".inf"),
        ("17:00", "17:00"),
        ("2026-01-31", "2026-01-31"),
        ("08123456789", "08123456789"),
        ("12345678901234567890", "12345678901234567890"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("1.5", 1.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("|\n  a\n  b", "a\nb\n"),
        ("[a, [1, b]]", ("a", (1, "b"))),
        ("{a: {b: c}}", {"a": {"b": "c"}}),
    ],
)
def test_values_mean_what_they_look_like(written: str, value: object) -> None:
    """Only true, false, null and plain numbers are anything but text; lists are tuples."""
    found = parsed(f"key: {written}\n")["key"]
    assert (found, type(found)) == (value, type(value))


def test_keys_are_always_texts() -> None:
    """Keys that look like numbers, truths or merges stay what was written."""
    assert parsed("12: a\nNO: b\ntrue: c\n<<: {d: e}\n") == {"12": "a", "NO": "b", "true": "c", "<<": {"d": "e"}}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: &x 1\nb: *x\n", "r.yaml:1:4: anchors and aliases (& and *) are not allowed. Write the value out."),
        ("a: [*x]\n", "r.yaml:1:5: anchors and aliases (& and *) are not allowed. Write the value out."),
        ("a: !!int 1\n", 'r.yaml:1:4: tags are not allowed: "tag:yaml.org,2002:int"'),
        ("a: !run [x]\n", 'r.yaml:1:4: tags are not allowed: "!run"'),
        ("a: 1\nb: 2\na: 3\n", 'r.yaml:3:1: this key stands here already, in line 1: "a"'),
        ("a: 1\n---\nb: 2\n", "r.yaml:2:1: a second document begins; a file holds one."),
        ("? [a]\n: b\n", "r.yaml:1:3: a key must be a word or a text."),
        ("[" * 21, "r.yaml:1:21: is nested more than 20 levels deep."),
        ("a: \x00", "r.yaml:1: has a character that YAML does not allow: U+0000"),
        ("a: [1,\n", "r.yaml:2:1: a bracket is not closed."),
        ("\ta: 1", "r.yaml:1:1: a tab stands where only spaces may indent."),
    ],
)
def test_what_is_not_plain_is_refused_with_its_place(text: str, sentence: str) -> None:
    """Aliases, tags, double keys, several documents, depth and broken syntax each have their sentence."""
    with pytest.raises(BadYamlError) as caught:
        parsed(text)
    assert str(caught.value) == sentence


def test_several_mistakes_are_told_together() -> None:
    """A double key does not hide a tag further down."""
    with pytest.raises(BadYamlError) as caught:
        parsed("a: 1\na: 2\nb: !x 1\n")
    assert [problem.line for problem in caught.value.problems] == [2, 3]


def test_an_alias_bomb_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The classic bomb is refused at its first anchor, before anything is built: nothing behind it is looked at."""
    taken: list[str] = []
    take = yamlfile._Builder.take

    def watched(self: yamlfile._Builder, event: Event) -> None:
        taken.append(type(event).__name__)
        take(self, event)

    monkeypatch.setattr(yamlfile._Builder, "take", watched)
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [" + ", ".join([f"*a{n - 1}"] * 10) + "]" for n in range(1, 30)]
    with pytest.raises(BadYamlError):
        parsed("\n".join(lines))
    assert taken[-3:] == ["MappingStartEvent", "ScalarEvent", "SequenceStartEvent"]


def test_size_is_bounded(tmp_path: Path) -> None:
    """A file over the limit is refused unread, a missing one and a folder in their own words."""
    path = tmp_path / "big.yaml"
    path.write_bytes(b"a" * (MAX_BYTES + 1))
    for name, sentence in (("big.yaml", "larger than 2 MB"), ("none.yaml", "no such file"), (".", "cannot be read")):
        with pytest.raises(BadYamlError, match=sentence):
            read_yaml(tmp_path / name, name)


def test_every_value_and_key_has_its_place() -> None:
    """Places are lines and columns from 1; unknown paths give the nearest thing around them."""
    file = parse_yaml(b"rules:\n  - name: a\n    then: {queue: b}\n  - name: c\n", "r.yaml")
    assert file.place(("rules", 0, "then", "queue")) == (3, 19)
    assert file.place(("rules", 0, "then", "queue"), of_key=True) == (3, 12)
    assert file.place(("rules", 1)) == (4, 5)
    assert file.place(("rules", 1, "then", "x")) == (4, 5)
    assert file.place(()) == (1, 1)


def test_not_utf8_names_the_line() -> None:
    """A byte that is not UTF-8 is named with its line; a byte order mark is no mistake."""
    with pytest.raises(BadYamlError, match=r"r\.yaml:2: byte 0xff"):
        parse_yaml(b"a: 1\nb: \xff\n", "r.yaml")
    assert parse_yaml(b"\xef\xbb\xbfa: 1\n", "r.yaml").data == {"a": 1}


PLAIN = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=20)
    | st.integers(0, 10**6)
    | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcdef", min_size=1, max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def tupled(value: Any) -> Any:
    """Lists as tuples, as our reader gives them."""
    if isinstance(value, dict):
        return {key: tupled(item) for key, item in value.items()}
    return tuple(tupled(item) for item in value) if isinstance(value, list) else value


@given(PLAIN)
@settings(max_examples=60)
def test_what_a_writer_writes_comes_back(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    """Any plain data that ruamel.yaml writes is read back the same, though our builder is our own."""
    path = tmp_path_factory.mktemp("yaml") / "x.yaml"
    writer = YAML(typ="safe", pure=True)
    writer.allow_unicode = True
    writer.default_flow_style = False  # in flow style it writes `{a: ?b}`, which it cannot read itself
    writer.dump({"key": value}, path)
    assert read_yaml(path, "x.yaml").data == {"key": tupled(value)}


@given(st.binary(max_size=200) | st.text(st.sampled_from("a:-[]{}&*!|>'\"# \n\t%@,?1"), max_size=60).map(str.encode))
@settings(max_examples=300)
def test_no_bytes_make_it_fall_over(raw: bytes) -> None:
    """Anything is data or a BadYamlError with at least one problem; nothing else comes out."""
    try:
        parse_yaml(raw, "r.yaml")
    except BadYamlError as error:
        assert error.problems  # noqa: PT017 - both ends are allowed
