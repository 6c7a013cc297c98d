/** Attaching: files with a preview and a caption, a sample photo for those who have none at hand, voice, contact, place. */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { pickPlace } from "./place.js";
import { samplePhoto } from "./sample.js";
import { menu, sheet } from "./sheets.js";
import { fullName, store } from "./store.js";
import { recordVoice } from "./voice.js";

const LIMIT = 10;

export function attachMenu(view, anchor, input) {
  const choose = (kind, accept) => () => {
    input.accept = accept;
    input.dataset.kind = kind;
    input.click();
  };
  menu(
    anchor,
    [
      { icon: "photo", text: t("attach.photo"), testid: "attach-photo", onpick: choose("", "image/*,video/*") },
      {
        icon: "file",
        text: t("attach.file"),
        note: t("attach.file_note"),
        testid: "attach-file",
        onpick: choose("document", ""),
      },
      {
        icon: "sample",
        text: t("attach.sample"),
        note: t("attach.sample_note"),
        testid: "attach-sample",
        onpick: async () => sendFiles(view, [await samplePhoto()]),
      },
      { icon: "mic", text: t("attach.voice"), testid: "attach-voice", onpick: () => recordVoice(view) },
      {
        icon: "pin",
        text: t("attach.place"),
        note: t("attach.place_note"),
        testid: "attach-location",
        onpick: () => pickPlace(view, (place) => view.do({ do: "location", ...place })),
      },
      { icon: "user", text: t("attach.contact"), testid: "attach-contact", onpick: () => pickContact(view) },
    ],
    { label: t("composer.attach"), testid: "attach-menu" },
  );
}

function kindOf(file, asFile) {
  if (asFile) return "document";
  if (/^image\/(jpeg|png|webp|gif|bmp)$/.test(file.type)) return "photo";
  return file.type.startsWith("video/") ? "video" : "document";
}

/** A picture of the file drawn on a canvas; other files get an icon. */
async function thumb(file) {
  if (!file.type.startsWith("image/"))
    return h("span", { class: "thumb" }, icon(file.type.startsWith("video/") ? "play" : "file"));
  const canvas = h("canvas", { class: "thumb" });
  try {
    const bitmap = await createImageBitmap(file, { resizeWidth: 320, resizeQuality: "medium" });
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
  } catch {
    return h("span", { class: "thumb" }, icon("photo"));
  }
  return canvas;
}

/** Shows what will be sent and sends it: pictures and films together, documents together. */
export async function sendFiles(view, files, kind = "") {
  if (!files.length) return;
  const chosen = files.slice(0, LIMIT);
  const caption = h("input", {
    class: "field",
    placeholder: t("attach.caption"),
    "aria-label": t("attach.caption"),
    testid: "caption",
    autofocus: true,
  });
  const asFile = h("input", { type: "checkbox", checked: kind === "document", testid: "as-file" });
  const compressible = chosen.some((file) => kindOf(file, false) !== "document");
  const send = () => {
    opened.close();
    deliver(view, chosen, caption.value.trim(), asFile.checked);
  };
  caption.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send();
  });
  const previews = await Promise.all(
    chosen.map(async (file) => h("figure", { class: "preview" }, await thumb(file), h("figcaption", {}, file.name))),
  );
  const opened = sheet(view.phone, {
    title: t("attach.send_title"),
    testid: "send-sheet",
    body: [
      h("div", { class: `previews n${Math.min(chosen.length, 3)}` }, previews),
      files.length > LIMIT ? h("p", { class: "hint" }, t("attach.limit", { n: LIMIT })) : null,
      compressible ? h("label", { class: "check" }, asFile, t("attach.as_file")) : null,
      caption,
    ],
    footer: h(
      "button",
      { type: "button", class: "button strong wide", testid: "send-files", onclick: send },
      icon("send"),
      t("composer.send"),
    ),
  });
}

async function deliver(view, files, caption, asFile) {
  const groups = new Map();
  for (const file of files) {
    const kind = kindOf(file, asFile);
    const group = kind === "document" ? "document" : "visual";
    groups.set(group, [...(groups.get(group) || []), [kind, file]]);
  }
  let words = caption ? { caption } : {};
  const reply = view.composer.takeReply();
  for (const parts of groups.values()) {
    await view.do(
      { do: parts[0][0], ...words, ...reply },
      parts.map(([, file]) => file),
    );
    words = {};
  }
  view.stick(true);
}

function pickContact(view) {
  const me = store.person(view.viewer);
  const send = (what) => {
    opened.close();
    view.do({ do: "contact", ...what });
  };
  const others = store.state.people.filter((p) => p.id !== view.viewer && p.phone);
  const row = (p, what, note) =>
    h(
      "button",
      { type: "button", class: "list-row", testid: `contact-${p.id}`, onclick: () => send(what) },
      h("span", {}, h("b", {}, fullName(p)), h("small", {}, note)),
    );
  const opened = sheet(view.phone, {
    title: t("attach.contact"),
    testid: "contact-sheet",
    tall: true,
    body: [
      me?.phone ? row(me, { own: true }, t("contact.mine", { phone: me.phone })) : null,
      others.map((p) => row(p, { own: false, phone: p.phone, first_name: p.first_name }, p.phone)),
    ],
  });
}
