"""How the whole installation is, part by part, in words for whoever has to repair it."""
