"""The handbook, and the parts of it that come from the ledger, the proofs and the recorded runs."""
