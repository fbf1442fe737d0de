import pytest
from fastapi.testclient import TestClient

from app.access import HostCheck, parse_limit
from app.errors import MalformedRequestError
from app.main import create_app
from app.settings import Settings, load_settings
from model.errors import ConfigurationError


@pytest.mark.parametrize(
    "host", [b"localhost", b"localhost:8000", b"127.0.0.1", b"[::1]:80", b"a-b.example.org", b"EXAMPLE.org", b"my_host"]
)
def test_well_formed_hosts_pass(host: bytes) -> None:
    check = HostCheck(())
    check.check(host, path="/")
    check.check(host, path="/")


@pytest.mark.parametrize(
    "host", [None, b"", b"evil/..?x", b"a b", b"a@b", b"a:b", b"\xff", b"a" * 300, b"-a", b"a:123456"]
)
def test_malformed_hosts_are_refused(host: bytes | None) -> None:
    with pytest.raises(MalformedRequestError, match="missing or malformed"):
        HostCheck(()).check(host, path="/livez")


def test_only_trusted_hosts_pass_where_some_are_named() -> None:
    check = HostCheck(("example.org", "*.example.net"))
    for host in (b"example.org", b"EXAMPLE.org:8000", b"a.b.example.net"):
        check.check(host, path="/v1/model")
    for host in (b"example.net", b"evil.org", b"badexample.net", b"example.org.evil"):
        with pytest.raises(MalformedRequestError, match="does not answer to"):
            check.check(host, path="/v1/model")


def test_health_answers_to_every_name_and_lets_none_of_them_in() -> None:
    check = HostCheck(("example.org",))
    for path in ("/livez", "/readyz", "/metrics"):
        check.check(b"10.0.0.7:8000", path=path)
    with pytest.raises(MalformedRequestError, match="does not answer to"):
        check.check(b"10.0.0.7:8000", path="/v1/model")


def test_clients_cannot_fill_the_memory_with_hosts() -> None:
    check = HostCheck(())
    for i in range(1000):
        check.check(b"host-%d" % i, path="/")
    assert len(check._known) <= 64


def guarded(settings: Settings, **chosen: object) -> TestClient:
    return TestClient(create_app(load_settings(checkpoint=settings.checkpoint, log_level="error", **chosen)))


def test_host_is_checked_for_every_request(settings: Settings) -> None:
    with guarded(settings, trusted_hosts="example.org") as client:
        assert client.get("/v1/model").status_code == 400
        assert client.get("/v1/model", headers={"Host": "example.org"}).status_code == 200
        assert client.get("/livez").status_code == 200


def test_api_key_opens_the_api_and_health_stays_open(settings: Settings) -> None:
    with guarded(settings, api_keys="first, second") as client:
        refused = client.get("/v1/model")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="tenfold"')
        for key in ("Bearer wrong", "Bearer firs", "Basic first", "Bearer", "Bearer first, second"):
            assert client.get("/v1/model", headers={"Authorization": key}).status_code == 401
        for key in ("Bearer first", "bearer second"):
            assert client.get("/v1/model", headers={"Authorization": key}).status_code == 200
        assert client.post("/read", files={"picture": ("x", b"x")}).status_code == 401
        assert {client.get(path).status_code for path in ("/livez", "/readyz", "/metrics", "/")} == {200}


def test_rate_limit_counts_each_key_by_itself(settings: Settings) -> None:
    with guarded(settings, api_keys="a,b", rate_limit="2/hour") as client:

        def ask(key: str) -> int:
            return client.get("/v1/model", headers={"Authorization": f"Bearer {key}"}).status_code

        assert [ask("a"), ask("a"), ask("a"), ask("b")] == [200, 200, 429, 200]
        refused = client.get("/v1/model", headers={"Authorization": "Bearer a"})
        assert 1 <= int(refused.headers["retry-after"]) <= 3600
        assert "2 per 1 hour" in refused.json()["detail"]


def test_rate_limit_counts_addresses_where_there_are_no_keys(settings: Settings) -> None:
    with guarded(settings, rate_limit="1/hour") as client:
        assert [client.get("/v1/model").status_code for _ in range(2)] == [200, 429]
        assert client.get("/livez").status_code == 200


def test_rate_limit_without_meaning_is_refused_before_anything_runs(settings: Settings) -> None:
    with pytest.raises(ConfigurationError, match="TENFOLD_RATE_LIMIT is 'often'"):
        parse_limit("often")
    with pytest.raises(ConfigurationError, match="TENFOLD_RATE_LIMIT"):
        create_app(load_settings(checkpoint=settings.checkpoint, rate_limit="often"))
