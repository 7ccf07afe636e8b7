"""Where other people's mails are, if they are there: a collection beside the checkout that never becomes part of it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
WHY = "the collection of other people's mails is not beside the checkout"
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY)


def kinds() -> list[dict[str, str]]:
    """The rows of labels/kinds.tsv: file, kind, recipients, basis."""
    with (CORPUS / "labels" / "kinds.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def raw_mails() -> list[Path]:
    """Every raw mail of the collection: those that are labelled, and the captured ones."""
    labelled = [CORPUS / row["file"] for row in kinds()]
    captured = [
        path for part in ("clients", "synthetic", "originals") for path in sorted((CORPUS / part).glob("*.eml"))
    ]
    return [path for path in dict.fromkeys([*labelled, *captured]) if path.is_file()]


def manifest(part: str) -> list[dict[str, Any]]:
    """The rows of a manifest (`clients` or `synthetic`)."""
    rows: list[dict[str, Any]] = json.loads((CORPUS / part / "manifest.json").read_text(encoding="utf-8"))
    return rows
