"""The benchmark programs: outside the product, so that they can only use what a user can use."""
