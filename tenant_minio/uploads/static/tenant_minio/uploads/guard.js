// A form is not sent, and a page not left, while files of it are on their way.
"use strict";

(() => {
  const guards = new WeakMap();
  const TWICE = 10000; // milliseconds

  class Guard {
    constructor(form) {
      this.form = form;
      this.elements = new Set();
      this.waiting = null; // {submitter}: the form is to be sent when all is there
      this.sentAt = -Infinity;
      // Before the page's own listeners, which may take the form for sent; and after them.
      form.addEventListener("submit", (event) => this.onSubmit(event), true);
      window.addEventListener("submit", (event) => {
        if (event.target === form && !event.defaultPrevented) {
          this.sentAt = event.timeStamp;
        }
      });
      window.addEventListener("pageshow", () => {
        this.sentAt = -Infinity;
      });
      window.addEventListener("beforeunload", (event) => {
        if (this.isActive) {
          event.preventDefault();
        }
      });
    }

    get isActive() {
      return [...this.elements].some((element) => element.files.isActive);
    }

    get hasFiles() {
      return [...this.elements].some((element) => !element.files.isEmpty);
    }

    onSubmit(event) {
      const unfinished = [...this.elements].find((element) => element.files.unfinished);
      // An upload is saved once: what a double click sends again would be refused.
      const isTwice = event.timeStamp - this.sentAt < TWICE && this.hasFiles;
      if (!unfinished && !this.isActive && !isTwice) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (unfinished) {
        unfinished.warn();
      } else if (this.isActive) {
        this.waiting = { submitter: event.submitter };
        this.notice("sends_later");
      }
    }

    // One upload less is under way; `isGood` unless it failed or was cancelled.
    settled(isGood) {
      if (!this.waiting || (isGood && this.isActive)) {
        return;
      }
      const { submitter } = this.waiting;
      this.waiting = null;
      this.notice(isGood ? "" : "not_sent");
      if (isGood) {
        this.form.requestSubmit(submitter?.isConnected ? submitter : null);
      }
    }

    notice(key) {
      for (const element of this.elements) {
        if (!element.files.isEmpty) {
          element.notice(key);
        }
      }
    }
  }

  // The guard of a form, which may have several fields for files.
  window.tenantMinioUploads.guardOf = (form) => {
    if (!guards.has(form)) {
      guards.set(form, new Guard(form));
    }
    return guards.get(form);
  };
})();
