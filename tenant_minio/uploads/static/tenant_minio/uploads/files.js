// The files of one input: rows that are seen, uploads that are under way, values that are sent.
"use strict";

(() => {
  const { Memory, Upload, Row, percent, discard } = window.tenantMinioUploads;

  const AT_ONCE = 2; // uploads under way
  const MILESTONE = 25; // percent: a screen reader is told no more often

  // Codes that another try of the same file would meet again.
  const FINAL = new Set(["too_large", "wrong_type", "not_permitted"]);

  class Files {
    // page: the element, which has input, list, say(), hear(), notice(), changed(), settled()
    constructor({ page, api, target, memory }) {
      Object.assign(this, { page, api, target, memory });
      this.rows = new Map(); // Row -> Upload, or null
    }

    get isEmpty() {
      return !this.rows.size;
    }

    get isActive() {
      return this.uploads.some((upload) => upload.isActive);
    }

    // The first row of which the form would be sent without its file.
    get unfinished() {
      return [...this.rows.keys()].find((row) => row.isUnfinished);
    }

    get uploads() {
      return [...this.rows.values()].filter(Boolean);
    }

    // Files of a form that came back with a fault elsewhere, or as it was before a reload.
    async restore(results) {
      const unsent = this.memory.unsent();
      (results.length ? results : unsent).forEach((result) => this.addDone(result));
      (await this.memory.interrupted()).forEach((record) => this.addInterrupted(record));
    }

    // Take chosen files; for an input of one file they replace what is there.
    take(files, { isOne }) {
      const rows = files.map((file) => this.add(file));
      if (isOne) {
        [...this.rows.keys()].filter((row) => !rows.includes(row)).forEach((row) => this.drop(row));
      }
      this.startNext();
    }

    add(file) {
      const record = this.takeInterrupted(file);
      const row = this.addRow(file);
      const { target, api, memory } = this;
      const onChange = () => this.show(row, upload);
      const upload = new Upload({ file, target, api, memory, record, onChange });
      this.rows.set(row, upload);
      return row;
    }

    addDone(result) {
      this.finish(this.addRow(result), result);
    }

    addInterrupted(record) {
      const row = this.addRow(record);
      const words = this.page.say("choose_again");
      row.record = record;
      row.show("interrupted", words);
      this.page.hear(`${record.name}: ${words}`);
    }

    addRow({ name, size }) {
      const row = new Row({
        name,
        size,
        say: (key, values) => this.page.say(key, values),
        on: { retry: () => this.retry(row), remove: () => this.removeByHand(row) },
      });
      this.rows.set(row, null);
      this.page.list.append(row.element);
      this.changed();
      return row;
    }

    // The record of an upload that was cut off, if this is its file.
    takeInterrupted({ name, size, lastModified }) {
      for (const row of this.rows.keys()) {
        const old = row.record;
        if (old && old.name === name && old.size === size && old.lastModified === lastModified) {
          this.forget(row);
          return old;
        }
      }
      return null;
    }

    startNext() {
      const active = this.uploads.filter((upload) => upload.isActive);
      const free = AT_ONCE - active.filter((upload) => upload.isStarted).length;
      const next = active.filter((upload) => !upload.isStarted).slice(0, Math.max(free, 0));
      next.forEach((upload) => this.start(upload));
    }

    async start(upload) {
      upload.isStarted = true;
      await upload.run();
      upload.isStarted = false;
      this.startNext();
      this.page.settled(upload.state === "done");
    }

    retry(row) {
      row.remove.focus(); // this button is about to go
      this.rows.get(row).change({ state: "waiting" });
      this.startNext();
    }

    removeByHand(row) {
      this.drop(row);
      this.page.hear(this.page.say("removed", { name: row.name }));
      this.page.notice("");
      this.page.input.focus();
      this.page.settled(false);
    }

    // Take a file off the form, and what is staged of it off the cluster.
    drop(row) {
      const upload = this.rows.get(row);
      this.forget(row);
      if (upload) {
        upload.cancel();
      } else if (row.record) {
        discard(this.api, this.memory, row.record);
      }
    }

    // End what is under way; what is done belongs to a form that may have been sent.
    leave() {
      this.memory.setUnsent([]);
      this.uploads.filter((upload) => upload.isActive).forEach((upload) => upload.cancel());
    }

    forget(row) {
      row.element.remove();
      this.rows.delete(row);
      this.changed();
    }

    show(row, { state, sent, wait, error, result, file }) {
      if (state === "done") {
        this.finish(row, result);
      } else if (state === "failed") {
        const general = error.code === "connection" ? "no_connection" : "failed";
        const words = error.message || this.page.say(general);
        row.show(state, words, { canRetry: !FINAL.has(error.code) });
        this.page.hear(`${file.name}: ${words}`);
      } else if (state !== "cancelled") {
        const percentage = percent(sent, file.size);
        const words = this.page.say(wait ?? state, { name: file.name, percent: percentage });
        row.show(state, words, { sent });
        this.hearSeldom(row, words, `${wait ?? state} ${Math.floor(percentage / MILESTONE)}`);
      }
    }

    finish(row, result) {
      row.result = result;
      row.show("done", this.page.say("done"));
      row.carry(result.value, this.page.input);
      this.changed();
      this.page.hear(`${row.name}: ${this.page.say("done")}`);
    }

    // Tell a screen reader when something else happens, or a good deal was sent since.
    hearSeldom(row, words, step) {
      if (row.step !== step) {
        row.step = step;
        this.page.hear(`${row.name}: ${words}`);
      }
    }

    changed() {
      this.memory.setUnsent([...this.rows.keys()].map((row) => row.result).filter(Boolean));
      this.page.changed();
    }
  }

  window.tenantMinioUploads.Files = Files;
})();
