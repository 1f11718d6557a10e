"""SHA-256, SHA-512 and the comparison in constant time, without OpenSSL: loading that takes 2 ms of each short command.

They are what hashlib and hmac have themselves where there is no OpenSSL, and as fast for a secret. A Python that keeps them
elsewhere gives its hashlib's and hmac's.
"""

from __future__ import annotations

try:
    from _operator import _compare_digest as compare_digest
    from _sha256 import sha256  # type: ignore[import-not-found]
    from _sha512 import sha512  # type: ignore[import-not-found]
except ImportError:  # pragma: no cover - of the Python that the tests run in, one of the two
    from hashlib import sha256, sha512
    from hmac import compare_digest  # type: ignore[no-redef]

__all__ = ["compare_digest", "sha256", "sha512"]
