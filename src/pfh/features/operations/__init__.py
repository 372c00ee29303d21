"""What operators do to a running hub: the record of it, refused addresses, maintenance, jobs."""
