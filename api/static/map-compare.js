/*
 * The map room's two sheets side by side: two days, one view. What differs stands as a table on
 * the page; here it is only drawn.
 */
"use strict";

((maps) => {
  const { ask, button, element, fillSwatch, markSwatch, Sheet, Timeline } = maps;

  class Comparison {
    constructor(pair, style, config, places) {
      Object.assign(this, { style, config, places });
      this.words = maps.speaker(config);
      this.sheets = pair.map(
        (map, index) =>
          new Sheet(map, {
            style,
            config,
            words: this.words,
            name: this.words.say("map_on", { date: this.words.day(config.days[index]) }),
          }),
      );
      for (const sheet of this.sheets) sheet.goHome();
      maps.credit(places.credit, this);
      this.link();
      this.load();
    }

    // Moving one moves the other; the other's own event is not an order to the first.
    link() {
      const [first, second] = this.sheets.map(({ map }) => map);
      let moving = false;
      for (const [from, to] of [[first, second], [second, first]]) {
        from.on("move", () => {
          if (moving) return;
          moving = true;
          to.setView(from.getCenter(), from.getZoom(), { animate: false });
          moving = false;
        });
      }
    }

    async load() {
      const { config, words } = this;
      this.announce(words.say("loading"), "busy");
      const [timeline, archipelagos] = await Promise.allSettled([
        ask(config.timelineUrl, { known_at: config.knownAt }),
        ask(config.archipelagosUrl, {}),
      ]);
      if (!timeline.value || !archipelagos.value) {
        const retry = button(words.say("retry"), "btn-primary", () => this.load());
        this.announce(words.say("error"), "error", retry);
        if (!timeline.value) return;
      } else {
        this.announce(words.say("loaded_both"), "done");
      }
      const read = new Timeline(timeline.value, config.lang);
      config.days.forEach((day, index) => {
        const shown = read.on(day);
        this.sheets[index].draw({ ...shown, archipelagos: archipelagos.value?.features ?? [] });
      });
      this.showLegend();
    }

    announce(text, kind, ...more) {
      this.places.status.dataset.kind = kind;
      this.places.status.replaceChildren(element("span", {}, text), ...more);
    }

    showLegend() {
      const { words, style, places } = this;
      const marks = [...style.marks].reverse().map((mark) => {
        return element("li", {}, markSwatch(mark), words.say(`status_${mark.status}`));
      });
      const bands = maps.bandTexts(style, words).map(({ fill, text }) => {
        return element("li", {}, fillSwatch(fill), text);
      });
      bands.push(element("li", {}, fillSwatch(this.sheets[0].hatch), words.say("no_data")));
      places.legend.replaceChildren(
        listed(words.say("cities"), marks),
        listed(words.say("provinces"), bands),
      );
    }
  }

  const listed = (heading, items) =>
    element(
      "div",
      {},
      element("h3", {}, heading),
      element("ul", { class: "map-bands" }, ...items),
    );

  window.registryCompare = (first, second, style) => {
    const config = JSON.parse(document.getElementById("map-config").textContent);
    const places = {};
    for (const place of document.querySelectorAll("[data-map]")) places[place.dataset.map] = place;
    new Comparison([first, second], style, config, places);
  };
})((window.registryMaps ??= {}));
