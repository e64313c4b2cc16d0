/*
 * The map room's blackboard: the figure of the day that is shown, with its targets and its basis.
 */
"use strict";

((maps) => {
  const { element } = maps;

  class FigurePanel {
    constructor(place, { words, config }) {
      Object.assign(this, { place, words, config });
    }

    show({ day, figure }, { area, knownAt }) {
      const { place, words, config } = this;
      const heading = area
        ? words.say("area_heading", { area: config.areas[area] ?? area })
        : words.say("figure_heading");
      place.replaceChildren(element("h2", {}, heading));
      if (!figure) return;
      if (figure.verdict === "no_data") {
        place.append(this.verdict(figure));
      } else {
        const counted = counting(figure, area);
        const share = element("span", {}, words.share(counted, figure.total));
        const values = { counted: words.number(counted), total: words.number(figure.total) };
        // A target is for all problems together: a part is not measured against it.
        const verdict = area ? "" : this.verdict(figure);
        place.append(
          element("p", { class: "map-share" }, share, verdict),
          element("p", {}, words.say("figure", values)),
        );
        if (!area) place.append(this.targets(figure));
      }
      const lines = [
        words.say("as_of", { date: words.day(day) }),
        knownAt && words.say("known_at", { time: words.moment(knownAt) }),
        this.basis(figure),
      ];
      place.append(element("p", { class: "map-basis" }, lines.filter(Boolean).join(" · ")));
    }

    // The figure in one line.
    sentence(figure, area) {
      const { words } = this;
      if (figure.verdict === "no_data") return words.say("verdict_no_data");
      const counted = counting(figure, area);
      return words.say("time_figure", {
        counted: words.number(counted),
        total: words.number(figure.total),
        share: words.share(counted, figure.total),
      });
    }

    basis({ roll, rule }) {
      const { words } = this;
      const named =
        roll?.enumerated < roll?.total
          ? words.say("roll", { roll: words.name(roll), count: words.number(roll.enumerated) })
          : roll && words.name(roll);
      return [named, words.say("rule", { rule })].filter(Boolean).join(" · ");
    }

    verdict({ verdict }) {
      const node = element("strong", { class: "map-verdict" });
      node.dataset.verdict = verdict;
      node.append(this.words.say(`verdict_${verdict}`));
      return node;
    }

    targets(figure) {
      const list = element("ul", { class: "map-targets" });
      list.append(...figure.targets.map((each) => this.target(each, figure)));
      return list;
    }

    target({ percent, year, missing }, { counted, total }) {
      const { words } = this;
      const bar = element("span", { class: "map-bar" }, element("span"));
      bar.firstChild.style.width = `${Math.min((10000 * counted) / (percent * total), 100)}%`;
      const target = words.percent(percent / 100);
      return element(
        "li",
        {},
        element("span", {}, words.say("target", { year, target })),
        bar,
        element("span", {}, missing ? words.sayMany("missing", missing) : words.say("reached")),
      );
    }
  }

  const counting = ({ counted, inArea }, area) => (area ? inArea : counted);

  maps.FigurePanel = FigurePanel;
})((window.registryMaps ??= {}));
