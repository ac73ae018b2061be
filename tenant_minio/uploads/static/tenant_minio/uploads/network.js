// Requests that tell how far they are, and what to do when one fails.
//
// These files are classic scripts: an ES module from a host of static files would need CORS there,
// and its imports would go past names with a hash.
"use strict";

(() => {
  const uploads = (window.tenantMinioUploads ??= {});

  const TRIES = 7;
  const FIRST_DELAY = 500; // milliseconds, doubled each time
  const LONGEST_DELAY = 15000;
  const STALLED = 120000; // milliseconds without a byte

  // A failure that another try may well not have.
  class PassingError extends Error {}

  // Send one request; resolves with {status, text} whatever the status is.
  function send({ method, url, body, headers = {}, signal, onProgress = () => {} }) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let stalled;
      const end = (settle, value) => {
        clearTimeout(stalled);
        signal.removeEventListener("abort", abort);
        window.removeEventListener("offline", fail);
        settle(value);
      };
      const abort = () => {
        end(reject, signal.reason);
        request.abort();
      };
      const fail = () => {
        end(reject, new PassingError(`no answer from ${new URL(url, location.href).host}`));
        request.abort();
      };
      const alive = () => {
        clearTimeout(stalled);
        stalled = setTimeout(fail, STALLED);
      };
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      signal.addEventListener("abort", abort);
      window.addEventListener("offline", fail);
      request.open(method, url);
      for (const [name, value] of Object.entries(headers)) {
        request.setRequestHeader(name, value);
      }
      request.upload.addEventListener("progress", (event) => {
        alive();
        onProgress(event.loaded);
      });
      request.addEventListener("error", fail);
      request.addEventListener("abort", fail); // the browser's own button, or this file's
      request.addEventListener("load", () => {
        end(resolve, { status: request.status, text: request.responseText });
      });
      alive();
      request.send(body);
    });
  }

  // Whether a server that answers so may answer otherwise soon.
  function isPassing(status) {
    return status === 408 || status === 429 || status >= 500;
  }

  // Try until it works: again after a PassingError, each time later, and not while offline.
  async function retrying(attempt, { signal, onWait }) {
    for (let failures = 1; ; failures += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof PassingError)) {
          throw error;
        }
        if (!navigator.onLine) {
          onWait("offline");
          await untilOnline(signal);
          failures = 0;
        } else if (failures === TRIES) {
          throw error;
        } else {
          onWait("retrying");
          // Not all at once where many were cut off at once.
          const delay = Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_DELAY);
          await sleep(delay * (0.5 + Math.random() / 2), signal);
        }
      }
    }
  }

  function sleep(milliseconds, signal) {
    return until(signal, (done) => {
      const timer = setTimeout(done, milliseconds);
      return () => clearTimeout(timer);
    });
  }

  function untilOnline(signal) {
    return until(signal, (done) => {
      window.addEventListener("online", done);
      return () => window.removeEventListener("online", done);
    });
  }

  // A promise of `done`, rejected when the signal aborts; `start` returns what ends the wait.
  function until(signal, start) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const settle = (how, value) => {
        stop();
        signal.removeEventListener("abort", abort);
        how(value);
      };
      const abort = () => settle(reject, signal.reason);
      const stop = start(() => settle(resolve));
      signal.addEventListener("abort", abort);
    });
  }

  Object.assign(uploads, { PassingError, send, isPassing, retrying });
})();
