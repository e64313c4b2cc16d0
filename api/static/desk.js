/* The desk's help: saves drafts by itself, keeps what could not be saved, adds rows.
   Every form does its work without it. */
"use strict";

(() => {
  const PAUSE = 2500; // milliseconds without typing before a draft is saved
  const AGAIN = 10000; // until the next attempt when the register does not answer

  const words = (element) => JSON.parse(element.dataset.words);

  // ── Places: what a link leads to is unfolded and in sight ────────────────────────────────

  function reveal() {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
    }
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  }

  // ── Rows ─────────────────────────────────────────────────────────────────────────────────

  class Rows {
    constructor(list) {
      this.list = list;
      this.most = Number(list.dataset.rows);
      this.next = this.rows.length;
      // The last row is empty, so it is the pattern of those to come.
      this.pattern = this.rows[this.rows.length - 1].cloneNode(true);
      this.button = list.querySelector("[data-add]");
      if (!this.button) return;
      this.button.textContent = this.button.dataset.add;
      this.button.addEventListener("click", (event) => {
        event.preventDefault();
        this.add().querySelector("input:not([type=hidden]), select, textarea").focus();
      });
      for (const row of this.rows) this.removable(row);
    }

    get rows() {
      return [...this.list.querySelectorAll("[data-row]")];
    }

    add() {
      const row = this.pattern.cloneNode(true);
      const [name, number] = [this.list.id, this.next++];
      const old = `${name}-${this.patternNumber()}-`;
      for (const element of row.querySelectorAll("*")) {
        for (const attribute of ["id", "name", "for", "aria-describedby"]) {
          const value = element.getAttribute(attribute);
          if (value) element.setAttribute(attribute, value.replaceAll(old, `${name}-${number}-`));
        }
      }
      row.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+$/, number + 1));
      this.button.before(row);
      this.removable(row);
      this.limit();
      return row;
    }

    patternNumber() {
      const named = this.pattern.querySelector("[name]").name;
      return named.match(/-(\d+)-/)[1];
    }

    removable(row) {
      const button = row.querySelector("[data-remove]");
      button.hidden = false;
      button.addEventListener("click", () => {
        if (this.rows.length === 1) this.add();
        row.remove();
        this.limit();
        this.button.focus();
        this.list.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }

    limit() {
      this.button.hidden = this.rows.length >= this.most;
    }
  }

  // ── What was typed and is not saved yet ──────────────────────────────────────────────────

  class Draft {
    constructor(form) {
      this.form = form;
      this.words = words(form);
      this.state = form.querySelector("[data-save-state]");
      this.key = `draft:${form.dataset.desk}:${form.dataset.person}`;
      this.saved = this.typed();
      this.conflict = "conflict" in form.dataset;
      this.stopped = this.conflict || "closed" in form.dataset;
      this.leaving = false;
      this.running = null;
      if ("unsaved" in form.dataset) this.saved = [];
      else this.restore();
      form.addEventListener("input", () => this.changed());
      form.addEventListener("change", () => this.changed());
      form.addEventListener("submit", (event) => this.submitted(event));
      addEventListener("online", () => this.soon(0));
      addEventListener("beforeunload", (event) => {
        if (!this.leaving && (this.unsaved || this.files)) event.preventDefault();
      });
      if (this.unsaved) this.keep();
    }

    /* The form as pairs of name and text, without empty ones, files and what we add ourselves. */
    typed() {
      return [...new FormData(this.form)].filter(
        ([name, value]) => typeof value === "string" && value !== "" && name !== "revision",
      );
    }

    get revision() {
      return this.form.elements.revision.value;
    }

    set revision(value) {
      this.form.elements.revision.value = value;
    }

    get unsaved() {
      return !same(this.typed(), this.saved);
    }

    get files() {
      return [...this.form.querySelectorAll("input[type=file]")].some((input) => input.value);
    }

    changed() {
      const unsaved = this.unsaved;
      if (unsaved) this.keep();
      else this.forget();
      if (this.stopped) return;
      const file = this.files ? this.words.file : "";
      this.say([unsaved ? this.words.unsaved : "", file].filter(Boolean).join(" "));
      this.soon(PAUSE);
    }

    soon(wait) {
      clearTimeout(this.timer);
      if (!this.stopped) this.timer = setTimeout(() => this.save(), wait);
    }

    /* Saves what is not saved yet, one request at a time; tells what came of it. */
    async save() {
      clearTimeout(this.timer);
      await this.running;
      if (!this.unsaved || this.stopped) return "nothing";
      this.running = this.send();
      return this.running;
    }

    async send() {
      const sent = this.typed();
      const body = new FormData();
      for (const [name, value] of [...sent, ["revision", this.revision], ["then", "autosave"]]) {
        body.append(name, value);
      }
      this.say(this.words.saving);
      try {
        const answer = await fetch(this.form.action, { method: "POST", body, redirect: "manual" });
        if (answer.type === "opaqueredirect") return this.signedOut();
        if (answer.status === 412) return this.stop("stale", this.words.stale);
        if ([403, 404, 409].includes(answer.status)) return this.stop("no", this.words.refused);
        if (![200, 422].includes(answer.status)) throw new Error(answer.statusText);
        const told = await answer.json();
        return answer.status === 200 ? this.done(sent, told) : this.wrong(told.errors);
      } catch {
        this.say(this.words.offline);
        this.soon(AGAIN);
        return "offline";
      }
    }

    done(sent, told) {
      this.saved = sent;
      this.revision = told.revision;
      this.say([told.words, this.files ? this.words.file : ""].filter(Boolean).join(" "));
      for (const place of document.querySelectorAll("[data-given]")) place.textContent = told.given;
      for (const place of document.querySelectorAll("[data-progress]")) {
        place.textContent = told.progress[place.dataset.progress];
      }
      if (this.unsaved) this.keep();
      else this.forget();
      return "saved";
    }

    wrong(errors) {
      const links = errors.flatMap(({ id, words: told }) => [" ", link(`#${id}`, told)]);
      this.say(this.words.wrong, ...links);
      return "wrong";
    }

    signedOut() {
      const signIn = link(this.words.sign_in_address, this.words.sign_in);
      signIn.addEventListener("click", () => {
        this.leaving = true;
      });
      return this.stop("signed out", this.words.signed_out, " ", signIn);
    }

    stop(why, ...said) {
      this.stopped = true;
      this.say(...said);
      return why;
    }

    say(...said) {
      if (this.state) this.state.replaceChildren(...said);
    }

    /* A pressed button first saves, so that nothing is lost should its page never arrive. */
    async submitted(event) {
      if (this.leaving || this.stopped || !this.unsaved) {
        this.leaving = true;
        return;
      }
      event.preventDefault();
      if ((await this.save()) === "offline") return;
      this.leaving = true;
      this.form.requestSubmit(event.submitter);
    }

    keep() {
      // Over a colleague's text one saves on purpose only, never by coming back.
      const revision = this.conflict ? "-1" : this.revision;
      const kept = { revision, typed: this.typed() };
      store((storage) => storage.setItem(this.key, JSON.stringify(kept)));
    }

    forget() {
      store((storage) => storage.removeItem(this.key));
    }

    /* What this person typed here before and could not save is put back. */
    restore() {
      const kept = JSON.parse(store((storage) => storage.getItem(this.key)) ?? "null");
      if (!kept) return;
      if (same(kept.typed, this.saved)) {
        this.forget();
        return;
      }
      this.fill(kept.typed);
      this.revision = kept.revision;
      const discard = document.createElement("button");
      discard.type = "button";
      discard.className = "btn btn-link p-0 align-baseline";
      discard.textContent = this.words.discard;
      discard.addEventListener("click", () => {
        this.forget();
        this.leaving = true;
        location.reload();
      });
      const note = document.createElement("p");
      note.className = "alert alert-info";
      note.setAttribute("role", "status");
      note.append(this.words.restored, " ", discard);
      this.form.before(note);
      this.soon(PAUSE);
    }

    fill(typed) {
      for (const list of this.form.querySelectorAll("[data-rows]")) {
        const numbers = typed.map(([name]) => name.match(`^${list.id}-(\\d+)-`)?.[1] ?? -1);
        while (lists.get(list).next <= Math.max(...numbers)) lists.get(list).add();
      }
      const values = new Map();
      for (const [name, value] of typed) values.set(name, [...(values.get(name) ?? []), value]);
      for (const field of this.form.elements) {
        if (!field.name || field.name === "revision" || field.type === "file") continue;
        const given = values.get(field.name) ?? [];
        if (field.type === "checkbox") field.checked = given.includes(field.value);
        else if (field.tagName !== "BUTTON") field.value = given[0] ?? "";
      }
      for (const details of this.form.querySelectorAll("details")) details.open = true;
      this.form.dispatchEvent(new CustomEvent("filled"));
    }
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function link(address, text) {
    const made = document.createElement("a");
    made.href = address;
    made.textContent = text;
    return made;
  }

  /* A browser may refuse to keep anything: then only what is on the screen is there. */
  function store(use) {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  }

  /* The page after a button of the form says in its address that all of it was saved. */
  function forgetWhatIsSaved() {
    const address = new URL(location.href);
    if (address.searchParams.get("done") !== "saved") return;
    const id = address.pathname.match(/\/versions\/([0-9a-f-]+)/)?.[1];
    store((storage) => {
      for (const key of Object.keys(storage)) {
        if (key.startsWith(`draft:${id}:`)) storage.removeItem(key);
      }
    });
    address.searchParams.delete("done");
    history.replaceState(null, "", address);
  }

  const lists = new Map(
    [...document.querySelectorAll("[data-rows]")].map((list) => [list, new Rows(list)]),
  );
  forgetWhatIsSaved();
  for (const form of document.querySelectorAll("form[data-desk]")) new Draft(form);
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  addEventListener("hashchange", reveal);
  reveal();
})();
