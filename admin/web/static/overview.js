// The overview while it is open: texts of the page replaced by those that the server tells.
// A tab that nobody sees lets go of its connection, of which a browser has six for one place.
"use strict";

(() => {
  const place = document.getElementById("live");
  const told = place?.dataset ?? {};
  const SILENT_MS = 40000; // the server says something each 15 seconds
  let source = null;
  let heard = 0;

  function say(key, time) {
    place.textContent = told[key].replace("{time}", time);
    document.getElementById("main").classList.toggle("stale", key !== "live");
  }

  function put(values) {
    for (const [key, text] of Object.entries(values)) {
      const cell = document.querySelector(`[data-live="${key}"]`);
      if (cell && cell.textContent !== text) cell.textContent = text;
    }
  }

  function warn([text, path, act]) {
    const first = document.getElementById("first");
    first.hidden = !text;
    first.querySelector("span").textContent = text;
    const link = first.querySelector("a");
    link.hidden = !path;
    link.textContent = act;
    if (path) link.href = path;
  }

  function draw(bars) {
    bars.forEach(([y, height], number) => {
      const bar = document.querySelector(`[data-bar="${number}"]`);
      bar?.setAttribute("y", y);
      bar?.setAttribute("height", height);
    });
  }

  function alive(time) {
    heard = Date.now();
    told.time = time;
    say("live", time);
  }

  function now(event) {
    const facts = JSON.parse(event.data);
    alive(facts.values.at);
    if (facts.shape !== told.shape) return say("other", told.time);
    put(facts.values);
    warn(facts.wrong);
    draw(facts.bars);
  }

  function stop() {
    source?.close();
    source = null;
  }

  function start() {
    if (source || document.hidden) return;
    heard = Date.now();
    source = new EventSource("/live");
    source.addEventListener("now", now);
    source.addEventListener("alive", (event) => alive(event.data));
    source.addEventListener("error", () => {
      say(source.readyState === EventSource.CLOSED ? "over" : "lost", told.time);
    });
  }

  if (!place) return;
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  setInterval(() => {
    if (source && Date.now() - heard > SILENT_MS) say("lost", told.time);
  }, 5000);
  start();
})();
