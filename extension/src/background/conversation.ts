/** A tab's conversation as it is kept, so that neither a sleeping background nor a new panel loses any of it. */
import type { AnswerEvent, PageError } from "../shared/contract";
import type { Draft, Exchange, FromPanel, Opening } from "../shared/messages";
import type { Browser } from "./browser";

/** Where a turn stands: enough to go on with it from anywhere. */
export interface Turn {
  audience: "user" | "expert";
  model: string | null;
  /** The row of an error table that the question is about. */
  error?: PageError;
  /** How often resources were already fetched for it. */
  round: number;
  /** The answer that is being written; empty before the backend has begun one in this round. */
  messageId: string;
  lastEventId: string;
  /** The answer that this round goes on from. */
  continues: string;
  /** Only of a comparison: the answer whose evidence is worded anew. */
  compares?: string;
}

export interface KeptExchange extends Exchange {
  turn: Turn;
  comparisons?: KeptExchange[];
}

/** A turn of which nothing has been sent yet. */
export function newTurn(of: Partial<Turn> = {}): Turn {
  return { audience: "user", model: null, round: 0, messageId: "", lastEventId: "", continues: "", ...of };
}

/** A question as it came: from the panel, or from the page itself. */
export interface Asked extends Omit<Extract<FromPanel, { type: "ask" }>, "type" | "audience"> {
  audience?: "user" | "expert";
  error?: PageError;
}

export interface Kept {
  conversationId: string;
  exchanges: KeptExchange[];
  /** A question that has come and is not an exchange yet. */
  asked?: Asked;
  /** Words that wait for a panel whose box they go into. */
  opening?: Opening;
  /** What stands in the box and was not asked yet. */
  draft?: Draft;
}

/** The browser keeps 10 MB for a session, for all tabs. */
const MOST_EXCHANGES = 40;
const LARGEST = 2_000_000;

export function isRunning(exchange: Exchange | undefined): boolean {
  return exchange?.state === "fetching" || exchange?.state === "running";
}

/** The exchange, or the comparison under one, that is not over yet. */
export function unfinished({ exchanges }: Kept): KeptExchange | undefined {
  return [...exchanges.slice(-1), ...exchanges.flatMap(({ comparisons }) => comparisons ?? [])].find(isRunning);
}

/** The exchange or comparison that was answered with this message. */
export function answeredWith({ exchanges }: Kept, messageId: string): KeptExchange | undefined {
  return exchanges
    .flatMap((one) => [one, ...(one.comparisons ?? [])])
    .find(({ events }) => events.some((event) => event.event === "done" && event.data.message_id === messageId));
}

/** Adds an event; the words of an answer that is complete are in its `done` and need not be kept twice. */
export function record(exchange: KeptExchange, event: AnswerEvent): void {
  if (event.event === "done") exchange.events = exchange.events.filter((one) => one.event !== "token");
  exchange.events.push(event);
}

export async function load(browser: Browser, tabId: number): Promise<Kept> {
  const kept = (await browser.recall(key(tabId)).catch(() => null)) as Kept | null | undefined;
  return kept ?? { conversationId: "", exchanges: [] };
}

export async function save(browser: Browser, tabId: number, kept: Kept): Promise<void> {
  kept.exchanges = kept.exchanges.slice(-MOST_EXCHANGES);
  while (kept.exchanges.length > 1 && JSON.stringify(kept).length > LARGEST) kept.exchanges.shift();
  // A full store loses what a restart would need, nothing that is on the screen now.
  await browser.remember(key(tabId), kept).catch(() => undefined);
}

export async function forget(browser: Browser, tabId: number): Promise<void> {
  await browser.forget(key(tabId)).catch(() => undefined);
}

function key(tabId: number): string {
  return `conversation:${tabId}`;
}
