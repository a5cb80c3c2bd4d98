import { describe, expect, test } from "vitest";
import { readPage } from "../../src/content/pages/read";
import { errorAt } from "../../src/content/pages/errors";
import { page, url } from "./fixtures";

describe("the task page", () => {
  const task = (id: string, parameters = "") =>
    page(`<div id="taskInfoTable"><table><tbody>
        <tr><th>Task ID</th><th>Status</th><th>Detailed JEDI status</th><th>N input files<br>finished<br>failed</th></tr>
        <tr><td>${id}</td><td class="running_fill mid">running</td><td class="pending_fill mid">pending</td><td>4,875<br>1,112<br>0</td></tr>
      </tbody></table></div>
      <div class="card warning"><div class="errorlog"><h5>Logged status: <a href="/x">insufficient input</a><br>for job<script>evil()</script></h5></div></div>
      <table><thead><tr><th>PanDA/JEDI task parameters</th></tr></thead><tbody>${parameters}</tbody></table>`);

  test("gives id, its own status and JEDI's message without markup", () => {
    expect(readPage(task("46374283"), url("/task/46374283/"))).toMatchObject({
      page: "task",
      jeditaskid: 46374283,
      pandaid: null,
      status: "running",
      errors: [{ component: "jedi", code: null, message: "insufficient input for job" }],
    });
  });
  test("says no id where page and address, or page and page, disagree", () => {
    expect(readPage(task("46374283"), url("/task/1/")).jeditaskid).toBeNull();
    const two = task("46374283", `<tr><td class="bold">jeditaskid</td><td>5</td></tr>`);
    expect(readPage(two, url("/task/46374283/")).jeditaskid).toBeNull();
  });
  test("of a task that is not there keeps the address's id", () => {
    expect(readPage(page(""), url("/task/5/"))).toMatchObject({ jeditaskid: 5, status: null, errors: [] });
  });
});

describe("lists", () => {
  const list = page(`<table id="errorsummary_groupbycode"><thead><tr><th>Category</th><th>Component:code</th><th>Nerrors</th><th>Sample</th></tr></thead>
      <tbody><tr><td>Payload</td><td><a href="/x">pilot:1305</a></td><td>1,204</td><td>payload failed</td></tr>
      <tr><td>Data</td><td>ddm:200</td><td>3</td><td>-</td></tr></tbody>
      <tfoot><tr><td><select><option>pilot:9999</option></select></td></tr></tfoot></table>
      <table><tbody><tr><th>12</th></tr><tr><td>7</td><td><b>transform:223</b> cannot open</td></tr></tbody></table>`);

  test.each(["jobs", "errors"])("of %s give their error summary, by code", (kind) => {
    const found = readPage(list, url(`/${kind}/?jeditaskid=5&computingsite=BNL`));
    expect(found).toMatchObject({ page: kind, jeditaskid: 5, site: "BNL", pandaid: null });
    expect(found.errors).toEqual([
      { component: "pilot", code: 1305, message: "payload failed", description: "" },
      { component: "dataservice", code: 200, message: "", description: "" },
    ]);
  });
  test("let a right click take the row's error", () => {
    expect(errorAt(list, list.querySelector("a[href='/x']")!)).toMatchObject({ component: "pilot", code: 1305 });
    expect(errorAt(list, list.querySelector("b")!)).toEqual({ component: "transform", code: 223, message: "cannot open", description: "" });
  });
});

describe("other pages", () => {
  test("a queue's page names the queue", () => {
    const queue = page(`<table><thead><tr><th>BNL_PROD information</th></tr></thead><tbody><tr><th>Status</th><td>online</td></tr></tbody></table>`);
    expect(readPage(queue, url("/site/BNL_PROD/"))).toMatchObject({ page: "site", site: "BNL_PROD", status: "online" });
    expect(readPage(queue, url("/site/OTHER/")).site).toBeNull();
  });
  test("the file browser's job is linked in the strip", () => {
    const browser = page("", "Lena", `Files of job <a href="/job/12/">12</a>`);
    expect(readPage(browser, url("/filebrowser/?guid=a")).pandaid).toBe(12);
    expect(readPage(browser, url("/filebrowser/?pandaid=13")).pandaid).toBeNull();
  });
  test("nobody signed in is no viewer", () => {
    expect(readPage(page("", "-"), url("/"))).toMatchObject({ page: "home", viewer: null });
  });
  test("every other page offers at least its address", () => {
    expect(readPage(page(""), url("/dash/region/?x=1"))).toMatchObject({ page: "other", url: "https://bigpanda.cern.ch/dash/region/?x=1", errors: [] });
  });
});
