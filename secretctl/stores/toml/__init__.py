"""Registries in a TOML file that people keep in git: hand-written layouts, comments and order survive every edit.

``store`` reads and replaces the file; ``document``, ``settings`` and ``values`` know what its tables mean, ``findings`` what
lint says of them; ``scan`` and ``layout`` find where things stand in the text, ``lines`` tells it to people; ``edit`` changes
the text by ``spans``, with new ``text`` from ``render``, and ``compare`` holds the result against what was meant.
"""
