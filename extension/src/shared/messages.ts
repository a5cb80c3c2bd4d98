/**
 * Who says what to whom. Four roles: the content script (reads the page, fetches from it), the background (owns all
 * traffic to the backend and the conversation), the panel (the sidebar's iframe) and the options page.
 * One table per direction; nothing else is sent.
 */
import type { AnswerEvent, ModelInfo, PageContext, PageError, PageKind, Resource, ResourceRequest, UsageLine } from "./contract";

/** How a question came about. `selection` is quoted text; `ask` false only puts it into the box. */
export interface Opening {
  question?: string;
  selection?: string;
  error?: PageError;
  ask: boolean;
}

/** content script → background (runtime.sendMessage) */
export type FromContent = { type: "content/open"; opening: Opening };

/** background → content script (tabs.sendMessage, frame 0), with the answers that come back */
export interface ToContent {
  "page/context": { args: { type: "page/context" }; result: PageContext };
  /** Same-origin GET from the fixed list of paths; text is handed over in pieces by `page/piece`. */
  "page/fetch": { args: { type: "page/fetch"; request: ResourceRequest }; result: FetchedResource };
  "page/piece": { args: { type: "page/piece"; key: string; index: number }; result: { base64: string } | null };
  "sidebar/open": { args: { type: "sidebar/open"; opening?: Opening }; result: null };
  "sidebar/toggle": { args: { type: "sidebar/toggle" }; result: null };
  "sidebar/close": { args: { type: "sidebar/close" }; result: null };
  /** What the right click was on: the error row under the pointer, if there is one. */
  "page/clicked-error": { args: { type: "page/clicked-error" }; result: PageError | null };
}

/** A fetched resource; where the text is large it stays in the content script as `pieces` under `key`. */
export interface FetchedResource extends Resource {
  key?: string;
  pieces?: number;
  bytes?: number;
}

/** What can stop the panel before a question is asked. */
export type Trouble = "unpaired" | "token_refused" | "backend_down" | "no_page" | "consent_needed";

/** panel → background, over a port named "panel" (one per tab's sidebar). */
export type FromPanel =
  | { type: "hello"; tabId?: number }
  | { type: "ask"; question: string; selection?: string; audience: "user" | "expert"; model?: string | null }
  | { type: "stop" }
  | { type: "new" }
  | { type: "close" }
  | { type: "feedback"; messageId: string; helpful: boolean; comment: string }
  /** Another model's words for the evidence of an answer. */
  | { type: "compare"; messageId: string; model: string }
  /** The conversations in which these words occur; all of them without words. */
  | { type: "history"; words: string }
  /** Takes up an earlier conversation in this tab. */
  | { type: "continue"; id: string }
  | { type: "export"; id: string; format: "markdown" | "json" }
  | { type: "delete"; id: string }
  | { type: "consent"; model: string }
  /** The words of an `opening` are in the box. Until then the background keeps them, for any panel that comes. */
  | { type: "opened" }
  /** What stands in the box, kept for the tab's next page; Chromium keeps a page of ours in another's from storage. */
  | ({ type: "draft" } & Draft)
  | { type: "options" }
  | { type: "ping" };

/** Words and quotation in the box. */
export interface Draft {
  question: string;
  selection?: string;
}

/** Which page a question was asked on. */
export interface Subject {
  page: PageKind;
  pandaid: number | null;
  jeditaskid: number | null;
  site: string | null;
}

/** One exchange of the conversation as the background keeps it, so that a panel that comes back shows all of it. */
export interface Exchange {
  question: string;
  selection?: string;
  events: AnswerEvent[];
  state: "fetching" | "running" | "done" | "stopped" | "failed";
  /** Missing where there was no page. */
  about?: Subject;
  /** A sentence for what is going on now: "Reading pilotlog.txt from the page…" */
  progress?: string;
  /** What its reader said of the answer. */
  helpful?: boolean;
  comment?: string;
  /** Only of a comparison: the model that words it. */
  model?: string;
  /** What other models made of the same evidence. */
  comparisons?: Exchange[];
}

/** One line of the list of conversations. `excerpt` has the words that were looked for. */
export interface Listed {
  id: string;
  title: string;
  updated: string;
  excerpt?: string;
}

/**
 * background → panel, over the same port.
 *
 * `state` comes after each `hello` and whenever the whole picture changes; it replaces what the panel shows. `asked`
 * begins an exchange whoever began it (the panel's own `ask` too): the panel adds the exchange on this message, not
 * before. `opening` only puts words or a quotation into the box (a question that is to be asked at once is asked by the
 * background, which then says `asked`); it also gives back a question that trouble kept from being asked. A second
 * `start` event in one exchange begins a better answer to the same question: the earlier one stays until its words come.
 * A `comparison` is begun with `change` null; its changes are those of an exchange.
 * Who moves the focus: the content script focuses the frame, the panel puts it into its box on its window's `focus`.
 */
export type ToPanel =
  | { type: "state"; exchanges: Exchange[]; context: PageContext | null; models: ModelInfo[]; model: string; backend: string; draft?: Draft }
  | { type: "asked"; question: string; selection?: string }
  | Change
  | { type: "comparison"; of: string; model: string; change: Change | null }
  | { type: "history"; words: string; conversations: Listed[] }
  /** A conversation as a file, to be saved. */
  | { type: "file"; name: string; mime: string; text: string }
  /** What could not be done, in a sentence; nothing else has changed. */
  | { type: "notice"; text: string }
  | { type: "opening"; opening: Opening }
  | { type: "trouble"; trouble: Trouble; message: string; backend: string; detail?: { model: string; host: string; data: string[] } }
  | { type: "pong" };

/** How an exchange goes on. */
export type Change =
  | { type: "event"; event: AnswerEvent }
  | { type: "progress"; text: string }
  | { type: "ended"; state: Exchange["state"] };

/** options page → background (runtime.sendMessage), with the answers that come back */
export interface FromOptions {
  "options/pair": { args: { type: "options/pair"; backend: string; code: string }; result: { ok: boolean; message: string } };
  "options/status": {
    args: { type: "options/status" };
    result: { paired: boolean; reachable: boolean; backend: string; owner: string; models: ModelInfo[]; defaultModel: string };
  };
  /** The newest day first; nothing where the backend cannot be asked. */
  "options/usage": { args: { type: "options/usage" }; result: UsageLine[] };
  "options/unpair": { args: { type: "options/unpair" }; result: null };
  "options/monitors": { args: { type: "options/monitors"; monitors: string[] }; result: { ok: boolean; message: string } };
}

/** What is kept in storage.local. */
export interface Stored {
  backend: string; // "http://127.0.0.1:8765"
  token: string;
  owner: string;
  monitors: string[]; // origins, e.g. "https://bigpanda.cern.ch", "http://127.0.0.1:8766"
  model: string | null; // null: the backend's default
  audience: "user" | "expert";
  consented: string[]; // remote models the viewer agreed to
  width: number; // of the sidebar, CSS pixels
}

/**
 * A folder made ready for one installation may carry `setup.json` beside the manifest: the background reads it once at
 * install, pairs with the one-time code and adds the monitors. With `open` the sidebar then opens in the monitor's tab.
 */
export interface Setup {
  backend: string;
  code: string;
  monitors: string[];
  open?: boolean;
}
