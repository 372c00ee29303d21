"""One folder a port, one file a backend."""
