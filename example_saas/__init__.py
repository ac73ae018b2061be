"""A document vault for many customers: what tenant_minio looks like in a real Django project."""
