// A file on its way to the cluster: in one form, or in parts.
"use strict";

(() => {
  const { PassingError, RefusedError, send, isPassing, retrying } = window.tenantMinioUploads;

  const AT_ONCE = 3; // parts under way
  const URLS_AT_ONCE = 20; // of 100 that the API gives

  // What was signed is no longer good.
  class StaleError extends Error {}

  function check(status) {
    if (status >= 200 && status < 300) {
      return;
    }
    if (status === 403) {
      throw new StaleError("the signature is no longer good");
    }
    if (isPassing(status)) {
      throw new PassingError(`the cluster answers ${status}`);
    }
    throw new RefusedError("refused", "");
  }

  // The whole file in one form. watch: {signal, onWait, onProgress(bytes)}
  async function sendForm({ url, fields }, file, { signal, onWait, onProgress }) {
    const attempt = async () => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) {
        body.append(name, value);
      }
      body.append("file", file); // S3 ignores what comes after the file
      const { status } = await send({
        method: "POST",
        url,
        body,
        signal,
        onProgress: (bytes) => onProgress(Math.min(bytes, file.size)),
      });
      check(status);
    };
    await retrying(attempt, { signal, onWait });
    onProgress(file.size);
  }

  // The file in parts of `size` bytes; those that the cluster has already are left out.
  async function sendParts({ size, count }, token, file, api, { signal, onWait, onProgress }) {
    const all = new AbortController();
    const abort = () => all.abort(signal.reason);
    signal.addEventListener("abort", abort);
    const watch = { signal: all.signal, onWait };

    const { stored } = await api.call("parts", { token, numbers: [] }, watch);
    const sent = new Map(); // number -> bytes
    const pending = [];
    for (let number = 1; number <= count; number += 1) {
      const bytes = part(number).size;
      if (stored[number]?.size === bytes) {
        sent.set(number, bytes);
      } else {
        pending.push(number);
      }
    }
    tell();

    const urls = new Map(); // number -> URL
    let asking = null;

    try {
      await Promise.all(Array.from({ length: AT_ONCE }, work));
    } finally {
      all.abort(new DOMException("one part failed", "AbortError"));
      signal.removeEventListener("abort", abort);
    }

    function part(number) {
      return file.slice((number - 1) * size, Math.min(number * size, file.size));
    }

    function tell() {
      onProgress([...sent.values()].reduce((sum, bytes) => sum + bytes, 0));
    }

    async function work() {
      while (pending.length) {
        const number = pending.shift();
        await retrying(() => put(number), watch);
      }
    }

    async function put(number) {
      const body = part(number);
      const url = await urlOf(number);
      try {
        const { status } = await send({
          method: "PUT",
          url,
          body,
          signal: all.signal,
          onProgress: (bytes) => {
            sent.set(number, bytes);
            tell();
          },
        });
        check(status);
        sent.set(number, body.size);
      } catch (error) {
        sent.delete(number);
        if (!(error instanceof StaleError)) {
          throw error;
        }
        urls.delete(number); // the next try asks for another
        throw new PassingError(error.message);
      } finally {
        tell();
      }
    }

    // One question for many URLs; the workers that need one meanwhile wait for its answer.
    async function urlOf(number) {
      while (!urls.has(number)) {
        asking ??= ask(number).finally(() => {
          asking = null;
        });
        await asking;
      }
      return urls.get(number);
    }

    async function ask(number) {
      const numbers = [number, ...pending.slice(0, URLS_AT_ONCE - 1)];
      const answer = await api.call("parts", { token, numbers }, watch);
      for (const one of numbers) {
        urls.set(one, answer.urls[one]);
      }
    }
  }

  Object.assign(window.tenantMinioUploads, { StaleError, sendForm, sendParts });
})();
