// @vitest-environment node
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createResources, PIECE, type Resources } from "../../src/content/resources";

const ORIGIN = "https://bigpanda.cern.ch";
const JOB = "/job?pandaid=12&json";
const LIST = "/filebrowser/?pandaid=12&json";
const log = (name: string) => `${LIST}&filename=${name}`;

/** Node has no FileReader; browsers do. */
class FileReader {
  result = "";
  onload = () => undefined as unknown;
  readAsDataURL(blob: Blob): void {
    void blob.arrayBuffer().then((bytes) => {
      this.result = `data:;base64,${Buffer.from(bytes).toString("base64")}`;
      this.onload();
    });
  }
}

type Answer = () => Response | Promise<Response>;
let answers: Record<string, Answer>;
let asked: string[];
let resources: Resources;
let leave: AbortController;

beforeEach(() => {
  answers = {};
  asked = [];
  leave = new AbortController();
  vi.stubGlobal("FileReader", FileReader);
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const path = address.slice(ORIGIN.length);
    asked.push(path);
    const answer = answers[path];
    if (!answer) return new Response("not here", { status: 404 });
    return Promise.race([
      answer(),
      new Promise<never>((_, reject) => init.signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")))),
    ]);
  });
  resources = createResources(ORIGIN, leave.signal);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const json = (value: unknown): Answer => () => Response.json(value);
const text = (words: BodyInit, type = "text/plain", status = 200): Answer => () => new Response(words, { status, headers: { "content-type": type } });
const files = (...list: { name: string; size?: number; link?: string }[]): Answer =>
  json({ error: "", files: list.map(({ name, size = 5, link }) => ({ name, size, media_link: link ?? `http://host-7//media/filebrowser/u/${name}` })) });

function redirected(answer: Response, to: string): Response {
  Object.defineProperty(answer, "redirected", { value: true });
  Object.defineProperty(answer, "url", { value: to });
  return answer;
}

describe("an answer is told for what it is", () => {
  const fetched = (path: string, as: "json" | "text" = "json") => resources.fetch({ path, as });

  test("data", async () => {
    answers[JOB] = json({ job: { pandaid: 12 } });
    expect(await fetched(JOB)).toEqual({ status: 200, content_type: "application/json", json: { job: { pandaid: 12 } } });
  });
  test("data with a type that is no type", async () => {
    answers[JOB] = text(`{"a": 1}`, "<class 'str'>");
    expect(await fetched(JOB)).toMatchObject({ status: 200, json: { a: 1 } });
  });
  test("a page with status 200 where data was expected", async () => {
    answers[JOB] = text("\n<!DOCTYPE html><html><body>Job 12 not found.</body></html>", "text/html; charset=utf-8");
    expect(await fetched(JOB)).toEqual({ status: 200, content_type: "text/html", text: "\n<!DOCTYPE html><html><body>Job 12 not found.</body></html>" });
  });
  test("data that is broken", async () => {
    answers[JOB] = text(`{"a": NaN`, "application/json");
    expect(await fetched(JOB)).toEqual({ status: 200, content_type: "application/json", text: `{"a": NaN` });
  });
  test("the sign-in page, by where the answer came from", async () => {
    answers[JOB] = () => redirected(new Response("<html>Sign in</html>"), `${ORIGIN}/login/?next=/job/12/`);
    expect(await fetched(JOB)).toMatchObject({ status: 401 });
  });
  test("a sign-on on another host, which looks like a broken network", async () => {
    let first = true;
    answers[JOB] = () => {
      if (!first) return Object.defineProperty(new Response(), "type", { value: "opaqueredirect" });
      first = false;
      throw new TypeError("Failed to fetch");
    };
    expect(await fetched(JOB)).toMatchObject({ status: 401 });
  });
  test("a broken network", async () => {
    answers[JOB] = () => {
      throw new TypeError("Failed to fetch");
    };
    expect(await fetched(JOB)).toEqual({ error: "network" });
  });
  test.each([401, 403, 404, 429, 500])("status %i, with what it says", async (status) => {
    answers[JOB] = text(`{"error": "no"}`, "application/json", status);
    expect(await fetched(JOB)).toEqual({ status, content_type: "application/json", text: `{"error": "no"}` });
  });
  test("nothing", async () => {
    answers[JOB] = text("");
    expect(await fetched(JOB)).toEqual({ status: 200, content_type: "text/plain", text: "" });
  });
  test("silence: 20 s for a page, 60 s for the file browser", async () => {
    vi.useFakeTimers();
    answers[JOB] = answers[LIST] = () => new Promise(() => undefined);
    const [page, list] = [fetched(JOB), fetched(LIST)];
    let listed = false;
    void list.then(() => (listed = true));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await page).toEqual({ error: "timeout" });
    await vi.advanceTimersByTimeAsync(39_000);
    expect(listed).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await list).toEqual({ error: "timeout" });
  });
  test("a path that is not allowed is not even asked for", async () => {
    expect(await fetched("/logout/?json")).toEqual({ error: "blocked" });
    expect(asked).toEqual([]);
  });
});

describe("once per page", () => {
  test("questions at the same time and later share an answer", async () => {
    answers[JOB] = json({});
    const request = { path: JOB, as: "json" as const };
    await Promise.all([resources.fetch(request), resources.fetch(request)]);
    await resources.fetch(request);
    expect(asked).toEqual([JOB]);
  });
  test("but what failed is tried again", async () => {
    answers[JOB] = text("later", "text/plain", 429);
    await resources.fetch({ path: JOB, as: "json" });
    answers[JOB] = json({ ok: 1 });
    expect(await resources.fetch({ path: JOB, as: "json" })).toMatchObject({ json: { ok: 1 } });
  });
});

