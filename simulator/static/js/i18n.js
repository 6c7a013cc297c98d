/** Words of the page. The catalogue is flat {key: text}; `{name}` marks a parameter. */

const LANGS = ["ru", "en"];
const STORE_KEY = "naryad-simulator-lang";

let words = {};
export let lang = "ru";
let plurals = new Intl.PluralRules("ru");

export async function loadWords() {
  const asked = new URLSearchParams(location.search).get("lang") || localStorage.getItem(STORE_KEY);
  lang = LANGS.includes(asked) ? asked : "ru";
  plurals = new Intl.PluralRules(lang);
  document.documentElement.lang = lang;
  const reply = await fetch(`/sim/i18n?lang=${lang}`);
  words = await reply.json();
}

export function t(key, params = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? params[name] : whole));
}

/** Picks `key.one`, `key.few`, `key.many` or `key.other` for the number. */
export function tn(key, n) {
  const form = `${key}.${plurals.select(n)}`;
  return t(form in words ? form : `${key}.other`, { n });
}

export function switchLanguage(next) {
  localStorage.setItem(STORE_KEY, next);
  const url = new URL(location.href);
  url.searchParams.delete("lang");
  location.replace(url);
}

export function languages() {
  return LANGS;
}
