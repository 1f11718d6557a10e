"""Parsers and validators by name: ours from their tables, those of others from entry points.

Entry points are looked at only for a name that is not built in, as discovery costs more than a whole ``verify``. What
comes from outside is held to the protocol where it is loaded, and whatever goes wrong in it afterwards is a refusal to
answer (``plugin_failed``): never an acceptance, and never a message of its own, which could hold the secret.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn

from secretctl import parsers, validators
from secretctl.errors import SecretctlError, UnavailableError
from secretctl.model import Credential, Match, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.metadata import EntryPoint

    from secretctl.model import Secret
    from secretctl.parsers import SecretParser, Submission
    from secretctl.profiles import Profile
    from secretctl.validators import Context, SecretValidator

Role = Literal["parser", "validator"]
GROUPS: dict[Role, str] = {"parser": "secretctl.parsers", "validator": "secretctl.validators"}
"""The entry-point groups. An entry point is a class that is made without arguments, or its ready-made instance."""

_BUILT_IN: dict[Role, Mapping[str, tuple[str, str]]] = {"parser": parsers.BUILT_IN, "validator": validators.BUILT_IN}
_METHOD: dict[Role, str] = {"parser": "parse", "validator": "validate"}


class Plugin(NamedTuple):
    """One line of ``plugins``. ``source`` is ``built in`` or the distribution that brings it, with its version.

    ``order`` counts from 1 where it is in force. ``problem`` says why it cannot be used.
    """

    role: Role
    name: str
    source: str
    order: int | None = None
    problem: str | None = None


def load_parsers(names: Sequence[str] | None, profile: Profile) -> tuple[SecretParser, ...]:
    """The parsers of these names in this order; None: the profile's own.

    Raises UnavailableError: ``plugin_unknown`` for a name that nobody knows, ``plugin_failed`` for one that does not load.
    """
    return tuple(_load("parser", name) for name in (profile.parsers if names is None else names))


def load_validators(names: Sequence[str] | None, profile: Profile) -> tuple[SecretValidator, ...]:
    """The validators of these names in this order; None: the profile's own. Raises as ``load_parsers`` does."""
    return tuple(_load("validator", name) for name in (profile.validators if names is None else names))


def list_plugins(
    parser_names: Sequence[str] | None, validator_names: Sequence[str] | None, profile: Profile
) -> tuple[Plugin, ...]:
    """All parsers, then all validators: those in force in their order, then the others by name. Each is loaded."""
    return (
        *_listed("parser", profile.parsers if parser_names is None else parser_names),
        *_listed("validator", profile.validators if validator_names is None else validator_names),
    )


def unknown_plugins(names: Sequence[str] | None, role: Role) -> tuple[str, ...]:
    """The names that are neither built in nor installed. Nothing is loaded."""
    others = [name for name in names or () if name not in _BUILT_IN[role]]
    installed = {entry_point.name for entry_point in _entry_points(role)} if others else set()
    return tuple(name for name in others if name not in installed)


def _listed(role: Role, in_force: Sequence[str]) -> Iterator[Plugin]:
    entry_points = _entry_points(role)
    found = sorted({*_BUILT_IN[role], *(entry_point.name for entry_point in entry_points)} - set(in_force))
    for order, name in [*enumerate(in_force, 1), *((None, name) for name in found)]:
        source = "built in" if name in _BUILT_IN[role] else _source_of(name, entry_points)
        problem = None
        try:
            _load(role, name)
        except UnavailableError as exc:
            problem = exc.message
        yield Plugin(role, name, source, order, problem)


def _source_of(name: str, entry_points: Sequence[EntryPoint]) -> str:
    brings = [entry_point.dist for entry_point in entry_points if entry_point.name == name]
    return ", ".join(f"{dist.name} {dist.version}" for dist in brings if dist) or "nowhere"


def _load(role: Role, name: str) -> Any:
    """An instance of a parser or validator; those from outside in a wrapper that keeps their failures closed."""
    built_in = _BUILT_IN[role].get(name)
    if built_in is not None:
        module, class_name = built_in
        return getattr(import_module(module), class_name)()
    matching = [entry_point for entry_point in _entry_points(role) if entry_point.name == name]
    if not matching:
        raise UnavailableError(
            "plugin_unknown",
            f"there is no {role} {name!a}",
            hint=f"built in are {', '.join(_BUILT_IN[role])}; `secretctl plugins` lists the installed ones",
        )
    if len(matching) > 1:
        _fail(role, name, f"{_source_of(name, matching)} each bring one of this name")
    try:
        loaded = matching[0].load()
        plugin = loaded() if isinstance(loaded, type) else loaded
        called = plugin.name
        callable_ = callable(getattr(plugin, _METHOD[role]))
    except (Exception, SystemExit) as exc:  # noqa: BLE001 - somebody else's code
        _fail(role, name, f"it does not load ({type(exc).__name__})", exc)
    if called != name:
        _fail(role, name, "its name attribute is another than its entry point's")
    if not callable_:
        _fail(role, name, f"its {_METHOD[role]} is no method")
    return _ClosedParser(plugin, name) if role == "parser" else _ClosedValidator(plugin, name)


def _entry_points(role: Role) -> Sequence[EntryPoint]:
    from importlib.metadata import entry_points

    return list(entry_points(group=GROUPS[role]))


def _fail(role: Role, name: str, why: str, cause: BaseException | None = None) -> NoReturn:
    """``cause`` is a failure to load, which comes before any secret; one of a call must not be passed on."""
    raise UnavailableError(
        "plugin_failed",
        f"the {role} {name!a} failed: {why}",
        hint="mend or remove the plug-in; `secretctl plugins` shows where it comes from",
    ) from cause


class _ClosedParser:
    """A parser of others, which can only answer as a parser may."""

    __slots__ = ("_parser", "name")

    def __init__(self, parser: SecretParser, name: str) -> None:
        self._parser = parser
        self.name = name

    def parse(self, submission: Submission) -> Credential | Refusal | None:
        """The plug-in's answer; UnavailableError ``plugin_failed`` where it gives none."""
        try:
            found: object = self._parser.parse(submission)
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - somebody else's code
            _refuse_to_answer("parser", self.name, exc)
        if found is None or isinstance(found, Credential | Refusal):
            return found
        _fail("parser", self.name, f"it returned {type(found).__name__}, not a Credential, a Refusal or None")


class _ClosedValidator:
    """A validator of others, which can accept nothing but one of the secrets that it was given."""

    __slots__ = ("_validator", "name")

    def __init__(self, validator: SecretValidator, name: str) -> None:
        self._validator = validator
        self.name = name

    def validate(self, credential: Credential, secrets: Sequence[Secret], context: Context) -> Match | Refusal | None:
        """The plug-in's answer; UnavailableError ``plugin_failed`` where it gives none that counts."""
        try:
            outcome: object = self._validator.validate(credential, secrets, context)
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - somebody else's code
            _refuse_to_answer("validator", self.name, exc)
        if isinstance(outcome, Match) and not any(outcome.secret is secret for secret in secrets):
            _fail("validator", self.name, "it matched a secret that it was not given")
        if outcome is None or isinstance(outcome, Match | Refusal):
            return outcome
        _fail("validator", self.name, f"it returned {type(outcome).__name__}, not a Match, a Refusal or None")


def _refuse_to_answer(role: Role, name: str, exc: BaseException) -> NoReturn:
    """Name the plug-in and the kind of exception, and drop the exception: its text or its frames could hold the secret."""
    code = f" {exc.code}" if isinstance(exc, SecretctlError) else ""
    _fail(role, name, f"it raised {type(exc).__name__}{code}")
