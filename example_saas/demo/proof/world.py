"""What the proof works with."""

from dataclasses import dataclass, field

from minio import Minio
from minio.error import S3Error

from example_saas.demo.browser import Browser
from example_saas.demo.customers import Account, Place
from example_saas.demo.uploads import Upload
from tenant_minio.testing.servers import S3Server

EQUAL = "content equal"
GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The running demo.

    :param browsers: by tenant, each with a session of that tenant's user.
    :param servers: by alias, the servers themselves.
    :param judges: by alias, the cluster's own root client. It knows nothing of tenant_minio.
    """

    port: int
    accounts: dict[str, Account]
    browsers: dict[str, Browser]
    uploads: list[Upload]
    servers: dict[str, S3Server]
    judges: dict[str, Minio] = field(repr=False)

    def upload(self, tenant: str, filename: str) -> Upload:
        """This tenant's file that was uploaded under this name."""
        return next(
            upload
            for upload in self.uploads
            if upload.tenant == tenant and upload.sample.filename == filename
        )

    def keys(self, place: Place) -> set[str]:
        """What the cluster lists below a place."""
        listed = self.judges[place.backend].list_objects(
            bucket_name=place.bucket, prefix=place.prefix, recursive=True
        )
        return {item.object_name or "" for item in listed}

    def content(self, upload: Upload) -> str:
        """What the cluster itself holds at the upload's key: EQUAL, other content, or GONE."""
        judge = self.judges[upload.backend]
        try:
            response = judge.get_object(bucket_name=upload.bucket, object_name=upload.key)
        except S3Error as error:
            if error.code != "NoSuchKey":
                raise
            return GONE
        try:
            return verdict(response.read(), upload)
        finally:
            response.close()
            response.release_conn()


def verdict(content: bytes, upload: Upload) -> str:
    """Whether this is what was uploaded."""
    return EQUAL if content == upload.sample.content else "other content"
