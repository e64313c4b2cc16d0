/*
 * The map room's script: fills the skeleton that Folium drew.
 *
 * Every text from people or from data is set as text, never as markup; a link is set only when
 * it leads to a path of this site or to an http(s) address. `as_of` and `known_at` live in the
 * address's query, because the server answers them too; what only the screen knows (place,
 * hidden layers, open city) lives in the fragment.
 */
"use strict";

(() => {
  const WIDE = "(min-width: 62rem)";
  const CITY_ZOOM = 9;
  const MOST_FOUND = 8;
  const OUR_FRAGMENT = /^#(view|hide|city)=/;
  const SAFE_ADDRESS = /^(\/|https?:\/\/)/i;

  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    L.Map.mergeOptions({
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
      inertia: false,
    });
  }

  // --- Texts and nodes -----------------------------------------------------------------------

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.filter(Boolean));
    return node;
  }

  // A centrally run city is its own province.
  const provinceOf = ({ name, province_name }) => (name === province_name ? "" : province_name);

  function button(text, style, act) {
    const node = element("button", { type: "button", class: `btn btn-sm ${style}` }, text);
    node.addEventListener("click", act);
    return node;
  }

  function section(title, ...children) {
    const node = element("details", {}, element("summary", {}, title), ...children);
    node.open = matchMedia(WIDE).matches;
    return node;
  }

  function link(text, address) {
    return SAFE_ADDRESS.test(address ?? "") ? element("a", { href: address }, text) : null;
  }

  function speaker({ lang, labels }) {
    const locale = lang === "vi" ? "vi-VN" : "en-GB";
    const integers = new Intl.NumberFormat(locale);
    const percents = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
    const date = {
      day: "numeric",
      month: lang === "vi" ? "numeric" : "long",
      year: "numeric",
    };
    const time = { hour: "2-digit", minute: "2-digit", timeZoneName: "short" };
    const days = new Intl.DateTimeFormat(locale, { ...date, timeZone: "UTC" });
    const moments = new Intl.DateTimeFormat(locale, {
      ...date,
      ...time,
      timeZone: "Asia/Ho_Chi_Minh",
    });
    const plurals = new Intl.PluralRules(locale);

    const say = (key, values = {}) =>
      labels[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
    return {
      say,
      sayMany: (key, count) =>
        say(`${key}_${plurals.select(count)}`, { count: integers.format(count) }),
      number: (value) => integers.format(value),
      percent: (fraction) => percents.format(fraction),
      // Floored, so that rounding never lifts a figure to its target.
      share: (counted, total) => percents.format(Math.floor((counted * 1000) / total) / 1000),
      day: (date) => days.format(new Date(`${date}T00:00:00Z`)),
      moment: (time) => moments.format(new Date(time)),
      name: ({ name, name_en }) => (lang === "vi" ? name : name_en || name),
    };
  }

  // Vietnamese is often typed without its marks.
  function fold(text) {
    return text
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .replace(/đ/gi, "d")
      .toLowerCase();
  }

  // --- State and address ---------------------------------------------------------------------

  function readAddress() {
    const query = new URLSearchParams(location.search);
    const fragment = new URLSearchParams(location.hash.slice(1));
    const view = (fragment.get("view") ?? "").split("_").map(Number);
    return {
      asOf: query.get("as_of") || null,
      knownAt: query.get("known_at") || null,
      view: view.length === 3 && view.every(Number.isFinite) ? view : null,
      hidden: new Set((fragment.get("hide") ?? "").split(".").filter(Boolean)),
      city: fragment.get("city") || null,
    };
  }

  function writeAddress({ asOf, knownAt, view, hidden, city }) {
    const url = new URL(location.href);
    const fragment = new URLSearchParams();
    const put = (target, name, value) => (value ? target.set(name, value) : target.delete(name));
    put(url.searchParams, "as_of", asOf);
    put(url.searchParams, "known_at", knownAt);
    put(fragment, "view", view?.join("_"));
    put(fragment, "hide", [...hidden].join("."));
    put(fragment, "city", city);
    url.hash = fragment.toString();
    history.replaceState(history.state, "", url);
  }

  // --- Data ----------------------------------------------------------------------------------

  async function ask(address, parameters, signal) {
    const url = new URL(address, location.href);
    for (const [name, value] of Object.entries(parameters)) {
      if (value) url.searchParams.set(name, value);
    }
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new Error(`${answer.status} ${url.pathname}`);
    return answer.json();
  }

  async function askAll(config, { asOf, knownAt }, signal) {
    const asked = { as_of: asOf, known_at: knownAt, lang: config.lang };
    const answers = await Promise.allSettled([
      ask(config.coverageUrl, asked, signal),
      ask(config.citiesUrl, { ...asked, f: "geojson" }, signal),
      ask(config.provincesUrl, { ...asked, f: "geojson" }, signal),
      ask(config.archipelagosUrl, {}, signal),
    ]);
    const [coverage, cities, provinces, archipelagos] = answers.map(({ value }) => value);
    return {
      coverage: coverage ?? null,
      cities: cities?.features ?? [],
      citiesKnown: Boolean(cities),
      provinces: provinces?.features ?? [],
      archipelagos: archipelagos?.features ?? [],
      complete: answers.every(({ status }) => status === "fulfilled"),
    };
  }

  // --- Drawing -------------------------------------------------------------------------------

  const PAPER = "#ffffff";

  function circle(context, x, y, radius, from = 0, to = 2 * Math.PI) {
    context.beginPath();
    context.arc(x, y, radius, from, to);
  }

  const SHAPES = {
    dot(context, x, y, radius) {
      circle(context, x, y, radius);
      context.fill();
    },
    cross(context, x, y, radius) {
      const trace = (colour, width) => {
        context.beginPath();
        context.moveTo(x - radius, y - radius);
        context.lineTo(x + radius, y + radius);
        context.moveTo(x - radius, y + radius);
        context.lineTo(x + radius, y - radius);
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.stroke();
      };
      const { fillStyle } = context;
      trace(PAPER, 3.6);
      trace(fillStyle, 1.8);
    },
    ring(context, x, y, radius) {
      SHAPES.disc(context, x, y, radius);
      context.fillStyle = PAPER;
      circle(context, x, y, radius * 0.55);
      context.fill();
    },
    half(context, x, y, radius) {
      SHAPES.disc(context, x, y, radius);
      context.fillStyle = PAPER;
      circle(context, x, y, radius * 0.7, -Math.PI / 2, Math.PI / 2);
      context.fill();
    },
    disc(context, x, y, radius) {
      circle(context, x, y, radius);
      context.fill();
      context.strokeStyle = PAPER;
      context.lineWidth = 1.2;
      context.stroke();
    },
  };

  function drawMark(context, mark, x, y, radius) {
    context.save();
    context.globalAlpha = 1;
    context.fillStyle = mark.colour;
    SHAPES[mark.shape](context, x, y, radius);
    context.restore();
  }

  function hatch({ land, hatch: line }) {
    const tile = element("canvas", { width: 6, height: 6 });
    const context = tile.getContext("2d");
    context.fillStyle = land;
    context.fillRect(0, 0, 6, 6);
    context.strokeStyle = line;
    context.lineWidth = 1.4;
    for (const offset of [-6, 0, 6]) {
      context.moveTo(offset - 1, 7);
      context.lineTo(offset + 7, -1);
    }
    context.stroke();
    return context.createPattern(tile, "repeat");
  }

  function swatch(draw) {
    const node = element("canvas", { width: 44, height: 44, class: "map-swatch" });
    node.setAttribute("aria-hidden", "true");
    const context = node.getContext("2d");
    context.scale(2, 2);
    draw(context);
    return node;
  }

  const markSwatch = (mark) =>
    swatch((context) => drawMark(context, mark, 11, 11, Math.max(mark.radius * 1.2, 3)));

  const fillSwatch = (fill) =>
    swatch((context) => {
      context.fillStyle = fill;
      context.strokeStyle = "#6c757d";
      context.fillRect(1.5, 4.5, 19, 13);
      context.strokeRect(1.5, 4.5, 19, 13);
    });

  const CityMark = L.CircleMarker.extend({
    // Small where 760 places share one screen, larger as they move apart.
    _project() {
      const zoom = this._map.getZoom();
      this._radius = this.options.mark.radius * Math.min(Math.max(1 + (zoom - 6) * 0.3, 0.55), 2);
      L.CircleMarker.prototype._project.call(this);
    },
    _updatePath() {
      if (!this._renderer._drawing || this._empty()) return;
      drawMark(this._renderer._ctx, this.options.mark, this._point.x, this._point.y, this._radius);
    },
  });

  // --- The map -------------------------------------------------------------------------------

  class RegistryMap {
    constructor(map, style, config, places) {
      Object.assign(this, { map, style, config, places });
      this.words = speaker(config);
      this.hatch = hatch(style);
      this.state = readAddress();
      this.state.asOf ??= config.asOf;
      this.state.knownAt ??= config.knownAt;
      this.data = { cities: [], provinces: [], archipelagos: [], coverage: null };
      this.renderer = L.canvas({
        padding: 0.3,
        tolerance: matchMedia("(pointer: coarse)").matches ? 10 : 3,
      });
      this.drawn = L.layerGroup().addTo(map);
      this.prepareMap();
      this.prepareControls();
      this.follow();
      this.setView();
      this.load();
    }

    prepareMap() {
      const { map, style, config, words, places } = this;
      const container = map.getContainer();
      container.style.backgroundColor = style.ground;
      container.setAttribute("role", "region");
      container.setAttribute("aria-label", words.say("map_name"));
      const home = L.control({ position: "bottomleft" });
      home.onAdd = () => {
        const node = button(words.say("whole_country"), "btn-light", () => this.goHome());
        L.DomEvent.disableClickPropagation(node);
        return node;
      };
      home.addTo(map);
      L.control
        .zoom({
          position: "bottomleft",
          zoomInTitle: words.say("zoom_in"),
          zoomOutTitle: words.say("zoom_out"),
        })
        .addTo(map);
      if (config.tileUrl) L.tileLayer(config.tileUrl, { maxZoom: 19 }).addTo(map);
      places.credit.append(words.say("credit"));
      if (config.tileUrl) places.credit.append(` ${config.tileAttribution}`);
    }

    goHome() {
      this.map.fitBounds(this.style.home, { animate: false });
      this.home = { centre: this.map.getCenter(), zoom: this.map.getZoom() };
      this.state.view = null;
      writeAddress(this.state);
    }

    setView() {
      const { view } = this.state;
      this.goHome();
      if (view) this.map.setView([view[0], view[1]], view[2], { animate: false });
    }

    atHome() {
      const { map, home } = this;
      return home?.zoom === map.getZoom() && map.getCenter().equals(home.centre, 1e-6);
    }

    follow() {
      const { map } = this;
      map.on("moveend", () => {
        const { lat, lng } = map.getCenter();
        this.state.view = this.atHome()
          ? null
          : [lat.toFixed(4), lng.toFixed(4), map.getZoom().toFixed(2)].map(Number);
        writeAddress(this.state);
      });
      map.on("resize", () => {
        if (!this.state.view) this.goHome();
      });
      map.on("popupopen", ({ popup }) => this.dressPopup(popup));
      map.on("popupclose", () => {
        this.state.city = null;
        writeAddress(this.state);
      });
      addEventListener("popstate", () => {
        // A skip link or another part of the page may use the fragment too.
        if (location.hash && !OUR_FRAGMENT.test(location.hash)) return;
        this.state = readAddress();
        this.showChoices();
        this.setView();
        this.load();
      });
    }

    // --- Loading -----------------------------------------------------------------------------

    async load() {
      this.loading?.abort();
      const loading = new AbortController();
      this.loading = loading;
      this.announce(this.words.say("loading"), "busy");
      const data = await askAll(this.config, this.state, loading.signal);
      if (loading.signal.aborted) return;
      this.data = data;
      this.showChoices();
      this.showFigure();
      this.draw();
      this.announceLoaded();
    }

    announceLoaded() {
      const { words, data } = this;
      if (!data.complete) {
        const retry = button(words.say("retry"), "btn-primary", () => this.load());
        this.announce(words.say("error"), "error", retry);
      } else if (data.cities.length === 0) {
        this.announce(words.say("empty"), "empty");
      } else {
        const count = words.number(data.cities.filter(({ geometry }) => geometry).length);
        const date = words.day(data.coverage.as_of);
        this.announce(words.say("loaded", { count, date }), "done");
      }
    }

    announce(text, kind, ...more) {
      this.places.status.dataset.kind = kind;
      this.places.status.replaceChildren(element("span", {}, text), ...more);
    }

    changeTime(change) {
      Object.assign(this.state, change);
      writeAddress(this.state);
      this.load();
    }

    // --- Layers ------------------------------------------------------------------------------

    draw() {
      const { map, drawn, data, state } = this;
      const open = state.city;
      map.closePopup();
      drawn.clearLayers();
      this.drawLand();
      if (!state.hidden.has("provinces")) this.drawProvinces();
      this.drawCities();
      for (const feature of data.archipelagos) this.drawArchipelago(feature);
      const feature = data.cities.find(({ properties }) => properties.code === open);
      if (feature && this.isShown(feature)) this.openCity(feature);
    }

    isShown({ geometry, properties }) {
      return geometry && !this.state.hidden.has(properties.status);
    }

    drawLand() {
      const { style, config } = this;
      // A thick line under the fills leaves only the country's outer edge to be seen.
      L.geoJSON(this.data.provinces, {
        renderer: this.renderer,
        interactive: false,
        style: {
          color: style.coast,
          weight: 2.5,
          fillColor: style.land,
          fillOpacity: config.tileUrl ? 0 : 1,
        },
      }).addTo(this.drawn);
      if (config.tileUrl) return;
      L.geoJSON(this.data.provinces, {
        renderer: this.renderer,
        interactive: false,
        style: { color: style.border, weight: 1, fillColor: style.land, fillOpacity: 1 },
      }).addTo(this.drawn);
    }

    drawProvinces() {
      const { style, config } = this;
      L.geoJSON(this.data.provinces, {
        renderer: this.renderer,
        style: ({ properties }) => ({
          color: style.border,
          weight: 1,
          fillColor: this.bandFill(properties),
          fillOpacity: config.tileUrl ? 0.65 : 1,
        }),
      })
        .bindTooltip((layer) => this.provinceText(layer.feature.properties), {
          sticky: true,
          opacity: 1,
        })
        .on("click", ({ target, layer, latlng }) => {
          target.closeTooltip();
          this.popup(latlng, this.provinceText(layer.feature.properties));
        })
        .addTo(this.drawn);
    }

    bandFill({ counted, total, share }) {
      if (share === null) return this.hatch;
      const reached = this.style.bands.filter(
        ({ from_percent: from }) => counted * 100 >= from * total,
      );
      return reached.at(-1).fill;
    }

    drawCities() {
      for (const mark of this.style.marks) {
        const features = this.data.cities.filter(
          (feature) => feature.properties.status === mark.status && this.isShown(feature),
        );
        L.geoJSON(features, {
          pointToLayer: (_, place) => new CityMark(place, { mark, renderer: this.renderer }),
        })
          .bindTooltip((layer) => element("span", {}, this.words.name(layer.feature.properties)), {
            opacity: 1,
          })
          .on("click", ({ target, layer }) => {
            target.closeTooltip();
            this.openCity(layer.feature, { focus: true });
          })
          .addTo(this.drawn);
      }
    }

    drawArchipelago({ geometry, properties }) {
      const [longitude, latitude] = geometry.coordinates;
      const name = this.config.lang === "vi" ? properties.label_vi : properties.label_en;
      const html = element("span", {}, name);
      L.marker([latitude, longitude], {
        icon: L.divIcon({ html, className: "map-archipelago", iconSize: null }),
        interactive: false,
        keyboard: false,
      }).addTo(this.drawn);
    }

    // --- Popups ------------------------------------------------------------------------------

    popup(place, content) {
      const maxWidth = Math.min(300, this.map.getSize().x - 70);
      return L.popup({ minWidth: 200, maxWidth })
        .setLatLng(place)
        .setContent(content)
        .openOn(this.map);
    }

    dressPopup(popup) {
      const node = popup.getElement();
      const close = node.querySelector(".leaflet-popup-close-button");
      close.setAttribute("aria-label", this.words.say("close"));
      node.setAttribute("role", "dialog");
      node.setAttribute("aria-label", node.querySelector("h3").textContent);
      node.addEventListener("keydown", ({ key }) => {
        if (key !== "Escape") return;
        this.map.closePopup();
        this.map.getContainer().focus();
      });
    }

    openCity(feature, { focus = false } = {}) {
      const [longitude, latitude] = feature.geometry.coordinates;
      const popup = this.popup([latitude, longitude], this.cityText(feature.properties));
      this.state.city = feature.properties.code;
      writeAddress(this.state);
      if (!focus) return;
      popup.getElement().querySelector("a").focus({ preventScroll: true });
      this.map.getContainer().scrollIntoView({ block: "nearest" });
    }

    goTo(feature) {
      const [longitude, latitude] = feature.geometry.coordinates;
      const zoom = Math.max(this.map.getZoom(), CITY_ZOOM);
      this.state.hidden.delete(feature.properties.status);
      this.showChoices();
      this.draw();
      this.map.setView([latitude, longitude], zoom, { animate: false });
      this.openCity(feature, { focus: true });
    }

    cityText(city) {
      const { words } = this;
      const mark = this.style.marks.find(({ status }) => status === city.status);
      const node = element(
        "div",
        { class: "map-popup" },
        element("h3", {}, words.name(city)),
        provinceOf(city) &&
          element("p", { class: "map-popup-place", lang: "vi" }, provinceOf(city)),
        element(
          "p",
          { class: "map-popup-status" },
          markSwatch(mark),
          element("strong", {}, words.say(`status_${city.status}`)),
        ),
        element("p", {}, city.reason_text),
      );
      const useCase = city.use_case;
      if (useCase) {
        const title = link(useCase.title, useCase.url) ?? useCase.title;
        node.append(element("p", {}, `${words.say("use_case")}: `, title));
      }
      const links = [
        useCase && link(words.say("evidence"), useCase.evidence_url),
        link(words.say("city_page"), city.url),
      ];
      node.append(element("p", { class: "map-popup-links" }, ...links.filter(Boolean)));
      return node;
    }

    provinceText({ name, counted, total, share }) {
      const { words } = this;
      const text =
        share === null
          ? words.say("no_data")
          : words.say("province_figure", {
              counted: words.number(counted),
              total: words.number(total),
              share: words.share(counted, total),
            });
      return element(
        "div",
        { class: "map-popup" },
        element("h3", { lang: "vi" }, name),
        element("p", {}, text),
      );
    }

    // --- Figure and targets ------------------------------------------------------------------

    showFigure() {
      const { places, words, data } = this;
      const { coverage } = data;
      places.figure.replaceChildren(element("h2", {}, words.say("figure_heading")));
      if (!coverage) return;
      const verdict = element("strong", { class: "map-verdict" });
      verdict.dataset.verdict = coverage.verdict;
      verdict.append(words.say(`verdict_${coverage.verdict}`));
      if (coverage.verdict === "no_data") {
        places.figure.append(verdict);
      } else {
        const counted = words.number(coverage.counted);
        const total = words.number(coverage.total);
        places.figure.append(
          element(
            "p",
            { class: "map-share" },
            element("span", {}, words.share(coverage.counted, coverage.total)),
            " ",
            verdict,
          ),
          element("p", {}, words.say("figure", { counted, total })),
          this.targets(coverage),
        );
      }
      places.figure.append(this.basis(coverage));
    }

    targets(coverage) {
      const now = { target: coverage.target, year: coverage.target_year, missing: coverage.missing };
      const list = element("ul", { class: "map-targets" });
      const set = [now, coverage.next_target].filter((each) => each?.target);
      list.append(...set.map((each) => this.target(each, coverage)));
      return list;
    }

    target({ target, year, missing }, { counted, total }) {
      const { words } = this;
      const bar = element("span", { class: "map-bar" }, element("span"));
      bar.firstChild.style.width = `${Math.min((100 * counted) / (target * total), 100)}%`;
      return element(
        "li",
        {},
        element("span", {}, words.say("target", { year, target: words.percent(target) })),
        bar,
        element("span", {}, missing ? words.sayMany("missing", missing) : words.say("reached")),
      );
    }

    basis({ as_of, known_at, roll, rule, total }) {
      const { words, state } = this;
      const named =
        roll?.enumerated < total
          ? words.say("roll", { roll: roll.name, count: words.number(roll.enumerated) })
          : roll?.name;
      const lines = [
        words.say("as_of", { date: words.day(as_of) }),
        state.knownAt && words.say("known_at", { time: words.moment(known_at) }),
        named,
        words.say("rule", { rule }),
      ];
      const text = lines.filter(Boolean).join(" · ");
      return element("p", { class: "map-basis" }, text);
    }

    // --- Controls ----------------------------------------------------------------------------

    prepareControls() {
      const { words, places } = this;
      places.controls.append(
        section(words.say("legend_heading"), this.cityLegend(), this.provinceLegend()),
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
        this.draw();
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
      style.bands.forEach(({ from_percent: from, fill }, index) => {
        const next = style.bands[index + 1];
        const values = { from: words.percent(from / 100) };
        if (next) values.to = words.percent(next.from_percent / 100);
        add(fill, words.say(next ? "band_between" : "band_from", values));
      });
      add(this.hatch, words.say("no_data"));
      return element("div", {}, this.choice("provinces", words.say("provinces")), list);
    }

    dateForm() {
      const { words } = this;
      const input = element("input", { type: "date", class: "form-control form-control-sm" });
      input.required = true;
      this.dateInput = input;
      const today = button(words.say("date_today"), "btn-outline-secondary", () =>
        this.changeTime({ asOf: null }),
      );
      this.knownNow = button(words.say("known_now"), "btn-outline-secondary", () =>
        this.changeTime({ knownAt: null }),
      );
      const show = element("button", { class: "btn btn-sm btn-primary" }, words.say("date_show"));
      const label = element("label", {}, words.say("date"), input);
      const row = element("div", { class: "map-row" }, label, show, today);
      const form = element("form", {}, row, this.knownNow);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.changeTime({ asOf: input.value });
      });
      return form;
    }

    showChoices() {
      const { places, state, data, words } = this;
      for (const box of places.controls.querySelectorAll("[data-layer]")) {
        box.checked = !state.hidden.has(box.dataset.layer);
      }
      for (const count of places.controls.querySelectorAll("[data-count]")) {
        const { count: status } = count.dataset;
        const some = data.cities.filter(({ properties }) => properties.status === status);
        count.textContent = data.citiesKnown ? words.number(some.length) : "";
      }
      const unplaced = data.cities.filter(({ geometry }) => !geometry).length;
      places.controls.querySelector("[data-unplaced]").textContent = unplaced
        ? words.sayMany("unplaced", unplaced)
        : "";
      this.dateInput.value = state.asOf ?? data.coverage?.as_of ?? "";
      this.knownNow.hidden = !state.knownAt;
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
  }

  window.registryMap = (map, style) => {
    const config = JSON.parse(document.getElementById("map-config").textContent);
    const places = {};
    for (const place of document.querySelectorAll("[data-map]")) places[place.dataset.map] = place;
    new RegistryMap(map, style, config, places);
  };
})();
