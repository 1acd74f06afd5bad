"""Shared by every test: one profile of hypothesis for CI, no deadline on a shared machine."""

from hypothesis import settings

settings.register_profile("gridops", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("gridops")
