"""The households feature."""
