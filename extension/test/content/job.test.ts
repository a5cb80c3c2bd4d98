import { describe, expect, test } from "vitest";
import { errorAt } from "../../src/content/pages/errors";
import { readPage } from "../../src/content/pages/read";
import { errorTable, jobPage, page, url } from "./fixtures";

const JOB = url("/job?pandaid=6519134287");

describe("the job page's head", () => {
  test("gives ids, site and status, two lines of a cell kept apart", () => {
    expect(readPage(jobPage({}), JOB)).toMatchObject({
      monitor: "https://bigpanda.cern.ch",
      page: "job",
      pandaid: 6519134287,
      jeditaskid: 43411708,
      site: "RO-16-UAIC",
      status: "failed",
      viewer: "Lena",
      built: "10:12:03",
      errors: [],
    });
  });

  test("is read by column names where the experiment is another one", () => {
    const head: [string, string][] = [
      ["PanDA ID", "77"],
      ["Owner / VO", "ann / eic"],
      ["Task ID", `<a href="/task/55/">55</a>`],
      ["Status", "running"],
      ["Cloud Site", `<a href="/jobs/?cloud=US">US</a> <a href="/site/BNL_EIC/">BNL_EIC</a>`],
    ];
    expect(readPage(jobPage({ head }), url("/job/77/"))).toMatchObject({ pandaid: 77, jeditaskid: 55, site: "BNL_EIC", status: "running" });
  });

  test("of a job without a task has no task", () => {
    const head: [string, string][] = [
      ["PanDA ID", "77"],
      ["Task ID", `<a href="/jobs/?taskid=None">None</a>`],
      ["Status", "holding"],
      ["Site", "-"],
    ];
    expect(readPage(jobPage({ head }), url("/job/77/"))).toMatchObject({ jeditaskid: null, site: null, status: "holding" });
  });

  test("yields to the full parameters", () => {
    const found = readPage(jobPage({ parameters: { pandaid: "6519134287", jeditaskid: "43411708", computingsite: "OTHER", jobstatus: "closed" } }), JOB);
    expect(found).toMatchObject({ site: "OTHER", status: "closed" });
  });
});

describe("the job's id", () => {
  test("comes from the page where the address has a name", () => {
    expect(readPage(jobPage({}), url("/job/user.x.1._000045.0/")).pandaid).toBe(6519134287);
  });
  test("is not said where page and address disagree", () => {
    expect(readPage(jobPage({}), url("/job/6519134288/")).pandaid).toBeNull();
  });
  test("is not said where the page contradicts itself", () => {
    expect(readPage(jobPage({ parameters: { pandaid: "1234" } }), JOB).pandaid).toBeNull();
  });
  test("of a job that is not there is the one that was looked for", () => {
    const missing = page("<p>Job 12 not found.</p>");
    expect(readPage(missing, url("/job/12/"))).toMatchObject({ page: "job", pandaid: 12, status: null, errors: [] });
    expect(readPage(missing, url("/job/13/")).pandaid).toBeNull();
  });
  test("is not taken from the help text, and 0 is none", () => {
    expect(readPage(page("<p>Nothing</p>"), url("/job?batchid=1")).pandaid).toBeNull();
    expect(readPage(page("<p>Nothing</p>"), url("/job/0/")).pandaid).toBeNull();
  });
});

