/*
 * The map room's almanac: reads any day out of the one answer that holds them all
 * (`/api/v1/timeline` describes its columns). It counts nothing that the server has not counted,
 * but for the cities of a province.
 */
"use strict";

((maps) => {
  const STILL = -1;

  class Timeline {
    constructor(answer, lang) {
      this.answer = answer;
      this.lang = lang;
      this.names = byCity(answer.names);
      this.runs = byCity(answer.runs);
      this.areas = byCity(answer.area_runs);
      this.shapes = answer.provinces.map(({ polygons }) => unfold(polygons, answer.scale));
    }

    get stops() {
      return this.answer.stops;
    }

    get knownAt() {
      return this.answer.known_at;
    }

    get today() {
      return this.answer.today;
    }

    // What the map shows on a day; with an area, only the cities that count by a problem of it.
    on(day, area = null) {
      const place = this.answer.days.filter((each) => each <= day).length - 1;
      const provinces = this.provinces(place);
      const named = new Map(provinces.map(({ properties }) => [properties.code, properties]));
      const cities = [];
      for (const index of this.answer.cities.code.keys()) {
        const city = this.city(index, place, area, named);
        if (city) cities.push(city);
      }
      const shown = area ? cities.filter(({ counts }) => counts) : cities;
      return {
        day,
        figure: this.figure(place, cities),
        cities: shown.map(({ feature }) => feature),
        provinces,
      };
    }

    figure(place, cities) {
      const { figures, rolls, targets, rule } = this.answer;
      const at = figures.start.filter((start) => start <= place).length - 1;
      if (at < 0) return { verdict: "no_data", rule, roll: null };
      const roll = rolls[figures.roll[at]];
      const next = figures.next_target[at];
      return {
        rule,
        roll,
        total: roll.total,
        counted: figures.counted[at],
        inArea: cities.filter(({ counts }) => counts).length,
        verdict: figures.verdict[at],
        targets: [
          { ...targets[figures.target[at]], missing: figures.missing[at] },
          ...(next === null ? [] : [{ ...targets[next], missing: figures.next_missing[at] }]),
        ],
      };
    }

    // A city on the roll of the day, or nothing. It is entered in its province's account.
    city(index, place, area, provinces) {
      const { answer, lang } = this;
      const run = this.runs(index, place);
      if (run === null) return null;
      const outcome = answer.outcomes[answer.runs.outcome[run]];
      if (outcome === "not_on_roll") return null;
      const called = this.names(index, place) ?? this.names.rows(index)[0];
      const province = provinces.get(answer.names.province[called]);
      const counts = outcome === "counted" && (!area || this.isIn(area, index, place));
      if (province) {
        province.total += 1;
        province.counted += counts ? 1 : 0;
      }
      const code = answer.cities.code[index];
      const longitude = answer.cities.lon[index];
      const useCase = answer.runs.use_case[run];
      return {
        counts,
        feature: {
          type: "Feature",
          geometry: longitude === null ? null : {
            type: "Point",
            coordinates: [longitude, answer.cities.lat[index]],
          },
          properties: {
            code,
            outcome,
            name: answer.names.name[called],
            name_en: answer.names.name_en[called],
            province_name: province?.name ?? "",
            status: answer.statuses[answer.runs.status[run]],
            url: `/${lang}/cities/${code}`,
            use_case: useCase === null ? null : this.useCase(useCase),
          },
        },
      };
    }

    useCase(index) {
      const { code, title, title_en } = this.answer.use_cases;
      const url = `/${this.lang}/use-cases/${code[index]}`;
      const said = this.lang === "en" && title_en[index] ? title_en[index] : title[index];
      return { title: said, url, evidence_url: `${url}#evidence` };
    }

    isIn(area, index, place) {
      const { area_runs: spans, areas } = this.answer;
      return this.areas.rows(index).some(
        (row) =>
          areas[spans.area[row]] === area &&
          spans.start[row] <= place &&
          (spans.end[row] === STILL || spans.end[row] > place),
      );
    }

    provinces(place) {
      const found = [];
      this.answer.provinces.forEach(({ code, name, name_en, start, end }, index) => {
        if (start > place || (end !== STILL && end <= place)) return;
        found.push({
          type: "Feature",
          geometry: this.shapes[index],
          properties: { code, name, name_en, counted: 0, total: 0 },
        });
      });
      return found;
    }
  }

  // Rows stand in order of city and start. Answers the row of a city that holds at a place.
  function byCity({ city, start }) {
    const rows = new Map();
    city.forEach((index, row) => {
      if (!rows.has(index)) rows.set(index, []);
      rows.get(index).push(row);
    });
    const of = (index) => rows.get(index) ?? [];
    const holding = (index, place) => of(index).findLast((row) => start[row] <= place) ?? null;
    return Object.assign(holding, { rows: of });
  }

  // From differences in whole numbers back to degrees.
  function unfold(polygons, scale) {
    const ring = (flat) => {
      const corners = [];
      let [x, y] = [0, 0];
      for (let index = 0; index < flat.length; index += 2) {
        x += flat[index];
        y += flat[index + 1];
        corners.push([x / scale, y / scale]);
      }
      return corners;
    };
    return { type: "MultiPolygon", coordinates: polygons.map((polygon) => polygon.map(ring)) };
  }

  maps.Timeline = Timeline;
})((window.registryMaps ??= {}));
