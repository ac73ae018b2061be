"""The pages of a customer's vault. LoginRequiredMiddleware lets in its own users only."""

from codecs import getincrementaldecoder
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import SuspiciousFileOperation
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from example_saas.vault.forms import DocumentForm, ShareForm
from example_saas.vault.kinds import Kind
from example_saas.vault.library import add_document
from example_saas.vault.models import Document
from tenant_minio.exceptions import UploadRefusedError
from tenant_minio.private.sharing import share_url

PAGE_SIZE = 25
PREVIEW_BYTES = 64 * 1024
_Utf8Decoder = getincrementaldecoder("utf-8")


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Lists the documents, newest first."""
    everything = Document.objects.readable_by(request.user).select_related("uploaded_by")
    page = Paginator(everything, PAGE_SIZE).get_page(request.GET.get("page"))
    total = everything.aggregate(size=Sum("size", default=0))["size"]
    return render(request, "vault/documents.html", {"page": page, "total": total})


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Adds a document."""
    form = DocumentForm(request.POST or None, request.FILES or None, request=request)
    if request.method == "POST" and form.is_valid():
        document: Document = form.instance
        try:
            add_document(document, form.cleaned_data["file"], user=request.user)
        except SuspiciousFileOperation:
            form.add_error("file", "A file of this name cannot be stored. Rename it and try again.")
        except UploadRefusedError as error:  # the form was sent twice at once, say
            form.add_error("file", error.message)
        else:
            messages.success(request, f"“{document.title}” is in the vault.")
            return redirect("document", pk=document.pk)
    return render(request, "vault/upload.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Shows one document, as far as its type can be shown safely."""
    readable = Document.objects.readable_by(request.user).select_related("uploaded_by")
    found = get_object_or_404(readable, pk=pk)
    context = {"document": found, "kind": found.kind.value, "preview_bytes": PREVIEW_BYTES}
    try:
        if found.kind is Kind.TEXT:
            with found.file.storage.open(found.file.name, "rb") as file:
                # Not final: the cut may go through a character, which then is left out.
                context["text"] = _Utf8Decoder("replace").decode(file.read(PREVIEW_BYTES))
        elif found.kind is Kind.PDF:
            # From the cluster, since nothing of this site may stand in a frame. Our own word for
            # the type, whatever the object says: a PDF can carry no script.
            context["preview_url"] = found.file.storage.url(
                found.file.name, response_headers={"response-content-type": found.content_type}
            )
    except FileNotFoundError:
        context["missing"] = True
    return render(request, "vault/document.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Makes a link that gives the file to whoever has it, without signing in, for a while."""
    found = get_object_or_404(Document.objects.readable_by(request.user), pk=pk)
    form = ShareForm(request.POST or None)
    context = {"document": found, "form": form}
    if form.is_valid():
        life = form.cleaned_data["life"]
        context["link"] = request.build_absolute_uri(share_url(found.file.name, expires=life))
        context["ends"] = timezone.now() + life
    return render(request, "vault/share.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Asks, then deletes the document; its file follows once that is committed."""
    found = get_object_or_404(Document.objects.readable_by(request.user), pk=pk)
    if request.method == "POST":
        found.delete()
        messages.success(request, f"“{found.title}” is deleted.")
        return redirect("documents")
    return render(request, "vault/delete.html", {"document": found})
