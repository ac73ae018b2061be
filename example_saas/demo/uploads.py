"""Signs in as each customer, uploads files through the site's pages, and fetches them again."""

from dataclasses import dataclass, field

from django.core.files.storage import default_storage
from django_tenants.utils import schema_context

from example_saas.demo.browser import Browser, Response, UnexpectedAnswerError, fetch
from example_saas.demo.customers import Account
from example_saas.demo.samples import Sample, samples_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file, what the pages say of it, and where the storage put it.

    :param thumbnail: the key of its thumbnail; empty where it has none.
    """

    tenant: str
    sample: Sample
    page: str
    name: str
    backend: str
    bucket: str
    key: str
    thumbnail: str
    url: str = field(repr=False)
    fetched: Response = field(repr=False)

    @property
    def intact(self) -> bool:
        """Whether its signed URL gave back what was uploaded."""
        return self.fetched.status == 200 and self.fetched.body == self.sample.content


def sign_in(account: Account, port: int) -> Browser:
    """A browser with the account's session.

    :raises UnexpectedAnswerError: the site did not accept it.
    """
    browser = Browser(account.host, port)
    answer = browser.sign_in(account.username, account.password)
    if answer.status != 302:
        raise UnexpectedAnswerError(
            f"signing in at {account.host} was answered by {answer.summary}"
        )
    return browser


def upload_samples(account: Account, browser: Browser) -> list[Upload]:
    """Uploads what this customer keeps.

    :raises UnexpectedAnswerError: the site answered otherwise than with the document's page.
    """
    return [
        upload(account.tenant, browser, sample)
        for sample in samples_of(account.tenant, account.name)
    ]


def upload(tenant: str, browser: Browser, sample: Sample, *, only_me: bool = False) -> Upload:
    """Uploads one file through the form, and fetches it by the URL of its download button.

    :raises UnexpectedAnswerError: the site answered otherwise than with the document's page.
    """
    from example_saas.vault.models import Document

    # A box that is not ticked is not sent.
    fields = {"title": sample.title, **({"only_me": "on"} if only_me else {})}
    answer = browser.post("/upload/", fields, sample)
    if not answer.location.startswith("/documents/"):
        raise UnexpectedAnswerError(
            f"{sample.filename} of {tenant} was answered by {answer.summary}"
        )
    page = answer.location
    url = browser.get(f"{page}download/").location
    with schema_context(tenant):
        document = Document.objects.get(pk=page.split("/")[2])
        route = default_storage.route()
    return Upload(
        tenant=tenant,
        sample=sample,
        page=page,
        name=document.file.name,
        backend=route.backend,
        bucket=route.bucket,
        key=route.prefix + document.file.name,
        thumbnail=route.prefix + document.thumbnail.name if document.thumbnail else "",
        url=url,
        fetched=fetch(url),
    )
