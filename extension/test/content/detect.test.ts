import { describe, expect, test } from "vitest";
import { detect } from "../../src/content/pages/detect";
import { isQuiet } from "../../src/content/pages/quiet";
import { url } from "./fixtures";

const NOTHING = { pandaid: null, jeditaskid: null, site: null };

describe("each address is known for what it is", () => {
  test.each([
    ["/job/6519134287/", { kind: "job", pandaid: 6519134287 }],
    ["/job/6519134287", { kind: "job", pandaid: 6519134287 }],
    ["/job/6519134287/extra/?timestamp=10:11:12#payloadlog", { kind: "job", pandaid: 6519134287 }],
    ["/job?pandaid=6519134287", { kind: "job", pandaid: 6519134287 }],
    ["/job?batchid=77.0", { kind: "job" }],
    ["/job/user.x.123._000045.0/", { kind: "job" }],
    ["/task/46374283/", { kind: "task", jeditaskid: 46374283 }],
    ["/task//46374283/", { kind: "task", jeditaskid: 46374283 }],
    ["/tasknew/46374283/", { kind: "task", jeditaskid: 46374283 }],
    ["/task?jeditaskid=46374283", { kind: "task", jeditaskid: 46374283 }],
    ["/task/?taskname=user.x", { kind: "task" }],
    ["/jobs/?jeditaskid=46374283&jobstatus=failed#joblist", { kind: "jobs", jeditaskid: 46374283 }],
    ["/jobs?pandaid=1,2", { kind: "jobs" }],
    ["/jobs/?pandaid=12", { kind: "jobs", pandaid: 12 }],
    ["/jobs/?computingsite=BNL*", { kind: "jobs" }],
    ["/jobs/?computingsite=BNL_PROD", { kind: "jobs", site: "BNL_PROD" }],
    ["/tasks/?username=x", { kind: "tasks" }],
    ["/errors/?sortby=count&jeditaskid=5", { kind: "errors", jeditaskid: 5 }],
    ["/site/RO-16-UAIC/", { kind: "site", site: "RO-16-UAIC" }],
    ["/site/?site=RO-16-UAIC", { kind: "site", site: "RO-16-UAIC" }],
    ["/site/%E0%A4%A/", { kind: "site" }],
    ["/user/Ann%20Panda/", { kind: "user" }],
    ["/user/", { kind: "user" }],
    ["/filebrowser/?pandaid=12", { kind: "filebrowser", pandaid: 12 }],
    ["/harvester/workers/?pandaid=12&days=3", { kind: "harvester", pandaid: 12 }],
    ["/harvester/worker/?harvesterid=a&workerid=1", { kind: "harvester" }],
    ["/harvesterworkerinfo/?workerid=1", { kind: "harvester" }],
    ["/", { kind: "home" }],
    ["/dash/region/", { kind: "other" }],
    ["/sites/", { kind: "other" }],
    ["/users/", { kind: "other" }],
    ["/prmonplots/12/", { kind: "other" }],
    ["/JOB/12/", { kind: "other" }],
    ["/jobstatuslog/12/", { kind: "other" }],
  ])("%s", (path, expected) => {
    expect(detect(url(path))).toEqual({ ...NOTHING, ...expected });
  });
});

describe("where the extension keeps quiet", () => {
  test.each(["/login/?next=/job/1/", "/logout/", "//media/filebrowser/a/pilotlog.txt", "/media/x", "/jobstatuslog/1/", "/taskstatuslog/1/", "/descendentjoberrsinfo/?x=1", "/job/1/?json"])("%s", (path) => {
    expect(isQuiet(new URL(`https://bigpanda.cern.ch${path}`))).toBe(true);
  });
  test.each(["/job/1/", "/jobs/?jobstatus=failed", "/", "/task/1/", "/loginfo/"])("but not on %s", (path) => {
    expect(isQuiet(url(path))).toBe(false);
  });
});
