"""The hub's web server: pages for people, JSON for programs, answers for operators."""
