"""Programs beside the tests' own process: workers and servers that are judged like all else."""
