import json
import logging
from io import StringIO

import pytest
from fastapi.testclient import TestClient

from app.main import create_app
from app.service import Service
from app.settings import Settings, load_settings
from tests.app.samples import png


def test_request_id_is_kept_if_harmless_and_made_if_not(client: TestClient) -> None:
    assert client.get("/livez", headers={"X-Request-ID": "a.b-c_1"}).headers["x-request-id"] == "a.b-c_1"
    for given in ("", "a" * 65, "a b", '"><script>'):
        made = client.get("/livez", headers={"X-Request-ID": given}).headers["x-request-id"]
        assert made != given
        assert len(made) == 16


@pytest.mark.parametrize("path", ["/livez", "/v1/gallery", "/v1/nowhere", "/metrics"])
def test_every_answer_is_guarded_by_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "access-control-allow-origin" not in headers


def test_wrong_method_is_a_problem_with_the_allowed_ones(client: TestClient) -> None:
    response = client.get("/v1/predictions")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["detail"] == "/v1/predictions does not answer GET; allowed: POST."


def test_unforeseen_error_tells_the_client_nothing_and_the_log_everything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(settings)
    with TestClient(app) as client, caplog.at_level(logging.ERROR):
        service: Service = app.state.service
        monkeypatch.setattr(service.model, "current", lambda: 1 / 0)
        response = client.get("/v1/model", headers={"X-Request-ID": "r1"})
    assert (response.status_code, response.json()["type"]) == (500, "/problems/internal-error")
    assert "division" not in response.text
    assert response.headers["x-content-type-options"] == "nosniff"
    record = next(record for record in caplog.records if record.name == "app.middleware")
    assert record.exc_info is not None
    assert record.__dict__["fields"]["request_id"] == "r1"


def test_access_log_has_a_line_for_each_request_and_no_picture(settings: Settings) -> None:
    stream = StringIO()
    app = create_app(settings.model_copy(update={"log_level": "info"}))
    app.state.service.access_log._stream = stream
    with TestClient(app) as client:
        client.post("/v1/predictions?members=all", content=png(), headers={"X-Request-ID": "r1"})
        client.get('/no"where\u00e9')
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("POST", "/v1/predictions", 200),
        ("GET", '/no"where\u00e9', 404),
    ]
    assert lines[0]["request_id"] == "r1"
    assert "PNG" not in stream.getvalue()


def test_no_origin_is_allowed_unless_named(settings: Settings) -> None:
    named = load_settings(checkpoint=settings.checkpoint, log_level="error", cors_origins="https://a.example")
    with TestClient(create_app(named)) as client:
        friend = client.get("/livez", headers={"Origin": "https://a.example"}).headers
        stranger = client.get("/livez", headers={"Origin": "https://b.example"}).headers
    assert friend["access-control-allow-origin"] == "https://a.example"
    assert "X-Request-ID" in friend["access-control-expose-headers"]
    assert "access-control-allow-origin" not in stranger


def test_allowed_origin_may_read_problems_too(settings: Settings) -> None:
    named = load_settings(
        checkpoint=settings.checkpoint, log_level="error", cors_origins="https://a.example", api_keys="k"
    )
    with TestClient(create_app(named)) as client:
        refused = client.get("/v1/model", headers={"Origin": "https://a.example"})
        asked = client.options(
            "/v1/predictions", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
        )
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://a.example"
    assert asked.status_code == 200
