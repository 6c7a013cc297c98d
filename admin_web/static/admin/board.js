/* A month in two lines: orders that came in and orders that were closed. */
"use strict";

(() => {
  const box = document.getElementById("month");
  if (!box) return;

  const day = new Intl.DateTimeFormat(box.dataset.locale === "en" ? "en-GB" : box.dataset.locale, { day: "2-digit", month: "2-digit", timeZone: "UTC" });
  const shown = (seconds) => day.format(new Date(seconds * 1000));
  const line = { stroke: "#667382", grid: { stroke: "#e6ebf1", width: 1 }, ticks: { show: false } };
  const whole = (values) => values.map((value) => (Number.isInteger(value) ? value : ""));

  function options() {
    return {
      width: box.clientWidth - 24, height: 214, tzDate: (seconds) => new Date(seconds * 1000),
      scales: { x: { time: true }, y: { range: (_, low, high) => [0, Math.max(4, Math.ceil(high * 1.15))] } },
      axes: [{ ...line, values: (_, marks) => marks.map(shown), space: 70 }, { ...line, size: 36, values: (_, marks) => whole(marks) }],
      series: [
        { label: box.dataset.day, value: (_, seconds) => (seconds === null ? "—" : shown(seconds)) },
        { label: box.dataset.created, stroke: "#206bc4", width: 2, fill: "#206bc41f", points: { size: 5 } },
        { label: box.dataset.closed, stroke: "#2fb344", width: 2, points: { size: 5 } },
      ],
    };
  }

  function tell(kept) {
    const badge = document.getElementById("kept");
    if (kept === null) return;
    badge.textContent = badge.dataset.text.replace("{percent}", kept);
    badge.classList.add(kept >= 90 ? "bg-green-lt" : kept >= 75 ? "bg-yellow-lt" : "bg-red-lt");
    badge.hidden = false;
  }

  async function load() {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const { days, kept } = await answer.json();
    tell(kept);
    const data = [days.map((one) => Date.parse(one.day) / 1000), days.map((one) => one.created), days.map((one) => one.closed)];
    const chart = new uPlot(options(), data, box);
    addEventListener("resize", () => chart.setSize({ width: box.clientWidth - 24, height: 214 }));
  }
  load();
})();
