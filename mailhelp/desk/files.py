"""Which of a mail's files are passed on, and why the others are not. The raw mail keeps them all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailhelp.desk.effect import AttachmentRef
from mailhelp.desk.policy import Limits
from mailhelp.mail.message import Attachment

_SIGNATURES = frozenset(
    {
        *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"),
        "application/pgp-keys",
    }
)
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_UNKNOWN = "application/octet-stream"


class Why(StrEnum):
    """Why a file is not passed on."""

    COUNT = "count"  # more files than the limit
    SIZE = "size"  # all files together would be larger than the limit
    TYPE = "type"  # its content is of no type that is taken
    KNOWN = "known"  # the same picture came before from this sender: a logo, not news


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a mail, sorted. What belongs to the mail's own looks (`inline`, signatures) is in neither."""

    taken: tuple[Attachment, ...]
    left: tuple[tuple[Attachment, Why], ...]

    @property
    def refused(self) -> tuple[tuple[Attachment, Why], ...]:
        """What the sender has to be told of: files that are not passed on, though they may be news."""
        return tuple((one, why) for one, why in self.left if why is not Why.KNOWN)

    def why(self, attachment: Attachment) -> str:
        """Why a file is not passed on, or an empty text."""
        return next((why.value for one, why in self.left if one is attachment), "")


def sort(attachments: Sequence[Attachment], limits: Limits, known: Collection[str] = ()) -> Files:
    """Sort a mail's files. `known` are digests of pictures that the sender has sent before.

    Files are taken in their order; one that does not fit does not keep out a smaller one behind it.
    """
    taken: list[Attachment] = []
    left: list[tuple[Attachment, Why]] = []
    size = 0
    for one in attachments:
        if one.inline or one.media_type in _SIGNATURES:
            continue
        why = _why(one, limits, known) or _full(one, limits, len(taken), size)
        if why:
            left.append((one, why))
        else:
            size += one.size
            taken.append(one)
    return Files(tuple(taken), tuple(left))


def refs(files: Files, arrival: int) -> tuple[AttachmentRef, ...]:
    """What is passed on, as files of the raw mail of that arrival."""
    return tuple(AttachmentRef(arrival, one.part, one.name, one.media_type) for one in files.taken)


def is_card(attachment: Attachment) -> bool:
    """Whether this is a business card (RFC 6350), as mail programs add the sender's own."""
    return bool(_CARDS & {attachment.media_type, attachment.sniffed})


def is_picture(media_type: str) -> bool:
    """Whether this is a type of pictures."""
    return media_type.startswith("image/")


def content_type(attachment: Attachment) -> str:
    """What the content is; never what its name or its sender says."""
    return attachment.sniffed or _UNKNOWN


def _why(one: Attachment, limits: Limits, known: Collection[str]) -> Why | None:
    if one.sha256 in known and is_picture(one.media_type):
        return Why.KNOWN
    kind = content_type(one)
    if not any(kind == wanted or _below(kind, wanted) for wanted in limits.attachment_types):
        return Why.TYPE
    return None


def _below(kind: str, wanted: str) -> bool:
    return wanted.endswith("*") and kind.startswith(wanted[:-1])


def _full(one: Attachment, limits: Limits, count: int, size: int) -> Why | None:
    if count >= limits.max_attachments:
        return Why.COUNT
    return Why.SIZE if size + one.size > limits.max_attachment_bytes else None
