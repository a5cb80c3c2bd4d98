/** What the panel knows, and how each message of the background changes it. Pure: no node, no clock, no port. */
import type { Answer, AnswerEvent, Citation, Diagnosis, ModelInfo, PageContext, Sections } from "../shared/contract";
import type { Change, Exchange, Subject, ToPanel } from "../shared/messages";
import { subjectOf } from "../shared/subject";

export type Failure = Extract<AnswerEvent, { event: "error" }>["data"];
export type Trouble = Extract<ToPanel, { type: "trouble" }>;

/** What the events of one answer have told so far. */
export interface Written {
  messageId: string;
  model: string;
  /** What the question was understood to ask, and the jobs that it is about. */
  intent: string;
  jobs: string;
  subject: Subject | null;
  diagnosis: Diagnosis | null;
  sources: Citation[];
  /** Streamed text by section name. */
  tokens: Record<string, string>;
  final: Answer | null;
  /** A further round has begun: `final` is the answer before it, shown until the new one says something. */
  superseded: boolean;
  failure: Failure | null;
}

export interface Turn {
  question: string;
  selection: string | undefined;
  state: Exchange["state"];
  progress: string;
  helpful: boolean | undefined;
  comment: string | undefined;
  /** Only of a comparison: the model that words it. */
  model: string | undefined;
  comparisons: Turn[];
  /** The page it was asked on. */
  about: Subject | PageContext | null;
  written: Written;
}

export interface Conversation {
  turns: Turn[];
  context: PageContext | null;
  models: ModelInfo[];
  model: string;
  backend: string;
  trouble: Trouble | null;
}

const NOTHING: Written = {
  messageId: "",
  model: "",
  intent: "",
  jobs: "",
  subject: null,
  diagnosis: null,
  sources: [],
  tokens: {},
  final: null,
  superseded: false,
  failure: null,
};

export const EMPTY: Conversation = { turns: [], context: null, models: [], model: "", backend: "", trouble: null };

export function read(written: Written, event: AnswerEvent): Written {
  switch (event.event) {
    case "start":
      return {
        ...written,
        messageId: event.data.message_id,
        model: event.data.model,
        tokens: {},
        superseded: written.final !== null,
        failure: null,
      };
    case "route":
      return { ...written, ...understood(event.data) };
    case "diagnosis":
      return { ...written, diagnosis: event.data };
    case "sources":
      return { ...written, sources: event.data };
    case "token": {
      const { section, text } = event.data;
      const tokens = { ...written.tokens, [section]: (written.tokens[section] ?? "") + text };
      return written.superseded ? { ...written, tokens, final: null, superseded: false } : { ...written, tokens };
    }
    case "done":
      return {
        ...written,
        messageId: event.data.message_id || written.messageId,
        final: event.data,
        superseded: false,
        ...understood(event.data),
        diagnosis: event.data.diagnosis,
        sources: event.data.citations,
      };
    case "error":
      return { ...written, failure: event.data };
  }
}

function understood({ intent, entities }: Pick<Answer, "intent" | "entities">): Pick<Written, "intent" | "jobs" | "subject"> {
  return { intent, jobs: JSON.stringify(entities["job_ids"] ?? []), subject: subjectOf(entities) };
}

export function hear(conversation: Conversation, message: ToPanel): Conversation {
  switch (message.type) {
    case "state":
      return {
        ...conversation,
        turns: message.exchanges.map(turnOf),
        context: message.context,
        models: message.models,
        model: message.model,
        backend: message.backend,
        // What still is in the way is said again after it.
        trouble: null,
      };
    case "asked": {
      const turn = { ...turnOf({ ...message, events: [], state: "fetching" }), about: conversation.context };
      return { ...conversation, turns: [...conversation.turns, turn], trouble: null };
    }
    case "event":
    case "progress":
    case "ended":
      return last(conversation, (turn) => changed(turn, message));
    case "comparison":
      return { ...conversation, turns: conversation.turns.map((turn) => (turn.written.messageId === message.of ? compared(turn, message) : turn)) };
    case "trouble":
      return { ...conversation, trouble: message, turns: withoutUnheard(conversation.turns) };
    case "history":
    case "file":
    case "notice":
    case "opening":
    case "pong":
      return conversation;
  }
}

function turnOf(exchange: Exchange): Turn {
  const { question, selection, state, progress = "", about = null, helpful, comment, model, comparisons = [], events } = exchange;
  return { question, selection, state, progress, about, helpful, comment, model, comparisons: comparisons.map(turnOf), written: events.reduce(read, NOTHING) };
}

