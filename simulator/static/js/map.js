/** Leaflet maps: a quiet grid with coordinates where no tile server is set, pins drawn in CSS. */

import { h } from "./dom.js";
import { store } from "./store.js";

const HOME = [55.7512, 37.6184];

function drawGrid(canvas, coords, layer) {
  const size = layer.getTileSize();
  const scale = window.devicePixelRatio > 1 ? 2 : 1;
  canvas.width = size.x * scale;
  canvas.height = size.y * scale;
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  ctx.fillStyle = (coords.x + coords.y) % 2 ? "#eaf0f4" : "#eef3f6";
  ctx.fillRect(0, 0, size.x, size.y);
  const lines = (step, style) => {
    ctx.strokeStyle = style;
    ctx.beginPath();
    for (let at = 0.5; at < size.x; at += step) {
      ctx.moveTo(at, 0);
      ctx.lineTo(at, size.y);
      ctx.moveTo(0, at);
      ctx.lineTo(size.x, at);
    }
    ctx.stroke();
  };
  lines(32, "#e0e8ee");
  lines(128, "#d3dee6");
  const corner = layer._map.unproject([coords.x * size.x, coords.y * size.y], coords.z);
  ctx.fillStyle = "#9badba";
  ctx.font = "10px system-ui, sans-serif";
  ctx.fillText(`${corner.lat.toFixed(3)}, ${corner.lng.toFixed(3)}`, 5, 14);
}

function gridLayer() {
  const Grid = window.L.GridLayer.extend({
    createTile(coords) {
      const canvas = document.createElement("canvas");
      drawGrid(canvas, coords, this);
      return canvas;
    },
  });
  return new Grid();
}

export function pin(kind, colour) {
  const html = h("span", { class: `map-pin ${kind}`, vars: colour ? { "--c": colour } : {} });
  return window.L.divIcon({
    className: "map-pin-box",
    html,
    iconSize: [30, 38],
    iconAnchor: [15, kind === "live" ? 19 : 36],
  });
}

/** A map in `box`; null when Leaflet is not there, and then the caller shows coordinates. */
export function makeMap(box, { lat, lon, zoom = 14, still = false } = {}) {
  if (!window.L) return null;
  const map = window.L.map(box, {
    center: lat === undefined ? HOME : [lat, lon],
    zoom,
    zoomControl: !still,
    attributionControl: false,
    dragging: !still,
    scrollWheelZoom: !still,
    doubleClickZoom: !still,
    boxZoom: !still,
    keyboard: !still,
    touchZoom: !still,
    zoomAnimation: false,
    fadeAnimation: false,
  });
  const tiles = store.state.links?.tiles;
  (tiles ? window.L.tileLayer(tiles, { maxZoom: 19 }) : gridLayer()).addTo(map);
  new ResizeObserver(() => map.invalidateSize()).observe(box);
  return map;
}

/** Where a new map opens: the place that was last spoken of in the chat, else the city. */
export function lastPlace(messages) {
  for (let i = messages.length - 1; i >= 0; i -= 1) {
    const place = messages[i].location || messages[i].venue?.location;
    if (place) return { lat: place.latitude, lon: place.longitude };
  }
  const home = store.state.links?.home;
  return home ? { lat: home[0], lon: home[1] } : { lat: HOME[0], lon: HOME[1] };
}

/** Straight steps from one place to another, about `metres` each: a technician who drives there. */
export function steps(from, to, metres = 60) {
  const total = Math.max(1, Math.ceil(window.L.latLng(from).distanceTo(to) / metres));
  const count = Math.min(total, 40);
  return Array.from({ length: count }, (_, i) => [
    from[0] + ((to[0] - from[0]) * (i + 1)) / count,
    from[1] + ((to[1] - from[1]) * (i + 1)) / count,
  ]);
}
