"""Ours beside others on the same input in one run: answers first, then ratios.

Nothing is imported here: how many threads a library may use has to be said before it is loaded
(`machine.one_thread_each`).
"""
