"""Write every mail template, with its sample values, as HTML and text files to look at.

Usage: python tests/tools/render_templates.py FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from mailhelp.edge.samples import known, least
from mailhelp.edge.template import Templates
from mailhelp.mail.markers import MARKER


def main(target: Path) -> int:
    """Write `LANG-NAME.html` and `.txt`, and `-least` forms in which everything optional is left out."""
    templates = Templates.load(Path(__file__).resolve().parents[2] / "templates")
    for problem in templates.problems():
        print(problem)
    target.mkdir(parents=True, exist_ok=True)
    for language in MARKER:
        for name in templates.names(language):
            for suffix, context in (("", known(name)), ("-least", least(name))):
                done = templates.render(name, language, context)
                stem = target / f"{language}-{name}{suffix}"
                stem.with_suffix(".html").write_text(done.html, encoding="utf-8")
                stem.with_suffix(".txt").write_text(f"Subject: {done.subject}\n\n{done.text}", encoding="utf-8")
    return 1 if templates.problems() else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
