"""Pictures in, probabilities out: everything that serving needs, and no HTTP."""

import os

# The one effect that an import has here, because later is too late: from the moment they are loaded, official builds of ONNX
# Runtime write an identifier of the machine into the user's cache and report to their maker over the network. Whoever wants
# that sets the variable to 0. https://github.com/microsoft/onnxruntime/blob/main/docs/Privacy.md
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
