"""Small HTML tables, for notebooks."""
