/** A browser and a backend for the background to live in. */
import type { Answer, AnswerEvent, AskRequest, PageContext, ResourceRequest } from "../../src/shared/contract";
import type { FetchedResource, ToPanel } from "../../src/shared/messages";
import type { Browser, Tab } from "../../src/background/browser";

export function answer(message_id: string, over: Partial<Answer> = {}): Answer {
  return {
    status: "answered",
    requests: [],
    conversation_id: "c1",
    message_id,
    intent: "job_failure",
    entities: {},
    text: "",
    sections: { description: "", user: { problem: "", causes: [], recommendations: [] }, expert: { analysis: "", steps: [], scenarios: [] }, problems: [], details: "" },
    blocks: [],
    diagnosis: null,
    citations: [],
    follow_ups: [],
    warnings: [],
    usage: { calls: [] },
    timings: {},
    ...over,
  };
}

/** The events of one whole answer. */
export function events(message_id: string, words: string[], over: Partial<Answer> = {}): AnswerEvent[] {
  return [
    { event: "start", data: { conversation_id: "c1", message_id, model: "none" } },
    ...words.map((text): AnswerEvent => ({ event: "token", data: { section: "description", text } })),
    { event: "done", data: answer(message_id, over) },
  ];
}

/** A stream of events, numbered from `first`; `cut` breaks it off without an end. */
export function stream(list: AnswerEvent[], { first = 1, cut = false, open = false, signal = undefined as AbortSignal | null | undefined } = {}): Response {
  const encoder = new TextEncoder();
  const rest = list.map(({ event, data }, index) => `id: ${first + index}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => signal?.addEventListener("abort", () => controller.error(new DOMException("", "AbortError"))),
    pull(controller) {
      const next = rest.shift();
      if (next !== undefined) controller.enqueue(encoder.encode(next));
      else if (cut) controller.error(new TypeError("network"));
      else if (!open) controller.close();
      // An open stream stays open: a pull that never resolves.
      return open && next === undefined ? new Promise(() => undefined) : undefined;
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
}

export const problem = (status: number, code: string, message: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error: { code, message } }, { status, headers });

export interface Call {
  method: string;
  path: string;
  body: unknown;
  headers: Headers;
}

export class FakeBackend {
  up = true;
  models: unknown = { models: [{ name: "none", provider: "none", remote: false }, { name: "openai/x", provider: "openai", remote: true }], default: "none" };
  readonly calls: Call[] = [];
  /** What each `ask` and each `events` is answered with, first to last. */
  readonly streams: ((call: Call, signal: AbortSignal | null | undefined) => Response)[] = [];
  readonly uploads: Uint8Array[] = [];
  /** Answers of other requests, by method and path. */
  readonly replies: Record<string, () => Response> = {};

  readonly fetch = async (input: string, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input);
    const path = url.pathname + url.search;
    const { method = "GET", body, signal } = init;
    const call: Call = { method, path, body: typeof body === "string" ? (JSON.parse(body) as unknown) : body, headers: new Headers(init.headers) };
    this.calls.push(call);
    if (!this.up) throw new TypeError("Failed to fetch");
    if (path === "/api/v1/pair") return (call.body as { code: string }).code === "GOOD" ? Response.json({ token: "new", owner: "ann" }) : problem(401, "unauthorized", "The code is wrong or old.");
    if (path === "/healthz") return new Response("ok");
    if (call.headers.get("authorization") !== "Bearer tok") return problem(401, "unauthorized", "no");
    if (path === "/api/v1/models") return Response.json(this.models);
    if (path.startsWith("/api/v1/uploads")) {
      this.uploads.push(new Uint8Array(await new Response(body).arrayBuffer()));
      return Response.json({ upload: `up${this.uploads.length}`, bytes: 1, lines: 1 });
    }
    if (path === "/api/v1/ask" || path.endsWith("/events") || path.endsWith("/compare")) {
      const next = this.streams.shift();
      if (!next) throw new TypeError("Failed to fetch");
      return next(call, signal);
    }
    return this.replies[`${method} ${path}`]?.() ?? new Response(null, { status: 204 });
  };

  asks(): AskRequest[] {
    return this.calls.filter(({ path }) => path === "/api/v1/ask").map(({ body }) => body as AskRequest);
  }

  paths(part: string): Call[] {
    return this.calls.filter(({ path }) => path.includes(part));
  }
}

export class FakeBrowser implements Browser {
  name = "Firefox";
  stored: Record<string, unknown> = { token: "tok", backend: "http://127.0.0.1:8765" };
  session = new Map<string, string>();
  context: PageContext | null = { page: "job", pandaid: 12, url: "https://bigpanda.cern.ch/job/12/", errors: [] };
  fetched: Record<string, FetchedResource | Promise<FetchedResource>> = { "/job?pandaid=12&json": { status: 200, content_type: "application/json", json: { job: { pandaid: 12 }, files: [{ lfn: "a" }] } } };
  pieces: Record<string, string[]> = {};
  asked: ResourceRequest[] = [];
  granted = ["https://bigpanda.cern.ch/*", "http://127.0.0.1/*", "http://localhost/*"];
  registered: string[] = [];
  menus: string[] = [];
  setup: unknown = null;
  done: string[] = [];

  constructor(readonly backend = new FakeBackend()) {}

  fetch: typeof fetch = (input, init) => this.backend.fetch(input as string, init);
  load = () => Promise.resolve({ ...this.stored });
  save = (values: object) => Promise.resolve(void Object.assign(this.stored, values));
  // As the browser does: what is stored is a copy.
  recall = (key: string) => Promise.resolve(JSON.parse(this.session.get(key) ?? "null") as unknown);
  remember = (key: string, value: unknown) => Promise.resolve(void this.session.set(key, JSON.stringify(value)));
  forget = (key: string) => Promise.resolve(void this.session.delete(key));
  addScript = (tabId: number, file: string) => {
    this.scripts.push([tabId, file]);
    return Promise.resolve(this.context !== null);
  };
  open: Tab[] = [];
  scripts: [number, string][] = [];
  tabs = () => Promise.resolve(this.open);
  openTab = (path: string) => Promise.resolve(void this.done.push(path));
  openOptions = () => Promise.resolve(void this.done.push("options"));
  readOwnFile = () => Promise.resolve(this.setup);
  hasHosts = (patterns: string[]) => Promise.resolve(patterns.every((one) => this.granted.includes(one)));
  registerPages = (patterns: string[]) => Promise.resolve(void (this.registered = patterns));
  showMenu = (_: string, __: string, patterns: string[]) => Promise.resolve(void (this.menus = patterns));

  askTab = (async (_: number, message: { type: string; request?: ResourceRequest; key?: string; index?: number }) => {
    if (!this.context) return undefined;
    this.done.push(message.type);
    if (message.type === "page/context") return structuredClone(this.context);
    if (message.type === "page/fetch") {
      this.asked.push(message.request!);
      return (await this.fetched[message.request!.path]) ?? { status: 404 };
    }
    if (message.type === "page/piece") {
      const base64 = this.pieces[message.key!]?.[message.index!];
      return base64 === undefined ? null : { base64 };
    }
    return null;
  }) as unknown as Browser["askTab"];
}

/** A panel that keeps what it hears. */
export class FakePanel {
  heard: ToPanel[] = [];
  postMessage = (message: ToPanel): void => void this.heard.push(structuredClone(message));

  of<T extends ToPanel["type"]>(type: T): Extract<ToPanel, { type: T }>[] {
    return this.heard.filter((message): message is Extract<ToPanel, { type: T }> => message.type === type);
  }

  types(): string[] {
    return this.heard.map((message) => (message.type === "event" ? message.event.event : message.type));
  }
}
