"""One contract for each port, run on every adapter."""
