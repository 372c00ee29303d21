"""Real servers on this machine without containers: the native stack, and what tests start.

Each module finds the programs of one server, starts it in a directory of its own on free ports of
127.0.0.1, and says in a `Missing` why it cannot. `tests/servers` calls the same code. `pfh dev
stack` puts them together: `parts.py` starts, `record.py` remembers whose process ids are whose.
"""