describe("a log", () => {
  test("is read on the page's origin, by its name in the list, which is read once", async () => {
    answers[LIST] = files({ name: "payload.stdout" }, { name: "pilotlog.txt" });
    answers["//media/filebrowser/u/pilotlog.txt"] = text("line\n");
    answers["//media/filebrowser/u/payload.stdout"] = text("other\n");
    expect(await resources.fetch({ path: log("pilotlog.txt"), as: "text" })).toEqual({ status: 200, content_type: "text/plain", text: "line\n" });
    expect(await resources.fetch({ path: log("payload.stdout"), as: "text" })).toMatchObject({ text: "other\n" });
    expect(asked).toEqual([LIST, "//media/filebrowser/u/pilotlog.txt", "//media/filebrowser/u/payload.stdout"]);
  });
  test("that is not in the list is a 404, with the list's own reason", async () => {
    answers[LIST] = files({ name: "a" });
    expect(await resources.fetch({ path: log("b.txt"), as: "text" })).toMatchObject({ status: 404, text: "" });
    answers["/filebrowser/?pandaid=13&json"] = json({ error: "no log file", files: [] });
    expect(await resources.fetch({ path: "/filebrowser/?pandaid=13&json&filename=b.txt", as: "text" })).toMatchObject({ status: 404, text: `{"error":"no log file"}` });
  });
  test("whose list is odd gives the list's oddity", async () => {
    answers[LIST] = text("busy", "text/plain", 429);
    expect(await resources.fetch({ path: log("a.txt"), as: "text" })).toMatchObject({ status: 429, text: "busy" });
  });
  test("whose link leads elsewhere is not followed", async () => {
    answers[LIST] = files({ name: "a.txt", link: "https://evil.example/steal" });
    expect(await resources.fetch({ path: log("a.txt"), as: "text" })).toMatchObject({ status: 404 });
    expect(asked).toEqual([LIST]);
  });
  test("that is a page is told as a page", async () => {
    answers[LIST] = files({ name: "a.txt" });
    answers["//media/filebrowser/u/a.txt"] = text("<html><title>Not Found</title>", "text/html");
    expect(await resources.fetch({ path: log("a.txt"), as: "text" })).toMatchObject({ status: 200, content_type: "text/html" });
  });
  test("that is too large is not read", async () => {
    answers[LIST] = files({ name: "a.txt", size: 300 * 1024 * 1024 });
    expect(await resources.fetch({ path: log("a.txt"), as: "text" })).toEqual({ error: "too_large" });
    expect(asked).toEqual([LIST]);
  });
  test("that says too late how large it is is cut off by its header or on the way", async () => {
    answers[LIST] = files({ name: "a.txt" }, { name: "b.txt" });
    answers["//media/filebrowser/u/a.txt"] = () => new Response("x", { headers: { "content-length": String(201 * 1024 * 1024) } });
    let sent = 0;
    answers["//media/filebrowser/u/b.txt"] = () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            sent += 1;
            controller.enqueue(new Uint8Array(32 * 1024 * 1024));
          },
        }),
      );
    expect(await resources.fetch({ path: log("a.txt"), as: "text" })).toEqual({ error: "too_large" });
    expect(await resources.fetch({ path: log("b.txt"), as: "text" })).toEqual({ error: "too_large" });
    expect(sent).toBeLessThan(10);
  });
});

describe("bytes survive", () => {
  async function whole(name: string): Promise<{ bytes: Buffer; pieces: number }> {
    const fetched = await resources.fetch({ path: log(name), as: "text" });
    expect(fetched.text).toBeUndefined();
    const parts: Buffer[] = [];
    for (let index = 0; index < fetched.pieces!; index += 1) {
      parts.push(Buffer.from((await resources.piece(fetched.key!, index))!.base64, "base64"));
    }
    expect(fetched.bytes).toBe(Buffer.concat(parts).byteLength);
    expect(await resources.piece(fetched.key!, fetched.pieces!)).toBeNull();
    return { bytes: Buffer.concat(parts), pieces: fetched.pieces! };
  }

  test("of a small log in another encoding", async () => {
    const latin = new Uint8Array([0x43, 0x61, 0x66, 0xe9, 0x0a, 0x00, 0xff]);
    answers[LIST] = files({ name: "a.txt" });
    answers["//media/filebrowser/u/a.txt"] = text(latin);
    expect((await whole("a.txt")).bytes).toEqual(Buffer.from(latin));
  });
  test("of a log in several pieces", async () => {
    const bytes = new Uint8Array(2 * PIECE + 17).map((_, index) => (index * 31) % 256);
    answers[LIST] = files({ name: "a.txt", size: bytes.length });
    answers["//media/filebrowser/u/a.txt"] = text(bytes);
    const read = await whole("a.txt");
    expect(read.pieces).toBe(3);
    expect(read.bytes.equals(Buffer.from(bytes))).toBe(true);
  });
  test("of a small log in UTF-8, which goes inline with its mark and its controls", async () => {
    answers[LIST] = files({ name: "a.txt" });
    answers["//media/filebrowser/u/a.txt"] = text("\ufeffé\u2028\r\n\u001b[1m");
    expect((await resources.fetch({ path: log("a.txt"), as: "text" })).text).toBe("\ufeffé\u2028\r\n\u001b[1m");
  });
  test("no key gives bytes that were not fetched", async () => {
    expect(await resources.piece(`${ORIGIN}/etc`, 0)).toBeNull();
  });
});

test("leaving the page ends what is under way", async () => {
  answers[JOB] = () => new Promise(() => undefined);
  const waiting = resources.fetch({ path: JOB, as: "json" });
  leave.abort();
  expect(await waiting).toEqual({ error: "network" });
});
