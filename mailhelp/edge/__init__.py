"""The only code that touches the outside: IMAP, SMTP, the database, files, processes."""
