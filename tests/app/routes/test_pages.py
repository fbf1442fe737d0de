import re

import pytest
from fastapi.testclient import TestClient

from app.pages import STATIC
from app.routes.pages import PAGES
from tests.app.samples import png

HTML = "text/html; charset=utf-8"


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_html_under_a_strict_policy(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, HTML)
    policy = response.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_every_file_that_a_page_names_is_there(client: TestClient) -> None:
    for page in STATIC.glob("*.html"):
        for path in set(re.findall(r'(?:src|href)="(/static/[^"#$]+)', page.read_text())):
            assert client.get(path).status_code == 200, f"{page.name} names {path}"


def test_files_are_sent_once_and_then_confirmed(client: TestClient) -> None:
    first = client.get("/static/css/base.css")
    again = client.get("/static/css/base.css", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static//etc/passwd", "/static/a%00b", "/static/"]
)
def test_nothing_outside_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_pages_have_one_address(client: TestClient) -> None:
    assert client.get("/static/index.html").status_code == 404


def test_many_ranges_are_refused_and_one_is_answered_with_the_whole(client: TestClient) -> None:
    many = "bytes=" + ",".join(f"{i}-{i}" for i in range(10_000))
    response = client.get("/static/css/base.css", headers={"Range": many})
    assert (response.status_code, response.json()["type"]) == (416, "/problems/ranges-not-served")
    assert client.get("/static/css/base.css", headers={"Range": "bytes=0-9"}).status_code == 200


def test_missing_page_is_a_page_for_people_and_a_problem_for_programs(client: TestClient) -> None:
    person = client.get("/nowhere", headers={"Accept": "text/html,*/*"})
    program = client.get("/nowhere", headers={"Accept": "*/*"})
    api = client.get("/v1/nowhere", headers={"Accept": "text/html"})
    assert (person.status_code, person.headers["content-type"]) == (404, HTML)
    for response in (program, api):
        assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")


def test_form_is_answered_with_a_page(client: TestClient) -> None:
    response = client.post("/read", files={"picture": ("x.png", png())})
    assert (response.status_code, response.headers["content-type"]) == (200, HTML)
    assert "data:image/png;base64," in response.text
    assert "$" not in response.text


@pytest.mark.parametrize(
    ("name", "content", "status"), [("picture", b"<script>", 415), ("<b>", b"x", 422), ("picture", png()[:50], 422)]
)
def test_form_tells_trouble_in_words_and_escapes_them(
    client: TestClient, name: str, content: bytes, status: int
) -> None:
    response = client.post("/read", files={name: ("x", content)})
    assert (response.status_code, response.headers["content-type"]) == (status, HTML)
    assert "<b>" not in response.text


def test_blank_picture_is_worded(client: TestClient) -> None:
    assert "Nothing drawn" in client.post("/read", files={"picture": ("x", png(line=0))}).text


def test_form_needs_a_picture(client: TestClient) -> None:
    assert client.get("/read").status_code == 405
