"""How every feature reads a request and documents its operations; no framework in here."""
