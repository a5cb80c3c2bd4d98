/** Realistic messages of the background, as the tests and a look at the panel want them. */
import type { Answer, AnswerEvent, Citation, Diagnosis, PageContext } from "../../src/shared/contract";
import type { ToPanel } from "../../src/shared/messages";

export const FAILED_JOB: PageContext = {
  monitor: "https://bigpanda.cern.ch",
  url: "https://bigpanda.cern.ch/job/6519134287/",
  page: "job",
  pandaid: 6519134287,
  jeditaskid: 43012345,
  site: "RO-16-UAIC",
  status: "failed",
  built: "10:12:03",
  errors: [{ component: "pilot", code: 1324, message: "Service not available at the moment", description: "" }],
};

export const MODELS = [
  { name: "none", provider: "none", remote: false },
  { name: "ollama/llama3.2", provider: "ollama", remote: false },
  { name: "openai/gpt-5-mini", provider: "openai", remote: true },
];

const WINDOW = [
  "2025-02-17 23:41:02,118 | INFO     | copytool_in | pilot.copytool.rucio | copy_in | downloading mc15_13TeV:EVNT.04972714._000029.pool.root.1",
  "2025-02-17 23:41:02,120 | DEBUG    | copytool_in | pilot.copytool.rucio | _stage_in_api | trying replica at RO-07-NIPNE_DATADISK (attempt 2 of 2)",
  "2025-02-17 23:41:33,406 | WARNING  | copytool_in | pilot.copytool.rucio | download attempt failed",
  "2025-02-17 23:41:33,407 | ERROR    | copytool_in | pilot.util.https | The requested service is not available at the moment. Details: [FATAL] Invalid redirect URL: root://xrd.nipne.example:1094//dpm/nipne.ro/home/atlas/atlasdatadisk/rucio/mc15_13TeV/8a/12/EVNT.04972714._000029.pool.root.1",
  "2025-02-17 23:41:33,409 | INFO     | copytool_in | pilot.api.data | transfer | stage-in from RO-07-NIPNE_DATADISK did not work",
  "2025-02-17 23:41:33,411 | DEBUG    | copytool_in | pilot.api.data | no further replicas to try",
];

export const STAGE_IN: Diagnosis = {
  outcome: "failed",
  component: "pilot",
  code: 1324,
  name: "SERVICENOTAVAILABLE",
  category: "Data management",
  party: "ddm",
  transient: true,
  retry: {
    advice: "wait",
    actor: "automatic",
    reason: "The storage at RO-07-NIPNE answered with a broken redirect; once it is repaired, the same job can pass.",
    attempt: 1,
    max_attempts: 3,
  },
  confidence: "high",
  cause: "The job could not fetch its input file: the storage RO-07-NIPNE_DATADISK answered with an invalid redirect.",
  evidence: [
    { file: "pilotlog.txt", line: 1042, end: 1042, text: WINDOW[3]!, window: { start: 1039, text: WINDOW.join("\n") } },
    {
      file: "job.json",
      field: "piloterrordiag",
      text: "Service not available at the moment: EVNT.04972714._000029.pool.root.1 from RO-07-NIPNE_DATADISK, Invalid redirect URL",
    },
    { file: "pilotlog.txt", line: 1107, end: 1108, text: "ERROR code 3011: Unable to remove destination file\n  No such file or directory" },
    { file: "pilotlog.txt", line: 1110, text: "stage-in failed: all replicas were tried" },
  ],
  secondary: [{ component: "transform", code: 65 }],
  signature: "pilot:1324:redirect",
};

export const CITATIONS: Citation[] = [
  {
    n: 1,
    kind: "error",
    title: "pilot:1324 SERVICENOTAVAILABLE",
    url: "",
    path: "errors/pilot.yaml",
    section: "Pilot errors",
    excerpt: "The storage or a service in front of it refused the transfer for now. The file itself is usually fine.",
    as_of: "2026-11-20T09:30:00Z",
  },
  {
    n: 2,
    kind: "log",
    title: "pilotlog.txt",
    url: "https://bigpanda.cern.ch/filebrowser/?pandaid=6519134287&filename=pilotlog.txt",
    path: "",
    section: "lines 1039 to 1044",
    excerpt: "",
    as_of: "2026-11-23T06:41:00Z",
  },
  {
    n: 3,
    kind: "document",
    title: "Stage-in and stage-out",
    url: "https://panda-wms.readthedocs.io/en/latest/",
    path: "guides/stage-in.md",
    section: "Stage-in > When a replica cannot be read",
    excerpt: "The pilot tries each replica in the order Rucio gives, nearest first. A storage that redirects to an address nobody can resolve is skipped.",
    as_of: "2026-10-02",
  },
];

