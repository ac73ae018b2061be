"""Real servers for tests and demos: MinIO, VersityGW and PostgreSQL on the loopback interface.

A server started here ends with the process that started it, however that process ends. From a
shell: ``python -m tenant_minio.testing.servers``.
"""

from .errors import ExternalServerError, ServerError, ServerExitedError
from .postgres import PostgresServer, start_postgres
from .s3 import S3Server
from .start_s3 import start_minio, start_versitygw

__all__ = [
    "ExternalServerError",
    "PostgresServer",
    "S3Server",
    "ServerError",
    "ServerExitedError",
    "start_minio",
    "start_postgres",
    "start_versitygw",
]
