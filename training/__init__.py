"""Offline: makes checkpoints from MNIST."""
