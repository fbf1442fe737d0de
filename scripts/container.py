"""Start a built image under a container's usual confinement, with whatever runs containers here.

Docker and podman are told to by their options. Where there is only buildah, its image is mounted and started by an OCI
runtime (runc or crun), from a description with the same meaning as those options: this is what docker itself does. Only the
network differs: the container uses the machine's own, because making another takes more than buildah.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

CONFINEMENT = "--read-only --cap-drop ALL --security-opt no-new-privileges --user 10001 --memory 256m --cpus 1"
MEMORY_BYTES = 256 * 1024 * 1024
CPUS = 1
USER = 10001
PORT = 8000


class Container(Protocol):
    """A running container."""

    port: int

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user."""

    def terminate(self) -> None:
        """Send SIGTERM to its first process."""

    def wait(self, *, timeout_seconds: float) -> int:
        """Wait for its end and return its exit status."""

    def log(self) -> str:
        """Return what it printed."""

    def remove(self) -> None:
        """Stop it if it runs, and leave nothing behind."""


@dataclass(frozen=True)
class ImageConfig:
    """What an image says about itself: how it is started, checked and labelled."""

    command: list[str]
    environment: list[str]
    folder: str
    user: str
    healthcheck: list[str]
    labels: dict[str, str]


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it printed."""
    return subprocess.run(command, check=check, capture_output=True, text=True)


def find_tool() -> str:
    """Name the tool that works here, as scripts/image.sh does."""
    named = os.environ.get("IMAGE_TOOL")
    if named:
        return named
    for tool in ("docker", "podman"):
        if shutil.which(tool) and run(tool, "info", check=False).returncode == 0:
            return tool
    if not shutil.which("buildah"):
        raise SystemExit("No docker, podman or buildah works here; install one (Debian: apt install buildah runc)")
    if run("buildah", "info", check=False).returncode:
        os.environ["STORAGE_DRIVER"] = "vfs"
    return "buildah"


def read_config(tool: str, image: str) -> ImageConfig:
    """Read an image's own description."""
    if tool == "buildah":
        config = json.loads(run("buildah", "inspect", "--type", "image", image).stdout)["Docker"]["config"]
    else:
        config = json.loads(run(tool, "image", "inspect", image).stdout)[0]["Config"]
    return ImageConfig(
        command=[*(config["Entrypoint"] or []), *(config["Cmd"] or [])],
        environment=config["Env"],
        folder=config["WorkingDir"],
        user=config["User"],
        healthcheck=config["Healthcheck"]["Test"][1:],  # the first element is the word CMD
        labels=config["Labels"],
    )


def start(tool: str, image: str, config: ImageConfig) -> Container:
    """Start the image's own command, confined."""
    return RuntimeContainer(image, config) if tool == "buildah" else EngineContainer(tool, image)


class EngineContainer:
    """A container of docker or podman."""

    def __init__(self, tool: str, image: str) -> None:
        self._tool = tool
        options = [*CONFINEMENT.split(), "--publish", f"127.0.0.1::{PORT}"]
        self._id = run(tool, "run", "--detach", *options, image).stdout.strip()
        self.port = int(run(tool, "port", self._id, f"{PORT}/tcp").stdout.split(":")[-1])

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user."""
        return run(self._tool, "exec", self._id, *command, check=False)

    def terminate(self) -> None:
        """Send SIGTERM to its first process."""
        run(self._tool, "kill", "--signal", "TERM", self._id)

    def wait(self, *, timeout_seconds: float) -> int:
        """Wait for its end and return its exit status."""
        waiting = subprocess.run(
            [self._tool, "wait", self._id], check=True, capture_output=True, text=True, timeout=timeout_seconds
        )
        return int(waiting.stdout)

    def log(self) -> str:
        """Return what it printed."""
        output = run(self._tool, "logs", self._id, check=False)
        return output.stdout + output.stderr

    def remove(self) -> None:
        """Stop it if it runs, and leave nothing behind."""
        run(self._tool, "rm", "--force", self._id, check=False)


class RuntimeContainer:
    """A container of crun or runc, on the image that buildah mounts."""

    def __init__(self, image: str, config: ImageConfig) -> None:
        # runc first: crun 1.8 gives up where both versions of cgroups are mounted.
        runtime = shutil.which("runc") or shutil.which("crun")
        if runtime is None:
            raise SystemExit(
                "Neither runc nor crun is installed; buildah alone cannot confine (Debian: apt install runc)"
            )
        self._runtime = runtime
        self._working = run("buildah", "from", image).stdout.strip()
        self._bundle = Path(tempfile.mkdtemp(prefix="tenfold-bundle-"))
        self._id = self._bundle.name
        self.port = _free_port()
        root = run("buildah", "mount", self._working).stdout.strip()
        description = describe_container(config, root=root, port=self.port, group=self._id)
        (self._bundle / "config.json").write_text(json.dumps(description))
        self._log = self._bundle / "log"
        with self._log.open("wb") as log:
            command = [runtime, "run", "--bundle", str(self._bundle), self._id]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def execute(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in it, as its user."""
        return run(self._runtime, "exec", self._id, *command, check=False)

    def terminate(self) -> None:
        """Send SIGTERM to its first process."""
        run(self._runtime, "kill", self._id, str(int(signal.SIGTERM)))

    def wait(self, *, timeout_seconds: float) -> int:
        """Wait for its end and return its exit status."""
        return self._process.wait(timeout_seconds)

    def log(self) -> str:
        """Return what it printed."""
        return self._log.read_text(errors="replace")

    def remove(self) -> None:
        """Stop it if it runs, and leave nothing behind."""
        if self._process.poll() is None:
            run(self._runtime, "kill", self._id, "9", check=False)
            self._process.wait(10)
        run(self._runtime, "delete", "--force", self._id, check=False)
        run("buildah", "rm", self._working, check=False)
        shutil.rmtree(self._bundle)


def describe_container(config: ImageConfig, *, root: str, port: int, group: str) -> dict[str, Any]:
    """Say to an OCI runtime what CONFINEMENT says to docker (https://github.com/opencontainers/runtime-spec)."""
    environment = [*config.environment, "TENFOLD_HOST=127.0.0.1", f"TENFOLD_PORT={port}"]
    quiet = ["nosuid", "noexec", "nodev"]
    shared_memory = [*quiet, "mode=1777", "size=65536k"]
    return {
        "ociVersion": "1.0.0",
        "process": {
            "user": {"uid": USER, "gid": USER},
            "args": config.command,
            "env": environment,
            "cwd": config.folder,
            "capabilities": {kind: [] for kind in ("bounding", "effective", "inheritable", "permitted", "ambient")},
            "noNewPrivileges": True,
        },
        "root": {"path": root, "readonly": True},
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": shared_memory},  # noqa: S108  # inside
        ],
        "linux": {
            "cgroupsPath": f"/{group}",
            "namespaces": [{"type": kind} for kind in ("pid", "mount", "ipc", "uts")],
            "resources": {
                "memory": {"limit": MEMORY_BYTES, "swap": MEMORY_BYTES},
                "cpu": {"quota": CPUS * 100_000, "period": 100_000},
            },
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def _free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port: int = chosen.getsockname()[1]
        return port


def wait_until_healthy(container: Container, command: list[str], *, seconds: float) -> float:
    """Run the image's health check until it succeeds; return how long that took."""
    started = time.monotonic()
    while (answer := container.execute(*command)).returncode:
        if time.monotonic() > started + seconds:
            raise SystemExit(f"not healthy after {seconds} s: {answer.stderr}\n{container.log()}")
        time.sleep(0.1)
    return time.monotonic() - started
