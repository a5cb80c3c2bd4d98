/** The backend's HTTP interface. Every failure is a `BackendError` with a sentence for the viewer. */
import type { Answer, AskRequest, ModelInfo, UsageLine } from "../shared/contract";
import type { Listed, Stored } from "../shared/messages";
import { isLoopback } from "./settings";
import * as say from "./sentences";

export type Problem = "down" | "unpaired" | "refused" | "other";

export class BackendError extends Error {
  constructor(
    readonly problem: Problem,
    message: string,
    readonly code: string = problem,
    readonly retryable = false,
    readonly retryAfter: number | null = null,
    readonly status = 0,
  ) {
    super(message);
  }
}

/** Small questions to the backend are answered in this time, or it is taken to be away. */
const PATIENCE = 5_000;
/** An upload may be the whole of a large log over a slow line. */
const UPLOAD_PATIENCE = 300_000;

export interface Models {
  models: ModelInfo[];
  default: string;
}

/** A message of a conversation as the backend keeps it. */
export interface Told {
  id: string;
  role: "user" | "assistant";
  text: string;
  answer: Answer | null;
  feedback?: { helpful: boolean; comment: string } | null;
  comparisons?: { id: string; model: string; answer: Answer | null }[];
}

export class Backend {
  constructor(
    private readonly fetcher: typeof fetch,
    private readonly settings: Pick<Stored, "backend" | "token">,
  ) {}

  get address(): string {
    return this.settings.backend;
  }

  async models(): Promise<Models> {
    const answer = await this.json("GET", "/api/v1/models");
    const models = Array.isArray(answer["models"]) ? (answer["models"] as ModelInfo[]) : [];
    return { models, default: typeof answer["default"] === "string" ? answer["default"] : "none" };
  }

  /** One's own, of the last days, the newest first. */
  async usage(days: number): Promise<UsageLine[]> {
    const answer = await this.json("GET", `/api/v1/usage?days=${days}`);
    return Array.isArray(answer["purposes"]) ? (answer["purposes"] as UsageLine[]) : [];
  }

  /** A token for a one-time code. */
  async pair(code: string, name: string): Promise<{ token: string; owner: string }> {
    const answer = await this.json("POST", "/api/v1/pair", { code, name }, false);
    if (typeof answer["token"] !== "string" || !answer["token"]) {
      throw new BackendError("other", say.notTheBackend(this.address));
    }
    return { token: answer["token"], owner: typeof answer["owner"] === "string" ? answer["owner"] : "" };
  }

  async feedback(messageId: string, helpful: boolean, comment: string): Promise<void> {
    await this.json("POST", "/api/v1/feedback", { message_id: messageId, helpful, comment });
  }

  /** One's own conversations in which all these words occur, the last used first. */
  async conversations(words: string): Promise<Listed[]> {
    const answer = await this.json("GET", `/api/v1/conversations${words ? `?q=${encodeURIComponent(words)}` : ""}`);
    return Array.isArray(answer["conversations"]) ? (answer["conversations"] as Listed[]) : [];
  }

  async conversation(id: string): Promise<Told[]> {
    const answer = await this.json("GET", conversationPath(id));
    return Array.isArray(answer["messages"]) ? (answer["messages"] as Told[]) : [];
  }

  async deleteConversation(id: string): Promise<void> {
    await this.json("DELETE", conversationPath(id));
  }

  /** A conversation as a file: its name, type and text. */
  async exported(id: string, format: string): Promise<{ name: string; mime: string; text: string }> {
    const response = await this.send(`${conversationPath(id)}/export?format=${format}`, { signal: AbortSignal.timeout(PATIENCE) });
    const name = /filename="([\w.-]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
    return { name: name ?? `ask-panda.${format === "json" ? "json" : "md"}`, mime: response.headers.get("content-type") ?? "text/plain", text: await response.text() };
  }

  /** The stream of another model's words for the evidence of an answer. */
  compare(messageId: string, model: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const path = `/api/v1/answers/${encodeURIComponent(messageId)}/compare`;
    return this.stream("POST", path, signal, { "Content-Type": "application/json" }, JSON.stringify({ model }));
  }

  async stop(messageId: string): Promise<void> {
    await this.json("POST", `/api/v1/answers/${encodeURIComponent(messageId)}/stop`, {});
  }

