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

/** What the names of a component's fields in the job record begin with, where it is not the component's own word. */
const PREFIXES: Record<string, string> = { dataservice: "ddm", executor: "exe", supervisor: "sup" };

/** Fields of the job record: which holds a component's code, and which the text to it. */
export const ERROR_FIELDS: readonly { component: string; code: string; diag: string }[] = [
  ...["brokerage", "dataservice", "executor", "jobdispatcher", "pilot", "supervisor", "taskbuffer"].map((name) => {
    // "superrorcode" is the database's spelling: the prefix and "errorcode" share their letters.
    const prefix = PREFIXES[name] ?? name;
    return { component: name, code: `${prefix}errorcode`, diag: `${prefix}errordiag` };
  }),
  { component: "transform", code: "transexitcode", diag: "transformerrordiag" },
];
