/*
 * The map room's script: fills the skeleton that Folium drew.
 *
 * All days come in one answer; going from day to day asks nobody. `as_of`, `known_at` and `area`
 * live in the address's query, because the server answers them too; what only the screen knows
 * (place, hidden layers, open city) lives in the fragment.
 */
"use strict";

((maps) => {
  const { ask, button, element, fillSwatch, fold, markSwatch, provinceOf, section } = maps;
  const { FigurePanel, Sheet, TimeBar, Timeline } = maps;
  const MOST_FOUND = 8;
  const OUR_FRAGMENT = /^#(view|hide|city)=/;
  const NOTHING = { figure: null, cities: [], provinces: [], archipelagos: [] };

  // --- State and address ---------------------------------------------------------------------

  function readAddress() {
    const query = new URLSearchParams(location.search);
    const fragment = new URLSearchParams(location.hash.slice(1));
    const view = (fragment.get("view") ?? "").split("_").map(Number);
    return {
      asOf: query.get("as_of") || null,
      knownAt: query.get("known_at") || null,
      area: query.get("area") || null,
      view: view.length === 3 && view.every(Number.isFinite) ? view : null,
      hidden: new Set((fragment.get("hide") ?? "").split(".").filter(Boolean)),
      city: fragment.get("city") || null,
    };
  }

  function addressOf({ asOf, knownAt, area, view, hidden, city }) {
    const url = new URL(location.href);
    const fragment = new URLSearchParams();
    const put = (target, name, value) => (value ? target.set(name, value) : target.delete(name));
    put(url.searchParams, "as_of", asOf);
    put(url.searchParams, "known_at", knownAt);
    put(url.searchParams, "area", area);
    put(fragment, "view", view?.join("_"));
    put(fragment, "hide", [...hidden].join("."));
    put(fragment, "city", city);
    url.hash = fragment.toString();
    return url;
  }

  const writeAddress = (state) => history.replaceState(history.state, "", addressOf(state));
  const openAddress = (state) => history.pushState(null, "", addressOf(state));

  // --- The map -------------------------------------------------------------------------------

  class RegistryMap {
    constructor(map, style, config, places) {
      Object.assign(this, { map, style, config, places });
      this.words = maps.speaker(config);
      // The server has read the address already, and more kindly; from here on it is written its way.
      const { asOf, knownAt, area } = config;
      this.state = { ...readAddress(), asOf, knownAt, area };
      this.timeline = null;
      this.data = NOTHING;
      this.sheet = new Sheet(map, {
        style,
        config,
        words: this.words,
        name: this.words.say("map_name"),
        opened: (code) => this.keep({ city: code }),
      });
      this.panel = new FigurePanel(places.figure, { words: this.words, config });
      this.time = new TimeBar(places.time, {
        words: this.words,
        figure: (day) => this.figureOf(day),
        show: (day, { settled }) => this.pass(day, settled),
      });
      places.time.hidden = true;
      maps.credit(places.credit, this);
      this.prepareControls();
      this.follow();
      this.setView();
      this.keep({});
      this.load();
    }

    keep(change) {
      Object.assign(this.state, change);
      writeAddress(this.state);
    }

    setView() {
      const { view } = this.state;
      this.sheet.goHome();
      if (view) this.map.setView([view[0], view[1]], view[2], { animate: false });
    }

    follow() {
      const { map } = this;
      map.on("moveend athome", () => {
        const { lat, lng } = map.getCenter();
        const view = [lat.toFixed(4), lng.toFixed(4), map.getZoom().toFixed(2)].map(Number);
        this.keep({ view: this.sheet.atHome() ? null : view });
      });
      map.on("resize", () => {
        if (!this.state.view) this.sheet.goHome();
      });
      addEventListener("popstate", () => {
        // A skip link or another part of the page may use the fragment too.
        if (location.hash && !OUR_FRAGMENT.test(location.hash)) return;
        const { knownAt } = this.state;
        this.state = readAddress();
        this.sitting = false;
        this.setView();
        if (this.state.knownAt !== knownAt) this.load();
        else this.showAll();
      });
      // Coming back to the slider later is another decision, and another entry to go back to.
      this.places.time.addEventListener("focusin", () => {
        this.sitting = false;
      });
    }

    // --- Loading -----------------------------------------------------------------------------

    async load() {
      this.loading?.abort();
      const loading = new AbortController();
      this.loading = loading;
      this.announce(this.words.say("loading"), "busy");
      const { timelineUrl, archipelagosUrl, lang } = this.config;
      const [timeline, archipelagos] = await Promise.allSettled([
        ask(timelineUrl, { known_at: this.state.knownAt }, loading.signal),
        ask(archipelagosUrl, {}, loading.signal),
      ]);
      if (loading.signal.aborted) return;
      this.complete = Boolean(timeline.value && archipelagos.value);
      this.timeline = timeline.value ? new Timeline(timeline.value, lang) : null;
      this.archipelagos = archipelagos.value?.features ?? [];
      this.showAll();
    }

    get day() {
      return this.state.asOf ?? this.timeline.today;
    }

    showAll() {
      this.showDay();
      this.places.time.hidden = !this.timeline;
      if (this.timeline) this.time.set(this.timeline.stops, this.day);
      this.announceLoaded();
    }

    showDay() {
      const { state, timeline, archipelagos } = this;
      const open = state.city;
      const shown = timeline ? timeline.on(this.day, state.area) : NOTHING;
      this.data = { ...shown, archipelagos };
      this.showChoices();
      this.showFigure();
      this.sheet.draw(this.data, state.hidden);
      const feature = this.data.cities.find(({ properties }) => properties.code === open);
      if (feature && this.sheet.isShown(feature)) this.sheet.openCity(feature);
    }

    announceLoaded() {
      const { words, data } = this;
      if (!this.complete) {
        const retry = button(words.say("retry"), "btn-primary", () => this.load());
        this.announce(words.say("error"), "error", retry);
      } else if (data.cities.length === 0) {
        this.announce(words.say(data.figure.roll ? "empty_area" : "empty"), "empty");
      } else {
        const count = words.number(data.cities.filter(({ geometry }) => geometry).length);
        this.announce(words.say("loaded", { count, date: words.day(this.day) }), "done");
      }
    }

    announce(text, kind, ...more) {
      this.places.status.dataset.kind = kind;
      this.places.status.replaceChildren(element("span", {}, text), ...more);
    }

    // --- Time --------------------------------------------------------------------------------

    // The slider passes a day: everything is drawn, and the address follows where it stays. One
    // sitting at the slider is one step back.
    pass(day, settled) {
      const asOf = day === this.timeline.today ? null : day;
      if (settled) {
        this.sitting = true;
        writeAddress(this.state);
        this.announceLoaded();
        return;
      }
      if (!this.sitting) openAddress({ ...this.state, asOf });
      this.sitting = true;
      this.state.asOf = asOf;
      this.showDay();
    }

    choose(change) {
      Object.assign(this.state, change);
      openAddress(this.state);
      this.sitting = false;
      // What is still on its way will be shown as chosen.
      if (this.timeline) this.showAll();
    }

    figureOf(day) {
      const { area } = this.state;
      const { figure } = day === this.data.day ? this.data : this.timeline.on(day, area);
      return { figure: this.panel.sentence(figure, area), basis: this.panel.basis(figure) };
    }

    showFigure() {
      const { area, knownAt } = this.state;
      const known = knownAt && this.timeline?.knownAt;
      this.panel.show(this.data, { area, knownAt: known });
    }

    // --- Controls ----------------------------------------------------------------------------

    prepareControls() {
      const { words, places } = this;
      places.controls.append(
        section(words.say("legend_heading"), this.areaChoice(), this.cityLegend(), this.provinceLegend()),
        section(words.say("date_heading"), this.dateForm()),
        section(words.say("find_heading"), this.finder()),
      );
      this.showChoices();
    }

    choice(layer, ...children) {
      const box = element("input", { type: "checkbox", class: "form-check-input" });
      box.dataset.layer = layer;
      box.addEventListener("change", () => {
        this.state.hidden[box.checked ? "delete" : "add"](layer);
        writeAddress(this.state);
        this.showDay();
      });
      return element("label", { class: "map-choice" }, box, ...children);
    }

    cityLegend() {
      const { words, style } = this;
      const group = element("fieldset", {}, element("legend", {}, words.say("cities")));
      for (const mark of [...style.marks].reverse()) {
        const count = element("span", { class: "map-count" });
        count.dataset.count = mark.status;
        const name = element("span", {}, words.say(`status_${mark.status}`));
        group.append(this.choice(mark.status, markSwatch(mark), name, count));
      }
      group.append(element("p", { class: "map-note", "data-unplaced": "" }));
      return group;
    }

    provinceLegend() {
      const { words, style } = this;
      const list = element("ul", { class: "map-bands" });
      const add = (fill, text) => list.append(element("li", {}, fillSwatch(fill), text));
      for (const { fill, text } of maps.bandTexts(style, words)) add(fill, text);
      add(this.sheet.hatch, words.say("no_data"));
      return element("div", {}, this.choice("provinces", words.say("provinces")), list);
    }

    areaChoice() {
      const { words, config } = this;
      const select = element("select", { class: "form-select form-select-sm" });
      select.append(element("option", { value: "" }, words.say("all_areas")));
      for (const [code, name] of Object.entries(config.areas)) {
        select.append(element("option", { value: code }, name));
      }
      select.addEventListener("change", () => this.choose({ area: select.value || null }));
      this.areaSelect = select;
      return element("label", { class: "map-area" }, words.say("area"), select);
    }

    dateForm() {
      const { words } = this;
      const input = element("input", { type: "date", class: "form-control form-control-sm" });
      for (const [name, value] of Object.entries(this.config.days)) input.setAttribute(name, value);
      input.required = true;
      this.dateInput = input;
      const today = button(words.say("date_today"), "btn-outline-secondary", () =>
        this.choose({ asOf: null }),
      );
      this.knownNow = button(words.say("known_now"), "btn-outline-secondary", () => {
        this.state.knownAt = null;
        openAddress(this.state);
        this.load();
      });
      const show = element("button", { class: "btn btn-sm btn-primary" }, words.say("date_show"));
      const label = element("label", {}, words.say("date"), input);
      const row = element("div", { class: "map-row" }, label, show, today);
      const form = element("form", {}, row, this.knownNow);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.choose({ asOf: input.value });
      });
      return form;
    }

    showChoices() {
      const { places, state, data, words, timeline } = this;
      for (const box of places.controls.querySelectorAll("[data-layer]")) {
        box.checked = !state.hidden.has(box.dataset.layer);
      }
      for (const count of places.controls.querySelectorAll("[data-count]")) {
        const { count: status } = count.dataset;
        const some = data.cities.filter(({ properties }) => properties.status === status);
        count.textContent = timeline ? words.number(some.length) : "";
      }
      const unplaced = data.cities.filter(({ geometry }) => !geometry).length;
      places.controls.querySelector("[data-unplaced]").textContent = unplaced
        ? words.sayMany("unplaced", unplaced)
        : "";
      this.dateInput.value = state.asOf ?? timeline?.today ?? "";
      this.areaSelect.value = state.area ?? "";
      this.knownNow.hidden = !state.knownAt;
      this.showLinks();
    }

    // The page's links to the same facts elsewhere go to the day that is shown.
    showLinks() {
      for (const link of document.querySelectorAll("a[data-day-as]")) {
        const url = new URL(link.href);
        if (this.state.asOf) url.searchParams.set(link.dataset.dayAs, this.state.asOf);
        else url.searchParams.delete(link.dataset.dayAs);
        link.href = url.pathname + url.search + url.hash;
      }
    }

    // Marks on a canvas cannot be reached with the keyboard; a name can.
    finder() {
      const { words } = this;
      const input = element("input", { type: "search", class: "form-control form-control-sm" });
      input.setAttribute("autocomplete", "off");
      const told = element("p", { class: "map-note", role: "status" });
      const list = element("ul", { class: "map-found" });
      input.addEventListener("input", () => {
        const wanted = fold(input.value.trim());
        const found = wanted ? this.citiesNamed(wanted) : [];
        told.textContent = wanted ? words.sayMany("found", found.length) : "";
        list.replaceChildren(...found.slice(0, MOST_FOUND).map((city) => this.foundItem(city)));
      });
      return element("div", {}, element("label", {}, words.say("find"), input), told, list);
    }

    citiesNamed(wanted) {
      return this.data.cities.filter(
        ({ geometry, properties: { name, name_en } }) =>
          geometry && fold(`${name} ${name_en ?? ""}`).includes(wanted),
      );
    }

    foundItem(feature) {
      const { properties } = feature;
      const place = [this.words.name(properties), provinceOf(properties)];
      const text = place.filter(Boolean).join(", ");
      return element("li", {}, button(text, "btn-link", () => this.goTo(feature)));
    }

    goTo(feature) {
      this.state.hidden.delete(feature.properties.status);
      this.showDay();
      this.sheet.goTo(feature);
    }
  }

  window.registryMap = (map, style) => {
    const config = JSON.parse(document.getElementById("map-config").textContent);
    const places = {};
    for (const place of document.querySelectorAll("[data-map]")) places[place.dataset.map] = place;
    new RegistryMap(map, style, config, places);
  };
})((window.registryMaps ??= {}));
