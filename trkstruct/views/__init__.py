"""Pictures: what the results look like."""