export const SECTIONS: Answer["sections"] = {
  description:
    "Job **6519134287** ran `Sim_tf.py` at RO-16-UAIC and ended before the payload began: its input never arrived [1]. The transfer was a *stage-in*, so nothing of your own code has run yet.",
  user: {
    problem: "The input file `EVNT.04972714._000029.pool.root.1` could not be read from RO-07-NIPNE_DATADISK, because that storage sent the pilot to an address that does not work [2].",
    causes: [
      "The storage at RO-07-NIPNE is misconfigured or was being moved [1].",
      "A door of the storage was down, and the redirect to it was left behind [3].",
    ],
    recommendations: [
      "Do nothing for now: PanDA starts the next of the 3 attempts by itself.",
      "If all attempts end like this, report the file and RO-07-NIPNE_DATADISK to data management (DDM).",
    ],
  },
  expert: {
    analysis: "Both attempts of the copy tool failed at 23:41 with the same redirect; error 3011 on deleting the destination file follows from the failed download and is **not** a cause of its own [2].",
    steps: ["List the replicas:\n\n```bash\nrucio list-file-replicas mc15_13TeV:EVNT.04972714._000029.pool.root.1 --rses RO-07-NIPNE_DATADISK\n```", "Look at other jobs that read from RO-07-NIPNE_DATADISK in the last 6 hours."],
    scenarios: ["Only this file: the replica is lost.", "All files of the storage: its redirector is broken."],
  },
  problems: [],
  details: "",
};

export const ANSWER: Answer = {
  status: "answered",
  requests: [],
  conversation_id: "c1",
  message_id: "m1",
  intent: "job_failure",
  entities: { job_ids: [6519134287] },
  text: "The whole answer",
  sections: SECTIONS,
  blocks: [
    {
      kind: "table",
      title: "Attempts of this job",
      data: {
        columns: ["Attempt", "PanDA ID", "Site", "Error", "Duration"],
        rows: [
          [1, 6519134287, "RO-16-UAIC", "pilot:1324", "0:04:12"],
          [2, 6519177001, "RO-02-NIPNE", "pilot:1324", "0:05:40"],
          [3, 6519210099, "CERN", "", "2:41:07"],
        ],
      },
    },
    { kind: "code", title: "Send the job again", data: { language: "bash", code: "pbook -c 'retry(43012345)'" } },
  ],
  diagnosis: STAGE_IN,
  citations: CITATIONS,
  follow_ups: [
    { question: "Which other jobs failed like this?", why: "Tells a broken storage from a lost file." },
    { question: "What does pilot 1324 mean?", why: "" },
    { question: "Does this count against me?", why: "Whether the attempt is charged to you." },
  ],
  warnings: ["payload.stdout was not there: the payload never started."],
  usage: { calls: [{ model: "openai/gpt-5-mini", purpose: "answer", input_tokens: 3204, output_tokens: 411, cost_usd: 0.0021 }] },
  timings: { total: 0.41 },
};

export const START: AnswerEvent = { event: "start", data: { conversation_id: "c1", message_id: "m1", model: "none" } };

export function token(section: string, text: string): AnswerEvent {
  return { event: "token", data: { section, text } };
}

export function done(change: Partial<Answer> = {}): AnswerEvent {
  return { event: "done", data: { ...ANSWER, ...change } };
}

export function state(change: Partial<Extract<ToPanel, { type: "state" }>> = {}): ToPanel {
  return { type: "state", exchanges: [], context: FAILED_JOB, models: MODELS, model: "none", backend: "http://127.0.0.1:8765", ...change };
}

/** An answer without a finding, its words under "details". */
export function plainAnswer(text: string, change: Partial<Answer> = {}): Answer {
  return {
    ...ANSWER,
    intent: "documentation",
    sections: { description: "", user: { problem: "", causes: [], recommendations: [] }, expert: { analysis: "", steps: [], scenarios: [] }, problems: [], details: text },
    blocks: [],
    diagnosis: null,
    citations: [],
    follow_ups: [],
    warnings: [],
    usage: { calls: [] },
    ...change,
  };
}
