"""Drain a mailbox while the daemon is killed again and again; compare with a run that nobody disturbed.

    python tests/crash/kill.py --kills 200 --seed 1

Takes the collection of other people's mails where it is beside the checkout, else mails of our own. Prints what was
compared; exit status 1 when anything was lost, doubled or ended otherwise.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import corpus
from bench.mails import inbox
from crash.world import World, without_numbers

ENDS = (
    "SELECT l.uid, l.sha256, l.ended_as, coalesce(a.kind, ''), coalesce(a.text, ''), l.attempts FROM ledger l "
    "LEFT JOIN article a ON a.arrival = l.id ORDER BY l.uid"
)
MAILS = "SELECT message_id, state, kind, recipient, reply, uncertain FROM outbox"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run left behind: ends by UID, mails of ours by kind and recipient, what the audit said."""

    ends: list[tuple[object, ...]]
    mails: list[tuple[object, ...]]
    sent_twice: dict[str, int]
    unsent: list[str]
    uncertain: set[str]
    killed: int
    audit: str
    most_attempts: int


def drain(mails: Sequence[bytes], kills: int, seed: int) -> Result:
    """One world, drained with so many kills on the way."""
    with World(mails) as world:
        killed = world.kill_at_random(kills, random.Random(seed)) if kills else 0
        for _ in range(3 if kills else 1):
            status = world.run_once()
        assert status == 0, world.log.read_text()[-2000:]
        rows = world.rows(ENDS)
        ours = world.rows(MAILS)
        sent = world.sent()
        uncertain = {str(row[0]) for row in ours if row[5]}
        return Result(
            ends=[(uid, sha, end, kind, without_numbers(str(text))) for uid, sha, end, kind, text, _ in rows],
            mails=sorted((str(kind), str(to)) for _, _, kind, to, _, _ in ours),
            sent_twice={mid: count for mid, count in sent.items() if count > 1},
            unsent=[
                f"{mid} {state} {reply}"
                for mid, state, _, _, reply, _ in ours
                if str(mid) not in sent and str(mid) not in uncertain
            ],
            uncertain=uncertain,
            killed=killed,
            audit=world.output("audit"),
            most_attempts=max(int(str(row[5])) for row in rows),
        )


def differences(calm: Result, stormy: Result) -> list[str]:
    """What differs in a way that nobody may notice."""
    found = [
        f"end of UID {a[0]}: {a[2:4]} became {b[2:4]}" for a, b in zip(calm.ends, stormy.ends, strict=False) if a != b
    ]
    if len(calm.ends) != len(stormy.ends):
        found.append(f"{len(calm.ends)} arrivals became {len(stormy.ends)}")
    # The admin is told of what happens on the way; that differs, and the other mails do not.
    before, after = (Counter(mail for mail in each.mails if mail[0] != "alarm") for each in (calm, stormy))
    # Agents are told of a question whose fate is uncertain: such notices, and no other mails, may come on top.
    extra = [mail for mail in after - before if mail[0] != "notice"]
    if before - after or extra:
        found.append(f"mails of ours differ: lacking {before - after}, too many {extra}")
    found += [f"never sent: {mid}" for mid in stormy.unsent]
    found += [f"sent {count} times: {mid}" for mid, count in stormy.sent_twice.items() if count > 2]
    found += [
        f"sent twice and not listed as uncertain: {mid}" for mid in stormy.sent_twice if mid not in stormy.uncertain
    ]
    if "Everything is accounted for." not in stormy.audit:
        found.append(stormy.audit)
    return found


def mails(limit: int) -> list[bytes]:
    """The collection where it is there, else our own; at most `limit` (0: all)."""
    if corpus.CORPUS.is_dir():
        found = [path.read_bytes() for path in corpus.raw_mails()]
        random.Random(1).shuffle(found)
    else:
        found = [mail.raw for mail in inbox(1000)]
    return found[: limit or None]


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mails", type=int, default=0, help="only so many (0: all)")
    asked = parser.parse_args()
    inbox_ = mails(asked.mails)
    started = time.monotonic()
    calm = drain(inbox_, 0, asked.seed)
    between = time.monotonic()
    stormy = drain(inbox_, asked.kills, asked.seed)
    found = differences(calm, stormy)
    print(f"{len(inbox_)} mails; undisturbed {between - started:.0f} s, disturbed {time.monotonic() - between:.0f} s")
    print(f"killed {stormy.killed} times; at most {stormy.most_attempts} attempts at one mail")
    print(
        f"{len(stormy.mails)} mails of ours, {len(stormy.uncertain)} uncertain, {len(stormy.sent_twice)} accepted twice"
    )
    print(f"seed {asked.seed}; {len(found)} differences")
    print("\n".join(found[:20]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
