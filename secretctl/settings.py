"""What a registry says about itself: its name, issuer, validation rules and policy. Data only."""

from typing import NamedTuple

from secretctl.lifetimes import Duration, Window


class Issuer(NamedTuple):
    """``[issuer]``: the server that the registry is for. ``token_endpoint`` defaults to url + ``/connect/token``."""

    url: str
    token_endpoint: str


class Validation(NamedTuple):
    """``[validation]``: None means what the profile says. ``trust`` is the absolute path of a CA bundle (PEM)."""

    profile: str = "rfc"
    parsers: tuple[str, ...] | None = None
    validators: tuple[str, ...] | None = None
    trust: str | None = None
    assertion_algorithms: tuple[str, ...] | None = None


class Policy(NamedTuple):
    """``[policy]``: what the registry allows. None means no such rule.

    ``warn`` and ``critical`` are windows before an end, ``overlap`` is how long rotated secrets stay valid.
    ``min_length`` counts characters of generated secrets, prefix included.
    """

    require_expiration: bool = False
    max_lifetime: Duration | None = None
    default_lifetime: Duration | None = None
    overlap: Duration | None = None
    warn: Window | None = None
    critical: Window | None = None
    min_length: int | None = None
    allowed_hashes: tuple[str, ...] | None = None
    allowed_types: tuple[str, ...] | None = None
    min_rsa_bits: int = 2048
    prefix: str = ""


class Settings(NamedTuple):
    """The tables of a registry file that are not principals. ``name`` makes the keyring service ``secretctl/<name>``."""

    name: str | None = None
    issuer: Issuer | None = None
    validation: Validation = Validation()
    policy: Policy = Policy()
