"""``secret import`` and ``inspect``: certificates, keys and what else people have in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import inputs, options
from secretctl.cli.delivering import registered
from secretctl.cli.output import emit, emit_json, note, warn
from secretctl.cli.secret_options import DescriptionOption, ExpiresOption, wished_end
from secretctl.model import instant_text

if TYPE_CHECKING:
    from secretctl.crypto.thumbprint import ThumbprintName
    from secretctl.operations.importing import Imported

FileArgument = Annotated[str, typer.Argument(metavar="FILE|-", help="A file; - is stdin.")]
THUMBPRINTS: tuple[ThumbprintName, ...] = ("sha1", "sha256")


def secret_import(
    target: options.TargetArgument,
    file: FileArgument,
    form: Annotated[
        str | None,
        typer.Option("--as", metavar="certificate|thumbprint|name|jwk", help="What to keep of it.", show_default=False),
    ] = None,
    thumbprint: Annotated[
        str | None,
        typer.Option(
            metavar="sha1|sha256", help="Which thumbprint [default: sha1 for IdentityServer].", show_default=False
        ),
    ] = None,
    expires: ExpiresOption = None,
    description: DescriptionOption = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Register a certificate or public key as a secret.

    \b
    secretctl secret import client/web web.pem
    secretctl secret import client/web web.pem --as thumbprint
    secretctl secret import client/web - --expires 1y < jwk.json
    """
    from secretctl.operations.importing import FORMS, ImportWish, import_secret

    chosen = None if form is None else options.one_of(form, FORMS, what="value", option="--as")
    which = None if thumbprint is None else options.one_of(thumbprint, THUMBPRINTS, what="value", option="--thumbprint")
    now = options.clock()
    wish = ImportWish(chosen, which, wished_end(expires, now), description)
    store = options.open_registry_store(registry, settings)
    data = inputs.read_input(file, what="certificate or key")
    imported = import_secret(store, target, data, wish, now=now)
    _report(imported)
    assert imported.target is not None  # it is stored
    with registered(imported.target):
        emit_json(imported.as_dict()) if json else emit(f"{imported.secret.id}\n")


def inspect(file: FileArgument, json: options.JsonOption = False) -> None:
    """Show what a certificate, JWK, assertion or header holds. Nothing is verified.

    \b
    secretctl inspect web.pem
    """
    from secretctl.operations.inspection import inspect as inspect_input

    inspection = inspect_input(inputs.read_input(file, what="input"), now=options.clock())
    warn(*inspection.warnings)
    if json:
        emit_json(inspection.as_dict())
        return
    from secretctl.render.inspection_text import inspection_text

    emit(inspection_text(inspection))
    for advice in inspection.advice:
        note(advice)


def _report(imported: Imported) -> None:
    """What was imported, when the certificate ends, and what may surprise."""
    warn(*imported.warnings)
    secret, end = imported.secret, imported.certificate_end
    key = f" ({imported.key})" if imported.key else ""
    note(f"{imported.target} has the new {secret.type} {secret.id}{key}")
    if end is not None:
        note(f"the certificate ends {instant_text(end)}")