function changed(turn: Turn, change: Change): Turn {
  switch (change.type) {
    case "event":
      return { ...turn, state: isRunning(turn) ? "running" : turn.state, progress: "", written: read(turn.written, change.event) };
    case "progress":
      return { ...turn, progress: change.text };
    case "ended":
      return { ...turn, state: change.state, progress: "" };
  }
}

/** One model has one comparison under an answer: a new one takes the place of the old. */
function compared(turn: Turn, { model, change }: Extract<ToPanel, { type: "comparison" }>): Turn {
  if (change) return { ...turn, comparisons: turn.comparisons.map((one) => (one.model === model ? changed(one, change) : one)) };
  const begun = turnOf({ question: turn.question, model, events: [], state: "fetching" });
  return { ...turn, comparisons: [...turn.comparisons.filter((one) => one.model !== model), begun] };
}

function last(conversation: Conversation, change: (turn: Turn) => Turn): Conversation {
  const turn = conversation.turns.at(-1);
  if (!turn) return conversation;
  return { ...conversation, turns: [...conversation.turns.slice(0, -1), change(turn)] };
}

/** A question that met a trouble before anything was answered goes back into the box instead of standing unanswered. */
function withoutUnheard(turns: Turn[]): Turn[] {
  const turn = turns.at(-1);
  return turn && isRunning(turn) && turn.written === NOTHING ? turns.slice(0, -1) : turns;
}

/** Intents whose answer is the verdict. "" is that of an answer that has not said yet what it understood. */
const ABOUT_A_FAILURE = new Set(["", "job_failure", "followup"]);

/**
 * Whether the answer at this place only mentions its verdict: what was asked is something else (a log's end, earlier
 * attempts), or the conversation has told this job's error before. Who asks the same once more wants all of it again.
 */
export function onlyMentions(turns: Turn[], at: number): boolean {
  const own = turns[at];
  if (!own?.written.diagnosis) return false;
  if (!ABOUT_A_FAILURE.has(own.written.intent)) return true;
  const before = turns.slice(0, at);
  return before.some((other) => verdictOf(other) === verdictOf(own)) && before.every(({ question }) => question !== own.question);
}

/** Which job, which error. */
function verdictOf({ written: { jobs, diagnosis } }: Turn): string {
  return diagnosis ? `${jobs} ${diagnosis.component}:${diagnosis.code}` : "";
}

export function isRunning(turn: Turn | undefined): boolean {
  return turn?.state === "fetching" || turn?.state === "running";
}

/** Whether anything is being written: an answer or a comparison. */
export function isBusy(turns: Turn[]): boolean {
  return isRunning(turns.at(-1)) || turns.some(({ comparisons }) => comparisons.some(isRunning));
}

/** Where a section's text goes; the names are those of the `token` event. */
export const SECTIONS = [
  "description",
  "user.problem",
  "user.causes",
  "user.recommendations",
  "expert.analysis",
  "expert.steps",
  "expert.scenarios",
  "problems",
  "details",
] as const;
export type SectionName = (typeof SECTIONS)[number];

/**
 * The Markdown of each section: the final answer's where it is there, otherwise what was streamed. An answer without
 * sections has its whole text under "details"; so has streamed text of a section that is not known here.
 */
export function sectionTexts(written: Written): Record<SectionName, string> {
  if (written.final) {
    const texts = fromAnswer(written.final.sections);
    if (!hasText(texts)) texts.details = written.final.text;
    return texts;
  }
  const texts = blank();
  for (const [name, text] of Object.entries(written.tokens)) {
    texts[isSection(name) ? name : "details"] += text;
  }
  return texts;
}

export function fromAnswer(sections: Sections): Record<SectionName, string> {
  const { user, expert } = sections;
  return {
    description: sections.description,
    "user.problem": user.problem,
    "user.causes": asList(user.causes),
    "user.recommendations": asList(user.recommendations),
    "expert.analysis": expert.analysis,
    "expert.steps": asList(expert.steps),
    "expert.scenarios": asList(expert.scenarios),
    problems: asList(sections.problems),
    details: sections.details,
  };
}

export function hasText(texts: Record<SectionName, string>, prefix = ""): boolean {
  return SECTIONS.some((name) => name.startsWith(prefix) && texts[name].trim() !== "");
}

/** Items as a Markdown list, further lines of an item kept inside it. */
export function asList(items: string[]): string {
  return items.map((item) => `- ${item.replace(/^[-*] /, "").replaceAll("\n", "\n  ")}`).join("\n");
}

function isSection(name: string): name is SectionName {
  return (SECTIONS as readonly string[]).includes(name);
}

function blank(): Record<SectionName, string> {
  return Object.fromEntries(SECTIONS.map((name) => [name, ""])) as Record<SectionName, string>;
}
