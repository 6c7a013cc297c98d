/* Send one file and show how far it is. Without this script the form works too, only silently. */
"use strict";

const form = document.querySelector("form");
const input = form.querySelector("input[type=file]");
const bar = form.querySelector("progress");
const said = form.querySelector(".said");
const button = form.querySelector("button");
const chosen = document.getElementById("chosen");
const MEGABYTE = 1024 * 1024;

const complain = (text) => { said.textContent = text; said.hidden = false; bar.hidden = true; button.disabled = input.disabled = false; };
const size = (bytes) => (bytes < MEGABYTE ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / MEGABYTE).toFixed(1)} MB`);

input.addEventListener("change", () => {
  const file = input.files[0];
  said.hidden = true;
  chosen.textContent = file ? `${file.name} · ${size(file.size)}` : "";
  if (file && file.size > form.dataset.limit * MEGABYTE) complain(form.dataset.large);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const file = input.files[0];
  if (!file) return complain(form.dataset.empty);
  if (file.size > form.dataset.limit * MEGABYTE) return complain(form.dataset.large);
  const data = new FormData(form);
  const request = new XMLHttpRequest();
  request.open("POST", location.pathname);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = (step) => { if (step.lengthComputable) bar.value = (100 * step.loaded) / step.total; };
  request.onerror = () => complain(form.dataset.offline);
  request.onload = () => {
    const answer = request.response || {};
    if (request.status === 200) {
      const done = document.createElement("h1");
      done.textContent = answer.message;
      const box = form.closest("section");
      box.className = "verdict good";
      box.replaceChildren(done);
      return undefined;
    }
    return complain(answer.message || form.dataset.offline);
  };
  said.hidden = true;
  bar.value = 0;
  bar.hidden = false;
  button.disabled = true;
  request.send(data);
  input.disabled = true;
  return undefined;
});
