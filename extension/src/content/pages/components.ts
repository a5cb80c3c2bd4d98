/** The monitor's present words for the parts that report errors, and what older pages and other lists call them. */
const WORDS: Record<string, string> = {
  exe: "executor",
  execution: "executor",
  trans: "transform",
  transformation: "transform",
  ddm: "dataservice",
  "job dispatch": "jobdispatcher",
  "job dispatcher": "jobdispatcher",
  "task buffer": "taskbuffer",
  sup: "supervisor",
};

export function component(word: string): string {
  const lower = word.trim().toLowerCase();
  return WORDS[lower] ?? lower;
}

/** Fields of the job record: which holds a component's code, and which the text to it. */
export const ERROR_FIELDS: readonly { component: string; code: string; diag: string }[] = [
  { component: "brokerage", code: "brokerageerrorcode", diag: "brokerageerrordiag" },
  { component: "dataservice", code: "ddmerrorcode", diag: "ddmerrordiag" },
  { component: "executor", code: "exeerrorcode", diag: "exeerrordiag" },
  { component: "jobdispatcher", code: "jobdispatchererrorcode", diag: "jobdispatchererrordiag" },
  { component: "pilot", code: "piloterrorcode", diag: "piloterrordiag" },
  { component: "supervisor", code: "superrorcode", diag: "superrordiag" },
  { component: "taskbuffer", code: "taskbuffererrorcode", diag: "taskbuffererrordiag" },
  { component: "transform", code: "transexitcode", diag: "transformerrordiag" },
];
