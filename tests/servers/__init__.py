"""Real servers and tools for tests: found or started once a run, shared by its workers.

A server is looked for in this order: an address in the environment, binaries of this machine,
binaries shipped by a Python package; else its tests are skipped, with the reason.
`PFH_REQUIRE_SERVERS` (names, separated by commas) turns a missing one into a failure. The last
lines of a run say which were exercised.

To add one: write `<name>.py` with a function `(RunDirectory) -> Server` that raises `Missing`, list
it in `registry.py`, and give it fixtures in `plugin.py`.
"""
