"""WHICH CLUSTER: options, registry, clients, signed URLs and health of each backend."""
