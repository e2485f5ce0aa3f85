// New lines, put above those that are there.
"use strict";
(() => {
  const MOST = 500;
  const list = document.querySelector("#lines[data-tail] .lines");
  if (!list) return;
  const tail = document.querySelector("#lines").dataset.tail;
  const status = document.querySelector("#live");
  let newest = list.dataset.newest;

  const look = async () => {
    const address = new URL(tail, location.href);
    address.searchParams.set("after", newest);
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText || answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const come = page.querySelector(".lines");
    newest = come.dataset.newest;
    list.prepend(...come.children);
    while (list.children.length > MOST) list.lastElementChild.remove();
  };

  const again = async () => {
    try {
      if (!document.hidden) await look();
      status.textContent = "new lines come on top";
    } catch (error) {
      status.textContent = "the console does not answer; trying again";
    }
    setTimeout(again, 1000);
  };
  again();
})();
