/*
 * The map room's clock: a slider that stops only where something changed, and plays on demand.
 *
 * A chosen day that is no stop of its own becomes one while it is chosen. Playing goes stop by
 * stop, ends by itself, and ends at once when somebody touches anything; where less motion is
 * wanted there are only the buttons that go one stop on or back.
 */
"use strict";

((maps) => {
  const { button, element } = maps;
  const PACE = 1500;
  const STILL = matchMedia("(prefers-reduced-motion: reduce)");

  class TimeBar {
    // `show(day, { settled })` is called for each day passed, and once `settled` where it stays;
    // `figure(day)` is what the bar says of a day.
    constructor(place, { words, show, figure }) {
      Object.assign(this, { place, words, show, figure });
      this.stops = [];
      this.input = element("input", { type: "range", min: 0, step: 1, class: "form-range" });
      this.input.setAttribute("aria-label", words.say("time_slider"));
      this.first = element("span", {});
      this.last = element("span", {});
      this.ends = element("div", { class: "map-time-ends", "aria-hidden": "true" });
      this.ends.append(this.first, this.last);
      this.back = button(words.say("time_back"), "btn-outline-secondary", () => this.move(-1));
      this.on = button(words.say("time_on"), "btn-outline-secondary", () => this.move(1));
      this.player = button(words.say("time_play"), "btn-primary", () => this.toggle());
      this.told = element("p", { class: "map-time-told" });
      const buttons = element("div", { class: "map-row" }, this.back, this.player, this.on);
      place.append(element("div", {}, this.input, this.ends), buttons, this.told);
      place.setAttribute("role", "group");
      place.setAttribute("aria-label", words.say("time_heading"));
      this.listen();
    }

    listen() {
      const { input } = this;
      input.addEventListener("input", () => {
        this.pause();
        this.pass(this.stops[input.value]);
      });
      input.addEventListener("change", () => this.settle());
      document.addEventListener("visibilitychange", () => {
        if (document.hidden) this.pause();
      });
      const offer = () => {
        if (STILL.matches) this.pause();
        this.player.hidden = STILL.matches;
      };
      STILL.addEventListener("change", offer);
      offer();
    }

    // The bar shows a day that was chosen elsewhere, or the first one there is.
    set(stops, day) {
      this.pause();
      this.stops = [...new Set([...stops, day])].sort();
      this.input.max = this.stops.length - 1;
      this.first.textContent = this.words.day(this.stops[0]);
      this.last.textContent = this.words.day(this.stops.at(-1));
      this.tell(day);
    }

    tell(day) {
      const at = this.stops.indexOf(day);
      const told = this.figure(day);
      this.day = day;
      this.input.value = at;
      this.input.setAttribute("aria-valuetext", `${this.words.day(day)}: ${told.figure}`);
      this.told.replaceChildren(
        element("strong", {}, this.words.day(day)),
        ": ",
        element("span", { class: "map-time-figure" }, told.figure),
        " ",
        element("small", {}, told.basis),
      );
      // Not `disabled`: whoever has the focus keeps it.
      this.back.setAttribute("aria-disabled", at === 0);
      this.on.setAttribute("aria-disabled", at === this.stops.length - 1);
    }

    pass(day) {
      this.show(day, { settled: false });
      this.tell(day);
    }

    settle() {
      this.show(this.day, { settled: true });
    }

    move(by) {
      this.pause();
      const day = this.stops[this.stops.indexOf(this.day) + by];
      if (!day) return;
      this.pass(day);
      this.settle();
    }

    // --- Playing -----------------------------------------------------------------------------

    toggle() {
      if (this.playing) this.pause();
      else this.play();
    }

    play() {
      this.playing = setInterval(() => this.next(), PACE);
      this.player.textContent = this.words.say("time_pause");
      // At the end of time there is only the beginning to go to.
      if (this.stops.at(-1) === this.day) this.pass(this.stops[0]);
    }

    next() {
      this.pass(this.stops[this.stops.indexOf(this.day) + 1] ?? this.day);
      if (this.stops.at(-1) === this.day) this.pause();
    }

    pause() {
      if (!this.playing) return;
      clearInterval(this.playing);
      this.playing = null;
      this.player.textContent = this.words.say("time_play");
      this.settle();
    }
  }

  maps.TimeBar = TimeBar;
})((window.registryMaps ??= {}));
