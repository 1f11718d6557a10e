"""``init``: a new registry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from secretctl.cli import options
from secretctl.cli.output import emit, emit_json, note
from secretctl.errors import UsageError

_HEAD = """\
# A secretctl registry: OAuth clients, API resources and the secrets with which they authenticate.
# It holds hashes and public keys, never plaintext. Keep it in git, edit it by hand where you like:
# comments and layout survive. `secretctl --help` lists the commands, `secretctl lint` finds mistakes.

schema = 1
{name}
{issuer}
[validation]
{profile}
# trust = "ca.pem"                 # the CA bundle that X509Name secrets are checked against

[policy]
# require_expiration = true
# default_lifetime = "365d"
# max_lifetime = "365d"
overlap = "7d"                     # how long rotated secrets stay valid
warn = "30d"
critical = "7d"
"""
_ISSUER_EXAMPLE = """\
# [issuer]                         # needed for client assertions
# url = "https://id.example.com"
# token_endpoint = "https://id.example.com/connect/token"
"""


def init(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATH]", help="A file, a folder or a database URL. Default: secretctl.toml.", show_default=False
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="N", help="The registry's name; keyring entries belong to it. Default: the folder's name."
        ),
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(metavar="URL", help="The server's issuer URL.", show_default=False)
    ] = None,
    profile: Annotated[str | None, typer.Option(metavar="P", help="Whose rules decide [default: rfc].")] = None,
    json: options.JsonOption = False,
) -> None:
    """Create a registry: a file, or tables in a database.

    \b
    secretctl init --name prod --issuer https://id.example.com
    secretctl init sqlite:///identity.db
    """
    location = path if path is not None else options.REGISTRY_FILE
    if not location:  # a variable of the shell that is not set
        raise UsageError("registry_empty", "PATH is empty", hint="name a file, a folder or a database URL")
    from secretctl.stores import names_database

    profile = options.profile_name(profile)
    if names_database(location):
        shown = _create_database(location, name, issuer, profile)
    else:
        shown = _create_file(location, name, issuer, profile or "rfc")
    emit_json({"location": shown}) if json else emit(f"{shown}\n")
    note("the registry is empty; add a client with `secretctl client add ID`")


def _create_database(url: str, name: str | None, issuer: str | None, profile: str | None) -> str:
    """The tables of the server that the profile names; ``rfc`` is no server, and gets Duende's."""
    from secretctl.stores.sql import create_schema

    if name is not None or issuer is not None:
        raise UsageError(
            "settings_elsewhere",
            "a database has no place for a name or an issuer",
            hint="keep them in a registry file and point --settings or SECRETCTL_SETTINGS to it",
        )
    return create_schema(url, "duende" if profile in {None, "rfc"} else str(profile))


def _create_file(location: str, name: str | None, issuer: str | None, profile: str) -> str:
    from secretctl.stores.toml.store import create_registry
    from secretctl.stores.toml.values import check_text

    check_text("name", name or "")
    check_text("issuer", issuer or "")
    if issuer is not None:
        _check_issuer(issuer)
    file = Path(location)
    # Not Path.is_dir, which raises where the name is too long, or a directory above may not be looked into.
    if os.path.isdir(location) or location.endswith(("/", os.sep)):  # noqa: PTH112
        file /= options.REGISTRY_FILE
    create_registry(file, registry_head(name or _folder_name(file), issuer, profile))
    return str(file)


def _check_issuer(issuer: str) -> None:
    """UsageError ``invalid_url`` for what no assertion's ``aud`` can be: RFC 8414 §2 wants https, tests and intranets http."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(issuer)
        absolute = parts.scheme in {"http", "https"} and bool(parts.hostname) and not any(map(str.isspace, issuer))
    except ValueError:  # a bracket that is not closed
        absolute = False
    if not absolute:
        hint = "write it whole, as the server says it: https://id.example.com"
        raise UsageError("invalid_url", "--issuer is no http or https URL", hint=hint)


def _folder_name(file: Path) -> str:
    folder = Path(os.path.abspath(file)).parent.name  # noqa: PTH100 - resolve() would follow links
    return folder if folder.isprintable() and folder else "default"


def registry_head(name: str, issuer: str | None, profile: str) -> str:
    """The text of a new registry file, with its tables explained."""
    import tomli_w

    url = issuer.rstrip("/") if issuer else None
    tables = {"issuer": {"url": issuer, "token_endpoint": f"{url}/connect/token"}} if issuer else {}
    return _HEAD.format(
        name=tomli_w.dumps({"name": name}).rstrip(),
        issuer=f"\n{tomli_w.dumps(tables)}" if tables else f"\n{_ISSUER_EXAMPLE}",
        profile=tomli_w.dumps({"profile": profile}).rstrip(),
    )
