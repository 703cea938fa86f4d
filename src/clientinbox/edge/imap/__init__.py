"""IMAP through IMAPClient: the only room that opens a connection to a mail server. Imports core."""
