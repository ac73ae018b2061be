// What is seen of one file: its name, a bar, words, buttons, and the value that the form sends.
"use strict";

(() => {
  // A row of the list; `say(key, values)` gives words, `on` is {retry, remove}.
  class Row {
    constructor({ name, size, say, on }) {
      this.name = name;
      this.size = size;
      this.say = say;
      this.element = make("li", "tm-upload-row");
      this.label = make("span", "tm-upload-name", name);
      this.amount = make("span", "tm-upload-amount", bytes(size));
      this.bar = make("progress", "tm-upload-bar");
      this.bar.max = 100;
      this.bar.value = 0;
      this.bar.setAttribute("aria-label", say("progress", { name }));
      this.words = make("span", "tm-upload-words");
      this.retry = button(say("retry"), say("retry_file", { name }), on.retry);
      this.remove = button(say("cancel"), say("cancel_file", { name }), on.remove);
      const buttons = make("span", "tm-upload-buttons");
      buttons.append(this.retry, this.remove);
      this.element.append(this.label, this.amount, this.bar, this.words, buttons);
      this.show("waiting", say("waiting"));
    }

    // state: of an Upload, or "interrupted"
    show(state, words, { sent = 0, canRetry = false } = {}) {
      const isActive = ["waiting", "sending", "checking"].includes(state);
      this.element.dataset.state = state;
      this.words.textContent = words;
      this.bar.hidden = !isActive;
      if (isActive) {
        this.bar.value = percent(sent, this.size);
      }
      this.retry.hidden = !canRetry;
      const verb = isActive ? "cancel" : "remove";
      this.remove.textContent = this.say(verb);
      this.remove.setAttribute("aria-label", this.say(`${verb}_file`, { name: this.name }));
    }

    // Whether its file is not there, and nothing is under way that would bring it.
    get isUnfinished() {
      return ["failed", "interrupted"].includes(this.element.dataset.state);
    }

    // Have the form send `value` under the name that the input has now.
    carry(value, input) {
      this.hidden ??= make("input");
      this.hidden.type = "hidden";
      this.hidden.name = input.name;
      if (input.hasAttribute("form")) {
        this.hidden.setAttribute("form", input.getAttribute("form"));
      }
      this.hidden.value = value;
      this.element.append(this.hidden);
    }
  }

  // Below 100: what has left the browser is not yet what has arrived.
  function percent(sent, size) {
    return size ? Math.min(Math.floor((sent / size) * 100), 99) : 0;
  }

  function make(tag, className = "", text = "") {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  }

  function button(text, label, onClick) {
    const element = make("button", "tm-upload-button", text);
    element.type = "button";
    element.setAttribute("aria-label", label);
    element.addEventListener("click", onClick);
    return element;
  }

  // 1.5 MB, in the page's language.
  function bytes(count) {
    const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
    const power = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1);
    const unitDisplay = power ? "short" : "long"; // 6 bytes, 6 MB
    const format = { style: "unit", unit: units[power], unitDisplay, maximumFractionDigits: 1 };
    const language = document.documentElement.lang || undefined;
    return new Intl.NumberFormat(language, format).format(count / 1000 ** power);
  }

  Object.assign(window.tenantMinioUploads, { Row, make, percent });
})();
