"""The mistakes. Each changes one text in one file, and names the guarantee that it breaks."""

from __future__ import annotations

from dataclasses import dataclass

# The tests that catch them. Those that need no luck were chosen, and no more than one file's
# start for each.
_T = "tests/isolation/test_"
PLACES = f"{_T}table.py::test_files_lie_where_the_table_says_and_nowhere_else"
ALIKE = f"{_T}table.py::test_keys_that_look_alike_stay_apart_on_both_servers[minio]"
URLS = f"{_T}table.py::test_urls_lead_to_the_tenants_own_file"
BOUND = f"{_T}table.py::test_bound_storage_leaves_the_shared_one_unbound[exists]"
NOBODY = f"{_T}table.py::test_operation_outside_a_tenant_reaches_no_server[exists]"
THREADS = f"{_T}threads.py::test_threads_that_have_all_entered_their_tenants_ask_for_their_own"
OPEN_FILE = f"{_T}threads.py::test_open_file_is_read_on_in_its_own_place[acme2]"
GENERATORS = f"{_T}threads.py::test_interleaved_generators_read_their_own_files"
TASKS = f"{_T}tasks.py::test_storage_called_in_the_loop_itself"
STREAMS = f"{_T}requests.py::test_streams_that_are_consumed_in_turn_read_their_own_files"
AFTER_FAILURE = (
    f"{_T}requests.py::test_view_that_fails_inside_another_tenant_leaves_nothing_behind[acme]"
)
SCHEMAS = f"{_T}rows.py::test_schema_context_inside_a_request_moves_rows_and_files_together"
TWO_SOURCES = f"{_T}rows.py::test_schema_context_inside_a_request_with_its_own_tenant_is_refused"
CACHED_ROWS = f"{_T}rows.py::test_cached_rows_of_another_schema_are_refused"
SENT = f"{_T}celery.py::test_task_is_in_its_senders_tenant"
RETRIED = f"{_T}celery.py::test_task_that_is_retried_stays_in_its_first_tenant"
UNNAMED = f"{_T}celery.py::test_message_without_the_header_fails_closed"
TASK_ROWS = f"{_T}celery.py::test_task_without_a_tenant_stands_in_the_public_schema"
REFUSED = f"{_T}celery.py::test_task_of_an_unknown_tenant_does_not_run[nobody]"
TOLD_WHY = "tests/contrib/test_celery.py::test_task_of_another_class_is_told_why_wherever_it_asks"
SERVED = f"{_T}servers.py::test_requests_of_twenty_tenants_at_once_keep_to_their_own_places"
OWN_KEYS = "tests/credentials/test_own_buckets.py::test_each_bucket_is_asked_with_its_tenants_key"
ATTACKS = f"{_T}name_attacks.py::test_each_method_refuses_each_attack_without_a_request"

