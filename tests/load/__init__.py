"""The field link under load: what `benchmarks/link.py` measures."""
