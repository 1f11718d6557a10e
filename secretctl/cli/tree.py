"""Every command and where it is: a command's module is imported when the command is used, which keeps start-up short."""

from __future__ import annotations

from typing import Union

Tree = dict[str, Union[str, "Tree"]]

_PRINCIPAL_COMMANDS = ("add", "list", "show", "set", "enable", "disable", "rename", "remove")

COMMANDS: Tree = {
    "init": "init:init",
    "client": {name: f"principals:client_{name}" for name in _PRINCIPAL_COMMANDS},
    "resource": {name: f"principals:resource_{name}" for name in _PRINCIPAL_COMMANDS},
    "secret": {
        "add": "secrets:add",
        "import": "importing:secret_import",
        "list": "secrets:list_",
        "set": "secrets:set_",
        "expire": "secrets:expire",
        "remove": "secrets:remove",
    },
    "generate": "generate:generate",
    "hash": "generate:hash_",
    "rotate": "rotation:rotate",
    "prune": "rotation:prune",
    "inspect": "importing:inspect",
    "verify": "verify:verify",
    "header": "header:header",
    "assertion": "assertion:assertion",
    "check": "check:check",
    "lint": "lint:lint",
    "report": "report:report",
    "import": "interchange:import_",
    "export": "interchange:export",
    "diff": "sync:diff",
    "apply": "sync:apply",
    "completion": "completion:completion",
    "plugins": "plugins:plugins",
}
"""Command name to ``module:function`` below ``secretctl.cli``, or to a group of such, in the order of ``--help``."""

GROUP_HELP = {
    "client": "Manage clients, which authenticate to the token endpoint.",
    "resource": "Manage APIs, which authenticate to the introspection endpoint.",
    "secret": "Manage the secrets of a client or resource.",
}