# What they must say. An error of the package, or of the mistake itself, says nothing about where
# files went. That the judge saw nothing is no verdict either.
CROSSED = "tests.isolation.judge.CrossedError: "
NOT_RAISED = "Failed: DID NOT RAISE"
LEFT_OPEN = "AssertionError: a tenant was left open"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake.

    Args:
        name: what was done wrong.
        guarantee: what no longer holds.
        path: of the file below ``tenant_minio/``.
        anchor: the text that is changed; it stands there once.
        instead: what stands there then.
        caught_by: the test that must fail.
        saying: with these words, in an error that pytest reports of it.
    """

    name: str
    guarantee: str
    path: str
    anchor: str
    instead: str
    caught_by: str
    saying: str = CROSSED

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
        PLACES,
    ),
    Mutant(
        "for_tenant changes the shared storage",
        "for_tenant gives a storage of its own and leaves the shared one unbound",
        "storage/routed.py",
        "        return self._bound(_alias=self.alias, _tenant=check_key(key))\n",
        "        self._tenant = check_key(key)\n        return self\n",
        BOUND,
    ),
    Mutant(
        "the prefix lacks its slash",
        "no tenant's prefix begins another's",
        "storage/location.py",
        "        return prefix + safe_name(name, prefix)\n",
        "        return prefix.removesuffix('/') + safe_name(name, prefix)\n",
        PLACES,
    ),
    Mutant(
        "a listing leaves out the prefix",
        "a listing shows a tenant its own files only",
        "storage/location.py",
        '        prefix = self.route.prefix + (directory + "/" if directory else "")\n',
        '        prefix = directory + "/" if directory else ""\n',
        PLACES,
    ),
    Mutant(
        "a listing has no slash at the end of a directory",
        "a listing of a directory does not show those whose names begin alike",
        "storage/location.py",
        '(directory + "/" if directory else "")',
        "directory",
        PLACES,
        "AssertionError: assert [] == ['",
    ),
    Mutant(
        "keys are lower-cased before they are escaped",
        "tenant keys that differ by case have two places",
        "routing/escape.py",
        "        if self._plain.fullmatch(key):\n",
        "        key = key.lower()\n        if self._plain.fullmatch(key):\n",
        ALIKE,
    ),
    Mutant(
        "keys are normalised before they are escaped",
        "tenant keys that differ by Unicode form have two places",
        "routing/escape.py",
        "        if self._plain.fullmatch(key):\n            return key\n",
        "        key = __import__('unicodedata').normalize('NFC', key)\n",
        ALIKE,
    ),
    Mutant(
        "the escape character is not escaped",
        "a key that looks like the escaped form of another has a place of its own",
        "routing/escape.py",
        "            return character * 2\n",
        "            return character\n",
        PLACES,
    ),
    Mutant(
        "a long key is cut instead of hashed",
        "long tenant keys that begin alike have two places",
        "routing/escape.py",
        'digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()',
        "digest = hashlib.sha256(key[:200].encode()).digest()",
        PLACES,
    ),
    Mutant(
        "use_tenant is not reset",
        "what stood before a block stands after it",
        "tenants/context.py",
        "        if top is not None and top.owner is self:\n            _frame.set(top.outer)\n",
        "        if top is not None and top.owner is self:\n",
        PLACES,
        LEFT_OPEN,
    ),
    Mutant(
        "the middleware does not reset the tenant",
        "a request leaves no tenant to the next one in its thread",
        "tenants/context.py",
        "    finally:\n        _frame.set(before)\n",
        "    finally:\n        pass\n",
        AFTER_FAILURE,
        LEFT_OPEN,
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
        TASKS,
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
        THREADS,
    ),
    Mutant(
        "CURRENT is read once",
        "the source of the tenant is read live, at each operation",
        "tenants/context.py",
        "    live = source()\n",
        "    live = globals().setdefault('_kept', source())\n",
        SCHEMAS,
    ),
    Mutant(
        "CURRENT wins over use_tenant",
        "two sources that name different tenants are an error",
        "tenants/context.py",
        "    if explicit is None or live is None or live == explicit:\n",
        "    if True:\n",
        TWO_SOURCES,
    ),
    Mutant(
        "a streaming body runs in its consumer's context",
        "a streaming response is produced inside the tenant of its request",
        "middleware.py",
        "    if not isinstance(response, StreamingHttpResponse):\n        return response\n",
        "    return response\n",
        STREAMS,
    ),
    Mutant(
        "a decorated generator runs in its consumer's context",
        "a generator keeps its tenant, and its consumer keeps another",
        "tenants/context.py",
        "            wrapper = wrap_generator(self, function)\n",
        "            wrapper = lambda *a, **k: function(*a, **k)  # noqa: E731\n",
        GENERATORS,
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
        OPEN_FILE,
    ),
    Mutant(
        "URLs are kept by name",
        "a URL leads to the file of the tenant that it was made for",
        "storage/location.py",
        "        key = self.key(name)\n        if (not route.public)",
        "        kept = self.backend.__dict__.setdefault('_kept', {})\n"
        "        key = kept.setdefault(name, self.key(name))\n        if (not route.public)",
        URLS,
    ),
    Mutant(
        "keys are kept by prefix",
        "tenants in buckets of their own, whose prefixes are empty, have keys of their own",
        "backends/credentials/views.py",
        "            view = self._kept.get(route)\n"
        "            if view is None:\n"
        "                view = self._kept[route] = self._make(route)\n",
        "            kept: Any = self._kept\n"
        "            view = kept.get(route.prefix)\n"
        "            if view is None:\n"
        "                view = kept[route.prefix] = self._make(route)\n",
        f"{OWN_KEYS}[callable]",
    ),
    Mutant(
        "segments of names are not checked",
        "no name leads out of its tenant",
        "routing/names.py",
        "        if reason is not None:\n",
        "        if False:\n",
        ATTACKS,
    ),
    Mutant(
        "names are checked as they are only",
        "no name leads out of its tenant for a reader who decodes or normalises it",
        "routing/names.py",
        "        if simpler == form:\n            return None\n",
        "        return None\n",
        ATTACKS,
        "AssertionError: assert [('save', ",
    ),
    Mutant(
        "a row's tenant is not compared",
        "a row that was loaded under one tenant is refused under another",
        "storage/fields.py",
        "            if loaded is not None and current is not None and loaded != current:\n",
        "            if False:\n",
        CACHED_ROWS,
        NOT_RAISED,
    ),
    Mutant(
        "a custom router's answer is used as it is",
        "two tenants of one custom router have two places",
        "routing/router.py",
        "        if answer.own_bucket:\n            return answer\n",
        "        if True:\n            return answer\n",
        PLACES,
    ),
    Mutant(
        "no tenant means the first folder",
        "no tenant, no file",
        "tenants/context.py",
        "    key = current_tenant()\n    if key is None:\n",
        "    key = current_tenant() or 'acme'\n    if key is None:\n",
        NOBODY,
        NOT_RAISED,
    ),
    Mutant(
        "a task's tenant is not sent",
        "the tenant travels in the message of a task",
        "contrib/celery.py",
        "        headers[HEADER] = current_tenant()\n",
        "        pass\n",
        SENT,
        "AssertionError: assert None == 'acme'",
    ),
    Mutant(
        "a retried task goes to the tenant of its last block",
        "a retry stays in the tenant of its first message",
        "contrib/celery.py",
        "    if HEADER not in headers:\n",
        "    if True:\n",
        RETRIED,
    ),
    Mutant(
        "a worker is not isolated",
        "a task inherits no tenant from the process that runs it",
        "tenants/entering.py",
        "    with isolate(None), nullcontext() if enter is None else enter(key), isolate(key):\n",
        "    from tenant_minio.tenants.context import current_tenant as left\n"
        "    with nullcontext() if enter is None else enter(key), isolate(key or left()):\n",
        UNNAMED,
    ),
    Mutant(
        "a worker's schema is left as it is",
        "a task without a tenant sees nobody's rows",
        "tenants/entering.py",
        "    enter = conf.enter\n",
        "    enter = None if key is None else conf.enter\n",
        TASK_ROWS,
        "AssertionError: assert 'globex' == 'public'",
    ),
    Mutant(
        "a task runs though its tenant is unknown",
        "a task whose tenant cannot be entered does not run",
        "contrib/entering.py",
        "        if conf.tenant_exists(check_key(key, ",
        "        if check_key(key, '') or conf.tenant_exists(check_key(key, ",
        REFUSED,
    ),
    Mutant(
        "a tenant that cannot be entered leaves the context as it was",
        "where no tenant could be entered, what others left behind is none",
        "contrib/celery.py",
        "        inside.enter_context(refusing(error))\n",
        "",
        TOLD_WHY,
        NOT_RAISED,
    ),
    Mutant(
        "a server's worker keeps the tenant of its parent",
        "a request is in the tenant of its own address, whatever its process was left in",
        "middleware.py",
        "            key = None if passes_through(request.path_info) else self._find(request)\n",
        "            key = globals().setdefault('_kept', self._find(request))\n",
        f"{SERVED}[gunicorn-sync]",
    ),
)

# For the runner itself: a mistake that only crashes. Nothing says that it is caught.
CRASH = Mutant(
    "the package crashes",
    "a crash shows nothing",
    "storage/routed.py",
    "        route = registry.route(self.alias, tenant)\n",
    "        raise ZeroDivisionError\n",
    PLACES,
)
