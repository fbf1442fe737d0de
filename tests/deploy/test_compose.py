"""compose.yaml, held to what the service needs.

The keys are held to a list made by hand from the Compose Specification (https://github.com/compose-spec/compose-spec),
which finds misspelt keys but not wrong values; the workflow on GitHub has `docker compose config` read the file as well.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from app.settings import PREFIX, Settings

TEXT = Path("compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
TOP_LEVEL = {"name", "services", "volumes", "networks", "configs", "secrets"}
SERVICE_KEYS = {
    "build", "cap_drop", "command", "cpus", "depends_on", "deploy", "environment", "healthcheck", "image", "mem_limit",
    "memswap_limit", "pids_limit", "ports", "profiles", "read_only", "restart", "security_opt", "shm_size",
    "stop_grace_period", "user", "volumes",
}  # fmt: skip


def test_keys_are_those_of_the_specification() -> None:
    assert set(yaml.safe_load(TEXT)) <= TOP_LEVEL
    for name, service in SERVICES.items():
        assert set(service) <= SERVICE_KEYS, name


def test_service_is_confined() -> None:
    service = SERVICES["tenfold"]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["cpus"]
    assert service["mem_limit"] == service["memswap_limit"]


def test_ports_are_published_on_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_environment_names_settings() -> None:
    names = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert set(SERVICES["tenfold"]["environment"]) <= names


def test_it_has_time_to_finish() -> None:
    assert (
        int(SERVICES["tenfold"]["stop_grace_period"].removesuffix("s"))
        > Settings.model_fields["grace_seconds"].default + 5
    )


def test_health_check_is_the_images() -> None:
    (command,) = re.findall(r"HEALTHCHECK .*--start-period=20s.*\\\n\s+CMD (\[.*\])", Path("Dockerfile").read_text())
    assert SERVICES["tenfold"]["healthcheck"]["test"] == ["CMD", *yaml.safe_load(command)]


def test_profiles_and_mounted_files_exist() -> None:
    assert {name: service.get("profiles", [""])[0] for name, service in SERVICES.items()} == {
        "tenfold": "",
        "prometheus": "observe",
        "grafana": "observe",
        "train": "train",
    }
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", []) if mount.startswith("./")]
    assert mounts
    assert all(Path(mount.split(":")[0]).is_dir() for mount in mounts)
