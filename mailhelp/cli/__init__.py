"""The commands. They wire things together and print; everything else is decided below."""
