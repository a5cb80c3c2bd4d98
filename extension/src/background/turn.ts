/**
 * One turn: a question, its streamed answer, and up to two rounds of fetching what the answer says it needs. All that it
 * must remember is in the exchange, so that it goes on from there after the background has slept.
 */
import type { Answer, AnswerEvent, AskRequest, PageContext, Resource } from "../shared/contract";
import { BackendError, type Backend } from "./backend";
import type { Subject } from "../shared/messages";
import type { KeptExchange } from "./conversation";
import { fit, gather, record } from "./gather";
import type { Page } from "./page";
import { broken, cut } from "./sentences";
import { serverEvents } from "./sse";

export interface TurnMeans {
  backend: Backend;
  /** The page that is asked about, where there is one. */
  page: Page | null;
  conversationId: () => string;
  signal: AbortSignal;
  event: (event: AnswerEvent) => void;
  progress: (words: string) => void;
  wait: (milliseconds: number) => Promise<void>;
}

const ROUNDS = 2;
/** Waits before each attempt to take up a stream that was cut. */
const AGAIN = [200, 1_000, 2_000, 4_000, 8_000];
const EVENTS = new Set(["start", "route", "diagnosis", "sources", "token", "done", "error"]);

/** What a stream came to. `cut`: it ended before the answer did. */
type Outcome = { answer: Answer } | "failed" | "cut";

/** Runs the turn to its end. Throws `BackendError`, or the abort's reason. */
export async function runTurn(exchange: KeptExchange, means: TurnMeans): Promise<"done" | "failed"> {
  const { turn } = exchange;
  const resources: Record<string, Resource> = {};
  for (;;) {
    const outcome = complete(exchange) ?? (turn.messageId ? await follow(exchange, means) : await ask(exchange, resources, means));
    if (outcome === "failed" || outcome === "cut") return "failed";
    const { answer } = outcome;
    if (answer.status === "failed") return "failed";
    if (answer.status !== "needs" || !answer.requests.length || turn.round >= ROUNDS || !means.page) return "done";
    exchange.state = "fetching";
    Object.assign(turn, { round: turn.round + 1, continues: answer.message_id, messageId: "", lastEventId: "" });
  }
}

/** The round's answer where the background was ended between it and what follows from it. */
function complete({ events, turn }: KeptExchange): Outcome | null {
  const last = events.at(-1);
  return last?.event === "done" && last.data.message_id === turn.messageId ? { answer: last.data } : null;
}

/** Asks, with what the last answer of this turn said it needs. */
async function ask(exchange: KeptExchange, resources: Record<string, Resource>, means: TurnMeans): Promise<Outcome> {
  const { turn } = exchange;
  if (turn.compares) return heard(await means.backend.compare(turn.compares, turn.model ?? "none", means.signal), exchange, means);
  const context: PageContext = (await means.page?.context()) ?? {};
  // Where the question was asked, not where its reader has gone meanwhile.
  exchange.about ??= subject(context);
  if (exchange.selection) context.selection = exchange.selection;
  if (turn.error) context.errors = [turn.error, ...(context.errors ?? [])];
  if (means.page) {
    const fetching = { ...means, page: means.page };
    Object.assign(resources, await record(context, fetching));
    if (turn.continues) Object.assign(resources, await gather(lastRequests(exchange), fetching));
  }
  means.signal.throwIfAborted();
  const request: AskRequest = {
    question: exchange.question,
    conversation_id: means.conversationId() || null,
    continues: turn.continues || null,
    audience: turn.audience,
    model: turn.model,
    can_fetch: Boolean(means.page),
    context,
    resources,
  };
  await fit(request, means);
  return heard(await means.backend.ask(request, means.signal), exchange, means);
}

/** What a new stream comes to, taken up again where it is cut. */
async function heard(stream: ReadableStream<Uint8Array>, exchange: KeptExchange, means: TurnMeans): Promise<Outcome> {
  const outcome = await consume(stream, exchange, means);
  return outcome === "cut" ? follow(exchange, means) : outcome;
}

function subject({ page, pandaid, jeditaskid, site }: PageContext): Subject | undefined {
  return page && { page, pandaid: pandaid ?? null, jeditaskid: jeditaskid ?? null, site: site ?? null };
}

function lastRequests(exchange: KeptExchange): Answer["requests"] {
  const done = exchange.events.findLast((event) => event.event === "done");
  return done?.data.requests ?? [];
}

/** Takes up the stream of an answer that goes on at the backend, as often as it is cut. */
async function follow(exchange: KeptExchange, means: TurnMeans): Promise<Outcome> {
  const { turn } = exchange;
  if (!turn.messageId) throw new BackendError("other", cut(means.backend.address), "cut", true);
  for (let failures = 0; failures < AGAIN.length; failures += 1) {
    await means.wait(AGAIN[failures] ?? 0);
    means.signal.throwIfAborted();
    const before = turn.lastEventId;
    try {
      const stream = await means.backend.resume(turn.messageId, turn.lastEventId, means.signal);
      const outcome = await consume(stream, exchange, means);
      if (outcome !== "cut") return outcome;
    } catch (error) {
      if (!(error instanceof BackendError) || error.problem !== "down") throw error;
    }
    // A line that brought something before it broke again deserves as much patience as a new one.
    if (turn.lastEventId !== before) failures = -1;
  }
  throw new BackendError("down", cut(means.backend.address), "cut", true);
}

/** Hands on the events of a stream. */
async function consume(stream: ReadableStream<Uint8Array>, exchange: KeptExchange, means: TurnMeans): Promise<Outcome> {
  const { turn } = exchange;
  let outcome: Outcome = "cut";
  try {
    for await (const { id, event, data } of serverEvents(stream)) {
      means.signal.throwIfAborted();
      if (!EVENTS.has(event)) continue;
      const answered = { event, data: parse(data) } as AnswerEvent;
      if (answered.event === "start") turn.messageId = answered.data.message_id;
      turn.lastEventId = id;
      // What was stopped meanwhile stays stopped.
      if (exchange.state === "fetching") exchange.state = "running";
      means.event(answered);
      if (answered.event === "error") outcome = "failed";
      if (answered.event === "done") return { answer: answered.data };
    }
  } catch (error) {
    if (error instanceof BackendError) throw error;
    means.signal.throwIfAborted();
  }
  return outcome;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    throw new BackendError("other", broken(), "garbage", true);
  }
}
