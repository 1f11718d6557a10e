"""The part of the SARIF 2.1.0 schema that our logs use, with nothing else allowed (as the standard's own schema has it)."""

from __future__ import annotations

from typing import Any


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """An object with these properties and no other."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


def array(items: Any) -> dict[str, Any]:
    """An array of such."""
    return {"type": "array", "items": items}


TEXT = {"type": "string", "minLength": 1}
MESSAGE = closed(["text"], text=TEXT)
LOCATION = closed(
    [],
    physicalLocation=closed(
        ["artifactLocation"],
        artifactLocation=closed([], uri={"type": "string", "pattern": "^[A-Za-z0-9._~%/-]+$"}),
        region=closed([], startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=array(closed([], fullyQualifiedName=TEXT, kind=TEXT)),
)
RESULT = closed(
    ["message"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level={"enum": ["none", "note", "warning", "error"]},
    message=MESSAGE,
    locations=array(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)
DRIVER = closed(
    ["name"],
    name=TEXT,
    version=TEXT,
    rules={**array(closed(["id"], id=TEXT, shortDescription=MESSAGE)), "uniqueItems": True},
)
RUN = closed(
    ["tool"],
    tool=closed(["driver"], driver=DRIVER),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    results=array(RESULT),
)
LOG = {
    **closed(["version", "runs"], version={"const": "2.1.0"}, runs=array(RUN)),
    "$schema": "https://json-schema.org/draft/2020-12/schema",
}
LOG["properties"]["$schema"] = {"type": "string", "format": "uri"}
