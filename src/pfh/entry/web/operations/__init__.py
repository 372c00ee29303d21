"""The operations page of administrators, its JSON sibling, and the runbook that it links to."""
