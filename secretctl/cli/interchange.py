"""``import`` and ``export``: the formats of other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from secretctl.cli import inputs, options
from secretctl.cli.losses import list_losses
from secretctl.cli.output import announce, emit, emit_json, use_color, warn
from secretctl.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from secretctl.crypto.shared_secret import HashName
    from secretctl.interchange import Exported, Loss, Values
    from secretctl.stores import Store

VALUES: tuple[Values, ...] = ("hashed", "plaintext")
_SQL = "sql"


def import_(
    format: Annotated[str, typer.Argument(metavar="identityserver|rfc7591|hydra|keycloak", help="What it is.")],
    file: Annotated[str, typer.Argument(metavar="FILE", help="What the other program exported; - is stdin.")],
    values: Annotated[
        str | None,
        typer.Option(metavar="hashed|plaintext", help="What the shared secrets are, where that is not clear."),
    ] = None,
    hash: Annotated[
        str | None,
        typer.Option(
            "--hash", metavar="sha256|sha512|argon2id|scrypt", help="How plaintext is stored.", show_default=False
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the changes, make none.")] = False,
    force: options.ForceOption = False,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Add and update what another program exported. Plaintext is hashed, nothing is removed.

    \b
    secretctl import identityserver appsettings.json --dry-run
    secretctl import keycloak realm.json
    """
    from secretctl.cli.progress import phases
    from secretctl.interchange import find_importer
    from secretctl.operations.sync import import_text

    importer = find_importer(format)
    kind = None if values is None else options.one_of(values, VALUES, what="values", option="--values")
    store = options.open_registry_store(registry, settings)
    hash_name = _hash_name(store, hash)
    announce(file)
    text = _text(inputs.read_input(file, what="import", limit=inputs.REGISTRY_LIMIT))
    with phases("hashing secrets of", "comparing", "writing") as (hashed, compared, advance):
        applied = import_text(
            store,
            importer,
            text,
            hash_name=hash_name,
            now=options.clock(),
            values=kind,
            force=force,
            dry_run=dry_run,
            hashed=hashed,
            compared=compared,
            advance=advance,
        )
    warn(*applied.notes)
    list_losses(applied.plan.losses, verb="imported")
    if json:
        emit_json(applied.plan.as_dict())
    else:
        from secretctl.render.plan_text import plan_text

        emit(plan_text(applied.plan, color=use_color(), done=not dry_run))


def _hash_name(store: Store, text: str | None) -> HashName:
    from secretctl.policy import choose_hash, hash_named
    from secretctl.profiles import profile_named

    settings = store.settings()
    profile = profile_named(settings.validation.profile)
    return choose_hash(None if text is None else hash_named(text), settings.policy, profile, generated=False)


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnavailableError("import_invalid", "the input is not UTF-8 text", hint="save it as UTF-8") from None


def export(
    format: Annotated[
        str, typer.Argument(metavar="identityserver|rfc7591|hydra|keycloak|sql|csv", help="For whom it is.")
    ],
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="identityserver3|identityserver4|duende",
            help="sql: whose tables [default: as the profile, else duende].",
            show_default=False,
        ),
    ] = None,
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="sqlserver|postgresql|sqlite|mysql",
            help="sql: which database [default: sqlserver].",
            show_default=False,
        ),
    ] = None,
    registry: options.RegistryOption = None,
    settings: options.SettingsOption = None,
) -> None:
    """Print the registry in another program's format. What that cannot hold is listed on stderr.

    \b
    secretctl export identityserver > appsettings.json
    secretctl export sql --schema duende --dialect postgresql | psql identity
    """
    if format != _SQL and (schema is not None or dialect is not None):
        raise UsageError("sql_only", "--schema and --dialect go with the format sql", hint="write `export sql`")
    exported = _exported(format, options.open_registry_store(registry, settings), schema, dialect)
    list_losses(exported.losses, verb="exported")
    emit(exported.text)


def _exported(format: str, store: Store, schema: str | None, dialect: str | None) -> Exported:
    from secretctl.cli.progress import counted
    from secretctl.interchange import find_exporter, without_private_keys

    losses: list[Loss] = []
    now = options.clock()
    exporter = None if format == _SQL else find_exporter(format)
    with counted("exporting", store.principals()) as found:
        principals = without_private_keys(found, losses)
        if exporter is not None:
            return _with(losses, exporter.dump(principals, now=now))
        from secretctl.entity_framework import SCHEMAS
        from secretctl.interchange.sql_script import dump_sql

        profile = store.settings().validation.profile
        schema = schema or (profile if profile in SCHEMAS else "duende")
        return _with(losses, dump_sql(principals, schema=schema, dialect=dialect or "sqlserver", now=now))


def _with(losses: list[Loss], exported: Exported) -> Exported:
    from dataclasses import replace

    return replace(exported, losses=(*losses, *exported.losses))
