"""Owner and tags as properties, IdentityServer's place for what it does not know itself. All of them are text."""

from __future__ import annotations

import json

OWNER, TAGS = "owner", "tags"
"""The keys in ``Client.Properties`` and ``ApiResource.Properties`` under which they stand."""


def tags_to_text(tags: tuple[str, ...]) -> str | None:
    """Tags with commas between them; as a JSON array where that could not be read back. None where there are none."""
    if not tags:
        return None
    text = ",".join(tags)
    return text if tags_from_text(text) == tags else json.dumps(tags, ensure_ascii=False)


def tags_from_text(text: str | None) -> tuple[str, ...]:
    """The tags in such a text; blanks around a tag do not belong to it."""
    if not text:
        return ()
    if text.startswith("["):
        try:
            tags = json.loads(text)
        except (ValueError, RecursionError):
            tags = None
        if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
            return tuple(tags)
    return tuple(tag.strip() for tag in text.split(",") if tag.strip())
