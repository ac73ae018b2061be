"""A project as django-minio-backend's own example is, after its import paths were changed."""
