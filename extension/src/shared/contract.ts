/** The backend's HTTP contract, version 1, as types. Names are the wire's. */

export type Status = "answered" | "needs" | "refused" | "failed" | "interrupted";
export type Party = "user" | "site" | "system" | "ddm" | "unknown";
export type PageKind =
  | "job" | "task" | "jobs" | "tasks" | "errors" | "site" | "user" | "filebrowser" | "harvester" | "home" | "other";

export interface PageError {
  component: string;
  code: number | string | null;
  message: string;
  description: string;
}

export interface PageContext {
  monitor?: string;
  url?: string;
  viewer?: string | null;
  /** When the page was built, as it says itself ("10:12:03", UTC): the monitor shows pages up to 20 minutes old. */
  built?: string | null;
  page?: PageKind;
  pandaid?: number | null;
  jeditaskid?: number | null;
  site?: string | null;
  status?: string | null;
  errors?: PageError[];
  selection?: string | null;
  job?: Record<string, unknown> | null;
  task?: Record<string, unknown> | null;
}

export interface ResourceRequest {
  path: string;
  as: "json" | "text";
}

/** What came back for one requested path. `error` stands instead of a status where there was no answer at all. */
export interface Resource {
  status?: number;
  content_type?: string;
  json?: unknown;
  text?: string;
  upload?: string;
  error?: "timeout" | "network" | "blocked" | "too_large";
}

export interface AskRequest {
  question: string;
  conversation_id?: string | null;
  continues?: string | null;
  audience?: "user" | "expert";
  language?: string | null;
  model?: string | null;
  /** We come back with what is needed: until then the backend's own words do, and a model words only the last round. */
  can_fetch?: boolean;
  context?: PageContext;
  resources?: Record<string, Resource>;
}

export interface EvidenceLine {
  file: string;
  text: string;
  line?: number;
  end?: number;
  field?: string;
  window?: { start: number; text: string };
}

export interface Diagnosis {
  outcome: "failed" | "closed" | "cancelled" | "holding";
  component: string;
  code: number;
  name: string;
  category: string;
  party: Party;
  transient: boolean | null;
  retry: {
    advice: "yes" | "no" | "wait";
    actor: "user" | "automatic" | "none";
    reason: string;
    attempt: number | null;
    max_attempts: number | null;
  };
  confidence: "high" | "medium" | "low";
  cause: string;
  evidence: EvidenceLine[];
  secondary: { component: string; code: number }[];
  signature: string;
}

export interface Citation {
  n: number;
  kind: "document" | "error" | "log" | "record" | "analysis" | "live";
  title: string;
  url: string;
  path: string;
  section: string;
  excerpt: string;
  as_of: string;
}

export interface Block {
  kind: "table" | "cluster" | "plot" | "timeline" | "image" | "code";
  title: string;
  data: Record<string, unknown>;
}

export interface Sections {
  description: string;
  user: { problem: string; causes: string[]; recommendations: string[] };
  expert: { analysis: string; steps: string[]; scenarios: string[] };
  problems: string[];
  details: string;
}

export interface Answer {
  status: Status;
  requests: ResourceRequest[];
  conversation_id: string;
  message_id: string;
  intent: string;
  entities: Record<string, unknown>;
  text: string;
  sections: Sections;
  blocks: Block[];
  diagnosis: Diagnosis | null;
  citations: Citation[];
  follow_ups: { question: string; why: string }[];
  warnings: string[];
  usage: { calls: ModelCall[] };
  timings: Record<string, number>;
}

/** A call of a model. Its cost is an estimate where it was cut off or not counted, and says nothing where no price is known. */
export interface ModelCall {
  model: string;
  purpose: string;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
  estimated?: boolean;
  priced?: boolean;
}

export interface ModelInfo {
  name: string;
  provider: string;
  remote: boolean;
  /** Where a remote model runs, if the backend says so. */
  host?: string;
}

/** What one model was used for on one day (UTC), by the one who asks; `estimated` and `unpriced` are calls. */
export interface UsageLine {
  day: string;
  model: string;
  purpose: string;
  calls: number;
  estimated: number;
  unpriced: number;
  input_tokens: number;
  output_tokens: number;
  cost_usd: number;
}

/** Events of a streamed answer, as the background passes them on. */
export type AnswerEvent =
  | { event: "start"; data: { conversation_id: string; message_id: string; model: string } }
  | { event: "route"; data: { intent: string; entities: Record<string, unknown> } }
  | { event: "diagnosis"; data: Diagnosis }
  | { event: "sources"; data: Citation[] }
  | { event: "token"; data: { section: string; text: string } }
  | { event: "done"; data: Answer }
  | { event: "error"; data: { code: string; message: string; retryable: boolean; retry_after: number | null } };
