"""Forms with the direct input: what they render, and what they make of what they are sent."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any, ClassVar

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.forms import formset_factory
from django.http import QueryDict
from django.test import Client
from django.urls import resolve
from django.utils.datastructures import MultiValueDict
from PIL import Image

from tenant_minio import use_tenant
from tenant_minio.exceptions import BackendUnavailableError, InvalidBackendError
from tenant_minio.storage.staged import StagedFile
from tenant_minio.uploads.forms import (
    DirectFileField,
    DirectUploadsMixin,
    MultipleDirectFileField,
    make_direct,
)
from tenant_minio.uploads.targets import Target, read, sign
from tenant_minio.uploads.widgets import DirectFileInput
from tests.project.docs.models import Document
from tests.uploads.browser import Browser


class DocumentForm(DirectUploadsMixin, forms.ModelForm):
    class Meta:
        model = Document
        fields = ("file",)


class LimitedForm(DocumentForm):
    upload_options: ClassVar = {"file": {"max_file_size": 5, "content_types": ["text/plain"]}}


class SeveralForm(DirectUploadsMixin, forms.Form):
    files = MultipleDirectFileField(target="papers", required=False)


@pytest.fixture(autouse=True)
def tenant() -> Any:
    with use_tenant("acme"):
        yield


@pytest.fixture
def ann(browser: Browser) -> Browser:
    """Who uploads for documents."""
    browser.target = Target.of_field(Document._meta.get_field("file"))
    return browser


def sent(*values: str, name: str = "file", **others: str) -> QueryDict:
    data = QueryDict(mutable=True)
    data.setlist(name, list(values))
    for key, value in others.items():
        data[key] = value
    return data


def ordinary(*contents: bytes, name: str = "file") -> MultiValueDict:
    files = [SimpleUploadedFile("plain.txt", content) for content in contents]
    return MultiValueDict({name: files})


def test_value_becomes_the_file_of_the_row(ann: Browser) -> None:
    value = ann.upload(b"hello")["value"]
    form = DocumentForm(sent(value), {}, request=ann.request)
    assert form.is_valid(), form.errors
    assert isinstance(form.cleaned_data["file"], StagedFile)
    row = form.save(commit=False)
    row.file.save(row.file.name, row.file.file, save=False)
    with row.file.open() as file:
        assert file.read() == b"hello"


def test_ordinary_upload_is_taken_as_it_is(ann: Browser) -> None:
    form = DocumentForm(sent(), ordinary(b"hello"), request=ann.request)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["file"].read() == b"hello"


def test_ordinary_upload_after_a_kept_one_replaces_it(ann: Browser) -> None:
    """Without JavaScript the hidden value stays in the page."""
    value = ann.upload(b"first")["value"]
    form = DocumentForm(sent(value), ordinary(b"then"), request=ann.request)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["file"].read() == b"then"
    assert value not in str(form)


def test_form_that_is_shown_again_keeps_the_upload(ann: Browser) -> None:
    """Once more valid too: the value is not used up by looking at it."""
    done = ann.upload(b"hello", "a <plan>.txt")
    for _ in range(2):
        form = DocumentForm(sent(done["value"]), {}, request=ann.request)
        page = str(form)
        assert f'value="{done["value"]}"' in page
        assert 'data-name="a &lt;plan&gt;.txt" data-size="5"' in page
        assert form.is_valid(), form.errors
        assert "required" not in page.partition("<input type=")[2].partition(">")[0]


def test_refused_value_is_said_beside_the_field_and_not_kept(ann: Browser) -> None:
    form = DocumentForm(sent("no such value"), {}, request=ann.request)
    assert form.has_error("file", "bad_request") or form.has_error("file", "not_permitted")
    assert "no such value" not in str(form)


def test_value_of_another_is_refused(ann: Browser) -> None:
    value = ann.upload(b"hello")["value"]
    form = DocumentForm(sent(value), {}, request=Browser(ann.target, user="bob").request)
    assert not form.is_valid()
    with use_tenant("globex"):
        form = DocumentForm(sent(value), {}, request=ann.request)
        assert not form.is_valid()


def test_value_for_another_target_is_refused(ann: Browser) -> None:
    value = ann.upload(b"hello")["value"]
    form = LimitedForm(sent(value), {}, request=ann.request)
    assert form.has_error("file", "not_permitted")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (SimpleUploadedFile("plan.txt", b"123456"), "too_large"),
        (SimpleUploadedFile("plan.exe", b"1234"), "wrong_type"),
    ],
)
def test_ordinary_upload_is_held_to_the_same_limits(ann: Browser, file: Any, code: str) -> None:
    form = LimitedForm(sent(), {"file": file}, request=ann.request)
    assert form.has_error("file", code)


def refuse_pictures(file: Any) -> None:
    """A hook."""
    if file.content_type == "image/png":
        raise ValidationError(f"{file.read().decode()} is no picture.")


def test_hook_sees_ordinary_uploads_too(ann: Browser, uploads: Any) -> None:
    """Their type is that of their name, whatever the browser says; what is saved is all of it."""
    uploads(HOOK="tests.uploads.test_forms.refuse_pictures")
    picture = SimpleUploadedFile("dot.png", b"a text", content_type="text/plain")
    form = DocumentForm(sent(), {"file": picture}, request=ann.request)
    assert form.errors == {"file": ["a text is no picture."]}
    text = SimpleUploadedFile("plan.txt", b"a text", content_type="image/png")
    text.read()
    form = DocumentForm(sent(), {"file": text}, request=ann.request)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["file"].read() == b"a text"


def test_outage_is_said_beside_the_field_and_loses_nothing(
    ann: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise BackendUnavailableError("eu does not answer")

    value = ann.upload(b"hello")["value"]
    monkeypatch.setattr("tenant_minio.uploads.widgets.claim", fail)
    form = DocumentForm(sent(value), {}, request=ann.request)
    assert form.has_error("file", "unavailable")
    assert "eu does not answer" not in str(form)
    assert f'value="{value}"' in str(form)


def test_clearing_and_uploading_contradict_and_lose_nothing(ann: Browser) -> None:
    value = ann.upload(b"hello")["value"]

    class Optional(DocumentForm):
        file = forms.FileField(required=False)

    data = sent(value, **{"file-clear": "on"})
    form = Optional(data, {}, instance=Document(file="docs/old.txt"), request=ann.request)
    assert form.has_error("file", "contradiction")
    assert value in str(form)


def test_nothing_sent_keeps_what_is_there(ann: Browser) -> None:
    form = DocumentForm(sent(), {}, instance=Document(file="docs/old.txt"), request=ann.request)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["file"].name == "docs/old.txt"
    assert "file" not in form.changed_data


def test_several_values_and_files_are_all_taken_once(ann: Browser, uploads: Any, site: Any) -> None:
    uploads(TARGETS={"papers": {"storage": "default"}})
    ann.target = read("papers")
    values = [ann.upload(content)["value"] for content in (b"one", b"two")]
    form = SeveralForm(
        sent(*values, values[0], name="files"),
        ordinary(b"three", name="files"),
        request=ann.request,
    )
    assert form.is_valid(), form.errors
    assert [file.read() for file in form.cleaned_data["files"]] == [b"one", b"two", b"three"]


def test_no_file_of_several_is_an_empty_list_or_an_error(ann: Browser, uploads: Any) -> None:
    uploads(TARGETS={"papers": {"storage": "default"}})
    form = SeveralForm(sent(), {}, request=ann.request)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["files"] == []
    form = SeveralForm(sent(), {}, request=ann.request)
    form.fields["files"].required = True
    assert form.has_error("files", "required")


def test_picture_is_looked_at_where_it_lies(ann: Browser) -> None:
    class PictureForm(DirectUploadsMixin, forms.Form):
        picture = forms.ImageField(widget=DirectFileInput(target=ann.target))

    data = io.BytesIO()
    Image.new("RGB", (2, 3)).save(data, "PNG")
    value = ann.upload(data.getvalue(), "dot.png")["value"]
    form = PictureForm(sent(value, name="picture"), {}, request=ann.request)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["picture"].image.size == (2, 3)
    value = ann.upload(b"no picture", "dot.png")["value"]
    form = PictureForm(sent(value, name="picture"), {}, request=ann.request)
    assert form.has_error("picture", "invalid_image")


def test_page_holds_target_addresses_and_words(ann: Browser) -> None:
    page = str(LimitedForm(request=ann.request)["file"])
    signed = page.partition('data-target="')[2].partition('"')[0]
    assert read(signed).max_file_size == 5
    assert 'data-begin="/uploads/begin/"' in page
    assert 'data-text-drop="or drop a file here"' in page
    assert 'accept="text/plain"' in page
    assert "style=" not in page
    assert "<script" not in page


def test_page_offers_interrupted_uploads_to_nobody_else(ann: Browser) -> None:
    """The browser keeps them under a digest of the tenant and the user, which names neither."""

    def scope(who: Browser) -> str:
        with use_tenant(who.tenant):
            page = str(DocumentForm(request=who.request)["file"])
        return page.partition('data-scope="')[2].partition('"')[0]

    others = [Browser(ann.target, user="bob"), Browser(ann.target, tenant="globex")]
    assert len({scope(who) for who in (ann, *others)}) == 3
    assert scope(ann) == scope(Browser(ann.target))
    assert "ann" not in scope(ann)


@pytest.mark.parametrize("engine", ["cache", "signed_cookies"])
def test_uploads_that_begin_at_once_on_a_page_are_of_one_session(
    ann: Browser, settings: Any, uploads: Any, engine: str
) -> None:
    """The page begins it; where the visitor may upload, and only there."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    module = import_module(settings.SESSION_ENGINE)
    visitor = Browser(ann.target, user="")
    request = visitor.request
    request.session = module.SessionStore()
    str(DocumentForm(request=request))
    assert request.session.is_empty()
    uploads(PERMISSION="tests.uploads.hooks.anyone")
    str(DocumentForm(request=request))
    assert not request.session.is_empty()
    request.session.save()
    pages = [Browser(ann.target, user="") for _ in range(2)]
    begun = []
    for page in pages:
        page.client.cookies["sessionid"] = request.session.session_key
        begun.append(page.begin())
        page.send(begun[-1], b"hello")
    for one in begun:
        assert pages[1].finish(one["token"])


