"""The outbox as a queue: urgency, leases, what an abandoned try means. On both engines."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from mailhelp.desk.effect import SendMail
from mailhelp.desk.model import MailKind
from mailhelp.edge.store import OutboxMail, Store
from storekit import MINUTE, NOW, TEACHER, decide, open_report

LEASE = timedelta(minutes=5)


def queue(store: Store, *kinds: MailKind, not_before: timedelta = timedelta(0), stem: str = "mail") -> None:
    """Queue one mail of each kind."""
    mails = [SendMail(kind, "x", TEACHER, "id", {}, not_before=NOW + not_before) for kind in kinds]
    decide(store, *mails, stem=stem)


def state(store: Store, outbox_id: int) -> tuple[str, int]:
    """State and attempts of a row."""
    (row,) = [row for row in store.outbox() if row["id"] == outbox_id]
    return row["state"], row["attempts"]


def claim_one(store: Store) -> OutboxMail:
    """Queue and claim one acknowledgement."""
    queue(store, MailKind.ACKNOWLEDGEMENT)
    (mail,) = store.claim(NOW, 10, LEASE)
    return mail


def test_a_claimed_mail_has_all_that_sending_needs(store: Store) -> None:
    """Bytes, envelope, id, ticket and this try's number come with the claim."""
    number = open_report(store, 1)
    (mail,) = store.claim(NOW, 10, LEASE)
    assert mail == OutboxMail(
        mail.id, MailKind.ACKNOWLEDGEMENT, TEACHER.addr, "desk+b1-x@dinas.example", "<ack1.0@dinas.example>",
        b"Subject: x\r\n\r\nYth. Ibu Ani\r\n", 1, number, 1, 4,
    )  # fmt: skip
    assert store.outbox_mail(mail.id) == mail
    assert store.outbox_mail(999) is None


def test_urgent_mail_goes_first(store: Store) -> None:
    """A person's answer, then what agents must know, reminders, status and closing, acknowledgements last."""
    order = (
        MailKind.ANSWER, MailKind.NOTICE, MailKind.CONFIRM, MailKind.REMINDER, MailKind.STATUS, MailKind.CLOSING,
        MailKind.ACKNOWLEDGEMENT,
    )  # fmt: skip
    queue(store, *reversed(order))
    got = [mail.kind for mail in store.claim(NOW, 2, LEASE) + store.claim(NOW, 10, LEASE)]
    assert [got[0], got[3], got[6]] == [MailKind.ANSWER, MailKind.REMINDER, MailKind.ACKNOWLEDGEMENT]
    assert set(got[1:3]) == {MailKind.NOTICE, MailKind.CONFIRM}
    assert set(got[4:6]) == {MailKind.STATUS, MailKind.CLOSING}


def test_within_one_kind_the_oldest_goes_first(store: Store) -> None:
    """Mails of equal urgency leave in the order in which they became due."""
    queue(store, *[MailKind.REMINDER] * 3, not_before=MINUTE, stem="late")
    queue(store, *[MailKind.REMINDER] * 3, stem="early")
    got = [mail.id for mail in store.claim(NOW + LEASE, 10, LEASE)]
    assert got == [4, 5, 6, 1, 2, 3]


def test_nothing_is_claimed_before_its_time(store: Store) -> None:
    """A delayed mail waits, and next_due says until when."""
    assert store.next_due(NOW) is None
    queue(store, MailKind.REMINDER, not_before=MINUTE)
    queue(store, MailKind.ANSWER, not_before=2 * MINUTE, stem="other")
    assert store.claim(NOW, 10, LEASE) == []
    assert store.next_due(NOW) == NOW + MINUTE
    assert len(store.claim(NOW + MINUTE, 10, LEASE)) == 1
    assert store.claim(NOW + MINUTE, 0, LEASE) == []


def test_a_claim_is_for_one_only(store: Store) -> None:
    """Until its lease ends a claimed mail is nobody else's, and then it must be taken back first."""
    mail = claim_one(store)
    assert store.claim(NOW + 2 * LEASE, 10, LEASE) == []
    assert state(store, mail.id) == ("attempting", 1)


def test_four_threads_claim_different_mails(store: Store) -> None:
    """Two hundred mails, four claimers: each mail once."""
    queue(store, *[MailKind.REMINDER] * 200)
    claimed: list[int] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while store.next_due(NOW) is not None:
            claimed.extend(mail.id for mail in store.claim(NOW, 7, LEASE))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == 200
    assert sorted(claimed) == sorted(set(claimed))


@pytest.mark.parametrize("outcome", ["sent", "refused", "uncertain"])
def test_a_final_outcome_is_final(store: Store, outcome: str) -> None:
    """What is settled is not claimed again, and its reply is kept."""
    mail = claim_one(store)
    assert store.settle(mail.id, outcome, NOW, "the reply")
    assert store.claim(NOW + 10 * LEASE, 10, LEASE) == []
    assert store.requeue_abandoned(NOW + 10 * LEASE) == []
    (row,) = store.outbox(outcome)
    assert (row["reply"], row["state"], row["uncertain"]) == ("the reply", outcome, int(outcome == "uncertain"))


