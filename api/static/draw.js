/* The surveyor's table: draws the area of an application, or shows one that was drawn. What is
   drawn is GeoJSON text in the form's own field; without this script one pastes it there. */
"use strict";

(() => {
  const DIGITS = 6;
  // Corners beyond these are shown but not to be moved one by one.
  const MOST_HANDLES = 300;
  const LAND = { color: "#8b8577", weight: 1, fillColor: "#f1ede4", fillOpacity: 1 };
  const AREA = { color: "#8f1d1d", weight: 2, fillOpacity: 0.25 };

  const round = (number) => Number(number.toFixed(DIGITS));
  const asked = {};

  /* Each address once, however many maps are on the page. */
  function ask(address) {
    asked[address] ??= fetch(address).then((answer) => (answer.ok ? answer.json() : null));
    return asked[address].catch(() => null);
  }

  /* A map with the country's provinces and the city's point, from our own data. */
  function sheet(element, code) {
    const map = L.map(element, { attributionControl: false, maxZoom: 18, minZoom: 4 });
    map.setView([16, 108], 5);
    const land = L.featureGroup().addTo(map);
    ask("/api/v1/provinces?f=geojson").then((found) => {
      if (found) land.addLayer(L.geoJSON(found, { style: LAND, interactive: false })).bringToBack();
    });
    ask("/api/v1/archipelagos").then((found) => {
      for (const { geometry, properties } of found?.features ?? []) {
        const name = document.documentElement.lang === "vi" ? "label_vi" : "label_en";
        const html = document.createElement("span");
        html.textContent = properties[name];
        const icon = L.divIcon({ html, className: "area-archipelago", iconSize: null });
        const place = L.latLng(geometry.coordinates[1], geometry.coordinates[0]);
        L.marker(place, { icon, interactive: false, keyboard: false }).addTo(map);
      }
    });
    const city = ask(`/api/v1/cities/${encodeURIComponent(code)}`).then((found) => {
      if (!found?.point) return null;
      const [longitude, latitude] = found.point.coordinates;
      const mark = { radius: 5, color: "#1f2328", fillOpacity: 1, interactive: false };
      L.circleMarker([latitude, longitude], mark).addTo(map);
      return [latitude, longitude];
    });
    return { map, city };
  }

  /* The polygons of any GeoJSON, each as rings of [latitude, longitude]. */
  function polygons(geojson) {
    switch (geojson?.type) {
      case "FeatureCollection":
        return geojson.features.flatMap(polygons);
      case "Feature":
        return polygons(geojson.geometry);
      case "MultiPolygon":
        return geojson.coordinates.map(rings);
      case "Polygon":
        return [rings(geojson.coordinates)];
      default:
        throw new TypeError("no area");
    }
  }

  const rings = (coordinates) =>
    coordinates.map((ring) => ring.slice(0, -1).map(([lon, lat]) => [Number(lat), Number(lon)]));

  /* Several parts may touch: as features the register joins them. */
  function geojson(parts) {
    const closed = (ring) => [...ring, ring[0]].map(([lat, lon]) => [round(lon), round(lat)]);
    const shapes = parts.map((part) => ({ type: "Polygon", coordinates: part.map(closed) }));
    if (shapes.length < 2) return shapes[0] ?? null;
    const features = shapes.map((geometry) => ({ type: "Feature", properties: {}, geometry }));
    return { type: "FeatureCollection", features };
  }

  function crosses(ring) {
    const sides = ring.map((corner, index) => [corner, ring[(index + 1) % ring.length]]);
    const side = (a, b, c) =>
      Math.sign((b[1] - a[1]) * (c[0] - a[0]) - (b[0] - a[0]) * (c[1] - a[1]));
    return sides.some(([a, b], one) =>
      sides.some(
        ([c, d], other) =>
          other > one + 1 &&
          (one > 0 || other < sides.length - 1) &&
          side(a, b, c) * side(a, b, d) < 0 &&
          side(c, d, a) * side(c, d, b) < 0,
      ),
    );
  }

  class Drawing {
    constructor(element) {
      this.words = JSON.parse(element.dataset.words);
      this.text = element.querySelector("textarea");
      this.parts = [];
      this.corners = [];
      this.task = "idle";
      this.build(element);
      this.layers = L.layerGroup().addTo(this.map);
      this.map.on("click", ({ latlng }) => this.clicked([latlng.lat, latlng.lng]));
      this.text.addEventListener("change", (event) => event.isTrusted && this.read());
      this.text.form.addEventListener("filled", () => this.read());
      element
        .querySelector("input[type=file]")
        .addEventListener("change", ({ target }) => this.take(target));
      this.read();
      this.show();
      this.look();
    }

    build(element) {
      const box = document.createElement("div");
      box.className = "drawing-box";
      const tools = document.createElement("div");
      tools.className = "drawing-tools";
      this.buttons = {};
      for (const name of ["draw", "centre", "undo", "finish", "remove", "clear"]) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn btn-outline-dark btn-sm";
        button.textContent = this.words[name];
        button.addEventListener("click", () => this[name]());
        tools.append(button);
        this.buttons[name] = button;
      }
      this.status = document.createElement("p");
      this.status.className = "form-text";
      this.status.setAttribute("role", "status");
      const sheetElement = document.createElement("div");
      sheetElement.className = "drawing-map";
      sheetElement.setAttribute("role", "group");
      sheetElement.setAttribute("aria-label", this.words.label);
      box.append(tools, this.status, sheetElement);
      element.prepend(box);
      const { map, city } = sheet(sheetElement, element.dataset.city);
      this.map = map;
      this.city = city;
      // Folded away it has no size; it takes its own as soon as it is seen.
      new ResizeObserver(() => {
        map.invalidateSize();
        if (!this.looked && sheetElement.offsetWidth) this.look();
      }).observe(sheetElement);
    }

    /* Draws what the text says. */
    read() {
      const text = this.text.value.trim();
      try {
        this.parts = text ? polygons(JSON.parse(text)) : [];
        this.unreadable = false;
      } catch {
        this.parts = [];
        this.unreadable = true;
      }
      this.show();
      if (this.parts.length) this.look();
    }

    /* A chosen file is read here, so that one sees it at once; the register need not. */
    async take(input) {
      const [file] = input.files;
      if (!file) return;
      this.text.value = await file.text();
      input.value = "";
      this.read();
      this.tell();
    }

    write() {
      const shape = geojson(this.parts);
      this.text.value = shape ? JSON.stringify(shape) : "";
      this.unreadable = false;
      this.show();
      this.tell();
    }

    tell() {
      this.text.dispatchEvent(new Event("change", { bubbles: true }));
    }

    draw() {
      this.corners = [];
      this.begin("drawing");
    }

    centre() {
      const { lat, lng } = this.map.getCenter();
      this.clicked([lat, lng]);
    }

    undo() {
      this.corners.pop();
      this.show();
    }

    finish() {
      if (crosses(this.corners)) {
        this.status.textContent = this.words.crossed;
        return;
      }
      this.parts.push([this.corners]);
      this.corners = [];
      this.task = "idle";
      this.write();
      this.buttons.draw.focus();
    }

    remove() {
      this.begin(this.task === "removing" ? "idle" : "removing");
    }

    clear() {
      this.parts = [];
      this.corners = [];
      this.task = "idle";
      this.write();
      this.buttons.draw.focus();
    }

    begin(task) {
      this.task = task;
      this.show();
    }

    clicked(corner) {
      if (this.task !== "drawing") return;
      this.corners.push(corner);
      this.show();
    }

    async look() {
      if (!this.status.parentElement.querySelector(".drawing-map").offsetWidth) return;
      this.looked = true;
      if (this.parts.length) {
        this.map.fitBounds(L.polygon(this.parts.flat()).getBounds(), { maxZoom: 15 });
        return;
      }
      const city = await this.city;
      if (city && !this.parts.length) this.map.setView(city, 11);
    }

    show() {
      this.layers.clearLayers();
      for (const part of this.parts) {
        const shape = L.polygon(part, AREA).addTo(this.layers);
        shape.on("click", (event) => {
          if (this.task !== "removing") return;
          L.DomEvent.stop(event);
          this.parts = this.parts.filter((other) => other !== part);
          this.task = "idle";
          this.write();
        });
      }
      const corners = this.parts.flat(2);
      if (this.task === "idle" && corners.length <= MOST_HANDLES) this.handles();
      if (this.corners.length) {
        L.polyline(this.corners, { ...AREA, dashArray: "4 4" }).addTo(this.layers);
        for (const corner of this.corners) L.circleMarker(corner, { ...AREA, radius: 4 }).addTo(this.layers);
      }
      const drawing = this.task === "drawing";
      for (const name of ["centre", "undo", "finish"]) this.buttons[name].hidden = !drawing;
      for (const name of ["draw", "remove", "clear"]) this.buttons[name].hidden = drawing;
      this.buttons.undo.disabled = !this.corners.length;
      this.buttons.finish.disabled = this.corners.length < 3;
      this.buttons.remove.disabled = this.buttons.clear.disabled = !this.parts.length;
      this.map.getContainer().classList.toggle("drawing-now", drawing);
      const number = this.parts.length;
      const stand = number ? `${this.words.some} ${number}.` : this.words.none;
      this.status.textContent = this.unreadable
        ? this.words.unreadable
        : `${stand} ${this.words[this.task]}`;
    }

    handles() {
      for (const ring of this.parts.flat()) {
        ring.forEach((corner, index) => {
          const icon = L.divIcon({ className: "drawing-corner", iconSize: [14, 14] });
          const handle = L.marker(corner, { icon, draggable: true, keyboard: false });
          handle.on("dragend", () => {
            const { lat, lng } = handle.getLatLng();
            ring[index] = [lat, lng];
            this.write();
          });
          handle.addTo(this.layers);
        });
      }
    }
  }

  function showArea(element) {
    element.hidden = false;
    const { map } = sheet(element, element.dataset.city);
    const area = L.geoJSON(JSON.parse(element.dataset.area), { style: AREA, interactive: false });
    area.addTo(map);
    map.fitBounds(area.getBounds(), { maxZoom: 14, padding: [20, 20] });
  }

  for (const element of document.querySelectorAll("[data-draw]")) new Drawing(element);
  for (const element of document.querySelectorAll("[data-area]")) showArea(element);
})();
