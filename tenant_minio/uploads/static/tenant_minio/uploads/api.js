// What the page asks of Django: begin, parts, finish, cancel. See docs/uploads.md.
"use strict";

(() => {
  const { PassingError, send, isPassing, retrying } = window.tenantMinioUploads;

  // Django says no. `message` is for a person.
  class RefusedError extends Error {
    constructor(code, message) {
      super(message);
      this.code = code;
    }
  }

  class Api {
    // urls: {begin, parts, finish, cancel}; csrfToken: () => string
    constructor(urls, csrfToken) {
      this.urls = urls;
      this.csrfToken = csrfToken;
    }

    // Ask, again and again while nobody answers. Throws RefusedError, PassingError.
    call(step, question, { signal, onWait }) {
      return retrying(() => this.ask(step, question, signal), { signal, onWait });
    }

    async ask(step, question, signal) {
      const { status, text } = await send({
        method: "POST",
        url: this.urls[step],
        headers: {
          Accept: "application/json",
          "Content-Type": "application/json",
          "X-CSRFToken": this.csrfToken(),
        },
        body: JSON.stringify(question),
        signal,
      });
      const answer = parsed(text);
      if (status < 300 && answer) {
        return answer;
      }
      const error = answer?.error;
      if (error?.code === "unavailable" || (!error && isPassing(status))) {
        throw new PassingError(error?.message ?? "");
      }
      // Without words of its own it was not this API that answered: a proxy, or a page to sign in.
      throw new RefusedError(error?.code ?? "bad_request", error?.message ?? "");
    }
  }

  function parsed(text) {
    try {
      const answer = JSON.parse(text);
      return typeof answer === "object" ? answer : null;
    } catch {
      return null;
    }
  }

  Object.assign(window.tenantMinioUploads, { Api, RefusedError });
})();
