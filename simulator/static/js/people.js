/** A form for one more person: a customer who writes for the first time, a new technician. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { t } from "./i18n.js";
import { sheet, toast } from "./sheets.js";
import { store } from "./store.js";

export function newPerson(phone) {
  const field = (name, props = {}) =>
    h(
      "label",
      { class: "form-line" },
      h("span", {}, t(`person.${name}`)),
      h("input", { class: "field", testid: `person-${name}`, name, ...props }),
    );
  const language = h(
    "select",
    { class: "field", name: "language_code" },
    h("option", { value: "ru" }, "Русский"),
    h("option", { value: "en" }, "English"),
  );
  const form = h(
    "form",
    {
      class: "form",
      onsubmit: (event) => {
        event.preventDefault();
        create();
      },
    },
    field("first_name", { required: true, autofocus: true, maxlength: 64 }),
    field("last_name", { maxlength: 64 }),
    field("phone", { type: "tel", placeholder: "+7 900 000-00-00" }),
    h("label", { class: "form-line" }, h("span", {}, t("person.language")), language),
  );
  const create = async () => {
    const data = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
    if (!data.first_name) return form.reportValidity();
    try {
      const person = await api.addPerson({ ...data, role: phone.role });
      opened.close();
      await store.load();
      phone.switchTo((person.person || person).id);
    } catch (error) {
      toast(phone, error.message, "bad");
    }
    return null;
  };
  const opened = sheet(phone, {
    title: t("person.new"),
    testid: "person-sheet",
    body: form,
    footer: h(
      "button",
      { type: "button", class: "button strong wide", testid: "person-create", onclick: create },
      t("person.create"),
    ),
  });
}
