"""Offline: makes checkpoints from MNIST."""

import model  # noqa: F401  # before ONNX Runtime is loaded: it keeps it from reporting home
