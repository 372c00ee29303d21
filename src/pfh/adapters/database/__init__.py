"""The database adapters: SQLite and PostgreSQL behind one port."""
