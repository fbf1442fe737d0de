"""The manifests, held to Kubernetes' own schemas (as the package kubernetes-validate carries them) and to the service."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.metrics import Metrics
from app.settings import PREFIX, Settings

FOLDER = Path("deploy/kubernetes")
KUBERNETES = "1.34"
NO_RESOURCE = {"kustomization.yaml", "prometheus-adapter.yaml"}
MANIFESTS = sorted(path.name for path in FOLDER.glob("*.yaml") if path.name not in NO_RESOURCE)


def read(name: str) -> dict[str, Any]:
    (document,) = yaml.safe_load_all((FOLDER / name).read_text())
    assert isinstance(document, dict)
    return document


@pytest.fixture
def pod() -> dict[str, Any]:
    spec: dict[str, Any] = read("deployment.yaml")["spec"]["template"]["spec"]
    return spec


@pytest.fixture
def container(pod: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod["containers"]
    assert isinstance(only, dict)
    return only


@pytest.mark.parametrize("name", MANIFESTS)
def test_manifest_satisfies_its_schema(name: str) -> None:
    kubernetes_validate.validate(read(name), KUBERNETES, strict=True)


def test_a_misspelt_key_would_be_found() -> None:
    manifest = read("deployment.yaml")
    manifest["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readynessProbe"):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_every_manifest_is_applied() -> None:
    assert sorted(read("kustomization.yaml")["resources"]) == MANIFESTS


def test_selectors_find_the_pods() -> None:
    labels = read("deployment.yaml")["spec"]["template"]["metadata"]["labels"]
    assert read("deployment.yaml")["spec"]["selector"]["matchLabels"] == labels
    assert read("service.yaml")["spec"]["selector"] == labels
    assert read("poddisruptionbudget.yaml")["spec"]["selector"]["matchLabels"] == labels
    assert read("networkpolicy.yaml")["spec"]["podSelector"]["matchLabels"] == labels
    assert read("horizontalpodautoscaler.yaml")["spec"]["scaleTargetRef"]["name"] == "tenfold"


def test_configuration_names_settings() -> None:
    (config,) = read("kustomization.yaml")["configMapGenerator"]
    names = {literal.partition("=")[0] for literal in config["literals"]}
    assert names <= {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def test_pod_is_confined(pod: dict[str, Any], container: dict[str, Any]) -> None:
    """As the pod security standard `restricted` asks, and a read-only root besides."""
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_service_links_cannot_set_the_port(pod: dict[str, Any]) -> None:
    """For a Service named tenfold Kubernetes would set TENFOLD_PORT to an address, and the service would not start."""
    assert pod["enableServiceLinks"] is False


def test_probes_ask_what_they_are_for(container: dict[str, Any]) -> None:
    paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/livez"}


def test_a_pod_has_time_to_finish(pod: dict[str, Any], container: dict[str, Any]) -> None:
    command = " ".join(container["lifecycle"]["preStop"]["exec"]["command"])
    (pause,) = re.findall(r"sleep\((\d+)\)", command)
    assert pod["terminationGracePeriodSeconds"] > int(pause) + Settings.model_fields["grace_seconds"].default + 5


def test_autoscaler_looks_at_the_queue_before_anybody_is_refused() -> None:
    metrics = {metric["type"]: metric for metric in read("horizontalpodautoscaler.yaml")["spec"]["metrics"]}
    queue = metrics["Pods"]["pods"]
    known = {family.name for family in Metrics().registry.collect()}
    assert queue["metric"]["name"] in known
    assert int(queue["target"]["averageValue"]) < Settings.model_fields["queue_size"].default / 4
    (rule,) = read("prometheus-adapter.yaml")["rules"]["custom"]
    assert rule["name"]["as"] == queue["metric"]["name"]
    assert rule["seriesQuery"].partition("{")[0] in known
