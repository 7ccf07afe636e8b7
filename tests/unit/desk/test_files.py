"""Which files are passed on, and why others are not."""

from __future__ import annotations

import pytest

from mailhelp.desk.files import Why, content_type, refs, sort
from mailhelp.desk.policy import Limits
from mailhelp.mail.message import Attachment

LIMITS = Limits(max_attachments=2, max_attachment_bytes=1_000)


def file(name: str, size: int = 10, sniffed: str = "application/pdf", **more: object) -> Attachment:
    """A file whose part and digest follow from its name."""
    values = {"media_type": sniffed or "application/pdf", "part": name, "sha256": f"sha-{name}", **more}
    return Attachment(name, size=size, sniffed=sniffed, **values)  # type: ignore[arg-type]


def test_files_are_taken_up_to_a_number() -> None:
    """The rest is named with the reason."""
    found = sort([file("a"), file("b"), file("c")], LIMITS)
    assert [one.name for one in found.taken] == ["a", "b"]
    assert [(one.name, why) for one, why in found.left] == [("c", Why.COUNT)]


def test_a_large_file_does_not_keep_out_a_small_one() -> None:
    """All files together count; what fits behind one that does not is taken."""
    found = sort([file("a", 900), file("b", 200), file("c", 100)], LIMITS)
    assert [one.name for one in found.taken] == ["a", "c"]
    assert found.why(found.left[0][0]) == "size"
    assert found.why(found.taken[0]) == ""


@pytest.mark.parametrize(
    ("sniffed", "taken"),
    [
        ("image/heic", True),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", True),
        ("application/x-msdownload", False),
        ("text/html", False),
        ("", False),
    ],
)
def test_types_go_by_content(sniffed: str, taken: bool) -> None:  # noqa: FBT001 - a column of the table
    """Whatever the sender declares: a program that is called a PDF is none, and unknown content is not taken."""
    one = file("surat.pdf", sniffed=sniffed, media_type="application/pdf")
    assert bool(sort([one], LIMITS).taken) is taken
    assert content_type(one) == (sniffed or "application/octet-stream")


def test_what_belongs_to_the_looks_of_a_mail_is_no_file() -> None:
    """Inline pictures and signatures are neither passed on nor missed."""
    found = sort([file("logo", inline=True), file("smime", media_type="application/pkcs7-signature")], LIMITS)
    assert found.taken == ()
    assert found.left == ()


def test_a_picture_that_came_before_is_known() -> None:
    """It is not passed on, the sender is not told of it; a document that came before is passed on again."""
    logo, paper = file("logo.png", sniffed="image/png"), file("surat.pdf")
    found = sort([logo, paper], LIMITS, {logo.sha256, paper.sha256})
    assert [one.name for one in found.taken] == ["surat.pdf"]
    assert found.left == ((logo, Why.KNOWN),)
    assert found.refused == ()


def test_refs_name_the_part_of_the_raw_mail() -> None:
    """What goes along is found again in the arrival."""
    (ref,) = refs(sort([file("a")], LIMITS), 7)
    assert (ref.arrival, ref.part, ref.name) == (7, "a", "a")
