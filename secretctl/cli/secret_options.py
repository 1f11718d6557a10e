"""The options that describe a new secret, for the commands that make one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from secretctl.cli import options

if TYPE_CHECKING:
    from datetime import datetime

    from secretctl.policy import Expires

ExpiresOption = Annotated[
    str | None,
    typer.Option("--expires", metavar="WHEN", help="When it ends: 90d, 1y, 2026-12-31, never.", show_default=False),
]
NewExpiresOption = Annotated[
    str | None,
    typer.Option(
        "--expires",
        metavar="WHEN",
        help="When it ends: 90d, 1y, 2026-12-31, never [default: the policy's default_lifetime, else never].",
        show_default=False,
    ),
]
DescriptionOption = Annotated[
    str | None, typer.Option("--description", metavar="D", help="A note on the secret.", show_default=False)
]


def hash_option(default: str) -> Any:
    """``--hash``, with what a command takes without it."""
    return typer.Option(
        "--hash",
        metavar="sha256|sha512|argon2id|scrypt",
        help=f"How it is stored [default: {default}].",
        show_default=False,
    )


GeneratedHashOption = Annotated[str | None, hash_option("sha256")]
HashOption = Annotated[str | None, hash_option("argon2id where the server knows it, else sha256")]
AddedHashOption = Annotated[
    str | None, hash_option("sha256; for a secret of your own argon2id, where the server knows it")
]
BytesOption = Annotated[
    int | None, typer.Option("--bytes", metavar="N", help="Random bytes, 16 or more [default: 32].", show_default=False)
]
PrefixOption = Annotated[
    str | None, typer.Option("--prefix", metavar="P", help="What a generated secret begins with.", show_default=False)
]


def wished_end(text: str | None, now: datetime) -> Expires | None:
    """What ``--expires`` asks for; None where it was not given, which is not the same as never."""
    from secretctl.policy import Expires

    return None if text is None else Expires(options.expiration(text, now))
