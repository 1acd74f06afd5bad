"""Engines of others behind the `PowerFlow` protocol."""

from gridops.adapters.engines.pgm import PowerGridModelEngine

__all__ = ["PowerGridModelEngine"]
