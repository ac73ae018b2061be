// <tm-direct-upload>: an ordinary input for files, and what JavaScript adds to it.
//
// The input stays what is labelled, focused and validated. Its files are taken off it and sent to
// the cluster; the form sends a hidden value for each.
"use strict";

(() => {
  const { Api, Files, Memory, make, guardOf } = window.tenantMinioUploads;

  class DirectUpload extends HTMLElement {
    connectedCallback() {
      const input = this.querySelector("input[type=file]");
      // A form that is only there to be copied is left as it is.
      if (this.input || !input || input.name.includes("__prefix__")) {
        return;
      }
      this.input = input;
      this.isRequired = input.required;
      const { form } = input;
      this.build();
      const { begin, parts, finish, cancel, target, scope } = this.dataset;
      this.files = new Files({
        page: this,
        api: new Api({ begin, parts, finish, cancel }, () => csrfToken(form)),
        target,
        memory: new Memory(scope, input.id || input.name),
      });
      this.guard = form && guardOf(form);
      this.guard?.elements.add(this);
      this.listen();
      this.files.restore(this.takeSent());
      this.dataset.ready = "";
    }

    // Rows of a formset are moved about; one that is gone takes its uploads with it.
    disconnectedCallback() {
      setTimeout(() => {
        if (!this.isConnected) {
          this.guard?.elements.delete(this);
          this.files?.leave();
        }
      });
    }

    say(key, values = {}) {
      const text = this.getAttribute(`data-text-${key.replaceAll("_", "-")}`) ?? "";
      return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
    }

    build() {
      // A copy of a row brings what was made for its original.
      this.querySelectorAll(".tm-upload-made").forEach((old) => old.remove());
      this.hint = make("span", "tm-upload-made tm-upload-hint");
      this.hint.textContent = this.say(this.input.multiple ? "drop_many" : "drop");
      this.hint.id = `${this.input.id || this.input.name}_drop`;
      this.input.after(this.hint);
      const described = this.input.getAttribute("aria-describedby") ?? "";
      this.input.setAttribute("aria-describedby", `${described} ${this.hint.id}`.trim());
      this.nameByLegend();
      this.list = make("ul", "tm-upload-made tm-upload-list");
      this.list.setAttribute("aria-label", this.say("list"));
      this.list.hidden = true;
      this.said = make("p", "tm-upload-made tm-upload-notice");
      this.said.setAttribute("role", "status");
      this.heard = make("p", "tm-upload-made tm-upload-heard");
      this.heard.setAttribute("aria-live", "polite");
      this.append(this.list, this.said, this.heard);
    }

    // Django's admin has a legend where others have a label, and a legend names no input.
    nameByLegend() {
      const legend = this.closest("fieldset")?.querySelector("legend");
      const isNamed = this.input.labels.length || this.input.getAttribute("aria-labelledby");
      if (legend && !isNamed) {
        legend.id ||= `${this.input.id || this.input.name}_legend`;
        this.input.setAttribute("aria-labelledby", legend.id);
      }
    }

    listen() {
      this.input.addEventListener("change", () => {
        const files = [...this.input.files];
        this.input.value = "";
        this.take(files);
      });
      for (const kind of ["dragenter", "dragover"]) {
        this.addEventListener(kind, (event) => {
          if (this.accepts(event)) {
            event.preventDefault();
            this.dataset.over = "";
          }
        });
      }
      this.addEventListener("dragleave", (event) => {
        if (!this.contains(event.relatedTarget)) {
          delete this.dataset.over;
        }
      });
      this.addEventListener("drop", (event) => {
        delete this.dataset.over;
        if (this.accepts(event)) {
          event.preventDefault();
          this.take([...event.dataTransfer.files]);
        }
      });
    }

    accepts(event) {
      return carriesFiles(event) && !this.input.matches(":disabled");
    }

    take(files) {
      const isOne = !this.input.multiple;
      this.notice(isOne && files.length > 1 ? "only_one" : "");
      if (files.length) {
        this.files.take(isOne ? files.slice(0, 1) : files, { isOne });
      }
    }

    // The values of a form that came back with a fault elsewhere; rows take their place.
    takeSent() {
      return [...this.querySelectorAll("input[type=hidden][data-size]")].map((hidden) => {
        hidden.remove();
        const { value, dataset } = hidden;
        return { value, name: dataset.name, size: Number(dataset.size) };
      });
    }

    // The form was to be sent with a file that is not whole: say so, and lead there.
    warn() {
      this.notice("unfinished");
      const row = this.files.unfinished;
      (row.retry.hidden ? row.remove : row.retry).focus();
    }

    settled(isGood) {
      this.guard?.settled(isGood);
    }

    changed() {
      this.list.hidden = this.files.isEmpty;
      // The browser would ask for a file that is on its way already.
      this.input.required = this.isRequired && this.files.isEmpty;
    }

    // For screen readers only; what is seen changes more often.
    hear(text) {
      this.heard.textContent = text;
    }

    notice(key) {
      this.said.textContent = key && this.say(key);
    }
  }

  function carriesFiles(event) {
    return Boolean(event.dataTransfer?.types.includes("Files"));
  }

  // The form's own token works too where the cookie is not for scripts.
  function csrfToken(form) {
    const field = (form ?? document).querySelector("input[name=csrfmiddlewaretoken]");
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]*)/);
    return field?.value ?? decodeURIComponent(cookie?.[1] ?? "");
  }

  // A file that is dropped beside would replace the page, and with it the form.
  for (const kind of ["dragover", "drop"]) {
    window.addEventListener(kind, (event) => {
      if (carriesFiles(event) && !event.target.closest?.("input[type=file]")) {
        event.preventDefault();
      }
    });
  }

  customElements.define("tm-direct-upload", DirectUpload);
})();
