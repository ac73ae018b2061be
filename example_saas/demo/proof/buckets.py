"""What lies in the clusters, asked of each by its own root user and not by this package."""

from collections.abc import Iterator

from minio import Minio

from example_saas.demo.observation import Observation, refused, works
from example_saas.demo.proof.world import EQUAL, World


def listings(world: World) -> Iterator[Observation]:
    """Each tenant's place holds what it uploaded, and nothing else is anywhere."""
    places = {account.place._replace(prefix="") for account in world.accounts.values()}
    for alias, judge in world.judges.items():
        buckets = ", ".join(sorted(bucket for backend, bucket, _ in places if backend == alias))
        yield works(f"buckets on {alias}", buckets, lambda judge=judge: _buckets(judge))
    for place in sorted(places):
        alias, bucket, _ = place
        found = world.keys(place)
        owned: set[str] = set()
        for account in world.accounts.values():
            if account.place._replace(prefix="") != place:
                continue
            prefix = account.place.prefix
            uploads = [upload for upload in world.uploads if upload.tenant == account.tenant]
            keys = {prefix + upload.name for upload in uploads}
            images = [upload for upload in uploads if upload.sample.filename.endswith(".png")]
            thumbnails = {upload.thumbnail for upload in uploads if upload.thumbnail}
            owned |= keys | thumbnails
            where = f"below {prefix}" if prefix else "the bucket being its own"
            yield works(
                f"{account.tenant}'s objects in {alias}/{bucket}, {where}",
                f"{len(uploads)} of {len(uploads)}",
                lambda keys=keys, uploads=uploads, found=found: (
                    f"{len(keys & found)} of {len(uploads)}"
                ),
            )
            if images:
                yield works(
                    f"thumbnails of {account.tenant}'s images there",
                    f"{len(images)} of {len(images)}",
                    lambda thumbnails=thumbnails, images=images, found=found: (
                        f"{len(thumbnails & found)} of {len(images)}"
                    ),
                )
        strays = ", ".join(sorted(found - owned)) or "none"
        yield refused(
            f"objects in {alias}/{bucket} that are nobody's", "none", lambda strays=strays: strays
        )
    total = len(world.uploads)
    equal = [upload for upload in world.uploads if world.content(upload) == EQUAL]
    yield works(
        "objects whose bytes are those uploaded",
        f"{total} of {total}",
        lambda: f"{len(equal)} of {total}",
    )


def _buckets(judge: Minio) -> str:
    return ", ".join(sorted(bucket.name for bucket in judge.list_buckets()))
