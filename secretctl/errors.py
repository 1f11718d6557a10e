"""Every error that secretctl raises on purpose: a stable code, a sentence, what to do next, an exit status.

Raise the most telling subclass where the cause is known (``raise … from exc``); the command line turns it
into ``secretctl: error: …`` and its exit status in one place. No message may hold plaintext.
"""

from __future__ import annotations

from typing import ClassVar


class SecretctlError(Exception):
    """An error with a stable snake_case ``code``, a ``message`` for people and a ``hint`` that says what to do next."""

    status: ClassVar[int] = 70

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class RejectedError(SecretctlError):
    """The answer is no: what was asked for would not be accepted."""

    status = 1


class UnavailableError(SecretctlError):
    """The registry, database, key or input cannot be read or written, or the question cannot be decided."""

    status = 3


class NotFoundError(SecretctlError):
    """No such client, resource or secret."""

    status = 4


class ConflictError(SecretctlError):
    """It exists already, the name is ambiguous, the file is locked or was changed underneath."""

    status = 5


class RefusedError(SecretctlError):
    """Policy forbids it, or a guard against losing the last usable secret does."""

    status = 6


class DeliveryError(SecretctlError):
    """The new secret could not be delivered; the registry is unchanged."""

    status = 7


class UsageError(SecretctlError):
    """The command was called in a way that it does not understand (``EX_USAGE``)."""

    status = 64


class InterruptedByUserError(SecretctlError):
    """Ctrl-C, or a question that was answered with no."""

    status = 130
