"""Tags in a format that holds only text."""

from __future__ import annotations

import json


def tags_to_text(tags: tuple[str, ...]) -> str | None:
    """Tags with commas between them; as a JSON array where that could not be read back. None where there are none."""
    if not tags:
        return None
    text = ",".join(tags)
    return text if tags_from_text(text) == tags else json.dumps(tags)


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
