"""`pfh runbook`: the runbook as a program, each of whose blocks is run or checked."""
