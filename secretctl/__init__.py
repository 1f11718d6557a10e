"""Manage, rotate and verify the secrets of OAuth clients and API resources of IdentityServer-style servers."""

from __future__ import annotations

__version__ = "0.1.0"
