/** What the backend asked for, fetched through the page and made small enough for a question's body. */
import type { AskRequest, PageContext, Resource, ResourceRequest } from "../shared/contract";
import type { FetchedResource } from "../shared/messages";
import type { Backend } from "./backend";
import type { Page } from "./page";
import { handingOver, readingPage, resourceName } from "./sentences";

/** The backend takes bodies up to 1 MiB; names and quoting need some of it. */
const LARGEST_BODY = 900_000;
/** More than this in one round is no honest request. */
const MOST = 16;

export interface Means {
  page: Page;
  backend: Pick<Backend, "upload">;
  signal: AbortSignal;
  progress: (words: string) => void;
}

export async function gather(requests: ResourceRequest[], means: Means): Promise<Record<string, Resource>> {
  const wanted = requests.slice(0, MOST);
  means.progress(readingPage(list(wanted.map(({ path }) => resourceName(path)))));
  const fetched = await unlessStopped(Promise.all(wanted.map((request) => means.page.fetch(request))), means.signal);
  const resources: Record<string, Resource> = {};
  // One upload at a time: the largest logs are as large as the background should hold.
  for (const [index, { path }] of wanted.entries()) {
    means.signal.throwIfAborted();
    resources[path] = await resource(path, fetched[index] ?? { error: "network" }, means);
  }
  return resources;
}

async function resource(path: string, fetched: FetchedResource, means: Means): Promise<Resource> {
  const { key, pieces, bytes: _, ...plain } = fetched;
  if (key === undefined || pieces === undefined) return plain;
  means.progress(handingOver(resourceName(path)));
  const bytes = await unlessStopped(means.page.bytes(key, pieces), means.signal);
  if (!bytes) return { error: "network" };
  return { ...plain, upload: await means.backend.upload(uploadName(path), bytes, means.signal) };
}

/**
 * The record behind a job's or task's page, which makes the first answer a full one. Where it came as it should it is
 * part of the context; where it is large or odd it goes as a resource, so that the backend can say what was odd.
 */
export async function record(context: PageContext, means: Means): Promise<Record<string, Resource>> {
  const path = recordPath(context);
  if (!path) return {};
  const resources = await gather([{ path, as: "json" }], means);
  const json = resources[path]?.json;
  if (!isRecord(json)) return resources;
  if (context.page === "task") context.task = json;
  else if (isRecord(json["job"])) context.job = { ...json["job"], files: json["files"] ?? [], dsfiles: json["dsfiles"] ?? [] };
  else return resources;
  return {};
}

function recordPath({ page, pandaid, jeditaskid }: PageContext): string | null {
  if (page === "job" && pandaid) return `/job?pandaid=${pandaid}&json`;
  if (page === "task" && jeditaskid) return `/task/${jeditaskid}/?json`;
  return null;
}

/** Moves the largest parts out of a body that is too large, into uploads. */
export async function fit(request: AskRequest, means: Omit<Means, "page">): Promise<void> {
  const resources = { ...request.resources };
  request.resources = resources;
  const context = request.context;
  const path = context ? recordPath(context) : null;
  while (size(request) > LARGEST_BODY) {
    const whole = context?.job ?? context?.task;
    if (path && context && whole && size(whole) > LARGEST_BODY / 4) {
      // As the monitor's own answer had it.
      const { files, dsfiles, ...job } = whole;
      resources[path] = { status: 200, content_type: "application/json", json: context.job ? { job, files, dsfiles } : whole };
      delete context.job;
      delete context.task;
    }
    const [largest] = Object.entries(resources)
      .filter(([, one]) => one.json !== undefined || one.text)
      .sort(([, a], [, b]) => size(b) - size(a));
    if (!largest) return;
    const [name, { json, text, ...rest }] = largest;
    const bytes = new Blob([json === undefined ? (text ?? "") : JSON.stringify(json)]);
    resources[name] = { ...rest, upload: await means.backend.upload(uploadName(name), bytes, means.signal) };
  }
}

function size(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

/** A file name for the backend: the log's own, or one made of the path. */
function uploadName(path: string): string {
  const file = new URL(path, "https://monitor.invalid").searchParams.get("filename");
  return file ?? `${path.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 80)}.json`;
}

/** The page may take a minute to fetch; a viewer who stops does not wait for it. */
function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopped = () => reject(signal.reason as Error);
    if (signal.aborted) stopped();
    signal.addEventListener("abort", stopped, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stopped));
  });
}

function list(names: string[]): string {
  const shown = [...new Set(names)];
  return shown.length > 3 ? `${shown.slice(0, 3).join(", ")} and ${shown.length - 3} more` : shown.join(", ");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
