/** How files come into a chat: chosen, pasted, dropped. */

import { sendFiles } from "./attach.js";

export function takeChosen(view, input) {
  const files = [...input.files];
  const { kind } = input.dataset;
  input.value = "";
  delete input.dataset.kind;
  sendFiles(view, files, kind);
}

export function takePasted(view, event) {
  const files = [...(event.clipboardData?.files || [])];
  if (!files.length) return;
  event.preventDefault();
  sendFiles(view, files);
}

export function acceptDrops(view, zone) {
  const show = (on) => zone.classList.toggle("dropping", on);
  zone.addEventListener("dragover", (event) => {
    if (!view.key || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    show(true);
  });
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget)) show(false);
  });
  zone.addEventListener("drop", (event) => {
    show(false);
    if (!view.key || !event.dataTransfer.files.length) return;
    event.preventDefault();
    sendFiles(view, [...event.dataTransfer.files]);
  });
}
