/** Server-sent events out of a response's body, whatever the borders of its chunks are. */

export interface ServerEvent {
  /** The last id that was named, by this event or an earlier one. */
  id: string;
  event: string;
  data: string;
}

/** A field without an end is held back up to here; a backend that sends more in one line is not ours. */
const LONGEST = 16 * 1024 * 1024;

export class EventParser {
  private rest = "";
  private afterReturn = false;
  private first = true;
  private id = "";
  private event = "";
  private data: string[] = [];

  /** The events that this text completes. */
  push(text: string): ServerEvent[] {
    if (this.first && text) {
      this.first = false;
      text = text.replace(/^\uFEFF/, "");
    }
    // A line feed that belongs to a carriage return may come with the next chunk.
    const fresh = this.afterReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text) this.afterReturn = text.endsWith("\r");
    const lines = (this.rest + fresh).split(/\r\n|\n|\r/);
    this.rest = lines.pop() ?? "";
    if (this.rest.length > LONGEST) throw new Error("A line of the answer is too long.");
    return lines.flatMap((line) => this.line(line) ?? []);
  }

  private line(line: string): ServerEvent | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") this.data.push(value);
    else if (field === "event") this.event = value;
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): ServerEvent | null {
    const complete = this.data.length ? { id: this.id, event: this.event || "message", data: this.data.join("\n") } : null;
    this.data = [];
    this.event = "";
    return complete;
  }
}

/** The events of a response, as they come. Ends with the body; throws where it is cut. */
export async function* serverEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.push(decoder.decode(value, { stream: true }));
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
