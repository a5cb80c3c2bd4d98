/** How the contract's words are said to a reader. One table a field; nothing else puts them into words. */
import type { AnswerEvent, Citation, Diagnosis, PageKind, Party } from "../shared/contract";
import type { IconName } from "./icons";

export const PARTY: Record<Party, string> = {
  user: "Your job or its options",
  site: "The site",
  ddm: "Data management (storage or transfer)",
  system: "PanDA or the experiment’s services",
  unknown: "Not clear",
};

export const OUTCOME: Record<Diagnosis["outcome"], string> = {
  failed: "Failed",
  closed: "Closed",
  cancelled: "Cancelled",
  holding: "Holding",
};

export const ADVICE: Record<Diagnosis["retry"]["advice"], { word: string; icon: IconName }> = {
  yes: { word: "Yes", icon: "retry" },
  wait: { word: "Yes, but later", icon: "wait" },
  no: { word: "No", icon: "no" },
};

export const ACTOR: Record<Diagnosis["retry"]["actor"], string> = {
  user: "You start it.",
  automatic: "PanDA retries by itself.",
  none: "",
};

const NEXT: Record<Exclude<Diagnosis["retry"]["advice"], "no">, Record<Diagnosis["retry"]["actor"], string>> = {
  yes: { user: "Retry the task.", automatic: "Nothing: PanDA retries by itself.", none: "" },
  wait: { user: "Wait until what failed is back, then retry the task.", automatic: "Wait: PanDA retries by itself.", none: "" },
};

/** Where no retry helps. */
const MEND: Record<Party, string> = {
  user: "Change the job or its options before the next try.",
  site: "Tell the site.",
  ddm: "Tell data management.",
  system: "Tell the operators of PanDA or of the service.",
  unknown: "",
};

/** What the verdict alone says to do; empty where that is nothing. A job that was ended on purpose needs nothing. */
export function nextWords(diagnosis: Diagnosis | null): string {
  if (!diagnosis) return "";
  const { outcome, party, retry } = diagnosis;
  if (retry.advice !== "no") return NEXT[retry.advice][retry.actor];
  return outcome === "closed" || outcome === "cancelled" ? "" : MEND[party];
}

export const CONFIDENCE: Record<Diagnosis["confidence"], { word: string; bars: number }> = {
  high: { word: "High", bars: 3 },
  medium: { word: "Medium", bars: 2 },
  low: { word: "Low", bars: 1 },
};

export const KIND: Record<Citation["kind"], { word: string; icon: IconName }> = {
  document: { word: "Document", icon: "document" },
  error: { word: "Error catalogue", icon: "error" },
  log: { word: "Log", icon: "log" },
  record: { word: "Record", icon: "record" },
  analysis: { word: "Earlier analysis", icon: "analysis" },
  live: { word: "Live data", icon: "live" },
};

export const PAGE: Record<PageKind, string> = {
  job: "Job",
  task: "Task",
  jobs: "List of jobs",
  tasks: "List of tasks",
  errors: "Errors",
  site: "Queue",
  user: "User",
  filebrowser: "Logs",
  harvester: "Harvester",
  home: "BigPanDA",
  other: "BigPanDA page",
};

/** Model "none" is our own wording, which needs no model. */
export function modelName(name: string): string {
  return name === "none" ? "no model" : name;
}

export function wordedBy(name: string): string {
  return name === "none" ? "Worded without a model" : `Worded by ${name}`;
}

/** "not transient" is said as what it means: the same job will end the same way. */
export function transientWord(transient: boolean | null): string {
  return transient === null ? "Not clear" : transient ? "Yes, it may pass" : "No, it will stay";
}

/** "attempt 1 of 3, 2 left"; empty where the record has no number. */
export function attemptWords(retry: Diagnosis["retry"]): string {
  if (retry.attempt === null) return "";
  if (retry.max_attempts === null) return `Attempt ${retry.attempt}`;
  const left = Math.max(0, retry.max_attempts - retry.attempt);
  return `Attempt ${retry.attempt} of ${retry.max_attempts}, ${left === 0 ? "none" : left} left`;
}

/** What an error event says, with when to try again. */
export function errorWords(error: Extract<AnswerEvent, { event: "error" }>["data"]): string {
  const message = error.message || "The answer could not be finished.";
  return error.retry_after ? `${message} Try again in ${Math.ceil(error.retry_after)} s.` : message;
}

/** "23 Nov 2026, 10:00 UTC"; a date that cannot be read is shown as it came. */
export function dateWords(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const time = date.toISOString().slice(11, 19);
  // Midnight to the second is a date that was written as a time.
  return !iso.includes("T") || time === "00:00:00" ? day : `${day}, ${time.slice(0, 5)} UTC`;
}

/** The lines an evidence stands on: "pilotlog.txt:1042–1044", or "job.json · field". */
export function placeWords(evidence: Diagnosis["evidence"][number]): string {
  if (evidence.field) return `${evidence.file} · ${evidence.field}`;
  if (evidence.line === undefined) return evidence.file;
  const end = evidence.end !== undefined && evidence.end > evidence.line ? `–${evidence.end}` : "";
  return `${evidence.file}:${evidence.line}${end}`;
}
