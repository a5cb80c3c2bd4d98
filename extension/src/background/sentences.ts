/** What the background says to people. Each sentence tells what is the matter and what to do. */
import { isLoopback } from "./settings";

export const unpaired = (): string => "This browser is not paired with a backend yet: open the options and enter the code that `askpanda pair` prints.";

export const backendDown = (address: string): string =>
  isLoopback(address)
    ? `Ask PanDA's backend is not running at ${address}. Start it with \`make serve\` in the Ask PanDA folder, then ask again.`
    : `Ask PanDA's backend at ${address} cannot be reached. Check the address in the options and your network, then ask again.`;

export const tokenRefused = (address: string): string =>
  `The backend at ${address} does not accept this browser any more. Pair it again: the code that \`askpanda pair\` prints goes into the options.`;

export const notTheBackend = (address: string): string =>
  `What answers at ${address} is not Ask PanDA's backend. Check the address in the options.`;

export function refusal(status: number, told: string, retryAfter: number | null, address: string): string {
  if (status === 413) return told || "The question with what the page says is too large for the backend. Ask with a shorter selection.";
  if (status === 429) {
    const when = retryAfter === null ? "in a moment" : retryAfter <= 1 ? "in a second" : `in ${Math.ceil(retryAfter)} seconds`;
    return told || `Too many questions at once: ask again ${when}.`;
  }
  if (status === 503) return told || "The backend cannot answer now, because its database or index is away. Ask again in a moment.";
  return told || `The backend at ${address} answered with status ${status}. Its log file askpanda.log has the details.`;
}

export const cut = (address: string): string =>
  `The connection to the backend at ${address} was cut, and it did not come back. What had arrived is kept; ask again for the rest.`;

export const broken = (): string => "The answer could not be read. Ask again; the backend's log file askpanda.log has the details.";

export const readingPage = (what: string): string => `Reading ${what} from the page…`;

export const handingOver = (what: string): string => `Handing ${what} to the backend…`;

/** What a path of the monitor is called. */
export function resourceName(path: string): string {
  const url = new URL(path, "https://monitor.invalid");
  const file = url.searchParams.get("filename");
  if (file) return file;
  const [, kind = ""] = url.pathname.split("/");
  const names: Record<string, string> = {
    job: "the job's record",
    task: "the task's record",
    jobs: "the list of jobs",
    tasks: "the list of tasks",
    errors: "the error summary",
    filebrowser: "the list of logs",
    jobstatuslog: "the job's history",
    taskstatuslog: "the task's history",
    harvester: "the harvester's workers",
    sites: "the list of queues",
    wns: "the worker nodes",
    api: "the error descriptions",
  };
  return names[kind] ?? "more data";
}

export const consent = (model: string, host: string): string =>
  `The model ${model} runs at ${host}. Answering with it sends the following there; without your agreement nothing is sent.`;

/** What a remote model is sent. Names and secrets are replaced or cut by the backend before. */
export const REMOTE_DATA = [
  "your question and what you highlighted",
  "the job's or task's record and its error messages, as the page shows them",
  "the log lines that were chosen as evidence, and passages of the documentation",
  "nothing of passwords, tokens or proxies; names of people and machines only as stand-ins",
];

export const pairedAs = (owner: string, address: string): string => `Paired with ${address}${owner ? ` as ${owner}` : ""}.`;

export const noAddress = (address: string): string => `“${address}” is no address: write it like http://127.0.0.1:8765.`;

export const noHost = (address: string): string => `The browser has no permission for ${address}: save again and allow it.`;

export const EXPLAIN_SELECTION = "Explain this.";

export function explainError(component: string, code: number | string | null, message: string): string {
  const name = `${component} ${code ?? ""}`.trim();
  return `Explain this error: ${name}${message ? `: ${message.slice(0, 500)}` : ""}`;
}
