"""Plug-ins: found by name, held to the protocol, closed on failure; the sample plug-in from its wheel to a verdict."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import invalidate_caches
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

import secretctl
from secretctl.authenticate import Authenticator
from secretctl.errors import UnavailableError
from secretctl.model import Client, Credential, Der, Match, Refusal, Request, Secret, SecretText, StoredValue
from secretctl.parsers import BUILT_IN as PARSERS
from secretctl.parsers import Submission
from secretctl.plugins import Plugin, list_plugins, load_parsers, load_validators
from secretctl.profiles import PROFILES
from secretctl.testing import NOW, ParserContract, ValidatorContract
from secretctl.validators import BUILT_IN as VALIDATORS
from secretctl.validators import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SAMPLE = Path(__file__).parent / "sample_plugin"
RFC = PROFILES["rfc"]
PLAINTEXT = "hunter2-hunter2-hunter2"


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Installs a module with entry points as a distribution of its own, in a directory on the path."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def _install(module: str, source: str, entry_points: str = "", version: str = "1.0") -> None:
        (tmp_path / f"{module}.py").write_text(source, encoding="utf-8")
        info = tmp_path / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: {version}\n", encoding="utf-8")
        (info / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        monkeypatch.delitem(sys.modules, module, raising=False)
        invalidate_caches()

    return _install


def validator(body: str, name: str = "mine") -> str:
    """The source of a validator plug-in."""
    return f"from secretctl import Match, Refusal\nclass Mine:\n    name = {name!r}\n    def validate(self, credential, secrets, context):\n        {body}\n"


VALIDATORS_GROUP = "[secretctl.validators]\nmine = plug:Mine\n"


def test_built_ins_load_in_the_order_of_the_profile_or_as_configured() -> None:
    """None is the profile's own order; a configured list stands as it is, empty ones included."""
    for profile in PROFILES.values():
        assert tuple(each.name for each in load_parsers(None, profile)) == profile.parsers
        assert tuple(each.name for each in load_validators(None, profile)) == profile.validators
    assert [each.name for each in load_parsers(["post_body", "basic"], RFC)] == ["post_body", "basic"]
    assert load_validators([], RFC) == ()


