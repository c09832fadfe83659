"""What the final layer of a classifier can and cannot say about out-of-distribution (OOD) data."""
