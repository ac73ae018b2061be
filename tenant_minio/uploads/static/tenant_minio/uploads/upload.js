// One file from the page to the cluster: begin, send, finish; cancel and resume.
"use strict";

(() => {
  const { RefusedError, StaleError, sendForm, sendParts } = window.tenantMinioUploads;

  // Codes after which a fresh beginning may work where the old token does not.
  const STALE = new Set(["expired", "missing", "changed"]);

  // state: "waiting", "sending", "checking", "done", "failed" or "cancelled".
  class Upload {
    // record: what Memory kept of this file, to go on from there
    constructor({ file, target, api, memory, record = null, onChange }) {
      this.file = file;
      this.target = target;
      this.api = api;
      this.memory = memory;
      this.record = record;
      this.onChange = onChange;
      this.sent = 0; // bytes
      this.wait = null; // "offline" or "retrying"
      this.error = null; // {code, message}
      this.result = null; // {value, name, size, type}
      this.controller = new AbortController();
      this.state = "waiting";
    }

    get isActive() {
      return ["waiting", "sending", "checking"].includes(this.state);
    }

    // Go on until it is done, has failed or was cancelled; never rejects.
    async run() {
      this.controller = new AbortController();
      this.error = null;
      try {
        await this.sendAll();
        this.change({ state: "checking", sent: this.file.size });
        this.result = await this.ask("finish", { token: this.record.token });
        this.memory.forget(this.record.token);
        this.change({ state: "done", wait: null });
      } catch (error) {
        this.fail(error);
      } finally {
        this.letGo?.();
      }
    }

    // End it, and throw away what is staged.
    async cancel() {
      this.change({ state: "cancelled" });
      this.controller.abort(new DOMException("cancelled", "AbortError"));
      if (this.record) {
        await discard(this.api, this.memory, this.record);
      }
    }

    async sendAll() {
      const resumes = this.record !== null;
      try {
        await this.begin();
        await this.send();
      } catch (error) {
        const isStale = error instanceof StaleError || STALE.has(error.code);
        if (!isStale || this.hasBegunAnew) {
          throw error;
        }
        // What was signed has expired, or is gone from the cluster: one fresh beginning.
        this.hasBegunAnew = true;
        this.memory.forget(this.record?.token);
        this.record = null;
        this.letGo?.();
        if (resumes) {
          this.change({ sent: 0 });
        }
        await this.begin();
        await this.send();
      }
    }

    async begin() {
      this.change({ state: "sending" });
      const { name, size, type, lastModified } = this.file;
      if (this.record === null) {
        const answer = await this.ask("begin", { target: this.target, name, size, type });
        this.record = { ...answer, name, size, lastModified };
      }
      if (this.record.parts) {
        this.letGo = this.memory.begun(this.record);
      }
    }

    send() {
      const watch = {
        ...this.watch,
        onProgress: (sent) => this.change({ sent, wait: sent > this.sent ? null : this.wait }),
      };
      return this.record.form
        ? sendForm(this.record.form, this.file, watch)
        : sendParts(this.record.parts, this.record.token, this.file, this.api, watch);
    }

    ask(step, question) {
      return this.api.call(step, question, this.watch);
    }

    get watch() {
      return { signal: this.controller.signal, onWait: (wait) => this.change({ wait }) };
    }

    fail(error) {
      if (this.state === "cancelled") {
        return;
      }
      this.hasBegunAnew = false;
      if (error instanceof RefusedError) {
        // The server has thrown away what it refuses; another try begins anew.
        this.memory.forget(this.record?.token);
        this.record = null;
        this.error = { code: error.code, message: error.message };
      } else {
        this.error = { code: "connection", message: "" };
      }
      this.change({ state: "failed", wait: null });
    }

    change(values) {
      if (this.state === "cancelled") {
        return;
      }
      Object.assign(this, values);
      this.onChange(this);
    }
  }

  // Throw away what is staged. It is swept in time where nobody answers now.
  async function discard(api, memory, record) {
    memory.forget(record.token);
    const { signal } = new AbortController();
    await api.ask("cancel", { token: record.token }, signal).catch(() => {});
  }

  Object.assign(window.tenantMinioUploads, { Upload, discard });
})();
