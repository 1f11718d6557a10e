"""Builders: the credentials that parsers read."""
