/*
 * The map room's box of parts: nodes, words and marks that every map of the site is made of.
 *
 * Every text from people or from data is set as text, never as markup; a link is set only when
 * it leads to a path of this site or to an http(s) address.
 */
"use strict";

((maps) => {
  const WIDE = "(min-width: 62rem)";
  const SAFE_ADDRESS = /^(\/|https?:\/\/)/i;

  // --- Texts and nodes -----------------------------------------------------------------------

  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children.filter(Boolean));
    return node;
  }

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
    const shares = new Intl.NumberFormat(locale, {
      style: "percent",
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
    });
    const date =
      lang === "vi"
        ? { day: "2-digit", month: "2-digit", year: "numeric" }
        : { day: "numeric", month: "long", year: "numeric" };
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
      share: (counted, total) => shares.format(Math.floor((counted * 1000) / total) / 1000),
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

  // What the colours of the provinces mean, from the lightest to the darkest.
  const bandTexts = ({ bands }, words) =>
    bands.map(({ from_percent: from, fill }, index) => {
      const next = bands[index + 1];
      const values = { from: words.percent(from / 100) };
      if (next) values.to = words.percent(next.from_percent / 100);
      return { fill, text: words.say(next ? "band_between" : "band_from", values) };
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

  // --- Asking ---------------------------------------------------------------------------------

  async function ask(address, parameters, signal) {
    const url = new URL(address, location.href);
    for (const [name, value] of Object.entries(parameters)) {
      if (value) url.searchParams.set(name, value);
    }
    const answer = await fetch(url, { signal });
    if (!answer.ok) throw new Error(`${answer.status} ${url.pathname}`);
    return answer.json();
  }

  Object.assign(maps, {
    ask,
    bandTexts,
    button,
    CityMark,
    element,
    fillSwatch,
    fold,
    hatch,
    link,
    markSwatch,
    section,
    speaker,
  });
})((window.registryMaps ??= {}));