def test_built_ins_are_found_without_discovery() -> None:
    """Entry-point discovery costs more than a whole verify, so it is left out where every name is built in."""
    code = (
        "import sys; from secretctl.plugins import *; from secretctl.profiles import PROFILES\n"
        "load_parsers(('basic', 'post_body'), PROFILES['rfc']); load_validators(('shared_secret',), PROFILES['rfc'])\n"
        "sys.exit('importlib.metadata' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize("load", [load_parsers, load_validators])
def test_a_name_that_nobody_knows(load: Callable[..., object]) -> None:
    """Fails closed, with the name and where to look."""
    with pytest.raises(UnavailableError, match="nowhere_to_be_found") as caught:
        load(["nowhere_to_be_found"], RFC)
    assert caught.value.code == "plugin_unknown"
    assert "plugins" in str(caught.value.hint)


@pytest.mark.parametrize(
    "source",
    [
        "raise RuntimeError('hunter2')",
        "import sys; sys.exit(0)",
        "",
        "Mine = None",
        "class Mine:\n    def validate(self, *a): ...\n",
        "class Mine:\n    name = 'other'\n    def validate(self, *a): ...\n",
        "class Mine:\n    name = 'mine'\n",
        "class Mine:\n    name = 'mine'\n    validate = 7\n",
        "class Mine:\n    name = 'mine'\n    def __init__(self, needed): ...\n",
        "class Mine:\n    @property\n    def name(self): raise KeyError('hunter2')\n",
    ],
)
def test_a_plugin_that_does_not_load_fails_by_name(source: str, install: Callable[[str, str, str], None]) -> None:
    """Whatever is wrong with it: status 3, its name, and never its own message."""
    install("plug", source, VALIDATORS_GROUP)
    with pytest.raises(UnavailableError, match="mine") as caught:
        load_validators(["shared_secret", "mine"], RFC)
    assert (caught.value.code, caught.value.status) == ("plugin_failed", 3)
    assert "hunter2" not in str(caught.value)


def test_two_distributions_of_one_name_are_one_too_many(install: Callable[[str, str, str], None]) -> None:
    """Which of them counts would depend on the order of the path."""
    install("plug", validator("return None"), VALIDATORS_GROUP)
    install("plug2", validator("return None"), "[secretctl.validators]\nmine = plug2:Mine\n")
    with pytest.raises(UnavailableError, match=r"plug2? 1\.0, plug2? 1\.0") as caught:
        load_validators(["mine"], RFC)
    assert caught.value.code == "plugin_failed"


def test_a_plugin_never_takes_the_place_of_a_built_in(install: Callable[[str, str, str], None]) -> None:
    """A distribution that calls its validator shared_secret is not asked."""
    install(
        "plug",
        validator("return Match(secrets[0])", "shared_secret"),
        "[secretctl.validators]\nshared_secret = plug:Mine\n",
    )
    assert type(load_validators(["shared_secret"], RFC)[0]).__module__ == "secretctl.validators.shared_secret"


CREDENTIAL = Credential("client_secret_basic", "web", SecretText(PLAINTEXT))
SECRET = Secret("s1", "Own", StoredValue("x"))


@pytest.mark.parametrize(
    "body",
    [
        "raise ValueError(credential.secret.reveal())",
        "raise SystemExit(0)",
        "raise secrets",
        "return True",
        "return 'accepted'",
        "return secrets[0]",
        "import dataclasses; return Match(dataclasses.replace(secrets[0]))",
        "from secretctl import UnavailableError; raise UnavailableError('own_code', credential.secret.reveal())",
    ],
)
def test_a_validator_that_fails_decides_nothing(body: str, install: Callable[[str, str, str], None]) -> None:
    """No acceptance, status 3, named; its message, which could hold the secret, is dropped with the exception."""
    install("plug", validator(body), VALIDATORS_GROUP)
    (mine,) = load_validators(["mine"], RFC)
    with pytest.raises(UnavailableError, match="mine") as caught:
        mine.validate(CREDENTIAL, [SECRET], Context(RFC, NOW))
    assert (caught.value.code, caught.value.status) == ("plugin_failed", 3)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert PLAINTEXT not in str(caught.value) + str(caught.value.hint)


@pytest.mark.parametrize(
    "body", ["raise ValueError(submission.request.authorization)", "return True", "raise SystemExit"]
)
def test_a_parser_that_fails_decides_nothing(body: str, install: Callable[[str, str, str], None]) -> None:
    """The same for parsers."""
    source = f"class Mine:\n    name = 'mine'\n    def parse(self, submission):\n        {body}\n"
    install("plug", source, "[secretctl.parsers]\nmine = plug:Mine\n")
    (mine,) = load_parsers(["mine"], RFC)
    with pytest.raises(UnavailableError, match="mine") as caught:
        mine.parse(Submission(Request(authorization=PLAINTEXT), RFC))
    assert caught.value.code == "plugin_failed"
    assert PLAINTEXT not in str(caught.value)


def test_a_parser_and_a_validator_of_ones_own(install: Callable[[str, str, str], None]) -> None:
    """A header scheme and a type of secret that only they know, beside the built-in ones; an instance will do."""
    source = (
        "from secretctl import Credential, Match, SecretText\n"
        "class Parser:\n    name = 'digits'\n    def parse(self, submission):\n"
        "        header = submission.authorization or ''\n"
        "        if header.startswith('Digits '):\n"
        "            id, _, digits = header[7:].partition('/')\n"
        "            return Credential('client_secret_basic', id, SecretText(digits))\n"
        "class Validator:\n    name = 'digits'\n    def validate(self, credential, secrets, context):\n"
        "        for secret in secrets:\n"
        "            if secret.type == 'Digits' and secret.value == credential.secret.reveal():\n"
        "                return Match(secret)\n"
        "validator = Validator()\n"
    )
    install(
        "plug", source, "[secretctl.parsers]\ndigits = plug:Parser\n[secretctl.validators]\ndigits = plug:validator\n"
    )
    client = Client("web", secrets=(Secret("s1", "Digits", StoredValue("0815")),))
    authenticator = Authenticator(
        lambda kind, name: client if (kind, name) == ("client", "web") else None,
        RFC,
        load_parsers(["basic", "digits"], RFC),
        load_validators(["shared_secret", "digits"], RFC),
    )

    def verify(header: str) -> tuple[bool, str | None]:
        verdict = authenticator.verify(Request(authorization=header), kind="client", now=NOW)
        return verdict.accepted, verdict.reason

    assert verify("Digits web/0815") == (True, None)
    assert verify("Digits web/4711") == (False, "no_matching_secret_type")
    assert verify("Digits nobody/0815") == (False, "unknown_principal")
    assert verify("Basic d2ViOjA4MTU=") == (True, None)  # the validator does not ask where it comes from


def test_the_list_of_plugins(install: Callable[[str, str, str], None]) -> None:
    """In force in their order, then the others by name, each with where it comes from and what is wrong with it."""
    install("plug", "", VALIDATORS_GROUP)
    listed = list_plugins(["post_body"], ["mine", "shared_secret", "gone"], RFC)
    assert listed[:2] == (
        Plugin("parser", "post_body", "built in", 1),
        Plugin("parser", "basic", "built in"),
    )
    validators = {each.name: each for each in listed if each.role == "validator"}
    assert list(validators)[:3] == ["mine", "shared_secret", "gone"]
    assert validators["mine"].source == "plug 1.0"
    assert "does not load" in str(validators["mine"].problem)
    assert (validators["gone"].source, validators["gone"].order) == ("nowhere", 3)
    assert "no validator 'gone'" in str(validators["gone"].problem)
    assert validators["x509_name"].order is None
    assert {each.name for each in list_plugins(None, None, RFC)} == {*PARSERS, *VALIDATORS, "mine"}


class Authority:
    """A CA and what it issues, made on the spot."""

    def __init__(self, name: str = "Corporate CA") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._issue(self.name, self.key.public_key())

    def pem(self) -> bytes:
        """Its own certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def issue(self, *units: str, purpose: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.CLIENT_AUTH) -> Der:
        """A certificate for somebody in these organisational units, valid for a year around NOW."""
        subject = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
        name = x509.Name([*subject, x509.NameAttribute(NameOID.COMMON_NAME, "service")])
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        return Der(self._issue(name, key, purpose).public_bytes(Encoding.DER))

    def _issue(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, purpose: x509.ObjectIdentifier | None = None
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder(self.name, subject, key, x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=180))
            .not_valid_after(NOW + timedelta(days=180))
        )
        if purpose is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        return builder.sign(self.key, SHA256())


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory into which the sample plug-in's wheel was installed."""
    built, site = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("site")
    code = "import hatchling.build, sys; print(hatchling.build.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(built)], cwd=SAMPLE, check=True, capture_output=True, text=True, timeout=120
    )
    with zipfile.ZipFile(built / done.stdout.split()[-1]) as wheel:
        wheel.extractall(site)
    return site


