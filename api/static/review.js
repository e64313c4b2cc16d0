/* The keys of the review desk. Every one presses a button, follows a link or opens a form that is
   on the page: without this script nothing is missing. Single keys can be switched off. */
"use strict";

(() => {
  const OFF = "review-keys-off";
  // What a key leads to where the markup does not name it itself (`data-key`).
  const FORMS = { a: "approve", r: "return", x: "reject", c: "claim" };
  const FIELD = "input:not([type=hidden]), select, textarea";

  const dialog = document.querySelector("[data-keys]");
  if (!dialog) return;
  const opener = document.querySelector("[data-keys-open]");
  const choice = dialog.querySelector("[data-keys-on]");

  // A browser that keeps nothing has the keys on, each time anew.
  const kept = (change) => {
    try {
      return change(window.localStorage);
    } catch {
      return null;
    }
  };
  choice.checked = kept((store) => store.getItem(OFF)) === null;
  choice.addEventListener("change", () => {
    kept((store) => (choice.checked ? store.removeItem(OFF) : store.setItem(OFF, "yes")));
  });
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());

  const typing = (element) =>
    element.matches("textarea, select, [contenteditable]") ||
    element.matches("input:not([type=checkbox]):not([type=radio])");

  function unfold(details) {
    details.open = true;
    const first = details.querySelector(FIELD);
    first.focus();
    first.scrollIntoView({ block: "center" });
  }

  function press(key) {
    const named = document.querySelector(`[data-key="${key}"]`);
    const input =
      FORMS[key] && document.querySelector(`input[name=action][value=${FORMS[key]}]`);
    const found = named || (input && (input.closest("details") || input.form));
    if (!found) return false;
    if (found.tagName === "DETAILS") unfold(found);
    else if (found.tagName === "FORM") found.requestSubmit();
    else found.click();
    return true;
  }

  function step(by) {
    const entries = [...document.querySelectorAll("[data-entry]")];
    if (!entries.length) return false;
    const at = entries.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : entries.length - 1) : at + by;
    entries[Math.max(0, Math.min(next, entries.length - 1))].focus();
    return true;
  }

  function send() {
    const form = document.activeElement.closest("main form[method=post]");
    if (form) form.requestSubmit();
    return Boolean(form);
  }

  // Out of the field first, then the form closes and the focus stays on its heading.
  function leave() {
    const details = document.activeElement.closest("details.decision[open]");
    if (!details) return false;
    details.open = false;
    details.querySelector("summary").focus();
    return true;
  }

  function obey(event) {
    if (event.isComposing || event.altKey || event.metaKey || dialog.open) return false;
    if (event.ctrlKey) return event.key === "Enter" && send();
    if (event.key === "Escape") return leave();
    if (event.repeat && event.key !== "j" && event.key !== "k") return false;
    if (!choice.checked || typing(document.activeElement)) return false;
    if (event.key === "?") {
      dialog.showModal();
      return true;
    }
    if (event.key === "j" || event.key === "k") return step(event.key === "j" ? 1 : -1);
    return /^[a-z]$/.test(event.key) && press(event.key);
  }

  document.addEventListener("keydown", (event) => {
    if (obey(event)) event.preventDefault();
  });
})();
