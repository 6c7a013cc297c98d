/* The live map: pins of open orders, technicians who move, dashed lines to where they go. */
"use strict";

(() => {
  const box = document.getElementById("map");
  if (!box) return;
  const map = L.map(box, { zoomControl: true, attributionControl: Boolean(box.dataset.tiles) }).setView([55.75, 37.62], 10);
  L.control.scale({ imperial: false }).addTo(map);
  box.map = map;

  const Grid = L.GridLayer.extend({
    createTile(at) {
      const tile = document.createElement("div");
      tile.className = "map-grid";
      const corner = map.unproject(at.scaleBy(this.getTileSize()), at.z);
      tile.textContent = `${corner.lat.toFixed(3)}, ${corner.lng.toFixed(3)}`;
      return tile;
    },
  });
  (box.dataset.tiles ? L.tileLayer(box.dataset.tiles, { maxZoom: 19 }) : new Grid()).addTo(map);

  const pins = new Map(), people = new Map(), ways = new Map();
  let fitted = false;

  const initials = (name) => name.split(/\s+/).slice(0, 2).map((part) => part[0] || "").join("").toUpperCase();
  const filled = (text, at) => text.replace("{at}", at);
  const numbered = (number) => box.dataset.number.replace("{number}", number);

  function told(lines, number) {
    const tip = document.createElement("div");
    tip.className = "map-tip";
    lines.filter(Boolean).forEach((line, n) => {
      const row = document.createElement(n ? "div" : "strong");
      row.textContent = line;
      tip.append(row);
    });
    if (number) {
      const link = document.createElement("a");
      link.href = `/admin/orders/${number}`;
      link.textContent = `${numbered(number)} →`;
      tip.append(link);
    }
    return tip;
  }

  function keep(known, wanted, make, change) {
    for (const [key, layer] of known) if (!wanted.has(key)) { layer.remove(); known.delete(key); }
    for (const [key, value] of wanted) {
      if (known.has(key)) change(known.get(key), value);
      else known.set(key, make(value).addTo(map));
    }
  }

  const pinIcon = (pin) => L.divIcon({ className: `pin stage-${pin.stage}${pin.needs_help ? " needs-help" : ""}`, iconSize: [28, 28], iconAnchor: [14, 27], popupAnchor: [0, -24] });
  const personIcon = (person) => {
    const face = document.createElement("span");
    face.textContent = initials(person.name);
    return L.divIcon({ className: `person stage-${person.state || "over"}`, html: face, iconSize: [30, 30], iconAnchor: [15, 15] });
  };
  const pinTip = (pin) => told([pin.summary, pin.site, pin.technician || box.dataset.nobody], pin.number);
  const personTip = (person) => told([person.name, person.eta_at && filled(box.dataset.eta, person.eta_at), filled(box.dataset.seen, person.at)], person.number);

  function draw(shown) {
    const places = new Map(shown.pins.map((pin) => [pin.number, pin]));
    keep(pins, places,
      (pin) => L.marker([pin.lat, pin.lon], { icon: pinIcon(pin), title: `${numbered(pin.number)} ${pin.summary}` }).bindPopup(pinTip(pin)),
      (layer, pin) => { layer.setLatLng([pin.lat, pin.lon]).setPopupContent(pinTip(pin)); if (layer.options.icon.options.className !== pinIcon(pin).options.className) layer.setIcon(pinIcon(pin)); });
    keep(people, new Map(shown.people.map((person) => [person.id, person])),
      (person) => L.marker([person.lat, person.lon], { icon: personIcon(person), title: person.name, zIndexOffset: 1000 }).bindPopup(personTip(person)),
      (layer, person) => { layer.setLatLng([person.lat, person.lon]).setPopupContent(personTip(person)); if (layer.options.icon.options.className !== personIcon(person).options.className) layer.setIcon(personIcon(person)); });
    const going = shown.people.filter((person) => person.state === "travelling" && places.has(person.number));
    const line = (person) => [[person.lat, person.lon], [places.get(person.number).lat, places.get(person.number).lon]];
    keep(ways, new Map(going.map((person) => [person.id, person])),
      (person) => L.polyline(line(person), { className: "way stage-travelling", weight: 2.5, dashArray: "6 6", interactive: false }),
      (layer, person) => layer.setLatLngs(line(person)));
    if (!fitted && (pins.size || people.size)) {
      fitted = true;
      map.fitBounds(L.featureGroup([...pins.values(), ...people.values()]).getBounds().pad(.15), { maxZoom: 14, animate: false });
    }
  }

  async function load() {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (answer.ok) draw(await answer.json());
  }

  let waiting = null;
  box.addEventListener("live", () => { waiting ??= setTimeout(() => { waiting = null; load(); }, 1000); });
  setInterval(load, 60000);
  addEventListener("resize", () => map.invalidateSize());
  load();
})();
