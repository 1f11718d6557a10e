"""The core: a request goes through parsers to a principal and through validators to a verdict."""

from __future__ import annotations

from secretctl.authenticate.authenticator import Authenticator, authenticator_for
from secretctl.authenticate.presented import presented_der, typed_credential

__all__ = ["Authenticator", "authenticator_for", "presented_der", "typed_credential"]
