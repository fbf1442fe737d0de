"""Alerts and dashboard ask for numbers that the service really has, by labels that those numbers really carry."""

import json
import re
from pathlib import Path

import yaml
from prometheus_client import Counter, Gauge, Histogram

from app.metrics import Metrics
from app.problem_types import PROBLEMS

DASHBOARD = Path("deploy/grafana/dashboards/tenfold.json")
ALERTS = Path("deploy/prometheus/alerts.yml")
PROMETHEUS = Path("deploy/prometheus/prometheus.yml")
ADDED_BY_PROMETHEUS = {"job", "instance", "le"}
SERIES = re.compile(r"\b((?:tenfold|process)_[a-z_]+)(?:\{([^}]*)\})?")


def dashboard_queries() -> list[str]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def alert_queries() -> list[str]:
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return [rule["expr"] for rule in group["rules"]]


def known_series() -> dict[str, set[str]]:
    """Name every series that Prometheus will hold, with its labels."""
    known: dict[str, set[str]] = {}
    metrics = Metrics()
    for metric in vars(metrics).values():
        for kind, endings in ((Counter, ["_total"]), (Gauge, [""]), (Histogram, ["_bucket", "_sum", "_count"])):
            if isinstance(metric, kind):
                known |= {f"{metric._name}{ending}": set(metric._labelnames) for ending in endings}
    processes = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
    return known | {name: set() for name in processes}


def test_queries_name_existing_series_and_labels() -> None:
    known = known_series()
    for query in dashboard_queries() + alert_queries():
        for name, selector in SERIES.findall(query):
            assert name in known, query
            labels = set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", selector))
            assert labels <= known[name] | ADDED_BY_PROMETHEUS, query


def test_dashboard_shows_every_metric() -> None:
    shown = {name for query in dashboard_queries() for name, _ in SERIES.findall(query)}
    missing = [
        name
        for name in known_series()
        if name not in shown and not name.endswith(("_sum", "_count")) and name != "tenfold_batch_pictures_bucket"
    ]
    assert missing == []


def test_alerts_name_existing_problems() -> None:
    slugs = {row.slug for row in PROBLEMS.values()}
    named = {
        slug
        for query in alert_queries()
        for list_ in re.findall(r'problem=~?"([^"]+)"', query)
        for slug in list_.split("|")
    }
    assert named
    assert named <= slugs


def test_prometheus_reads_the_alerts_and_finds_the_service() -> None:
    config = yaml.safe_load(PROMETHEUS.read_text())
    assert config["rule_files"] == [f"/etc/prometheus/{ALERTS.name}"]
    services = yaml.safe_load(Path("compose.yaml").read_text())["services"]
    (job,) = config["scrape_configs"]
    (target,) = job["static_configs"][0]["targets"]
    assert target.partition(":")[0] in services
    assert 'job="tenfold"' in dashboard_queries()[0]
    assert job["job_name"] == "tenfold"
