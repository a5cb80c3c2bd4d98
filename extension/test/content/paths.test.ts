import fc from "fast-check";
import { describe, expect, test } from "vitest";
import NAMED from "./monitor_paths.json";
import { ALLOWED, allowedUrl, logRequest, mediaUrl } from "../../src/content/paths";

const ORIGIN = "https://bigpanda.cern.ch";

describe("what may be read", () => {
  test.each([
    "/job?pandaid=6519134287&json",
    "/job/6519134287/?json",
    "/task/46374283/?json",
    "/jobs/?jeditaskid=1&jobstatus=failed&outputs=errsByCount&json",
    "/jobs/?computingsite=BNL*&days=1&date_from=2026-11-22T10:00&json",
    "/errors/?jeditaskid=1&json",
    "/tasks/?username=ann panda&json".replace(" ", "%20"),
    "/jobs/?produsername=Ren%C3%A9%20O%27Neill&hours=24&json",
    "/filebrowser/?pandaid=1&json",
    "/filebrowser/?pandaid=1&json&filename=payload.stdout",
    "/jobstatuslog/1/?json",
    "/taskstatuslog/1/?json",
    "/harvester/workers/?instance=CERN_central_A&hours=24&json",
    "/harvester/getworkerstats/?lastupdate_from=2026-11-22T10:00:00&lastupdate_to=2026-11-23T10:00:00&json",
    "/harvester/worker/12/?json",
    "/jobrelationships/1/?direction=upstream&json",
    "/api/joberrordescriptions/?json",
    "/sites/?json",
  ])("%s", (path) => {
    expect(allowedUrl(path, ORIGIN)?.href).toBe(ORIGIN + path);
  });
});

test.each(NAMED)("the backend may name %s, and it is read", (path) => {
  expect(allowedUrl(path, ORIGIN)).not.toBeNull();
});

describe("what may not", () => {
  test.each([
    "https://evil.example/job?pandaid=1&json",
    "//evil.example/job?pandaid=1&json",
    "/\\evil.example/job?pandaid=1&json",
    "job?pandaid=1&json",
    "/job?pandaid=1",
    "/job?pandaid=1 OR 1=1&json",
    "/job/1/../../admin/?json",
    "/job/1/%2e%2e/?json",
    "/user/?json",
    "/logout/?json",
    "/admin/?json",
    "/api/user_dash/initial/?json",
    "/killjob/?pandaid=1&json",
    "/job?pandaid=1&json#x",
    "/job?pandaid=1&json&next=https://evil.example",
    "/filebrowser/?pandaid=1&json&filename=../../etc/passwd",
    "/filebrowser/?json&filename=a.log",
    "/filebrowser/?lfn=a&scope=b&json",
    "/jobs/?__proto__=1&json",
    "/jobs/?constructor.x=1&json",
    "/jobs/?jobname=%3Cscript%3E&json",
    "/media/filebrowser/x?json",
    "",
    "/",
  ])("%s", (path) => {
    expect(allowedUrl(path, ORIGIN)).toBeNull();
  });

  test("whatever is allowed is a data request to the page's own origin, on a path of the table, as written", () => {
    const piece = fc.oneof(fc.string(), fc.constantFrom("/job", "?pandaid=1", "&json", "//", "\\", "..", "%2f", "#", "@", ":", "evil.example", "\n", "\t"));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = pieces.join("");
        const found = allowedUrl(path, ORIGIN);
        if (!found) return;
        expect(found.origin).toBe(ORIGIN);
        expect(found.searchParams.has("json")).toBe(true);
        expect(ALLOWED.some((rule) => rule.path.test(found.pathname))).toBe(true);
        expect(path.startsWith(found.pathname)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

test("a log is asked for by way of the list of its job", () => {
  const path = "/filebrowser/?pandaid=12&json&filename=pilotlog.txt";
  expect(logRequest(allowedUrl(path, ORIGIN)!)).toEqual({ pandaid: "12", filename: "pilotlog.txt", list: "/filebrowser/?pandaid=12&json" });
  expect(logRequest(allowedUrl("/filebrowser/?pandaid=12&json", ORIGIN)!)).toBeNull();
});

describe("a file's link", () => {
  test.each([
    ["http://bigpanda.cern.ch//media/filebrowser/u-1/pilotlog.txt", `${ORIGIN}//media/filebrowser/u-1/pilotlog.txt`],
    ["http://aipanda-7.cern.ch:8080/media/filebrowser/u-1/payload.stdout", `${ORIGIN}/media/filebrowser/u-1/payload.stdout`],
    ["bigpanda.cern.ch//media/filebrowser/u-1/pilotlog.txt", `${ORIGIN}//media/filebrowser/u-1/pilotlog.txt`],
    ["usdf-panda-bigmon.slac.stanford.edu:8443//media/filebrowser/u-1//a.txt", `${ORIGIN}//media/filebrowser/u-1//a.txt`],
    ["//media/filebrowser/u-1/a.txt", `${ORIGIN}//media/filebrowser/u-1/a.txt`],
    // a log in an object store: the monitor's own disk stands in the middle
    ["bigpanda.cern.ch//media/filebrowser/Q/PandaJob_1//opt/bigmon/core/media/filebrowser/Q/PandaJob_1/a.txt", `${ORIGIN}/media/filebrowser/Q/PandaJob_1/a.txt`],
  ])("%s is read on the page's own origin", (link, expected) => {
    expect(mediaUrl(link, ORIGIN)?.href).toBe(expected);
  });
  test.each(["javascript:alert(1)", "http://host/admin/", "http://host//media/filebrowser/../../admin/x", "//evil.example/x", "", "@evil.example/media/filebrowser/x", ".evil.example/media/filebrowser/x"])(
    "%s is not followed",
    (link) => {
      expect(mediaUrl(link, ORIGIN)).toBeNull();
    },
  );
});
