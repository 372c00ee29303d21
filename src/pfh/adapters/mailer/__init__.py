"""The mailer adapters."""
