"""The block of a data request that is answered by filling it in: written, and read back from whatever came of it.

    ## Isi di bawah ini ##

    NPSN:
    Nomor telepon:

    ## Akhir isian ##

The lines around it tell it from other quoted fields of ours. Inside it every label is one of ours and a value runs to
the next label, however a mail client broke, quoted or flowed the lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from mailhelp.desk.formfield import Form, Reading
from mailhelp.desk.formline import block_entries
from mailhelp.desk.formreader import MAX_TEXT, Reader
from mailhelp.desk.policy import Category
from mailhelp.mail.markers import FORM_END, FORM_MARKER, is_form_end, is_form_marker

_MARKS = re.compile(r"(?:[ \t\u00a0]{0,4}>)+ ?")


def fill_in_block(fields: Mapping[str, str], form: Form, language: str) -> str:
    """The block as text: the labels of these fields in the order of the form, with the values they have (often none).

    Ends without a line end. Fields that are none of the form's are passed over.
    """
    first, last = FORM_MARKER.get(language, FORM_MARKER["id"]), FORM_END.get(language, FORM_END["id"])
    shown = [item for item in form.fields if item.name in fields]
    lines = [f"{item.label(language)}: {fields[item.name]}".rstrip() for item in shown]
    return "\n".join((first, "", *lines, "", last))


def has_block(text: str) -> bool:
    """Whether a text holds such a block, filled in or not."""
    return any(is_form_marker(line) for line in text.split("\n"))


def read_block(text: str, form: Form, categories: Mapping[str, Category]) -> Reading:
    """The values filled in between the marker lines, also of quoted ones; nothing else of the text is read.

    Of several blocks (one copied to the top, one quoted below) the first value of a field counts. A block whose end
    line was cut off is read like a report, because a signature may follow. Spans are positions in the block.
    """
    readings = []
    for lines, whole in _blocks(text):
        reader = Reader("\n".join(lines), form, categories)
        readings.append(reader.read(MAX_TEXT, block_entries) if whole else reader.read(MAX_TEXT))
    fields = {name: value for reading in reversed(readings) for name, value in reading.fields.items()}
    rest, prose = (
        "\n".join(text for text in texts if text)
        for texts in ([reading.rest for reading in readings], [reading.prose for reading in readings])
    )
    return Reading(fields, rest, tuple(problem for reading in readings for problem in reading.problems), prose)


def _blocks(text: str) -> Iterator[tuple[list[str], bool]]:
    """The lines inside each block without quote marks, and whether its end line is there."""
    lines: list[str] | None = None
    for line in text.split("\n"):
        if is_form_marker(line):
            if lines is not None:
                yield lines, False
            lines = []
        elif lines is not None and is_form_end(line):
            yield lines, True
            lines = None
        elif lines is not None:
            lines.append(_MARKS.sub("", line, count=1))
    if lines is not None:
        yield lines, False
