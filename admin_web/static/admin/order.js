/* An order's page: which side of the talk is shown, the file that goes along, Ctrl+Enter, the end of the talk in view. */
"use strict";

(() => {
  const chat = document.querySelector(".chat");
  const messages = document.getElementById("messages");
  const atEnd = () => messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  const toEnd = () => { messages.scrollTop = messages.scrollHeight; };
  if (messages) toEnd();

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-side]");
    if (!button) return;
    chat.dataset.shown = button.dataset.side;
    for (const one of chat.querySelectorAll("[data-side]")) {
      one.classList.toggle("active", one === button);
      one.setAttribute("aria-pressed", String(one === button));
    }
    toEnd();
  });

  const composer = document.getElementById("composer");
  composer?.addEventListener("change", (event) => {
    if (event.target.type === "file") composer.querySelector(".composer-file").textContent = event.target.files[0]?.name || "";
  });
  composer?.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.ctrlKey) composer.requestSubmit(composer.querySelector('button[value="team"]'));
  });

  let follow = true;
  document.addEventListener("htmx:before:swap", () => {
    follow = messages ? atEnd() : false;
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx?.target;
    if (target?.id === "panel") {
      target.scrollIntoView({ block: "nearest", behavior: "smooth" });
      target.querySelector("input:not([type=hidden]), button")?.focus({ preventScroll: true });
    } else if (messages && follow) toEnd();
  });
})();
