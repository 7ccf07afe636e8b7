"""What has to be read before a mail that could be an agent's is decided: only what its commands ask for."""

from __future__ import annotations

from collections.abc import Sequence

from mailhelp.desk import command_set as cs
from mailhelp.desk.authority import claimed_agent
from mailhelp.desk.command import parse
from mailhelp.desk.policy import Policy
from mailhelp.desk.workcase import Listing, Wants
from mailhelp.mail.message import Kind, Message

_LISTS = {cs.Mine: Listing.MINE, cs.Open: Listing.OPEN, cs.Search: Listing.SEARCH}


def wants(message: Message, policy: Policy) -> Wants | None:
    """What the mail needs; None for one that no agent can have written by hand."""
    agent = claimed_agent(message, policy)
    if agent is None or message.kind not in {Kind.PERSON, Kind.LIST}:
        return None
    typed = "\n\n".join(one.text for one in message.pieces if not one.quoted)
    commands = parse(typed or message.new_text).commands
    return Wants(
        agent=agent.name,
        answers=message.ids[:4],
        undo=any(isinstance(one, cs.Undo) for one in commands),
        numbers=tuple(dict.fromkeys(number for one in commands for number in _numbers(one))),
        listings=tuple(_LISTS[type(one)] for one in commands if type(one) in _LISTS),
        search=next((one.words for one in commands if isinstance(one, cs.Search)), ""),
        requester=_requester(message, commands),
        queues=tuple(queue.name for queue in policy.team.queues.values() if agent.name in queue.agents),
    )


def _numbers(command: cs.Command) -> tuple[int, ...]:
    """The reports that a command names."""
    if isinstance(command, cs.Close):
        return command.numbers
    if isinstance(command, (cs.Link, cs.Merge, cs.Show)):
        return (command.number,) if command.number else ()
    return ()


def _requester(message: Message, commands: Sequence[cs.Command]) -> str:
    """The address (its key) for which the mail opens a report."""
    for one in commands:
        if isinstance(one, cs.For):
            return one.address.lower()
        if isinstance(one, cs.Forward) and message.forwarded is not None:
            return message.forwarded.sender.key
    return ""
