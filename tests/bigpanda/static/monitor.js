// The local monitor's small script: the search box, the Refresh link, paged tables, fragments on click, the log list.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const cell = (text) => { const td = document.createElement("td"); td.textContent = text === null ? "None" : String(text); return td; };

  const refresh = one("#button-refresh-page");
  if (refresh) refresh.addEventListener("click", (event) => {
    event.preventDefault();
    const url = new URL(location.href);
    url.searchParams.set("timestamp", new Date().toISOString().slice(11, 19));
    location.assign(url);
  });

  const menu = one("#main-menu-small button");
  if (menu) menu.addEventListener("click", () => one("#main-menu").classList.toggle("open"));

  const search = one("#button-bpsearch");
  if (search) search.addEventListener("click", () => {
    const word = encodeURIComponent(one("#searchinputid").value.trim());
    const paths = { pandaid: `/job?pandaid=${word}`, jeditaskid: `/task//${word}`, taskname: `/tasks/?taskname=${word}`, campaign: `/tasks/?campaign=${word}`, site: `/site/?site=${word}`, user: `/user/${word}/` };
    if (word) location.assign(paths[one("#searchselectid").value]);
  });

  function table(box) {
    const body = one("tbody", box), info = one(".dataTables_info", box), pages = one(".dataTables_paginate", box);
    let rows = [], start = 0, size = Number(box.dataset.page), word = "";
    const state = [...one("thead", box).querySelectorAll("th")].findIndex((th) => th.textContent === "Status");
    const draw = () => {
      const found = rows.filter((row) => !word || row.join(" ").toLowerCase().includes(word));
      body.replaceChildren(...found.slice(start, start + size).map((row, n) => {
        const tr = document.createElement("tr");
        tr.className = n % 2 ? "even" : "odd";
        tr.append(...row.map(cell));
        if (state >= 0) tr.children[state].className = `${row[state]}_fill`;
        return tr;
      }));
      // The head stands in a table of its own, so its columns are given the widths of the body's.
      const heads = one(".dataTables_scrollHead table", box).querySelectorAll("th");
      one(".dataTables_scrollHead table", box).style.width = `${body.parentElement.offsetWidth}px`;
      one(".dataTables_scrollBody thead", box).querySelectorAll("th").forEach((th, n) => { heads[n].style.width = heads[n].style.minWidth = `${th.offsetWidth}px`; });
      info.textContent = `Rows ${found.length ? start + 1 : 0} to ${Math.min(start + size, found.length)} of ${found.length}`;
      pages.replaceChildren(...Array.from({ length: Math.ceil(found.length / size) }, (_, n) => {
        const a = document.createElement("a");
        a.textContent = String(n + 1);
        a.className = n * size === start ? "paginate_button current" : "paginate_button";
        a.addEventListener("click", () => { start = n * size; draw(); });
        return a;
      }));
    };
    one("select", box).addEventListener("change", (event) => { size = Number(event.target.value); start = 0; draw(); });
    one("input", box).addEventListener("keyup", (event) => { word = event.target.value.toLowerCase(); start = 0; draw(); });
    const inline = one("script", box);
    if (inline) { rows = JSON.parse(inline.textContent); draw(); } else if (box.dataset.source) {
      fetch(box.dataset.source).then((reply) => reply.json()).then((data) => { rows = data.rows; draw(); });
    }
  }
  document.querySelectorAll(".dataTables_wrapper").forEach(table);

  document.querySelectorAll("[data-load]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    fetch(link.dataset.load).then((reply) => reply.text()).then((text) => { one(`#${link.dataset.into}`).innerHTML = text; });
  }));

  document.querySelectorAll(".tabs a").forEach((tab) => tab.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelectorAll(".tabs-panel").forEach((panel) => panel.classList.toggle("is-active", `#${panel.id}` === tab.getAttribute("href")));
  }));

  const browser = one("#filebrowser");
  if (browser) {
    const fail = (text) => {
      const box = document.createElement("div");
      box.className = "callout alert";
      box.textContent = `Failed to list log files. ${text}`;
      one("#loading").replaceChildren(box);
    };
    if (!browser.dataset.list) fail("No log archive is known for this job.");
    else fetch(browser.dataset.list).then((reply) => reply.json()).then((data) => {
      if (Object.keys(data.errors).length) return fail(Object.values(data.errors).join(" "));
      one("#loading").style.display = "none";
      if (data.total_unpacked_size > 500) {
        const box = one("#too_big_tarball");
        box.style.display = "";
        box.textContent = `The log archive is too large to be shown here (${data.total_unpacked_size} MB).`;
        return undefined;
      }
      const list = one("#filelist");
      list.style.display = "";
      one("tbody", list).append(...data.files.map((file) => {
        const tr = document.createElement("tr"), link = document.createElement("a"), td = document.createElement("td");
        link.href = file.media_link;
        link.textContent = `${file.dirname}/${file.name}`;
        td.append(link);
        tr.append(cell(file.modification), cell(file.size), td);
        return tr;
      }));
      return undefined;
    }).catch((error) => fail(String(error)));
  }

  document.querySelectorAll("canvas[data-bars]").forEach((canvas) => {
    const bars = JSON.parse(canvas.dataset.bars), pen = canvas.getContext("2d"), top = Math.max(1, ...bars);
    bars.forEach((bar, n) => { pen.fillStyle = "#b8473d"; pen.fillRect(4 + n * 14, canvas.height - bar / top * (canvas.height - 6), 10, bar / top * (canvas.height - 6)); });
  });
})();
