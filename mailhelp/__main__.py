"""`python -m mailhelp` is the command `mailhelp`."""

from mailhelp.cli.main import entry

if __name__ == "__main__":
    entry()
