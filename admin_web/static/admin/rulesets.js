/* Sliders beside their numbers, and the trial: whenever something moves, the ranking is asked for anew. */
"use strict";

(() => {
  const pretend = document.getElementById("pretend");
  const form = document.querySelector("#rules form");
  const shown = document.getElementById("trial");
  let waiting = 0;
  let asked = null;

  async function ask() {
    asked?.abort();
    asked = new AbortController();
    const data = new URLSearchParams(new FormData(form));
    for (const [name, value] of new FormData(pretend)) data.append(name, value);
    const headers = { "HX-Request": "true", "X-CSRF": form.elements.csrf.value };
    shown.classList.add("is-old");
    try {
      const answer = await fetch(pretend.dataset.trial, { method: "POST", body: data, headers, signal: asked.signal });
      const note = answer.headers.get("X-Naryad-Note");
      if (answer.ok) shown.innerHTML = await answer.text();
      else shown.textContent = note ? decodeURIComponent(note) : pretend.dataset.failed;
    } catch (error) {
      if (error.name === "AbortError") return;
      shown.textContent = pretend.dataset.failed;
    }
    shown.classList.remove("is-old");
  }

  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); };

  form.addEventListener("input", (event) => {
    const field = event.target;
    if (field.dataset.slide) document.getElementById(field.dataset.slide).value = field.value;
    else if (field.id.startsWith("w-")) {
      const slider = form.querySelector(`[data-slide="${CSS.escape(field.id)}"]`);
      const number = Number(field.value.replace(",", ".").replace("−", "-"));
      if (slider && field.value.trim() && Number.isFinite(number)) slider.value = number;
    }
    soon();
  });
  pretend.addEventListener("input", () => {
    pretend.querySelector(".pretend").hidden = pretend.elements["trial.order"].value !== "";
    soon();
  });
  pretend.addEventListener("submit", (event) => event.preventDefault());
  ask();
})();
