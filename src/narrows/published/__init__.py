"""The ledger of published numbers: each beside the same measurement made here, with a verdict by one rule."""
