/** Pages in the monitor's shape, made small: what is on them is what the readers must get right. */

export interface JobFixture {
  head?: [string, string][];
  errors?: string;
  parameters?: Record<string, string>;
  viewer?: string;
}

const HEAD: [string, string][] = [
  ["PanDA ID", "6519134287"],
  ["Owner", `<a href="/user/Ann%20Panda/">Ann Panda</a>`],
  ["Request<br>Task ID", `<a href="/tasks/?reqid=61204">61204</a><br><a href="/task/43411708/">43411708</a>`],
  ["Status", "failed"],
  ["Created<br>Last modified", "2025-02-17 23:25:21<br>2025-02-18 00:07:02"],
  ["Time to start<br>Duration<br>[d:h:m:s]", "0:04:28:04<br>0:00:12:38"],
  ["Site", `<a href="/site/RO-16-UAIC/">RO-16-UAIC</a>`],
];

const HEADS_2025 = `<tr><th>Component</th><th>Code</th><th>Message</th><th>Description
  <span class="tooltip-text">Written by a model</span></th></tr>`;

/** The error table of one generation of the monitor. Rows are component, code, message, description. */
export function errorTable(generation: 2024 | 2025 | 2026, rows: string[][], described: [string, string][] = []): string {
  const head = generation === 2026 ? "Job errors (Data category)" : "Job error summary:";
  const columns = generation === 2024 ? 3 : 4;
  const description = described.map(([name, text]) => `<b>${name}:</b> ${text}`).join("<br>");
  return `<table class="fresh-table unstriped alert"><thead><tr><th colspan=20>${head}</th></tr></thead><tbody>
    ${generation === 2024 ? `<tr><th>Error description:</th><td colspan="20">${description}</td></tr>` : ""}
    ${generation === 2024 ? "<tr><th>Component</th><th>Code</th><th>Message</th></tr>" : HEADS_2025}
    ${rows.map((row) => `<tr>${row.slice(0, columns).map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("")}
    </tbody></table>`;
}

export function jobPage({ head = HEAD, errors = "", parameters = {}, viewer = "Lena" }: JobFixture): Document {
  const status = head.find(([name]) => name === "Status")?.[1] ?? "failed";
  return page(
    `<table class="fresh-table"><thead><tr><th colspan=20>Job name: <a href="/jobs/?jobname=x">x</a></th></tr></thead><tbody>
      <tr>${head.map(([name]) => `<th>${name}</th>`).join("")}</tr>
      <tr>${head.map(([name, value]) => `<td class="${name === "Status" ? `${status}_fill` : ""}">${value}</td>`).join("")}</tr>
      <tr><th>Datasets:</th><td colspan=20>none</td></tr></tbody></table>
     ${errors}
     <table class="fresh-table"><thead><tr><th colspan=20> All job parameters </th></tr></thead><tbody>
      ${Object.entries(parameters).map(([name, value]) => `<tr><th>${name}</th><td> ${value} </td></tr>`).join("")}</tbody></table>`,
    viewer,
  );
}

/** A page with the monitor's bar, strip and help around its main part. */
export function page(content: string, viewer = "Lena", strip = "Details"): Document {
  return new DOMParser().parseFromString(
    `<!doctype html><html class="no-js" lang="en"><head><base href="https://bigpanda.cern.ch/"></head><body ng-app="bp-app">
     <div id="main-menu" class="top-bar"><div class="top-bar-right"><ul class="menu"><li><div class="searchbox show-for-large">
       <select id="searchselectid"><option>Job number</option></select><input id="searchinputid"></div></li>
       <li><a class="user-name-icon" href="#"><i></i><span>${viewer}</span></a></li></ul></div></div>
     <div class="top-subbar"><p>${strip}</p><div>host-7, 10:12:03, <a id="button-refresh-page">Refresh</a></div></div>
     <div id="content" class="body-content">${content}
       <div class="card help">Job 999 not found. <table><thead><tr><th>All job parameters</th></tr></thead></table></div></div>
     </body></html>`,
    "text/html",
  );
}

export const url = (path: string): URL => new URL(path, "https://bigpanda.cern.ch");
