"""The configuration of buckets as S3 writes it down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tenant_minio.backends.answer_xml import root_of
from tenant_minio.backends.bucket_rules import CorsRule, LifecycleRule

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def acl_groups_from_xml(body: bytes) -> tuple[str, ...]:
    """Whom else than single accounts an ACL names, by URI or, on VersityGW, by id."""
    grantees = root_of(body).iterfind("{*}AccessControlList/{*}Grant/{*}Grantee")
    return tuple(
        grantee.findtext("{*}URI", "") or grantee.findtext("{*}ID", "")
        for grantee in grantees
        if grantee.get(_TYPE) == "Group" or grantee.find("{*}URI") is not None
    )


def versioning_to_xml(*, enabled: bool) -> bytes:
    """The body of PutBucketVersioning."""
    root = Element("VersioningConfiguration", xmlns=_NAMESPACE)
    SubElement(root, "Status").text = "Enabled" if enabled else "Suspended"
    return ElementTree.tostring(root)


def versioning_from_xml(body: bytes) -> str:
    """``Enabled``, ``Suspended``, or empty where it was never set."""
    return root_of(body).findtext("{*}Status", "")


def lifecycle_to_xml(rules: Iterable[LifecycleRule]) -> bytes:
    """The body of PutBucketLifecycleConfiguration."""
    root = Element("LifecycleConfiguration", xmlns=_NAMESPACE)
    for rule in rules:
        element = SubElement(root, "Rule")
        SubElement(element, "ID").text = rule.id
        SubElement(element, "Status").text = "Enabled"
        SubElement(SubElement(element, "Filter"), "Prefix").text = rule.prefix
        for outer, inner, days in (
            ("Expiration", "Days", rule.expire_days),
            ("NoncurrentVersionExpiration", "NoncurrentDays", rule.noncurrent_expire_days),
            ("AbortIncompleteMultipartUpload", "DaysAfterInitiation", rule.abort_uploads_days),
        ):
            if days is not None:
                SubElement(SubElement(element, outer), inner).text = str(days)
    return ElementTree.tostring(root)


def lifecycle_from_xml(body: bytes) -> tuple[LifecycleRule, ...]:
    """The rules, sorted by id: their order means nothing. Raises ValueError."""
    rules = (_lifecycle_rule(element) for element in root_of(body).iterfind("{*}Rule"))
    return tuple(sorted(rules, key=lambda rule: rule.id))


def _lifecycle_rule(element: Element) -> LifecycleRule:
    said = dict(_leaves(element))
    prefix = said.pop("Filter/Prefix", "") or said.pop("Prefix", "")
    days = {
        name: None if (text := said.pop(path, None)) is None else int(text)
        for name, path in (
            ("expire_days", "Expiration/Days"),
            ("noncurrent_expire_days", "NoncurrentVersionExpiration/NoncurrentDays"),
            ("abort_uploads_days", "AbortIncompleteMultipartUpload/DaysAfterInitiation"),
        )
    }
    identity = said.pop("ID", "")
    if said.get("Status") == "Enabled":
        del said["Status"]
    other = tuple(sorted(f"{path} {text}" for path, text in said.items()))
    return LifecycleRule(id=identity, prefix=prefix, other=other, **days)


def _leaves(element: Element, path: str = "") -> Iterator[tuple[str, str]]:
    """The texts below an element, by path; what is empty says nothing."""
    for child in element:
        here = f"{path}{child.tag.rpartition('}')[2]}"
        if child.text and child.text.strip():
            yield here, child.text.strip()
        yield from _leaves(child, f"{here}/")


def cors_to_xml(rules: Iterable[CorsRule]) -> bytes:
    """The body of PutBucketCors."""
    root = Element("CORSConfiguration", xmlns=_NAMESPACE)
    for rule in rules:
        element = SubElement(root, "CORSRule")
        for tag, values in (
            ("AllowedOrigin", rule.origins),
            ("AllowedMethod", rule.methods),
            ("AllowedHeader", rule.headers),
            ("ExposeHeader", rule.expose),
        ):
            for value in sorted(values):
                SubElement(element, tag).text = value
        if rule.max_age is not None:
            SubElement(element, "MaxAgeSeconds").text = str(rule.max_age)
    return ElementTree.tostring(root)


def cors_from_xml(body: bytes) -> tuple[CorsRule, ...]:
    """The rules in order: the first that fits is the one that counts. Raises ValueError."""
    return tuple(_cors_rule(element) for element in root_of(body).iterfind("{*}CORSRule"))


def _cors_rule(element: Element) -> CorsRule:
    origins, methods, headers, expose = (
        frozenset(found.text or "" for found in element.iterfind(f"{{*}}{tag}"))
        for tag in ("AllowedOrigin", "AllowedMethod", "AllowedHeader", "ExposeHeader")
    )
    age = element.findtext("{*}MaxAgeSeconds")
    return CorsRule(
        origins=origins,
        methods=methods,
        headers=headers,
        expose=expose,
        max_age=int(age) if age else None,
    )