@pytest.fixture
def corporate(sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The CA of a registry in the current directory whose client ``web`` may come with any certificate of Payments."""
    monkeypatch.syspath_prepend(str(sample))
    invalidate_caches()
    authority = Authority()
    (tmp_path / "ca.pem").write_bytes(authority.pem())
    (tmp_path / "secretctl.toml").write_text(
        'schema = 1\n[validation]\ntrust = "ca.pem"\nvalidators = ["shared_secret", "issued_unit"]\n'
        '[clients.web]\n[[clients.web.secrets]]\nid = "unit"\ntype = "X509IssuedUnit"\nvalue = "Payments"\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    return authority


def test_the_sample_plugin_lets_in_whoever_the_ca_issued_to(corporate: Authority) -> None:
    """Configured by name in the registry, used through the public API."""
    registry = secretctl.open_registry("secretctl.toml")

    def verify(certificate: Der, now: datetime = NOW) -> tuple[bool, str | None, str | None]:
        verdict = registry.verify(Request(form="client_id=web", client_cert=certificate), now=now)
        return verdict.accepted, verdict.method, verdict.reason

    right = corporate.issue("Payments")
    assert verify(right) == (True, "tls_client_auth", None)
    assert verify(corporate.issue("Sales", "Payments", purpose=None)) == (True, "tls_client_auth", None)
    for certificate, now, reason in (
        (corporate.issue("payments"), NOW, "mismatch"),
        (corporate.issue(), NOW, "mismatch"),
        (corporate.issue("Payments", purpose=ExtendedKeyUsageOID.SERVER_AUTH), NOW, "certificate_untrusted"),
        (Authority().issue("Payments"), NOW, "certificate_untrusted"),
        (Authority("Another CA").issue("Payments"), NOW, "certificate_untrusted"),
        (right, NOW + timedelta(days=181), "certificate_expired"),
        (right, NOW - timedelta(days=181), "certificate_not_yet_valid"),
    ):
        assert verify(certificate, now)[::2] == (False, reason)


def test_the_sample_plugin_from_the_command_line(corporate: Authority, sample: Path) -> None:
    """`plugins` lists it; `verify` uses it; a registry that names it is status 3 where it is not installed."""
    Path("cert.der").write_bytes(corporate.issue("Payments"))
    verify = ("verify", "client/web", "--client-cert", "cert.der", "--at", "2026-06-01", "--json")

    def run(*arguments: str, path: str = str(sample)) -> tuple[int, str]:
        environment = {**os.environ, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-m", "secretctl", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout or done.stderr

    status, text = run("plugins", "--json")
    assert status == 0
    assert {
        "role": "validator",
        "name": "issued_unit",
        "source": "secretctl-issued-unit 1.0",
        "order": 2,
        "problem": None,
    } in json.loads(text)
    status, text = run("plugins")
    assert "issued_unit" in text
    status, text = run(*verify)
    assert (status, json.loads(text)["secret"]["id"]) == (0, "unit")
    status, text = run(*verify, path="")
    assert status == 3
    assert json.loads(text.splitlines()[-1])["error"]["code"] == "plugin_unknown"


def test_plugins_without_a_registry_and_with_a_broken_one(tmp_path: Path) -> None:
    """Without one the default profile is in force, or the one that was asked for; a broken one is an error."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "secretctl", "plugins", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert [each["name"] for each in json.loads(run("--json").stdout)[:4]] == list(RFC.parsers)
    assert run("--profile", "identityserver3").stdout.splitlines()[1].split() == [
        "parser",
        "mutual_tls",
        "1",
        "built",
        "in",
    ]
    assert run("--profile", "keycloak").returncode == 64
    (tmp_path / "secretctl.toml").write_text("schema = ", encoding="utf-8")
    broken = run()
    assert (broken.returncode, broken.stdout) == (3, "")


class TestIssuedUnit(ValidatorContract):
    """The sample plug-in passes the suite that is shipped for plug-ins."""

    @pytest.fixture(autouse=True)
    def _installed(self, corporate: Authority) -> None:
        self.certificate = corporate.issue("Payments")

    def make(self) -> secretctl.SecretValidator:
        """As it is loaded."""
        return load_validators(["issued_unit"], RFC)[0]

    def example(self) -> tuple[Credential, Secret]:
        """A certificate of the unit, and the unit."""
        secret = Secret("unit", "X509IssuedUnit", StoredValue("Payments"))
        return Credential("tls_client_auth", "web", certificate=self.certificate), secret

    def context(self) -> Context:
        """With the CA."""
        return Context(RFC, NOW, trust="ca.pem")

    def test_without_a_ca_nobody_is_trusted(self) -> None:
        """It fails closed where the registry says nothing."""
        credential, secret = self.example()
        outcome = self.make().validate(credential, [secret], Context(RFC, NOW))
        assert isinstance(outcome, Refusal)
        assert outcome.reason == "certificate_untrusted"


class TestBasicParser(ParserContract):
    """Built in."""

    def make(self) -> secretctl.SecretParser:
        """By its name."""
        return load_parsers(["basic"], RFC)[0]


class TestPostBodyParser(ParserContract):
    """Built in."""

    def make(self) -> secretctl.SecretParser:
        """By its name."""
        return load_parsers(["post_body"], RFC)[0]


class TestClientAssertionParser(ParserContract):
    """Built in."""

    def make(self) -> secretctl.SecretParser:
        """By its name."""
        return load_parsers(["client_assertion"], RFC)[0]


class TestMutualTlsParser(ParserContract):
    """Built in."""

    def make(self) -> secretctl.SecretParser:
        """By its name."""
        return load_parsers(["mutual_tls"], RFC)[0]


class TestSharedSecretValidator(ValidatorContract):
    """Built in."""

    def make(self) -> secretctl.SecretValidator:
        """By its name."""
        return load_validators(["shared_secret"], RFC)[0]

    def example(self) -> tuple[Credential, Secret]:
        """A known value."""
        value = StoredValue("K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols=")
        return Credential("client_secret_basic", "web", SecretText("secret")), Secret("s1", "SharedSecret", value)


def test_a_suite_says_why_the_example_does_not_match() -> None:
    """The refusal and the time it was given at, which is the suite's own."""

    class TooEarly(ValidatorContract):
        def make(self) -> secretctl.SecretValidator:
            return Refusing()

        def example(self) -> tuple[Credential, Secret]:
            return CREDENTIAL, SECRET

    class Refusing:
        name = "refusing"

        def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Refusal:
            return Refusal("certificate_not_yet_valid", "not valid yet")

    with pytest.raises(AssertionError, match=r"certificate_not_yet_valid.*, at 2026-06-01"):
        TooEarly().test_the_example_matches_by_that_very_secret()


def test_the_suites_catch_what_they_are_for() -> None:
    """A validator that accepts everybody fails them, and so does one that repeats what was presented."""

    class Careless(ValidatorContract):
        def make(self) -> secretctl.SecretValidator:
            return CarelessValidator()

        def example(self) -> tuple[Credential, Secret]:
            return CREDENTIAL, SECRET

    class CarelessValidator:
        name = "careless"

        def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match:
            context.warnings.append(str(credential.secret and credential.secret.reveal()))
            return Match(replace((*secrets, *context.expired, SECRET)[0]))

    for test in [name for name in dir(Careless) if name.startswith("test_") and name != "test_it_has_a_name"]:
        with pytest.raises(AssertionError, match="Match"):
            getattr(Careless(), test)()
    with pytest.raises(NotImplementedError):
        ParserContract().make()
    with pytest.raises(NotImplementedError):
        ValidatorContract().make()
    with pytest.raises(NotImplementedError):
        ValidatorContract().example()
    assert ValidatorContract().context().now == datetime(2026, 6, 1, tzinfo=UTC)
