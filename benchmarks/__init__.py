"""What the numbers in the documentation come from: ``python -m benchmarks``.

Measures and never asserts. Raw minio-py does the same work in the same run, as the floor.
"""
