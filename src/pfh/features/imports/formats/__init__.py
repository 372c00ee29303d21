"""Readers of bank files: bytes in, statement rows out; no database, no framework.

They exist apart from the pipeline so that a format can be added, tested and fuzzed on its own.
"""
