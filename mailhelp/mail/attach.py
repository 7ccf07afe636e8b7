"""The files in a mail: clean names, decoded sizes, digests, what the content says it is, what is only decoration."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from mailhelp.mail import header, mime, params, pictures
from mailhelp.mail.message import Attachment

MAX_NAME = 120
_MAX_SUFFIX = 20
_HEAD = 65_536
_NONE: Mapping[str, int] = {}
_PATH = re.compile(r"[/\\]")
_UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)", re.IGNORECASE)
_CID = re.compile(r"cid:([^\"'\s>)]{1,300})", re.IGNORECASE)
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)

# Magic bytes at the beginning. The order matters where one begins another.
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-elf"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"BEGIN:VCALENDAR", "text/calendar"),
    (b"BEGIN:VCARD", "text/vcard"),
    (b"<?xml", "text/xml"),
)
_ZIP = (
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.spreadsheet"),
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-signature": ".p7s",
    "application/ms-tnef": ".dat",
    "application/zip": ".zip",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}


def clean_name(name: str, fallback: str) -> str:
    """A file name that is safe to show and to save: no path, no control or bidirectional characters, at most MAX_NAME.

    Never empty: `fallback` stands where nothing is left.
    """
    last = _PATH.split(header.clean(name[:4_096]))[-1]
    last = _UNSAFE.sub("_", last).strip(". ")
    if _RESERVED.match(last):
        last = f"_{last}"
    if len(last) > MAX_NAME:
        stem, dot, suffix = last.rpartition(".")
        tail = dot + suffix if stem and len(suffix) <= _MAX_SUFFIX else ""
        last = last[: MAX_NAME - len(tail)].rstrip(". ") + tail
    return last or fallback


def sniff(head: bytes) -> str:
    """The media type that the first bytes show, or an empty text."""
    if head.startswith(b"PK\x03\x04"):
        return next((kind for mark, kind in _ZIP if mark in head), "application/zip")
    if head.startswith(b"RIFF"):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return {b"qt  ": "video/quicktime", b"heic": "image/heic", b"mif1": "image/heic"}.get(brand, "video/mp4")
    found = next((kind for mark, kind in _MAGIC if head.startswith(mark)), "")
    return found or _sniff_text(head[:4_096])


def _sniff_text(head: bytes) -> str:
    """Whether the bytes are text of some kind."""
    if not head or _NOT_TEXT.search(head):
        return ""
    return "text/html" if _HTML.match(head) else "text/plain"


def shown(html: str) -> frozenset[str]:
    """The content ids that an HTML text shows (RFC 2392)."""
    return (
        frozenset(header.decode(header.unpercent(cid.encode())) for cid in _CID.findall(html))
        if "cid:" in html.lower()
        else frozenset()
    )


def _name(node: mime.Node, media_type: str) -> str:
    """The name of a part, from its disposition, its type, the subject of an attached mail, or made up."""
    disposition = params.parse(node.fields.raw("content-disposition"))
    declared = disposition.params.get("filename") or node.params.get("name") or ""
    if not declared and media_type in ("message/rfc822", "message/global"):
        inside = mime.inner(node)
        subject = header.Fields(inside.raw_items()).text("subject") if inside is not None else ""
        declared = _PATH.sub("_", subject[: MAX_NAME - 4] or "message") + ".eml"
    fallback = f"part-{node.part}{_SUFFIXES.get(media_type, '')}"
    return clean_name(header.decode(declared) if "=?" in declared else declared, fallback)


def read(node: mime.Node, parent: str, cids: frozenset[str], typed: Mapping[str, int] = _NONE) -> Attachment:
    """The file in a leaf. `parent` is the media type around it, `cids` what the HTML shows, `typed` where in new text.

    A picture is inline where the HTML shows it, or where it lies beside the HTML (multipart/related) and says so. A
    picture that is only placed inline among the text is a file: telephones send photographs so. And so is one that was
    pasted into the new text.
    """
    digest, size, head = hashlib.sha256(), 0, b""
    for piece in mime.chunks(node):
        digest.update(piece)
        size += len(piece)
        head = head or piece[:_HEAD]
    cid = header.decode(node.fields.raw("content-id")).strip("<> ")[:300]
    disposition = params.parse(node.fields.raw("content-disposition")).value
    beside = parent == "multipart/related" and disposition == "inline"
    above = typed.get(cid) if size >= pictures.LEAST else None
    return Attachment(
        name=_name(node, node.type),
        media_type=node.type,
        size=size,
        part=node.part,
        sha256=digest.hexdigest(),
        content_id=cid,
        inline=above is None and node.type.startswith("image/") and (beside or (bool(cid) and cid in cids)),
        above=above,
        sniffed="message/rfc822" if node.type == "message/rfc822" else sniff(head),
    )
