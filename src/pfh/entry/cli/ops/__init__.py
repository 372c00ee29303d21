"""`pfh ops`: looking into a running installation and repairing it, from its settings alone."""
