"""Carry out the commands of a mail: all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mailhelp.desk import command_set as cs
from mailhelp.desk.command import Mistake
from mailhelp.desk.commands import absence, answering, labels, links, people, say, states, undo, views
from mailhelp.desk.commands.job import Job, Refused, after
from mailhelp.desk.effect import Effect

QUIET = (cs.Show, cs.Files, cs.Unmask, cs.Help, cs.Mine, cs.Open, cs.Search)
"""What the agent gets a mail of its own for, and no transcript."""


def asks_first(job: Job, command: cs.Command) -> bool:
    """Whether a command is asked about before it is done: what `#undo` cannot put back on other reports."""
    return isinstance(command, cs.Merge) or (
        isinstance(command, cs.Close) and bool(set(command.numbers) - {job.number})
    )


def _note(job: Job, command: cs.Note) -> Iterator[Effect]:
    """The article is written with the mail."""
    del command
    job.say("note")
    return iter(())


def _only_new(job: Job, command: cs.For | cs.Forward) -> Iterator[Effect]:
    del job, command
    raise Refused("needs-a-new-mail")


_ACTS: dict[type[Any], Callable[[Job, Any], Iterator[Effect]]] = {
    cs.Note: _note,
    cs.Take: people.take,
    cs.Assign: people.assign,
    cs.Queue: people.queue,
    cs.Requester: people.requester,
    cs.Copy: people.copy,
    cs.Category: labels.category,
    cs.Priority: labels.priority,
    cs.Tag: labels.tag,
    cs.Field: labels.field,
    cs.Ask: states.ask,
    cs.Checking: states.checking,
    cs.Resolve: states.resolve,
    cs.Close: states.close,
    cs.Reopen: states.reopen,
    cs.Wait: states.wait,
    cs.Spam: states.spam,
    cs.Link: links.link,
    cs.Merge: links.merge,
    cs.Split: links.split,
    cs.Template: answering.canned,
    cs.Show: views.show,
    cs.Files: views.files,
    cs.Unmask: views.unmask,
    cs.Help: views.helped,
    cs.Mine: views.listed,
    cs.Open: views.listed,
    cs.Search: views.listed,
    cs.Undo: undo.undo,
    cs.Away: absence.away,
    cs.Back: absence.back,
    cs.For: _only_new,
    cs.Forward: _only_new,
}


def carry_out(job: Job) -> tuple[list[Effect], list[Mistake]]:
    """The effects of all commands in order, without what is sent when all is done; or the mistakes of all of them."""
    effects: list[Effect] = []
    mistakes: list[Mistake] = []
    for number, command in enumerate(job.parsed.commands):
        try:
            for effect in _ACTS[type(command)](job, command):
                effects.append(effect)
                job.ticket = after(job.ticket, effect)
        except Refused as refused:
            line, place = job.parsed.lines[number], job.parsed.numbers[number]
            mistakes.append(Mistake(line, place, refused.code, refused.allowed, refused.nearest))
    return ([], mistakes) if mistakes else (effects, [])


def afterwards(job: Job) -> Iterator[Effect]:
    """What is sent when the ticket stands as it will."""
    for make in job.later:
        for effect in make(job):
            job.ticket = after(job.ticket, effect)
            yield effect


def lines(job: Job) -> list[str]:
    """The transcript."""
    return [say.done(code, values, job.language) for code, values in job.said]
