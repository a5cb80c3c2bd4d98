/**
 * What may be read from the monitor with the viewer's session: GET of these paths, each with these query keys only.
 * The backend names paths, but it does not decide: whatever is not in this table is refused.
 */

interface Allowed {
  path: RegExp;
  query: Record<string, RegExp>;
  required?: string[];
}

const NUMBER = /^\d{1,15}$/;
const WORD = /^[\w.@+ -]{1,200}$/;
const FILE = /^[\w.@+=,~-]{1,200}$/;
/** Filters of lists: values may hold names of people, patterns, lists and times. */
const FILTER = /^[\p{L}\p{N}_.,:;*|!@+ '()/=#~-]{0,1500}$/u;
const FLAG = /^[\w-]{0,20}$/;
const JSON_KEY = { json: FLAG };

/** Filter names of the lists: any field of a job or task, as the monitor's own links use them. */
const ANY_FIELD = "*";
const LIST = { ...JSON_KEY, [ANY_FIELD]: FILTER };

export const ALLOWED: readonly Allowed[] = [
  { path: /^\/job\/?$/, query: { ...JSON_KEY, pandaid: NUMBER }, required: ["pandaid"] },
  { path: /^\/job\/\d{1,15}\/?$/, query: JSON_KEY },
  { path: /^\/task\/?$/, query: { ...JSON_KEY, jeditaskid: NUMBER }, required: ["jeditaskid"] },
  { path: /^\/task\/\d{1,15}\/?$/, query: JSON_KEY },
  { path: /^\/(?:jobs|tasks|errors)\/?$/, query: LIST },
  { path: /^\/filebrowser\/?$/, query: { ...JSON_KEY, pandaid: NUMBER, filename: FILE }, required: ["pandaid"] },
  { path: /^\/(?:jobstatuslog|taskstatuslog)\/\d{1,15}\/?$/, query: JSON_KEY },
  { path: /^\/(?:jobrelationships|tasklogs|getjobsummaryfortask)\/\d{1,15}\/?$/, query: LIST },
  { path: /^\/harvester\/(?:workers|getworkers|getworkerstats|instances|slots|worker\/\d{1,15})\/?$/, query: LIST },
  { path: /^\/api\/joberrordescriptions\/?$/, query: JSON_KEY },
  { path: /^\/(?:sites|users)\/?$/, query: LIST },
  // the viewer's own tasks; another user's are in the list of tasks
  { path: /^\/user\/$/, query: { ...JSON_KEY, days: NUMBER }, required: ["days"] },
  { path: /^\/wns\/[\w.+-]{1,100}\/?$/, query: { ...JSON_KEY, hours: NUMBER, jobstatus: WORD } },
];

/** A log of a job, which the file browser only leads to. */
export interface LogRequest {
  pandaid: string;
  filename: string;
  /** The file browser's list of that job's files. */
  list: string;
}

/** The path as a URL of the page's own origin, or null where it is not in the table. */
export function allowedUrl(path: string, origin: string): URL | null {
  if (!path.startsWith("/") || path.length > 2000) return null;
  const url = URL.canParse(path, origin) ? new URL(path, origin) : null;
  // What the parser had to change (dots, backslashes, another host, a fragment) was not written by an honest client.
  if (!url || url.origin !== origin || url.hash || url.pathname !== path.split("?")[0]) return null;
  const allowed = ALLOWED.some(
    (rule) =>
      rule.path.test(url.pathname) &&
      url.searchParams.has("json") &&
      (rule.required ?? []).every((key) => url.searchParams.has(key)) &&
      [...url.searchParams].every(([key, value]) => allowedParameter(rule, key, value)),
  );
  return allowed ? url : null;
}

function allowedParameter(rule: Allowed, key: string, value: string): boolean {
  const pattern = Object.hasOwn(rule.query, key) ? rule.query[key] : /^[a-z][a-z0-9_]{0,40}$/.test(key) ? rule.query[ANY_FIELD] : undefined;
  return pattern?.test(value) ?? false;
}

/** A request for one file, taken apart; null for any other path. */
export function logRequest(url: URL): LogRequest | null {
  const pandaid = url.searchParams.get("pandaid");
  const filename = url.searchParams.get("filename");
  if (!url.pathname.startsWith("/filebrowser") || !pandaid || !filename) return null;
  return { pandaid, filename, list: `/filebrowser/?pandaid=${pandaid}&json` };
}

const MEDIA = "/media/filebrowser/";

/**
 * Where a file's link leads, on the page's own origin. The monitor writes plain http links (`http://host//media/...`)
 * on https pages too, which the browser blocks, links without a scheme (`host:8443//media/...`, since June 2025), and a
 * server behind another name; the path is the same everywhere.
 */
export function mediaUrl(link: string, origin: string): URL | null {
  const path = /^(?:https?:\/\/)?(?:[\w-][\w.-]*(?::\d+)?)?(\/.*)$/i.exec(link)?.[1];
  // Joined, not resolved: a path that begins with two slashes would be taken for a host.
  if (!path || !URL.canParse(origin + path)) return null;
  const url = new URL(origin + path);
  // Of logs in an object store the link also holds the place of the file on the monitor's own disk, with the path in it.
  const last = url.pathname.lastIndexOf(MEDIA);
  if (last > url.pathname.indexOf(MEDIA) && /^\/+media\/filebrowser\//.test(url.pathname)) url.pathname = url.pathname.slice(last);
  return url.origin === origin && !url.search && /^\/+media\/filebrowser\/./.test(url.pathname) ? url : null;
}
