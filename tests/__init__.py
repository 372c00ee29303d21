"""The tests; a package so that they can share builders and servers by an absolute import."""
