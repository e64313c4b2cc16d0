/*
 * The map room's sheet: draws one day on a Leaflet map, and opens what is drawn to be read.
 */
"use strict";

((maps) => {
  const { button, CityMark, element, hatch, link, markSwatch } = maps;
  const CITY_ZOOM = 9;

  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    L.Map.mergeOptions({
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
      inertia: false,
    });
  }

  // A centrally run city is its own province.
  const provinceOf = ({ name, province_name }) => (name === province_name ? "" : province_name);

  class Sheet {
    // `name` is what a screen reader calls the map; `opened` is told the code of the city whose
    // popup is open, or null.
    constructor(map, { style, config, words, name, opened = () => {} }) {
      Object.assign(this, { map, style, config, words, opened });
      this.hatch = hatch(style);
      this.renderer = L.canvas({
        padding: 0.3,
        tolerance: matchMedia("(pointer: coarse)").matches ? 10 : 3,
      });
      this.drawn = L.layerGroup().addTo(map);
      this.data = { cities: [], provinces: [], archipelagos: [] };
      this.hidden = new Set();
      this.prepare(name);
    }

    prepare(name) {
      const { map, style, config, words } = this;
      const container = map.getContainer();
      container.style.backgroundColor = style.ground;
      container.setAttribute("role", "region");
      container.setAttribute("aria-label", name);
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
      map.on("popupopen", ({ popup }) => this.dressPopup(popup));
      map.on("popupclose", () => this.opened(null));
    }

    goHome() {
      this.map.fitBounds(this.style.home, { animate: false });
      this.home = { centre: this.map.getCenter(), zoom: this.map.getZoom() };
      this.map.fire("athome");
    }

    atHome() {
      const { map, home } = this;
      return home?.zoom === map.getZoom() && map.getCenter().equals(home.centre, 1e-6);
    }

    // --- Layers ------------------------------------------------------------------------------

    draw(data, hidden = new Set()) {
      Object.assign(this, { data, hidden });
      this.map.closePopup();
      this.drawn.clearLayers();
      this.drawLand();
      if (!hidden.has("provinces")) this.drawProvinces();
      this.drawCities();
      for (const feature of data.archipelagos) this.drawArchipelago(feature);
    }

    isShown({ geometry, properties }) {
      return geometry && !this.hidden.has(properties.status);
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

    bandFill({ counted, total }) {
      if (total === 0) return this.hatch;
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
      this.opened(feature.properties.code);
      if (!focus) return;
      popup.getElement().querySelector("a").focus({ preventScroll: true });
      this.map.getContainer().scrollIntoView({ block: "nearest" });
    }

    goTo(feature) {
      const [longitude, latitude] = feature.geometry.coordinates;
      const zoom = Math.max(this.map.getZoom(), CITY_ZOOM);
      this.map.setView([latitude, longitude], zoom, { animate: false });
      this.openCity(feature, { focus: true });
    }

    cityText(city) {
      const { words, config } = this;
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
        element("p", {}, config.reasons[city.outcome]),
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

    provinceText({ name, counted, total }) {
      const { words } = this;
      const text =
        total === 0
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
  }

  function credit(place, { words, config }) {
    place.append(words.say("credit"));
    if (config.tileUrl) place.append(` ${config.tileAttribution}`);
  }

  Object.assign(maps, { credit, provinceOf, Sheet });
})((window.registryMaps ??= {}));