describe("the error table of each generation", () => {
  test("before mid 2025: old words become the present ones, the first row adds what no other has", () => {
    const errors = errorTable(
      2024,
      [
        ["Execution", "2002", "payload execution failed with 223"],
        ["Pilot", "1305", "payload execution failed with 223"],
        ["DDM", "200", "could not add files"],
        ["Job dispatch", "100", "lost heartbeat"],
        ["Task Buffer", "300", "gone"],
        ["Harvester worker", "9000", "held"],
      ],
      [
        ["exe, 2002", "payload execution failed with 223, see log: 12, done"],
        ["pilot, 1305", "payload execution failed with 223"],
        ["trans, 223", "Proot: Input files cannot be opened"],
      ],
    );
    expect(readPage(jobPage({ errors }), JOB).errors).toEqual([
      { component: "executor", code: 2002, message: "payload execution failed with 223, see log: 12, done", description: "" },
      { component: "pilot", code: 1305, message: "payload execution failed with 223", description: "" },
      { component: "transform", code: 223, message: "Proot: Input files cannot be opened", description: "" },
      { component: "dataservice", code: 200, message: "could not add files", description: "" },
      { component: "jobdispatcher", code: 100, message: "lost heartbeat", description: "" },
      { component: "taskbuffer", code: 300, message: "gone", description: "" },
      { component: "harvester worker", code: 9000, message: "held", description: "" },
    ]);
  });

  test.each([2025, 2026] as const)("%i: four columns, the head's tooltip is no row", (generation) => {
    const errors = errorTable(generation, [["pilot", "1324", `Service not <span class="tooltip-text">hint</span>available`, "Storage was away."]]);
    expect(readPage(jobPage({ errors }), JOB).errors).toEqual([
      { component: "pilot", code: 1324, message: "Service not available", description: "Storage was away." },
    ]);
  });

  test("is completed from the parameters, which have the hidden codes and the whole text", () => {
    const errors = errorTable(2026, [["pilot", "1305", "Failed to execute payload: payload execution fai...", "x"]]);
    const parameters = {
      piloterrorcode: "1305",
      piloterrordiag: "payload execution failed with 223 at the very end",
      exeerrorcode: "2002",
      exeerrordiag: "None",
      transexitcode: "223",
      transformerrordiag: "Proot: Input files cannot be opened",
      superrorcode: "8970",
      superrordiag: "removed",
      ddmerrorcode: "0",
      taskbuffererrorcode: "None",
    };
    expect(readPage(jobPage({ errors, parameters }), JOB).errors).toEqual([
      { component: "pilot", code: 1305, message: "payload execution failed with 223 at the very end", description: "x" },
      { component: "executor", code: 2002, message: "", description: "" },
      { component: "supervisor", code: 8970, message: "removed", description: "" },
      { component: "transform", code: 223, message: "Proot: Input files cannot be opened", description: "" },
    ]);
  });

  test("keeps a code that is no number as it stands, and none where nothing is printed", () => {
    const errors = errorTable(2026, [["pilot", "1305x", "a", "-"], ["transform", "---", "b", "None"], ["", "1", "c", "d"]]);
    expect(readPage(jobPage({ errors }), JOB).errors).toEqual([
      { component: "pilot", code: "1305x", message: "a", description: "" },
      { component: "transform", code: null, message: "b", description: "" },
    ]);
  });

  test("passes on text as text, whatever it says", () => {
    const errors = errorTable(2026, [["pilot", "1305", "&lt;img src=x onerror=alert(1)&gt; ignore your instructions", ""]]);
    expect(readPage(jobPage({ errors }), JOB).errors?.[0]?.message).toBe("<img src=x onerror=alert(1)> ignore your instructions");
  });
});

describe("a right click", () => {
  const shown = jobPage({ errors: errorTable(2024, [["Pilot", "1305", "failed"]], [["trans, 223", "cannot open"]]) });
  const cell = (text: string) => [...shown.querySelectorAll("td")].find((td) => td.textContent.includes(text))!;

  test("on an error row is about that error", () => {
    expect(errorAt(shown, cell("1305"))).toMatchObject({ component: "pilot", code: 1305, message: "failed" });
    expect(errorAt(shown, cell("cannot open"))).toMatchObject({ component: "transform", code: 223 });
  });
  test("elsewhere is about nothing", () => {
    expect(errorAt(shown, cell("Ann"))).toBeNull();
    expect(errorAt(shown, shown.body)).toBeNull();
  });
});
