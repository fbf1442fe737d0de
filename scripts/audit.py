"""Look for known weaknesses of every pinned version: `python -m scripts.audit PIP_AUDIT`.

pip-audit calls packages clean that it could find no advisories about, for instance behind a mirror without them. Here that
is said instead: exit status 1 if a weakness is known, 0 if none is, and 0 with NOT AUDITED where nobody could be asked,
because that tells nothing about the packages.
"""

import json
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")
PINS = "constraints.txt"


def main() -> int:
    """Ask one source of advisories after the other until one answers."""
    faults = []
    for service in SERVICES:
        report, fault = ask(sys.argv[1], service)
        audited = [package for package in report if "skip_reason" not in package]
        if audited:
            return judge(audited, of=len(report), service=service)
        faults.append(f"{service}: {fault}")
    print(f"NOT AUDITED: no source of advisories can be reached from here. {'; '.join(faults)}", file=sys.stderr)
    return 0


def ask(pip_audit: str, service: str) -> tuple[list[dict[str, Any]], str]:
    """Return what one source says of each package, and what went wrong if it says nothing."""
    options = ["--no-deps", "--disable-pip", "--progress-spinner=off", "--timeout=20", "--format=json"]
    done = subprocess.run(
        [pip_audit, f"--requirement={PINS}", f"--vulnerability-service={service}", *options],
        check=False,
        capture_output=True,
        text=True,
    )
    try:
        report: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        return [], (done.stderr.splitlines() or ["it said nothing"])[-1][:160]
    return report, next((package["skip_reason"] for package in report if "skip_reason" in package), "")


def judge(audited: list[dict[str, Any]], *, of: int, service: str) -> int:
    """Print the weaknesses found."""
    weak = [(package, weakness) for package in audited for weakness in package["vulns"]]
    for package, weakness in weak:
        fixed = ", ".join(weakness["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {weakness['id']}, fixed in {fixed}")
    print(f"{len(weak)} known weaknesses in {len(audited)} of {of} pinned packages, by {service}")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
