// What outlives a reload: uploads that were cut off, and files whose form was not sent yet.
//
// localStorage holds the first, since a browser may end in between; each is held by a lock as long
// as a tab is at it, so that no other tab offers it. sessionStorage holds the second: they belong
// to the form in this tab.
"use strict";

(() => {
  const LONGEST = 7 * 24 * 3600 * 1000; // milliseconds; the cluster sweeps what is older

  class Memory {
    // scope: says whose page this is, so that the next user of this browser is offered nothing
    constructor(scope, name) {
      this.key = `tenant_minio.uploads ${scope} ${location.pathname} ${name}`; // of both storages
    }

    // Uploads that were cut off and that no other tab goes on with.
    async interrupted() {
      const records = read("localStorage", this.key);
      const fresh = records.filter((record) => Date.now() - record.time < LONGEST);
      if (fresh.length < records.length) {
        write("localStorage", this.key, fresh);
      }
      const held = await heldLocks();
      return fresh.filter((record) => !held.has(lockOf(record)));
    }

    // Remember an upload; the promise it returns lets go of the lock.
    begun(record) {
      this.forget(record.token);
      write("localStorage", this.key, [
        ...read("localStorage", this.key),
        { ...record, time: Date.now() },
      ]);
      return hold(lockOf(record));
    }

    forget(token) {
      const records = read("localStorage", this.key);
      write("localStorage", this.key, records.filter((record) => record.token !== token));
    }

    // Files of the form as it was before this page was loaded again.
    unsent() {
      const [navigation] = performance.getEntriesByType("navigation");
      if (!["reload", "back_forward"].includes(navigation?.type)) {
        this.setUnsent([]);
      }
      return read("sessionStorage", this.key);
    }

    setUnsent(files) {
      write("sessionStorage", this.key, files);
    }
  }

  function read(storage, key) {
    try {
      const records = JSON.parse(window[storage].getItem(key));
      return Array.isArray(records) ? records : [];
    } catch {
      return []; // no storage allowed, or not what was written here
    }
  }

  function write(storage, key, records) {
    try {
      if (records.length) {
        window[storage].setItem(key, JSON.stringify(records));
      } else {
        window[storage].removeItem(key);
      }
    } catch {
      // Full, or not allowed: the upload goes on, and cannot be resumed.
    }
  }

  function lockOf(record) {
    return `tenant_minio.uploads ${record.token}`;
  }

  // Locks are there in secure contexts only: HTTPS and localhost.
  async function heldLocks() {
    const locks = await navigator.locks?.query();
    return new Set(locks?.held.map((lock) => lock.name));
  }

  function hold(name) {
    let release;
    const released = new Promise((resolve) => {
      release = resolve;
    });
    navigator.locks?.request(name, () => released).catch(() => {});
    return release;
  }

  window.tenantMinioUploads.Memory = Memory;
})();
