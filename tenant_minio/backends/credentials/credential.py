"""A key that is kept current: asked for once however many want it, renewed, replaced if refused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from copy import copy

from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider

from tenant_minio.backends.credentials.beside import Beside
from tenant_minio.backends.credentials.grant import Grant, granted
from tenant_minio.backends.credentials.refusals import KEY_IS_BAD, MAY_BE_BAD
from tenant_minio.exceptions import (
    BackendUnavailableError,
    TenantMinioError,
    UnexpectedResponseError,
)

# Between two questions to a source that fails, or has no other key than one that is refused. A key
# this young is not suspected of a refusal that may have other reasons.
PAUSE_SECONDS = 5.0
# Whoever has a key renewed beside waits so long for the next: sources are quick as a rule, and a
# key that was changed while the process had a rest may be gone.
MOMENT_SECONDS = 0.05
# The source cannot be asked; that says nothing of the key that it gave.
_OUTAGES = (BackendUnavailableError, UnexpectedResponseError)


class Credential(Provider):
    """One key, for minio-py's client and for signers. Safe to use from many threads.

    While a key serves, one thread asks for the next and the others go on with it: one of those
    that use it, or with ``beside`` one of its own. A source that cannot be reached is bridged as
    long as the key serves. Where there is none, all wait for the one that asks, and share what
    becomes of it.

    Args:
        fetch: asks the source. It raises TenantMinioError.
        what: whose key it is, for errors: alias, bucket and prefix.
        region: of the buckets.
        refresh: after so many seconds the source of a key without an end is asked again.
        patience: how long, in seconds, a thread waits for another that asks.
        basis: gives what keys are derived from, such as the key of the parent user; when it gives
            another object, another key is asked for. None says that it is not known now.
        beside: where a key that still serves is renewed, so that its users wait a moment at most.
            None, where the source is to be asked in the thread that needs the key.
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        fetch: Callable[[], Credentials],
        *,
        what: str,
        region: str,
        refresh: float,
        patience: float,
        basis: Callable[[], object] = lambda: None,
        beside: Beside | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._fetch = fetch
        self._what = what
        self._region = region
        self._refresh = refresh
        self._patience = patience
        self._basis = basis
        self._beside = beside
        self._clock = clock
        self._grant: Grant | None = None
        # How often the source was asked, and what it raised at last.
        self._answers = 0
        self._failure: TenantMinioError | None = None
        self._lock = threading.Lock()

    def forget(self) -> None:
        """In a forked child: the lock may have been held by another thread of the parent."""
        self._lock = threading.Lock()
        if self._beside is not None:
            self._beside.forget()

    def retrieve(self) -> Credentials:
        """The key to sign a request with now; raises as :meth:`grant`."""
        return self.grant().credentials

    def grant(self, until: float = 0.0) -> Grant:
        """The key to use now, renewed before if need be.

        Args:
            until: it should serve at least until then, in seconds since the epoch. If the source
                has none that does, its ``ends`` says so.

        Raises:
            BackendUnavailableError: there is none, and the source cannot be reached.
            TenantMinioError: the source gives none.
        """
        held, now = self._grant, self._clock()
        if held is not None and now < held.renew and until <= held.ends and self._stands(held):
            return held
        serves = held is not None and now < held.unused
        enough = held is not None and until <= held.ends
        if serves and not enough and held is not None and now < held.asked + PAUSE_SECONDS:
            return held
        if serves and held is not None and self._beside is not None:
            return self._renewed_beside(held, self._beside)
        seen = self._answers
        if serves and enough and held is not None:
            if not self._lock.acquire(blocking=False):
                return held
        else:
            self._wait()
        try:
            current = self._grant
            if current is not None and current is not held and now < current.unused:
                return current
            self._raise_shared(seen)
            return self._renewed(current if serves else None, now)
        finally:
            self._lock.release()

    def _renewed_beside(self, held: Grant, beside: Beside) -> Grant:
        """The next key where its source is quick, and else the one that serves."""

        def renew() -> None:
            # What is raised is kept for whoever waits.
            with suppress(TenantMinioError):
                self._wait()
                try:
                    if self._grant is held:
                        self._renewed(held, self._clock())
                finally:
                    self._lock.release()

        seen = self._answers
        done = beside.run(renew)
        if done is None or not done.wait(MOMENT_SECONDS):
            return held
        current = self._grant
        if current is None:
            self._raise_shared(seen)
        return current or held

    def replaced(self, used: Credentials, code: str) -> bool:
        """After a refusal: whether there is another key by now than the one that was used.

        Args:
            used: signed the request.
            code: S3's word for the answer.

        Raises:
            TenantMinioError: the source says that there is no key any more.
        """
        if code not in KEY_IS_BAD and code != MAY_BE_BAD:
            return False
        seen = self._answers
        self._wait()
        try:
            held, now = self._grant, self._clock()
            if held is None or held.credentials is not used:
                self._raise_shared(seen)
                return True
            doubtful = code == MAY_BE_BAD or held.refused
            if doubtful and now < held.asked + PAUSE_SECONDS:
                return False
            new = self._renewed(held, now)
            if not new.is_same_key(used):
                return True
            self._grant = new.changed(asked=now, refused=True)
            return False
        finally:
            self._lock.release()

    def _wait(self) -> None:
        if not self._lock.acquire(timeout=self._patience):
            raise self._unsent(
                BackendUnavailableError(
                    f"{self._what}: another thread has been asking for credentials for "
                    f"{self._patience:g} seconds. Give their source a time limit."
                )
            )

    def _stands(self, held: Grant) -> bool:
        basis = self._basis()
        return basis is None or basis is held.basis

    def _raise_shared(self, seen: int) -> None:
        """What the thread waited for has failed: asking again would make each wait in turn."""
        if self._answers != seen and self._failure is not None:
            raise copy(self._failure) from self._failure.__cause__

    def _renewed(self, serving: Grant | None, now: float) -> Grant:
        """Ask the source, under the lock."""
        basis = self._basis()
        try:
            credentials = self._fetch()
        except _OUTAGES as error:
            self._answers += 1
            if serving is None:
                self._fail(self._unsent(error))
                raise
            # Later again; until then this one serves, whatever it was derived from.
            later = now + PAUSE_SECONDS
            self._grant = serving.changed(asked=now, renew=later, basis=basis)
        except TenantMinioError as error:
            self._answers += 1
            self._fail(error)
            raise
        else:
            self._answers += 1
            self._failure = None
            new = granted(
                credentials, region=self._region, now=now, refresh=self._refresh, basis=basis
            )
            self._grant = new if serving is None else serving.followed_by(new)
        return self._grant

    def _fail(self, error: TenantMinioError) -> None:
        """There is no key now. Whoever catches an error may add to it, so a copy is kept."""
        self._grant, self._failure = None, copy(error)
        self._failure.__cause__ = error.__cause__

    @staticmethod
    def _unsent(error: TenantMinioError) -> TenantMinioError:
        """Nothing became of the request that the key was for."""
        if isinstance(error, BackendUnavailableError):
            error.request_sent = error.timed_out = False
        return error
