/* Copies what the pages use from node_modules into admin_web/static/vendor/<name>/ and writes manifest.json:
   {"<name>/<file>": "<12 hex digits of its sha256>"}. A page appends the digits as ?v=…, so that a browser may
   keep the file for ever. PT Sans stands in vendor/pt-sans/*.ttf, where Typst finds it too, beside the
   Noto fonts that papers print emoji, Arabic and Hebrew with. Twemoji is for the simulator's page, which must
   show reactions on a machine that has no emoji. */

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const target = join(root, "admin_web", "static", "vendor");
const draft = `${target}.new`;

const wanted = {
  "event-calendar": ["@event-calendar/build/dist/event-calendar.min.css", "@event-calendar/build/dist/event-calendar.min.js"],
  htmx: ["htmx.org/dist/htmx.min.js", "htmx.org/dist/ext/hx-sse.min.js"],
  leaflet: ["leaflet/dist/leaflet.css", "leaflet/dist/leaflet.js", "leaflet/dist/images"],
  "noto-emoji": ["@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf"],
  "noto-sans-arabic": ["400Regular", "700Bold"].map(
    (style) => `@expo-google-fonts/noto-sans-arabic/${style}/NotoSansArabic_${style}.ttf`,
  ),
  "noto-sans-hebrew": ["400Regular", "700Bold"].map(
    (style) => `@expo-google-fonts/noto-sans-hebrew/${style}/NotoSansHebrew_${style}.ttf`,
  ),
  "pt-sans": ["400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic"].map(
    (style) => `@expo-google-fonts/pt-sans/${style}/PTSans_${style}.ttf`,
  ),
  "signature-pad": ["signature_pad/dist/signature_pad.umd.min.js"],
  tabler: ["@tabler/core/dist/css/tabler.min.css", "@tabler/core/dist/js/tabler.min.js"],
  "tabler-icons": ["@tabler/icons-webfont/dist/tabler-icons.min.css"],
  "tabler-icons/fonts": ["@tabler/icons-webfont/dist/fonts/tabler-icons.woff2"],
  "tma-bridge": ["@tma.js/bridge/dist/index.iife.js"],
  twemoji: ["twemoji-colr-font/twemoji.woff2"],
  uplot: ["uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css"],
};

function files(folder, prefix = "") {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    return entry.isDirectory() ? files(folder, path) : [path];
  });
}

rmSync(draft, { recursive: true, force: true });
for (const [name, sources] of Object.entries(wanted)) {
  mkdirSync(join(draft, name), { recursive: true });
  for (const source of sources) {
    const path = join(modules, source);
    if (!existsSync(path)) {
      console.error(`${source} is missing in node_modules: run "npm ci" and try again.`);
      process.exit(1);
    }
    cpSync(path, join(draft, name, basename(source)), { recursive: true });
  }
}

const manifest = {};
for (const path of files(draft).sort()) {
  manifest[path] = createHash("sha256").update(readFileSync(join(draft, path))).digest("hex").slice(0, 12);
}
writeFileSync(join(draft, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
rmSync(target, { recursive: true, force: true });
renameSync(draft, target);
console.log(`${Object.keys(manifest).length} files in admin_web/static/vendor`);
