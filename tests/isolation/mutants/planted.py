"""The mistakes. Each changes one text in one file, and names the guarantee that it breaks."""

from __future__ import annotations

from dataclasses import dataclass

TABLE, THREADS, TASKS = (
    f"tests/isolation/test_{name}.py" for name in ("table", "threads", "tasks")
)
REQUESTS, ROWS, ATTACKS, MODEL = (
    f"tests/isolation/test_{name}.py" for name in ("requests", "rows", "name_attacks", "model")
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake.

    Args:
        name: what was done wrong.
        guarantee: what no longer holds.
        path: of the file below ``tenant_minio/``.
        anchor: the text that is changed; it stands there once.
        instead: what stands there then.
        caught_by: the test files that must fail.
    """

    name: str
    guarantee: str
    path: str
    anchor: str
    instead: str
    caught_by: tuple[str, ...]

    def apply(self, source: str) -> str:
        """The source with the mistake. Raises LookupError if the anchor is not there once."""
        count = source.count(self.anchor)
        if count != 1:
            raise LookupError(
                f"The mutant {self.name!r} looks for {self.anchor!r} in {self.path} and finds it "
                f"{count} times. Follow the source: change the mutant's anchor."
            )
        return source.replace(self.anchor, self.instead)


MUTANTS = (
    Mutant(
        "the route is kept on the storage",
        "a storage instance holds no tenant; the route is found at each operation",
        "storage/routed.py",
        "        route = registry.route(self.alias, tenant)\n",
        "        route = self.__dict__.setdefault('_kept', registry.route(self.alias, tenant))\n",
        (TABLE,),
    ),
    Mutant(
        "for_tenant changes the shared storage",
        "for_tenant gives a storage of its own and leaves the shared one unbound",
        "storage/routed.py",
        "        bound = object.__new__(type(self))\n",
        "        bound = self\n",
        (TABLE,),
    ),
    Mutant(
        "the prefix lacks its slash",
        "no tenant's prefix begins another's",
        "storage/location.py",
        "        return prefix + safe_name(name, prefix)\n",
        "        return prefix.removesuffix('/') + safe_name(name, prefix)\n",
        (TABLE,),
    ),
    Mutant(
        "a listing leaves out the prefix",
        "a listing shows a tenant its own files only",
        "storage/location.py",
        '        prefix = self.route.prefix + (directory + "/" if directory else "")\n',
        '        prefix = directory + "/" if directory else ""\n',
        (TABLE,),
    ),
    Mutant(
        "a listing has no slash at the end of a directory",
        "a listing of a directory does not show those whose names begin alike",
        "storage/location.py",
        '(directory + "/" if directory else "")',
        "directory",
        (TABLE, MODEL),
    ),
    Mutant(
        "keys are lower-cased before they are escaped",
        "tenant keys that differ by case have two places",
        "routing/escape.py",
        "        if self._plain.fullmatch(key):\n",
        "        key = key.lower()\n        if self._plain.fullmatch(key):\n",
        (TABLE,),
    ),
    Mutant(
        "keys are normalised before they are escaped",
        "tenant keys that differ by Unicode form have two places",
        "routing/escape.py",
        "        if self._plain.fullmatch(key):\n            return key\n",
        "        key = __import__('unicodedata').normalize('NFC', key)\n",
        (TABLE,),
    ),
    Mutant(
        "the escape character is not escaped",
        "a key that looks like the escaped form of another has a place of its own",
        "routing/escape.py",
        "            return character * 2\n",
        "            return character\n",
        (TABLE,),
    ),
    Mutant(
        "a long key is cut instead of hashed",
        "long tenant keys that begin alike have two places",
        "routing/escape.py",
        'digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()',
        "digest = hashlib.sha256(key[:200].encode()).digest()",
        (TABLE,),
    ),
    Mutant(
        "use_tenant is not reset",
        "what stood before a block stands after it",
        "tenants/context.py",
        "        if top is not None and top.owner is self:\n            _frame.set(top.outer)\n",
        "        if top is not None and top.owner is self:\n",
        (TABLE,),
    ),
    Mutant(
        "the middleware does not reset the tenant",
        "a request leaves no tenant to the next one in its thread",
        "tenants/context.py",
        "    finally:\n        _frame.set(before)\n",
        "    finally:\n        pass\n",
        (REQUESTS,),
    ),
    Mutant(
        "the tenant lives in the thread",
        "tasks of one thread never see each other's tenant",
        "tenants/context.py",
        '_frame: ContextVar[_Frame | None] = ContextVar("tenant_minio_tenant", default=None)\n',
        "class _Local(__import__('threading').local):\n"
        "    value: Any = None\n\n"
        "    def get(self) -> Any:\n"
        "        return self.value\n\n"
        "    def set(self, value: Any) -> None:\n"
        "        self.value = value\n\n\n"
        "_frame: Any = _Local()\n",
        (TASKS,),
    ),
    Mutant(
        "the tenant lives in the process",
        "threads never see each other's tenant",
        "tenants/context.py",
        '_frame: ContextVar[_Frame | None] = ContextVar("tenant_minio_tenant", default=None)\n',
        "class _Shared:\n"
        "    value: Any = None\n\n"
        "    def get(self) -> Any:\n"
        "        return self.value\n\n"
        "    def set(self, value: Any) -> None:\n"
        "        self.value = value\n\n\n"
        "_frame: Any = _Shared()\n",
        (THREADS,),
    ),
    Mutant(
        "CURRENT is read once",
        "the source of the tenant is read live, at each operation",
        "tenants/context.py",
        "    live = source()\n",
        "    live = globals().setdefault('_kept', source())\n",
        (ROWS,),
    ),
    Mutant(
        "CURRENT wins over use_tenant",
        "two sources that name different tenants are an error",
        "tenants/context.py",
        "    if explicit is None or live is None or live == explicit:\n",
        "    if True:\n",
        (ROWS,),
    ),
    Mutant(
        "a streaming body runs in its consumer's context",
        "a streaming response is produced inside the tenant of its request",
        "middleware.py",
        "    if not isinstance(response, StreamingHttpResponse):\n        return response\n",
        "    return response\n",
        (REQUESTS,),
    ),
    Mutant(
        "a decorated generator runs in its consumer's context",
        "a generator keeps its tenant, and its consumer keeps another",
        "tenants/context.py",
        "            wrapper = wrap_generator(self, function)\n",
        "            wrapper = lambda *a, **k: function(*a, **k)  # noqa: E731\n",
        (THREADS,),
    ),
    Mutant(
        "an open file looks for its place again",
        "an open file keeps its place, whatever the context becomes",
        "storage/base.py",
        "        return ObjectFile(self.locate(), str(name), mode)\n",
        "        class Again:\n"
        "            def __getattr__(again, name):\n"
        "                return getattr(self.locate(), name)\n\n"
        "        return ObjectFile(Again(), str(name), mode)\n",
        (THREADS,),
    ),
    Mutant(
        "URLs are kept by name",
        "a URL leads to the file of the tenant that it was made for",
        "storage/location.py",
        "        key = self.key(name)\n        if not signed:\n",
        "        kept = self.backend.__dict__.setdefault('_kept', {})\n"
        "        key = kept.setdefault(name, self.key(name))\n        if not signed:\n",
        (TABLE,),
    ),
    Mutant(
        "segments of names are not checked",
        "no name leads out of its tenant",
        "routing/names.py",
        "        if reason is not None:\n",
        "        if False:\n",
        (ATTACKS,),
    ),
    Mutant(
        "names are checked as they are only",
        "no name leads out of its tenant for a reader who decodes or normalises it",
        "routing/names.py",
        "        if simpler == form:\n            return None\n",
        "        return None\n",
        (ATTACKS,),
    ),
    Mutant(
        "a row's tenant is not compared",
        "a row that was loaded under one tenant is refused under another",
        "storage/fields.py",
        "            if loaded is not None and current is not None and loaded != current:\n",
        "            if False:\n",
        (ROWS,),
    ),
    Mutant(
        "a custom router's answer is used as it is",
        "two tenants of one custom router have two places",
        "routing/router.py",
        "        if answer.own_bucket:\n            return answer\n",
        "        if True:\n            return answer\n",
        (TABLE,),
    ),
    Mutant(
        "no tenant means the first folder",
        "no tenant, no file",
        "tenants/context.py",
        "    key = current_tenant()\n    if key is None:\n",
        "    key = current_tenant() or 'acme'\n    if key is None:\n",
        (TABLE,),
    ),
)
