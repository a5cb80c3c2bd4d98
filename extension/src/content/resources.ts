/**
 * What the backend asked for, read from the page's own origin: each path once per page, answers that succeeded kept
 * while the page lives, odd ones told apart for the backend (a page where data was expected, a sign-in, nothing).
 */
import type { ResourceRequest } from "../shared/contract";
import type { FetchedResource } from "../shared/messages";
import { download, type Body, type Download } from "./download";
import { allowedUrl, logRequest, mediaUrl } from "./paths";

/** Messages and request bodies stay small; whatever is larger goes in pieces and becomes an upload. */
const INLINE = 256 * 1024;
/** Raw bytes of one piece. */
export const PIECE = 4 * 1024 * 1024;
const LARGEST = 200 * 1024 * 1024;
/** What is kept for another question on the same page. */
const KEPT = 256 * 1024 * 1024;
/** The file browser fetches the job's archive from the grid first. */
const SILENCE = { filebrowser: 60_000, other: 20_000 };
/** Of a page or an error that came instead of data, this much is enough to tell what it is. */
const ODD_TEXT = 100_000;
const ERROR_TEXT = 2_000;

export interface Resources {
  fetch(request: ResourceRequest): Promise<FetchedResource>;
  piece(key: string, index: number): Promise<{ base64: string } | null>;
}

export function createResources(origin: string, stop: AbortSignal): Resources {
  const started = new Map<string, Promise<Download>>();
  /** Bodies by their URL, oldest first. */
  const kept = new Map<string, Body>();

  /** One download per URL at a time and, where it succeeded, per page. */
  function once(url: URL, silence: number): Promise<Download> {
    const running = started.get(url.href);
    if (running) return running;
    const loading = download(url, { silence, size: LARGEST }, stop).then((result) => {
      if ("error" in result || result.status !== 200) started.delete(url.href);
      else keep(url.href, result);
      return result;
    });
    started.set(url.href, loading);
    return loading;
  }

  function keep(key: string, body: Body): void {
    kept.set(key, body);
    let total = [...kept.values()].reduce((sum, one) => sum + one.bytes.size, 0);
    for (const [oldest, { bytes }] of kept) {
      if (total <= KEPT || oldest === key) break;
      kept.delete(oldest);
      started.delete(oldest);
      total -= bytes.size;
    }
  }

  async function fetchOne(request: ResourceRequest): Promise<FetchedResource> {
    const url = allowedUrl(request.path, origin);
    if (!url) return { error: "blocked" };
    const log = logRequest(url);
    if (log) return fetchLog(log.list, log.filename);
    const silence = url.pathname.startsWith("/filebrowser") ? SILENCE.filebrowser : SILENCE.other;
    return shape(url.href, await once(url, silence), request.as);
  }

  /** The list first: asking for the file itself is answered with a redirect that an https page may not follow. */
  async function fetchLog(list: string, name: string): Promise<FetchedResource> {
    const listUrl = new URL(list, origin);
    const listed = await once(listUrl, SILENCE.filebrowser);
    const answer = await shape(listUrl.href, listed, "json");
    if (answer.json === undefined) return answer;
    const file = files(answer.json).find((one) => one.name === name);
    const url = file ? mediaUrl(file.media_link, origin) : null;
    if (!file || !url) {
      const error = listError(answer.json);
      return { status: 404, content_type: "application/json", text: error ? JSON.stringify({ error }) : "" };
    }
    if (file.size > LARGEST) return { error: "too_large" };
    return shape(url.href, await once(url, SILENCE.filebrowser), "text");
  }

  return {
    fetch: fetchOne,
    async piece(key, index) {
      const bytes = kept.get(key)?.bytes.slice(index * PIECE, (index + 1) * PIECE);
      return bytes?.size ? { base64: await base64(bytes) } : null;
    },
  };
}

/** A download as the contract's resource; bytes that are large, or are no UTF-8, are left to be fetched in pieces. */
async function shape(key: string, result: Download, as: ResourceRequest["as"]): Promise<FetchedResource> {
  if ("error" in result) return { error: result.error };
  const { status, type, bytes } = result;
  if (status !== 200) return { status, content_type: type, text: (await head(bytes, ERROR_TEXT)).trim() };
  if (isHtml(await head(bytes, 512))) return { status, content_type: "text/html", text: await head(bytes, ODD_TEXT) };
  if (bytes.size <= INLINE) {
    const words = decode(await bytes.arrayBuffer());
    if (as === "json") {
      const json = words === null ? undefined : parse(words);
      if (json !== undefined) return { status, content_type: "application/json", json };
    }
    if (words !== null) return { status, content_type: type, text: words };
  }
  const content_type = as === "json" ? "application/json" : type;
  return { status, content_type, key, bytes: bytes.size, pieces: Math.ceil(bytes.size / PIECE) };
}

function isHtml(start: string): boolean {
  return /^\s*(?:<!--[^]*?-->\s*)*<(?:!doctype html|html|head|body)\b/i.test(start);
}

async function head(bytes: Blob, most: number): Promise<string> {
  return new TextDecoder().decode(await bytes.slice(0, most).arrayBuffer());
}

/** The text, or null where the bytes are not UTF-8. A byte order mark stays: line and column must not move. */
function decode(bytes: ArrayBuffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parse(words: string): unknown {
  try {
    return JSON.parse(words) as unknown;
  } catch {
    return undefined;
  }
}

interface Listed {
  name: string;
  size: number;
  media_link: string;
}

function files(json: unknown): Listed[] {
  const list = isRecord(json) && Array.isArray(json["files"]) ? (json["files"] as unknown[]) : [];
  return list.flatMap((one) => {
    if (!isRecord(one) || typeof one["name"] !== "string" || typeof one["media_link"] !== "string") return [];
    return [{ name: one["name"], size: Number(one["size"]) || 0, media_link: one["media_link"] }];
  });
}

function listError(json: unknown): string | null {
  const error = isRecord(json) ? json["error"] : null;
  return typeof error === "string" && error ? error.slice(0, ERROR_TEXT) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function base64(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve((reader.result as string).slice((reader.result as string).indexOf(",") + 1));
    reader.onerror = () => reject(new Error("The page's data could not be read."));
    reader.readAsDataURL(bytes);
  });
}
