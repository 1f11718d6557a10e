"""Hashes, certificates and signatures. Nothing here knows of registries or requests."""
