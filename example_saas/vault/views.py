"""The pages of a customer's vault. LoginRequiredMiddleware lets in its own users only."""

from codecs import getincrementaldecoder
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import SuspiciousFileOperation
from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from example_saas.vault.forms import DocumentForm
from example_saas.vault.kinds import Kind
from example_saas.vault.library import add_document
from example_saas.vault.models import Document

PAGE_SIZE = 25
PREVIEW_BYTES = 64 * 1024
_Utf8Decoder = getincrementaldecoder("utf-8")


@require_safe
def documents(request: HttpRequest) -> HttpResponse:
    """Lists the documents, newest first."""
    everything = Document.objects.select_related("uploaded_by")
    page = Paginator(everything, PAGE_SIZE).get_page(request.GET.get("page"))
    total = everything.aggregate(size=Sum("size", default=0))["size"]
    return render(request, "vault/documents.html", {"page": page, "total": total})


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Adds a document."""
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        document: Document = form.instance
        try:
            add_document(document, form.cleaned_data["file"], user=request.user)
        except SuspiciousFileOperation:
            form.add_error("file", "A file of this name cannot be stored. Rename it and try again.")
        else:
            messages.success(request, f"“{document.title}” is in the vault.")
            return redirect("document", pk=document.pk)
    return render(request, "vault/upload.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
def document(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Shows one document, as far as its type can be shown safely."""
    found = get_object_or_404(Document.objects.select_related("uploaded_by"), pk=pk)
    context = {"document": found, "kind": found.kind.value, "preview_bytes": PREVIEW_BYTES}
    try:
        if found.kind is Kind.TEXT:
            with found.file.storage.open(found.file.name, "rb") as file:
                # Not final: the cut may go through a character, which then is left out.
                context["text"] = _Utf8Decoder("replace").decode(file.read(PREVIEW_BYTES))
        elif found.kind in {Kind.IMAGE, Kind.PDF}:
            # Our own word for the type, whatever the object says: these can carry no script.
            context["preview_url"] = found.file.storage.url(
                found.file.name, response_headers={"response-content-type": found.content_type}
            )
    except FileNotFoundError:
        context["missing"] = True
    return render(request, "vault/document.html", context)


@require_safe
def download(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sends the browser to the cluster, by a URL for this one file that soon expires."""
    found = get_object_or_404(Document, pk=pk)
    disposition = content_disposition_header(as_attachment=True, filename=found.filename)
    url = found.file.storage.url(
        found.file.name, response_headers={"response-content-disposition": disposition}
    )
    # PrivatePagesMiddleware says so for every page; here the Location itself opens the file.
    return HttpResponseRedirect(url, headers={"Cache-Control": "private, no-store"})


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Asks, then deletes the document; its file follows once that is committed."""
    found = get_object_or_404(Document, pk=pk)
    if request.method == "POST":
        found.delete()
        messages.success(request, f"“{found.title}” is deleted.")
        return redirect("documents")
    return render(request, "vault/delete.html", {"document": found})
