"""A synthetic city: a deterministic grid of 5 to 2,000 feeders, made of two numbers."""

from gridops.city.city import build_city
from gridops.city.plan import FEEDERS_MAX, FEEDERS_MIN, HANOI, SEED_MAX, CityPlan

__all__ = ["FEEDERS_MAX", "FEEDERS_MIN", "HANOI", "SEED_MAX", "CityPlan", "build_city"]
