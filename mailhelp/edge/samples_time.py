"""Samples for the mails that time sends: reminders, closings, states, notices (see `edge.samples`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DATE = "Kamis, 26 November 2026 pukul 16.00 WIB"


def contexts(common: Mapping[str, Any], items: list[dict[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What each of these templates may show."""
    asked = {"items": items, "block": "NPSN:\nKategori:"}
    described = {"since": _DATE, "expected": _DATE, "again": _DATE}
    return {
        "reminder": {**common, **asked, "count": 1, "last": True},
        "closing": {**common, "reply": "new-report"},  # new-report, reopen-within or refuse: what a reply does
        "withdrawn": {**common},
        "reply_refused": {**common},
        "status_checking": {
            **common,
            "text": "Datanya sudah kami teruskan.",  # what the agent wrote; empty where the machine tells it
            "team": "Tim Dapodik",
            "again": _DATE,
        },
        "status_changed": {**common, **described, "state": "open", "before": "checking"},
        "status_answer": {
            **common,
            **described,
            **asked,
            "state": "checking",  # new, open, pending, checking, resolved or closed
            "too_early": True,  # it is not yet the time from which asking makes sense
            "alerted": False,  # that time is over: agents were told
            "others": [{"number": "2164243", "subject": "Data siswa ganda", "state": "open"}],
        },
        "notice_time": {
            **common,
            "requester": "Siti Nurhaliza <siti@sekolah.example>",
            # warning, escalation, unreachable, uncertain, elsewhere, wait, status-asked, thanks or withdrawn
            "what": "warning",
            "target": "first_answer",  # first_answer, next_answer, solution, or ""
            "due": _DATE,
            "reason": "Terima kasih, sudah bisa.",
            "priority": "normal",
        },
    }
