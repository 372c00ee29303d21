"""Tests of the code and its documents as texts: the habits of the house, enforced."""
