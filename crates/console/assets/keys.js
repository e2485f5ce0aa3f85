// Keys for what links and fields do already.
"use strict";
(() => {
  const typing = (element) => element.matches("input, select, textarea");
  const rows = () => [...document.querySelectorAll("[data-rows] summary, [data-rows] th a, [data-rows] > li > a, [data-rows] .row > a")];
  let afterG = false;

  const step = (by) => {
    const all = rows();
    const here = all.indexOf(document.activeElement);
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
    if (next) next.focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const goes = afterG;
    afterG = event.key === "g" && !goes;
    if (afterG) return;
    if (goes || ["[", "]", "f"].includes(event.key)) {
      const way = [...document.querySelectorAll("[data-key]")].find((way) => way.dataset.key === event.key);
      if (way) way.click();
    } else if (event.key === "/") {
      const field = document.querySelector("[data-search]");
      if (!field) return;
      event.preventDefault();
      field.focus();
      field.select();
    } else if (event.key === "j") {
      step(1);
    } else if (event.key === "k") {
      step(-1);
    }
  });
})();
