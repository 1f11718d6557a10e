"""Errors: each knows its status, has a stable code, and keeps its cause."""

from __future__ import annotations

import re

import pytest

from secretctl import errors
from secretctl.errors import SecretctlError


def subclasses(cls: type[SecretctlError] = SecretctlError) -> list[type[SecretctlError]]:
    """All of them, grandchildren included."""
    return [cls, *(each for child in cls.__subclasses__() for each in subclasses(child))]


@pytest.mark.parametrize(
    "cls", [cls for cls in subclasses() if cls.__module__ == errors.__name__], ids=lambda cls: cls.__name__
)
def test_every_error_says_what_and_what_next(cls: type[SecretctlError]) -> None:
    """Code, message and hint come out as they went in."""
    error = cls("some_code", "something is wrong", hint="mend it")
    assert (error.code, error.message, error.hint, str(error)) == (
        "some_code",
        "something is wrong",
        "mend it",
        "something is wrong",
    )
    assert cls("c", "m").hint is None
    assert cls.__doc__
    assert re.fullmatch(r"[A-Z][A-Za-z]+Error", cls.__name__)


def test_the_statuses_are_those_of_the_readme() -> None:
    """What scripts rely on."""
    assert {cls.__name__: cls.status for cls in subclasses() if cls.__module__ == errors.__name__} == {
        "SecretctlError": 70,
        "RejectedError": 1,
        "UnavailableError": 3,
        "NotFoundError": 4,
        "ConflictError": 5,
        "RefusedError": 6,
        "DeliveryError": 7,
        "UsageError": 64,
        "InterruptedByUserError": 130,
    }
