"""Personal Finance Hub: a person's or a family's whole money in one double-entry ledger."""
