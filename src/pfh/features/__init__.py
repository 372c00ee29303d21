"""One folder a feature; features meet only through each other's `api.py` or through events."""
