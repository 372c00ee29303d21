"""The composition root: the only place that knows which backend serves which port."""
