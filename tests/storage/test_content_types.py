"""The type that a name says, whatever else the name looks like."""

from __future__ import annotations

import mimetypes
from typing import Any

import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st

from tenant_minio import use_tenant
from tenant_minio.storage.content_types import web_type

BEGINNINGS = ["", "data:,", "data:image/png,", "http://a/b.png#", "ab:c.png?", "a.png;", "a/b.c/"]


@pytest.mark.parametrize("beginning", BEGINNINGS)
@pytest.mark.parametrize("suffix", [".html", ".HTM", ".svg", ".mht", ".xsl", ".doc", ".none"])
def test_only_the_suffix_counts(beginning: str, suffix: str) -> None:
    assert web_type(f"{beginning}x{suffix}") == web_type(f"x{suffix}")


@given(st.text())
def test_what_stands_before_a_suffix_makes_no_page_of_it(text: str) -> None:
    assert web_type(f"{text}x.pdf") == "application/pdf"


@pytest.mark.parametrize(
    "name", ["x", ".html", "x.html/y", "x.", "", "x.html?", "x.svgz", "x.js.br"]
)
def test_name_without_a_suffix_that_is_known_says_nothing(name: str) -> None:
    assert web_type(name) == "application/octet-stream"


@pytest.mark.parametrize("name", ["x.gz", "x.tar.gz", "x.html.GZ", "x.tgz"])
def test_what_is_packed_is_an_archive(name: str) -> None:
    assert web_type(name) == "application/gzip"


def test_a_project_may_add_types() -> None:
    mimetypes.add_type("model/vnd.of-a-project", ".tmproject")
    assert web_type("x.TMProject") == "model/vnd.of-a-project"


@pytest.mark.parametrize("name", ["data:,x.html", "x.md", "x.mjs", "x.png", "x.tar.gz", "x.none"])
def test_file_is_stored_under_the_type_of_its_name(routed: Any, name: str) -> None:
    with use_tenant("acme"):
        routed.save(name, ContentFile(b"x"))
        assert routed.stat(name).content_type == web_type(name)
