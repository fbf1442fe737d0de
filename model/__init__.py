"""Pictures in, probabilities out: everything that serving needs, and no HTTP."""
