"""The public Python API: opening a registry, asking it, and what the package offers by name."""

from __future__ import annotations

import base64
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

import secretctl
from secretctl import Request, UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SECRET = "K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols="
REGISTRY = f"""\
schema = 1
name = "prod"
[clients.web]
[[clients.web.secrets]]
id = "s1"
type = "SharedSecret"
value = "{SECRET}"
[clients.old]
[[clients.old.secrets]]
id = "s1"
type = "SharedSecret"
value = "{SECRET}"
expiration = 2026-01-01T00:00:00Z
[resources.api]
[[resources.api.secrets]]
id = "s1"
type = "SharedSecret"
value = "{SECRET}"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A registry file."""
    path = tmp_path / "secretctl.toml"
    path.write_text(REGISTRY, encoding="utf-8")
    return path


def basic(id: str, secret: str = "secret") -> Request:
    """A request with a Basic header."""
    return Request(authorization="Basic " + base64.b64encode(f"{id}:{secret}".encode()).decode())


def test_a_registry_is_opened_and_asked(path: Path) -> None:
    """By text or path; the answer is true only when it accepts."""
    for location in (path, str(path)):
        registry = secretctl.open_registry(location)
        assert registry.verify(basic("web"))
        assert registry.verify(basic("api"), kind="resource", now=NOW)
        for request, reason in (
            (basic("web", "x"), "mismatch"),
            (basic("gone"), "unknown_principal"),
            (basic("old"), "expired"),
        ):
            verdict = registry.verify(request, now=NOW)
            assert not verdict
            assert verdict.reason == reason


def test_time_is_the_clock_unless_it_is_given(path: Path) -> None:
    """A time without a zone is a mistake, not a guess."""
    registry = secretctl.open_registry(path)
    assert registry.verify(basic("old"), now=datetime(2026, 1, 1, tzinfo=UTC))
    assert registry.verify(basic("old")).reason == "expired"
    with pytest.raises(ValueError, match="time zone"):
        registry.verify(basic("web"), now=datetime(2026, 1, 1))


def test_a_kind_that_does_not_exist(path: Path) -> None:
    """A mistake of the caller, in words."""
    with pytest.raises(ValueError, match="no kind 'scope'"):
        secretctl.open_registry(path).verify(basic("web"), kind="scope")  # type: ignore[arg-type]


@pytest.mark.parametrize("profile", ["rfc", "identityserver3", "duende"])
@pytest.mark.parametrize("header", [b"Basic d2ViOnNlY3JldA==", (b"Basic d2ViOnNlY3JldA==",)])
def test_a_header_in_bytes(path: Path, header: bytes | tuple[bytes], profile: str) -> None:
    """ASGI gives headers so; which text they are is the caller's to say, and the error does not repeat them."""
    registry = secretctl.open_registry(path, profile=profile)
    with pytest.raises(TypeError, match=r"^authorization is text, .* latin-1$"):
        registry.verify(Request(authorization=header))  # type: ignore[arg-type]


def test_principals_are_there_to_be_read(path: Path) -> None:
    """Frozen values, in the order of the file."""
    registry = secretctl.open_registry(path)
    assert (registry.location, registry.settings.name) == (str(path), "prod")
    assert [str(each.target) for each in registry.principals()] == ["client/web", "client/old", "resource/api"]
    assert [each.id for each in registry.principals("resource")] == ["api"]
    client = registry.find("client", "web")
    assert isinstance(client, secretctl.Client)
    assert client.secrets[0].value == SECRET
    assert registry.find("client", "api") is None


def test_the_profile_may_be_another(path: Path) -> None:
    """Keywords stand for what the registry says."""
    registry = secretctl.open_registry(path, profile="duende", audiences=("https://id.example",), require_typ=True)
    assert registry.verify(basic("web"), now=NOW).profile == "duende"
    with pytest.raises(UnavailableError):
        secretctl.open_registry(path, profile="keycloak")


def test_a_registry_that_cannot_be_read(tmp_path: Path) -> None:
    """Says so when it is opened, not when it is asked."""
    broken = tmp_path / "broken.toml"
    for text in (None, "schema = ", "schema = 1\n[clients.web]\nsecrets = 7\n", "schema = 1\n[clients]\nweb = 1\n"):
        if text is not None:
            broken.write_text(text, encoding="utf-8")
        with pytest.raises(UnavailableError):
            secretctl.open_registry(broken)


def test_a_file_is_kept_in_memory(path: Path) -> None:
    """Opening it again shows what has changed."""
    registry = secretctl.open_registry(path)
    path.write_text("schema = 1\n", encoding="utf-8")
    assert registry.verify(basic("web"), now=NOW)
    assert not secretctl.open_registry(path).verify(basic("web"), now=NOW)


def test_a_database_is_asked_each_time(path: Path, tmp_path: Path) -> None:
    """A secret that was removed is refused by a registry that was opened before."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    for arguments in (("init", url), ("apply", str(path), url, "--yes")):
        done = subprocess.run(
            [sys.executable, "-m", "secretctl", *arguments], capture_output=True, check=False, timeout=60
        )
        assert done.returncode in {0, 1}, done.stderr
    registry = secretctl.open_registry(url)
    assert registry.location == url
    verdict = registry.verify(basic("web"), now=NOW)
    assert (verdict.accepted, verdict.profile) == (True, "duende")
    client = registry.find("client", "web")
    assert client is not None
    removed = ("secret", "remove", "client/web", client.secrets[0].id, "--yes", "--force", "-r", url)
    subprocess.run([sys.executable, "-m", "secretctl", *removed], capture_output=True, check=True, timeout=60)
    assert registry.verify(basic("web"), now=NOW).reason == "no_matching_secret_type"
    assert registry.verify(basic("api"), kind="resource", now=NOW + timedelta(days=1))


def test_a_database_has_the_settings_of_a_file(path: Path, tmp_path: Path) -> None:
    """It holds no issuer, validation or policy; without any, the profile follows its schema."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    subprocess.run([sys.executable, "-m", "secretctl", "init", url], capture_output=True, check=True, timeout=60)
    path.write_text(
        'schema = 1\n[issuer]\nurl = "https://id.example"\n[validation]\nprofile = "identityserver4"\n',
        encoding="utf-8",
    )
    settings = secretctl.open_registry(path).settings
    registry = secretctl.open_registry(url, settings=settings)
    assert registry.settings.issuer == settings.issuer
    assert registry.verify(basic("web"), now=NOW).profile == "identityserver4"
    assert secretctl.open_registry(url, settings=settings, profile="rfc").verify(basic("web"), now=NOW).profile == "rfc"


def test_every_public_name_is_there() -> None:
    """Resolved when it is used, and then remembered; nothing else is."""
    for name in secretctl.__all__:
        assert getattr(secretctl, name) is getattr(secretctl, name)
        assert name in vars(secretctl)
    assert set(secretctl.__all__) < set(dir(secretctl))
    with pytest.raises(AttributeError, match="nothing_like_it"):
        secretctl.nothing_like_it  # noqa: B018


def test_importing_the_package_loads_nothing() -> None:
    """The command line pays for what it uses."""
    code = "import sys, secretctl; sys.exit(any(name.startswith('secretctl.') for name in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
