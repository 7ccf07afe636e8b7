"""The line that asks people to write above it: the first line of every mail of ours that can be answered.

Quote splitting looks for these texts (they survive every client that was tried, below its attribution line). They are
not the signature mark `-- `: clients hide or cut what stands under that one.
"""

from __future__ import annotations

MARKER = {
    "id": "## Tulis balasan di atas baris ini ##",
    "en": "## Please reply above this line ##",
}
"""The marker line of each language that templates exist in."""

MARKERS = tuple(MARKER.values())
"""All marker lines, for quote splitting."""
