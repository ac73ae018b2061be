"""The bodies of S3's answers, which may be anything that stands between here and the cluster."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element


def root_of(body: bytes, *names: str) -> Element:
    """The root element of a body.

    Args:
        body: as it came.
        names: what it may be called, without its namespace; anything if none is given.

    Raises:
        ValueError: it is no XML, or something else.
    """
    try:
        # expat expands no external entities, and bounds internal ones. Servers that take their
        # time send spaces first, so that nobody hangs up.
        root = ElementTree.fromstring(body.strip())  # noqa: S314
    except (ElementTree.ParseError, LookupError) as error:  # an encoding that nobody knows
        raise ValueError(f"it is no XML: {error}") from error
    if names and name_of(root) not in names:
        raise ValueError(f"it is no {names[0]}")
    return root


def name_of(element: Element) -> str:
    """What an element is called, without its namespace."""
    return element.tag.rpartition("}")[2]


def text_of(element: Element, name: str) -> str:
    """The text of an element below. Raises ValueError where there is none."""
    found = element.findtext(f"{{*}}{name}")
    if not found:
        raise ValueError(f"it has no {name}")
    return found
