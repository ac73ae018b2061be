"""Of two requests with one upload, the second is told so where both were validated before."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django import forms
from django.contrib.admin import AdminSite, ModelAdmin
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import path

from tenant_minio import use_tenant
from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.uploads.admin import DirectUploadsAdminMixin
from tenant_minio.uploads.forms import DirectUploadsMixin
from tenant_minio.uploads.targets import Target
from tests.project.docs.models import Document
from tests.uploads.browser import Browser
from tests.uploads.conftest import keys
from tests.uploads.test_forms import sent


class DocumentForm(DirectUploadsMixin, forms.ModelForm):
    class Meta:
        model = Document
        fields = ("file",)


@pytest.fixture(autouse=True)
def tenant() -> Iterator[None]:
    with use_tenant("acme"):
        yield


@pytest.fixture
def ann(browser: Browser) -> Browser:
    """Who uploads for documents."""
    browser.target = Target.of_field(Document._meta.get_field("file"))
    return browser


@pytest.fixture
def table(db: None) -> None:
    """Of documents, for as long as the test's transaction."""
    with connection.schema_editor() as editor:
        editor.create_model(Document)


@pytest.mark.usefixtures("table")
def test_form_that_comes_second_has_the_error_beside_its_field(ann: Browser, site: Any) -> None:
    value = ann.upload(b"hello")["value"]
    first, second = (DocumentForm(sent(value), {}, request=ann.request) for _ in range(2))
    assert first.is_valid()
    assert second.is_valid()
    first.save()
    with pytest.raises(UploadRefusedError):
        second.save()
    assert second.has_error("file", "missing")
    assert value not in str(second)
    assert keys(site) == ["docs/plan.txt"]
    assert Document.objects.count() == 1


@pytest.mark.usefixtures("table")
def test_form_whose_upload_is_free_again_says_so_above_its_fields(
    ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other has failed meanwhile: the same form can be sent again."""
    value = ann.upload(b"hello")["value"]
    form = DocumentForm(sent(value), {}, request=ann.request)
    assert form.is_valid()

    def save(*_args: Any, **_kwargs: Any) -> None:
        raise UploadRefusedError("It is being saved.", code="busy")

    with monkeypatch.context() as patch:
        patch.setattr(Document, "save", save)
        with pytest.raises(UploadRefusedError):
            form.save()
    assert form.non_field_errors() == ["It is being saved."]
    assert value in str(form)
    DocumentForm(sent(value), {}, request=ann.request).save()


@pytest.mark.usefixtures("table")
def test_admin_that_comes_second_shows_the_error_beside_its_field(ann: Browser, site: Any) -> None:
    value = ann.upload(b"hello")["value"]

    class Site(AdminSite):
        def each_context(self, _request: Any) -> dict[str, Any]:
            return {}  # without its own tables

    class Admin(DirectUploadsAdminMixin, ModelAdmin):
        def save_model(self, request: Any, obj: Any, *args: Any) -> None:
            site.save("other.txt", ann.claim(value))
            super().save_model(request, obj, *args)

    request = RequestFactory().post("/", {"file": value})
    request.user = SimpleNamespace(**vars(ann.request.user), has_perm=lambda *_args: True)
    request.session = ann.request.session
    request.csrf_processing_done = True
    answer = Admin(Document, Site()).changeform_view(request)
    form = answer.context_data["adminform"].form
    assert form.has_error("file", "missing")
    assert keys(site) == ["other.txt"]
    assert Document.objects.count() == 0


def refuse(_request: HttpRequest) -> None:
    raise UploadRefusedError("It is being saved.", code="busy")


urlpatterns = [path("save/", refuse)]


def test_view_that_catches_nothing_answers_400(settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    assert Client().get("/save/").status_code == 400
