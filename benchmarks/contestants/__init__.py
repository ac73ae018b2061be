"""What takes part, each in an environment of its own: ``python -m contestants NAME``.

Runs under another interpreter than the rest of the benchmarks, with this folder's parent as the
path. So it imports nothing but the standard library, its own files and what NAME.txt pins.
"""
