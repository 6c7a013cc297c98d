/** Voice messages: from the microphone, or a short sample where there is none. */

import { h, icon } from "./dom.js";
import { t } from "./i18n.js";
import { sheet } from "./sheets.js";
import { duration } from "./time.js";

const RATE = 16_000;
const SAMPLE_SECONDS = 3;

/** A WAV of three seconds that murmurs like speech, so that a voice message can be tried without a microphone. */
export function sampleVoice() {
  const count = RATE * SAMPLE_SECONDS;
  const view = new DataView(new ArrayBuffer(44 + count * 2));
  const text = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + count * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, count * 2, true);
  for (let i = 0; i < count; i += 1) {
    const s = i / RATE;
    const pitch = 140 + 30 * Math.sin(s * 5) + 18 * Math.sin(s * 13);
    const syllable = Math.max(0, Math.sin(s * 9)) * (0.6 + 0.4 * Math.sin(s * 2.3));
    view.setInt16(
      44 + i * 2,
      9000 * syllable * (Math.sin(6.283 * pitch * s) + 0.5 * Math.sin(12.566 * pitch * s)),
      true,
    );
  }
  return new File([view], "voice.wav", { type: "audio/wav" });
}

const send = (view, file, seconds) => view.do({ do: "voice", duration: seconds, ...view.composer.takeReply() }, [file]);

async function microphone() {
  if (!window.MediaRecorder || !navigator.mediaDevices?.getUserMedia) return null;
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return null;
  }
}

export async function recordVoice(view) {
  const stream = await microphone();
  if (!stream) return offerSample(view);
  const recorder = new MediaRecorder(stream);
  const parts = [];
  const began = Date.now();
  const clock = h("span", { class: "record-time" }, "0:00");
  const timer = setInterval(() => {
    clock.textContent = duration((Date.now() - began) / 1000);
  }, 250);
  let wanted = false;
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    stream.getTracks().forEach((track) => track.stop());
    if (wanted)
      send(view, new File(parts, "voice.ogg", { type: "audio/ogg" }), Math.round((Date.now() - began) / 1000));
  });
  recorder.start();
  const opened = sheet(view.phone, {
    title: t("voice.recording"),
    testid: "voice-sheet",
    body: h("div", { class: "recording" }, h("span", { class: "record-dot" }), clock),
    footer: h(
      "button",
      {
        type: "button",
        class: "button strong wide",
        testid: "voice-send",
        onclick: () => {
          wanted = true;
          opened.close();
        },
      },
      icon("send"),
      t("composer.send"),
    ),
    onClose: () => {
      clearInterval(timer);
      recorder.stop();
    },
  });
  return opened;
}

function offerSample(view) {
  const opened = sheet(view.phone, {
    title: t("attach.voice"),
    testid: "voice-sheet",
    body: h("p", {}, t("voice.no_mic")),
    footer: h(
      "button",
      {
        type: "button",
        class: "button strong wide",
        testid: "voice-send",
        onclick: () => {
          opened.close();
          send(view, sampleVoice(), SAMPLE_SECONDS);
        },
      },
      icon("mic"),
      t("voice.sample"),
    ),
  });
  return opened;
}
