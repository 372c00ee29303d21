"""Tests of the migrations on both dialects."""
