"""The ways in: web, command line and workers."""
