/* Today's timeline of technicians: shifts behind, jobs in front, a red line for now. Times are the company's. */
"use strict";

(() => {
  const box = document.getElementById("day");
  if (!box) return;
  const NAMES = 150;
  let calendar = null;

  const whole = (stamp, hours) => {
    const hour = Number(stamp.slice(11, 13)) + hours;
    return `${String(Math.min(24, Math.max(0, hour))).padStart(2, "0")}:00:00`;
  };
  const minutesLater = (stamp, minutes) => {
    const moment = new Date(stamp);
    moment.setMinutes(moment.getMinutes() + minutes);
    return moment;
  };

  function events(day) {
    const shifts = day.shifts.map((shift, n) => ({
      id: `shift-${n}`, resourceIds: [shift.member], start: shift.start, end: shift.end, display: "background", classNames: ["is-shift"],
    }));
    const now = { id: "now", resourceIds: day.lines.map((line) => line.id), start: day.now, end: minutesLater(day.now, 3), display: "background", classNames: ["is-now"] };
    const visits = day.visits.map((visit) => ({
      id: `job-${visit.job}`, resourceIds: [visit.member], start: visit.start, end: visit.end, title: `${visit.number}`,
      classNames: [`stage-${visit.stage}`, ...(visit.late ? ["is-late"] : [])], extendedProps: visit,
    }));
    return [...shifts, ...visits, now];
  }

  function label({ resource }) {
    const name = document.createElement("span");
    name.className = `day-name${resource.extendedProps.on ? " is-on" : ""}`;
    name.textContent = resource.title;
    return { domNodes: [name] };
  }

  function content({ event }) {
    return event.display === "background" ? "" : `${event.extendedProps.number} ${event.extendedProps.summary}`;
  }

  function dressed({ event, el }) {
    if (event.display === "background") return;
    const visit = event.extendedProps;
    el.title = [box.dataset.number.replace("{number}", visit.number), visit.summary, visit.site].filter(Boolean).join("\n");
    el.dataset.number = visit.number;
  }

  /* An hour is as wide as there is room for, but never narrower than its label. */
  function hourWidth(from, to) {
    const hours = Number(to.slice(0, 2)) - Number(from.slice(0, 2));
    return Math.max(52, Math.floor((box.clientWidth - NAMES) / hours));
  }

  function draw(day) {
    if (!day.lines.length) {
      if (calendar) EventCalendar.destroy(calendar);
      calendar = null;
      const empty = document.createElement("p");
      empty.className = "day-empty";
      empty.textContent = box.dataset.empty;
      box.replaceChildren(empty);
      return;
    }
    const from = whole(day.start, -1);
    const to = day.end.slice(0, 10) > day.now.slice(0, 10) || day.end.slice(11) === "00:00:00" ? "24:00:00" : whole(day.end, 2);
    const changing = {
      date: day.now.slice(0, 10),
      slotMinTime: from,
      slotMaxTime: to,
      slotWidth: hourWidth(from, to),
      resources: day.lines.map((line) => ({ id: line.id, title: line.name, extendedProps: { on: line.on_duty } })),
      events: events(day),
    };
    if (calendar) {
      for (const [name, value] of Object.entries(changing)) calendar.setOption(name, value);
      return;
    }
    box.replaceChildren();
    calendar = EventCalendar.create(box, {
      view: "resourceTimelineDay", locale: box.dataset.locale === "en" ? "en-GB" : box.dataset.locale, headerToolbar: { start: "", center: "", end: "" },
      height: "auto", slotDuration: "01:00", slotHeight: 26, scrollTime: whole(day.now, -4), slotLabelFormat: { hour: "numeric", minute: "2-digit", hour12: false },
      dayHeaderFormat: { weekday: "long", day: "numeric", month: "long" }, editable: false, selectable: false, pointer: false, displayEventEnd: false,
      resourceLabelContent: label, eventContent: content, eventDidMount: dressed,
      eventClick: ({ event }) => { if (event.extendedProps.number) location.href = `/admin/orders/${event.extendedProps.number}`; },
      ...changing,
    });
  }

  async function load() {
    const answer = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
    if (answer.ok) draw(await answer.json());
  }

  let waiting = null;
  box.addEventListener("live", () => { waiting ??= setTimeout(() => { waiting = null; load(); }, 1000); });
  setInterval(load, 60000);
  load();
})();