def test_a_temporary_failure_waits(store: Store) -> None:
    """`waiting` is tried again at the given time, as a further attempt."""
    mail = claim_one(store)
    assert store.settle(mail.id, "waiting", NOW, "451", NOW + MINUTE)
    assert store.claim(NOW, 10, LEASE) == []
    (again,) = store.claim(NOW + MINUTE, 10, LEASE)
    assert (again.id, again.attempts) == (mail.id, 2)


def test_an_unknown_state_is_refused(store: Store) -> None:
    """A state that the design does not know is a mistake of the code."""
    mail = claim_one(store)
    with pytest.raises(ValueError, match="lost"):
        store.settle(mail.id, "lost", NOW, "")


def test_an_uncertain_answer_can_be_queued_again(store: Store) -> None:
    """The caller decides by kind; the row remembers how often its fate was unknown."""
    mail = claim_one(store)
    store.settle(mail.id, "uncertain", NOW, "no answer")
    assert store.settle(mail.id, "queued", NOW + MINUTE, "an answer is repeated once")
    (again,) = store.claim(NOW + MINUTE, 10, LEASE)
    assert (again.id, again.uncertain, again.attempts, again.message_id) == (mail.id, 1, 2, mail.message_id)


def test_sent_is_the_last_word(store: Store) -> None:
    """A late word of success counts even after the lease; nothing undoes it; a late failure counts for nothing."""
    mail = claim_one(store)
    store.requeue_abandoned(NOW + 2 * LEASE)
    assert state(store, mail.id) == ("queued", 1)
    assert not store.settle(mail.id, "refused", NOW, "550")
    assert store.settle(mail.id, "sent", NOW, "250")
    for late in ("waiting", "uncertain", "queued", "refused", "sent"):
        assert not store.settle(mail.id, late, NOW, "late")
    assert state(store, mail.id) == ("sent", 1)


def test_abandoned_tries_are_judged_by_data(store: Store) -> None:
    """Before DATA nothing was sent: queued again. After it nobody knows: uncertain, listed, not repeated by itself."""
    queue(store, *[MailKind.ACKNOWLEDGEMENT] * 3)
    before, after, running = store.claim(NOW, 3, LEASE)
    store.data_begun(after.id)
    store.settle(running.id, "waiting", NOW, "", NOW)
    store.claim(NOW + LEASE, 1, 10 * LEASE)  # its lease has not ended
    assert store.requeue_abandoned(NOW) == []
    assert store.requeue_abandoned(NOW + LEASE) == [after.id]
    states = [state(store, mail.id)[0] for mail in (before, after, running)]
    assert states == ["queued", "uncertain", "attempting"]
    assert [row["id"] for row in store.status()["uncertain"]] == [after.id]
    (again,) = store.claim(NOW + LEASE, 10, LEASE)
    assert again.id == before.id


def test_data_of_an_earlier_try_is_forgotten(store: Store) -> None:
    """A later try begins before DATA again."""
    mail = claim_one(store)
    store.data_begun(mail.id)
    store.settle(mail.id, "waiting", NOW, "451 after data", NOW)
    store.claim(NOW, 10, LEASE)
    assert store.requeue_abandoned(NOW + LEASE) == []
    assert state(store, mail.id)[0] == "queued"


def test_the_only_daemon_takes_back_everything_when_it_starts(store: Store) -> None:
    """At start-up no try can be running: leases need not end first."""
    queue(store, *[MailKind.ACKNOWLEDGEMENT] * 2)
    first, second = store.claim(NOW, 2, LEASE)
    store.data_begun(first.id)
    assert store.requeue_abandoned(NOW, all_of_them=True) == [first.id]
    assert [state(store, mail.id)[0] for mail in (first, second)] == ["uncertain", "queued"]


def test_the_quota_is_counted_from_what_was_accepted(store: Store) -> None:
    """After a restart the day's quota knows when mails were sent; others and older ones do not count."""
    queue(store, *[MailKind.ACKNOWLEDGEMENT] * 4)
    early, late, refused, _ = store.claim(NOW, 4, LEASE)
    store.settle(early.id, "sent", NOW - MINUTE, "250")
    store.settle(late.id, "sent", NOW, "250")
    store.settle(refused.id, "refused", NOW, "550")
    assert store.sent_since(NOW) == [NOW]
    assert sorted(store.sent_since(NOW - LEASE)) == [NOW - MINUTE, NOW]


def test_a_mail_to_no_ticket_is_sent_too(store: Store) -> None:
    """Alarms and bare refusals have ticket 0."""
    assert claim_one(store).ticket == 0