  /** The stream of a new answer. */
  ask(request: AskRequest, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    return this.stream("POST", "/api/v1/ask", signal, { "Content-Type": "application/json" }, JSON.stringify(request));
  }

  /** The stream of an answer that goes on elsewhere, from the event after `lastEventId`. */
  resume(messageId: string, lastEventId: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers: Record<string, string> = lastEventId ? { "Last-Event-ID": lastEventId } : {};
    return this.stream("GET", `/api/v1/answers/${encodeURIComponent(messageId)}/events`, signal, headers);
  }

  /** Hands over what is too large for a question's body. Packed where it goes over a network. */
  async upload(name: string, bytes: Blob, signal: AbortSignal): Promise<string> {
    const body = isLoopback(this.address)
      ? bytes
      : await new Response(bytes.stream().pipeThrough(new CompressionStream("gzip"))).blob();
    const response = await this.send(`/api/v1/uploads?name=${encodeURIComponent(name)}`, {
      method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(UPLOAD_PATIENCE)]),
    });
    const answer = await readJson(response);
    if (typeof answer["upload"] !== "string") throw new BackendError("other", say.notTheBackend(this.address));
    return answer["upload"];
  }

  private async json(method: string, path: string, body?: unknown, paired = true): Promise<Record<string, unknown>> {
    const init: RequestInit = { method, signal: AbortSignal.timeout(PATIENCE) };
    if (body !== undefined) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    const response = await this.send(path, init, paired);
    return response.status === 204 ? {} : readJson(response);
  }

  private async stream(method: string, path: string, signal: AbortSignal, headers: Record<string, string>, body?: string): Promise<ReadableStream<Uint8Array>> {
    const init: RequestInit = { method, headers: { ...headers, Accept: "text/event-stream" }, signal };
    if (body !== undefined) init.body = body;
    const response = await this.send(path, init);
    if (!response.body || !response.headers.get("content-type")?.includes("text/event-stream")) {
      throw new BackendError("other", say.notTheBackend(this.address));
    }
    return response.body;
  }

  /** The response where it is a success. */
  private async send(path: string, init: RequestInit, paired = true): Promise<Response> {
    const { backend, token } = this.settings;
    if (paired && !token) throw new BackendError("unpaired", say.unpaired());
    const headers = new Headers(init.headers);
    if (paired) headers.set("Authorization", `Bearer ${token}`);
    let response: Response;
    try {
      response = await this.fetcher(backend + path, { ...init, headers, cache: "no-store", credentials: "omit", redirect: "error" });
    } catch (error) {
      if (init.signal?.aborted && !isTimeout(init.signal.reason)) throw error;
      throw new BackendError("down", say.backendDown(backend), "backend_down", true);
    }
    if (response.ok) return response;
    throw await refusal(response, backend, paired);
  }
}

function conversationPath(id: string): string {
  return `/api/v1/conversations/${encodeURIComponent(id)}`;
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === "TimeoutError";
}

async function readJson(response: Response): Promise<Record<string, unknown>> {
  try {
    const answer = (await response.json()) as unknown;
    if (typeof answer === "object" && answer !== null) return answer as Record<string, unknown>;
  } catch {
    // Said below: whatever answers there does not speak as the backend does.
  }
  throw new BackendError("other", say.notTheBackend(response.url));
}

/** An answer that is no success, in the backend's own words where it has some. */
async function refusal(response: Response, address: string, paired: boolean): Promise<BackendError> {
  const { status } = response;
  const body = (await response.json().catch(() => null)) as { error?: { code?: unknown; message?: unknown } } | null;
  const code = typeof body?.error?.code === "string" ? body.error.code : `http_${status}`;
  const told = typeof body?.error?.message === "string" ? body.error.message : "";
  const wait = Number(response.headers.get("retry-after") ?? NaN);
  const retryAfter = Number.isFinite(wait) && wait >= 0 ? wait : null;
  if (status === 401 && paired) return new BackendError("refused", say.tokenRefused(address), code, false, null, status);
  const message = say.refusal(status, told, retryAfter, address);
  return new BackendError("other", message, code, status === 429 || status >= 500, retryAfter, status);
}
