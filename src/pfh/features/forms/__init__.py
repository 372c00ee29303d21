"""What the forms and answers of every page share; no framework in here."""