def test_scripts_stand_in_the_order_in_which_they_need_each_other(ann: Browser) -> None:
    media = str(DocumentForm(request=ann.request).media)
    assert media.index("network.js") < media.index("api.js") < media.index("element.js")
    assert media.count("<script") == media.count(" defer")


def test_formset_passes_the_request_on(ann: Browser) -> None:
    formset = formset_factory(DocumentForm, extra=2)(form_kwargs={"request": ann.request})
    assert str(formset).count("<tm-direct-upload") == 2
    assert 'name="form-__prefix__-file"' in str(formset.empty_form)


def test_fields_of_other_storages_keep_their_input(ann: Browser) -> None:
    elsewhere = models.FileField(storage=FileSystemStorage("/nowhere"))
    field = forms.FileField()
    make_direct(field, elsewhere, ann.request, {})
    assert type(field.widget) is forms.ClearableFileInput


def test_input_that_was_told_no_request_says_what_to_do(ann: Browser) -> None:
    class Forgetful(forms.Form):
        file = DirectFileField(target=ann.target)

    with pytest.raises(InvalidBackendError, match="DirectUploadsMixin"):
        str(Forgetful())


def test_values_are_not_taken_from_plain_dicts_as_letters(ann: Browser) -> None:
    """As tests of projects make forms."""
    value = ann.upload(b"hello")["value"]
    form = DocumentForm({"file": value}, {}, request=ann.request)
    assert form.is_valid(), form.errors
    form = DocumentForm({}, {"file": ContentFile(b"hello", "plan.txt")}, request=ann.request)
    assert form.is_valid(), form.errors


def test_include_below_the_path_of_a_tenant_is_found(ann: Browser, settings: Any) -> None:
    """As projects with PathResolver write it; the page's other arguments do not matter."""
    settings.ROOT_URLCONF = "tests.uploads.urls_of_paths"
    settings.TENANT_MINIO = {
        "RESOLVERS": ["tenant_minio.tenants.resolvers.PathResolver"],
        "PATH_PREFIX": "/t/",
    }
    request = ann.request
    request.resolver_match = resolve("/t/acme/documents/7/")
    page = str(DocumentForm(request=request)["file"])
    assert 'data-begin="/t/acme/uploads/begin/"' in page
    question = {"target": sign(ann.target), "name": "plan.txt", "size": 5}
    answer = Client(headers={"X-User": "ann"}).post(
        "/t/acme/uploads/begin/", question, content_type="application/json"
    )
    assert answer.json().keys() == {"token", "form"}
