"""Try the API's OpenAPI document on the service with Schemathesis: `python -m scripts.fuzz_api SCHEMATHESIS [OPTION...]`.

Thousands of requests are made from the document, sound ones and broken ones. No answer may be a 500, have a status, a type
or a header that the document does not know, or a body of another shape. Whether a picture is one is more than a document
can say, so what is accepted and what refused is not judged. Source: https://schemathesis.readthedocs.io.
"""

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.serving import Service

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)


def main() -> int:
    """Start a service, try it, and give Schemathesis' exit status."""
    schemathesis, *options = sys.argv[1:]
    with TemporaryDirectory() as folder, Service(Path(folder) / "log") as service:
        document = f"http://127.0.0.1:{service.port}/openapi.json"
        checks = f"--checks={','.join(CHECKS)}"
        return subprocess.run([schemathesis, "run", document, checks, "--no-color", *options], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
