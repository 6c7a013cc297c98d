/** What stands in a chat's list: day lines and messages, albums folded, runs of one sender known. */

import { digest } from "./dom.js";
import { serviceText } from "./message.js";
import { dayKey } from "./time.js";

const RUN_GAP = 600;

const digests = new WeakMap();

/** A message that changes comes as a new object, so each is looked through once. */
function sigOf(m) {
  if (!digests.has(m)) digests.set(m, digest(m));
  return digests.get(m);
}

/** Rows {key, sig, day} and {key, sig, m, place, still}; `waits(id)` names the buttons of a message that wait for an answer.
 *  `still` is a place's signature without its coordinates: while it stays, only the marker moves. */
export function rowsOf(messages, waits) {
  const folded = fold(messages);
  const rows = [];
  folded.forEach((m, i) => {
    const before = folded[i - 1];
    const day = dayKey(m.date);
    if (!before || dayKey(before.date) !== day) rows.push({ key: `day-${day}`, sig: day, day: m.date });
    const place = { first: !sameRun(before, m), last: !sameRun(m, folded[i + 1]) };
    const run = `${place.first ? "f" : ""}${place.last ? "l" : ""}`;
    const still = m.location ? `${run}${digest({ ...m, location: 0, edit_date: 0 })}` : undefined;
    rows.push({ key: m.message_id, sig: `${run}${sigOf(m)}${waits(m.message_id)}`, m, place, still });
  });
  return rows;
}

/** Parts of an album become one message whose `album` lists them. */
function fold(messages) {
  const out = [];
  for (const m of messages) {
    const last = out[out.length - 1];
    if (m.media_group_id && last?.media_group_id === m.media_group_id) {
      const album = [...(last.album || [last]), m];
      const words = last.sim?.html ? last.sim : m.sim;
      out[out.length - 1] = {
        ...last,
        album,
        sim: { ...last.sim, html: words?.html },
        caption: last.caption || m.caption,
      };
    } else out.push(m);
  }
  return out;
}

function sameRun(a, b) {
  return Boolean(
    a &&
    b &&
    a.from?.id === b.from?.id &&
    b.date - a.date < RUN_GAP &&
    !serviceText(a) &&
    !serviceText(b) &&
    dayKey(a.date) === dayKey(b.date),
  );
}
