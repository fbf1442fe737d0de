import pytest
from pydantic import ValidationError

from app.settings import load_settings
from model.errors import ConfigurationError
from model.manifest import SHIPPED_CHECKPOINT


def test_defaults_serve_the_shipped_checkpoint_to_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENFOLD_CHECKPOINT", raising=False)
    settings = load_settings()
    assert settings.checkpoint == SHIPPED_CHECKPOINT
    assert settings.host == "127.0.0.1"


def test_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_MAX_BATCH", "12")
    assert load_settings().max_batch == 12


def test_chosen_value_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_PORT", "9000")
    assert load_settings(port=9001).port == 9001
    assert load_settings(port=None).port == 9000


def test_impossible_values_are_named_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_PORT", "99999")
    monkeypatch.setenv("TENFOLD_ENGINE", "steam")
    with pytest.raises(ConfigurationError, match=r"TENFOLD_ENGINE is 'steam'.*TENFOLD_PORT is '99999'.*65535"):
        load_settings()


def test_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_CORS_ORIGINS", "https://a.example, http://b.example:81")
    assert load_settings().cors_origins == ("https://a.example", "http://b.example:81")


@pytest.mark.parametrize("origin", ["a.example", "https://a.example/", "ftp://a.example", "https://"])
def test_what_no_browser_sends_as_origin_is_refused(origin: str) -> None:
    with pytest.raises(ConfigurationError, match="no origin"):
        load_settings(cors_origins=origin)


def test_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "RATE_LIMIT", "API_KEYS"):
        monkeypatch.setenv(f"TENFOLD_{name}", "")
    settings = load_settings()
    assert (settings.data, settings.rate_limit, settings.api_keys) == (None, None, ())


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENFOLD_API_KEYS", "hush")
    assert "hush" not in repr(load_settings())


def test_settings_are_frozen() -> None:
    settings = load_settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_queue_that_no_batch_fits_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"TENFOLD_QUEUE_SIZE is 100.*256"):
        load_settings(queue_size=100)
