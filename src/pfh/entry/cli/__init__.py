"""The command line of the hub."""
