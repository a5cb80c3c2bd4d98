/** Which page an address is. Paths are case-sensitive on the monitor; a last slash may be there or not. */
import type { PageKind } from "../../shared/contract";
import { id } from "./dom";

/** What the address alone tells. The page itself is asked first; see `read.ts`. */
export interface Address {
  kind: PageKind;
  pandaid: number | null;
  jeditaskid: number | null;
  site: string | null;
}

interface Rule {
  kind: PageKind;
  /** On the path; a group `job`, `task` or `site` is the id. */
  path: RegExp;
  /** Query keys that hold an id where the path has none. */
  job?: string[];
  task?: string[];
  site?: string[];
}

export const RULES: readonly Rule[] = [
  { kind: "job", path: /^\/job\/(?<job>[^/]+)(?:\/[^/]*)?\/?$/ },
  { kind: "job", path: /^\/job\/?$/, job: ["pandaid"] },
  { kind: "task", path: /^\/+task(?:new)?\/+(?<task>[^/]+)\/?$/ },
  { kind: "task", path: /^\/task\/?$/, task: ["jeditaskid"] },
  { kind: "jobs", path: /^\/jobs\/?$/, job: ["pandaid"], task: ["jeditaskid"], site: ["computingsite"] },
  { kind: "tasks", path: /^\/tasks\/?$/, task: ["jeditaskid"] },
  { kind: "errors", path: /^\/errors\/?$/, job: ["pandaid"], task: ["jeditaskid"], site: ["computingsite"] },
  { kind: "site", path: /^\/site\/(?<site>[^/]+)\/?$/ },
  { kind: "site", path: /^\/site\/?$/, site: ["site"] },
  { kind: "user", path: /^\/user(?:\/.*)?$/ },
  { kind: "filebrowser", path: /^\/filebrowser\/?$/, job: ["pandaid"], site: ["site"] },
  {
    kind: "harvester",
    path: /^\/(?:harvester\/(?:workers|worker|instances|slots)|harvesterworkerinfo|harvesterworkers)\/?$/,
    job: ["pandaid"],
    site: ["computingsite"],
  },
  { kind: "home", path: /^\/$/ },
];

/** Values of filters that choose more than one thing. */
const PATTERN = /[*|,!]/;

export function detect(url: URL): Address {
  for (const rule of RULES) {
    const found = rule.path.exec(url.pathname);
    if (!found) continue;
    const query = (keys: string[] = []) => keys.map((key) => url.searchParams.get(key)).find((words) => words) ?? null;
    const site = decode(found.groups?.["site"]) ?? query(rule.site);
    return {
      kind: rule.kind,
      pandaid: id(found.groups?.["job"] ?? query(rule.job)),
      jeditaskid: id(found.groups?.["task"] ?? query(rule.task)),
      site: site && !PATTERN.test(site) ? site : null,
    };
  }
  return { kind: "other", pandaid: null, jeditaskid: null, site: null };
}

function decode(words: string | undefined): string | null {
  if (words === undefined) return null;
  try {
    return decodeURIComponent(words);
  } catch {
    return null;
  }
}
