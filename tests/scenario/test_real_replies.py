"""Replies of real mail clients through the whole desk: what reaches the requester is what was typed, or it is held."""

from __future__ import annotations

import pytest

from corpus import needs_corpus
from scenario.real_replies import FOLDERS, play

pytestmark = [needs_corpus, pytest.mark.corpus]
ONLY_A_PHOTO = "gmail-android-id-photo-only.eml"
BARE_SIGNATURES = {"alpine-reply-sig.eml", "thunderbird-reply-sig.eml"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_an_agents_answer_is_sent_as_it_was_typed(folder: str) -> None:
    """All of them; only a photo without a word is held. Nothing of notice, signature or agent's address leaves."""
    found = list(play(folder, "agent"))
    assert [one for one in found if one.how == "wrong"] == []
    assert {one.file for one in found if one.how == "held"} <= {ONLY_A_PHOTO}
    assert len(found) > 20


def test_a_signature_that_the_desk_does_not_know_is_held() -> None:
    """Two clients set it off by nothing: the agent is asked, and nothing is cut or leaked."""
    found = list(play("clients", "agent", signatures=()))
    assert [one for one in found if one.how == "wrong"] == []
    assert {one.file for one in found if one.how == "held"} == BARE_SIGNATURES


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_requesters_reply_is_filed_as_it_was_typed(folder: str) -> None:
    """Never less; more only where answers stand between the lines or nothing sets the signature off."""
    found = list(play(folder, "requester"))
    assert [one for one in found if one.how == "wrong"] == []
    more = {one.file for one in found if one.how == "more"} - BARE_SIGNATURES
    assert all("inline" in name for name in more)
