"""What the hub needs of the world outside: protocols whose docstrings are the contract."""
