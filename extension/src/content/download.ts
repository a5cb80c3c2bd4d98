/** One GET on the monitor's origin, bounded in size and in time, with every way to fail told apart. */
import type { Resource } from "../shared/contract";

export interface Body {
  status: number;
  type: string;
  bytes: Blob;
}

export type Download = Body | { error: NonNullable<Resource["error"]> };

export interface Limits {
  /** Milliseconds without a byte. */
  silence: number;
  /** Bytes of a whole body. */
  size: number;
}

/** Chunks are handed to the browser's blob store in lumps of this size, which it may keep on disk. */
const LUMP = 8 * 1024 * 1024;

const SILENCE = Symbol("silence");

export async function download(url: URL, limits: Limits, stop: AbortSignal): Promise<Download> {
  const cut = new AbortController();
  const giveUp = () => cut.abort();
  stop.addEventListener("abort", giveUp, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => cut.abort(SILENCE), limits.silence);
  };
  try {
    heard();
    const response = await fetch(url.href, { signal: cut.signal, redirect: "follow" });
    const type = response.headers.get("content-type") ?? "";
    // A signed-out viewer is led to the sign-in page, which answers 200: that is no answer to what was asked.
    if (response.redirected && new URL(response.url).pathname.startsWith("/login")) {
      cut.abort();
      return { status: 401, type, bytes: new Blob() };
    }
    if (Number(response.headers.get("content-length") ?? 0) > limits.size) {
      cut.abort();
      return { error: "too_large" };
    }
    const bytes = await collect(response, limits.size, heard);
    if (!bytes) cut.abort();
    return bytes ? { status: response.status, type, bytes } : { error: "too_large" };
  } catch {
    if (cut.signal.reason === SILENCE) return { error: "timeout" };
    return !cut.signal.aborted && (await leadsAway(url, cut.signal)) ? { status: 401, type: "", bytes: new Blob() } : { error: "network" };
  } finally {
    clearTimeout(timer);
    stop.removeEventListener("abort", giveUp);
  }
}

/**
 * Whether the answer is a redirect that cannot be followed: a single sign-on on another host, which browsers report like
 * a broken network.
 */
async function leadsAway(url: URL, signal: AbortSignal): Promise<boolean> {
  try {
    return (await fetch(url.href, { signal, redirect: "manual" })).type === "opaqueredirect";
  } catch {
    return false;
  }
}

/** The body, or null where it grows beyond `most` bytes. */
async function collect(response: Response, most: number, heard: () => void): Promise<Blob | null> {
  const reader = response.body?.getReader();
  if (!reader) return new Blob();
  const lumps: Blob[] = [];
  let chunks: Uint8Array<ArrayBuffer>[] = [];
  let waiting = 0;
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    heard();
    total += value.byteLength;
    if (total > most) return null;
    chunks.push(value);
    waiting += value.byteLength;
    if (waiting >= LUMP) {
      lumps.push(new Blob(chunks));
      chunks = [];
      waiting = 0;
    }
  }
  return new Blob([...lumps, ...chunks]);
}
