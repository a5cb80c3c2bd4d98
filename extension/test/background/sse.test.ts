// @vitest-environment node
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventParser, serverEvents, type ServerEvent } from "../../src/background/sse";

function parse(...chunks: string[]): ServerEvent[] {
  const parser = new EventParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

async function read(...chunks: Uint8Array<ArrayBuffer>[]): Promise<ServerEvent[]> {
  const found: ServerEvent[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  for await (const event of serverEvents(body)) found.push(event);
  return found;
}

describe("the stream's rules", () => {
  test("fields, with and without a blank, and more than one data line", () => {
    expect(parse("id: 7\nevent:token\ndata: a\ndata:b\ndata:  c\n\n")).toEqual([{ id: "7", event: "token", data: "a\nb\n c" }]);
  });
  test("comments, unknown fields and empty events are nothing", () => {
    expect(parse(": ping\n\nretry: 5\nevent: token\n\nfoo\ndata\n\n")).toEqual([{ id: "", event: "message", data: "" }]);
  });
  test("the id lasts until another one, the event's name does not", () => {
    expect(parse("id: 1\nevent: a\ndata: x\n\ndata: y\n\n")).toEqual([
      { id: "1", event: "a", data: "x" },
      { id: "1", event: "message", data: "y" },
    ]);
  });
  test("a byte order mark at the start is skipped, and an event without its end is not given", () => {
    expect(parse("\uFEFFdata: x\n\ndata: y\n")).toEqual([{ id: "", event: "message", data: "x" }]);
  });
  test("CR LF between chunks is one line end", () => {
    expect(parse("data: a\r", "\n", "\r", "\ndata: b\r\r", "\n")).toEqual([
      { id: "", event: "message", data: "a" },
      { id: "", event: "message", data: "b" },
    ]);
  });
  test("a line without end is given up rather than kept for ever", () => {
    const parser = new EventParser();
    const lump = "x".repeat(9 * 1024 * 1024);
    parser.push(lump);
    expect(() => parser.push(lump)).toThrow("too long");
  });
});

const line = fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, "")).filter((text) => !text.includes("\uFEFF"));
const event = fc.record({ id: line.filter((id) => !id.includes("\0")), event: line.filter((name) => name !== ""), data: fc.array(line, { minLength: 1, maxLength: 3 }) });
const events = fc.array(event, { maxLength: 6 });
const ends = fc.constantFrom("\n", "\r", "\r\n");

function written(all: { id: string; event: string; data: string[] }[], end: string): string {
  return all
    .map(({ id, event, data }) => [`id: ${id}`, `event: ${event}`, ":ping", ...data.map((one) => `data: ${one}`), "", ""].join(end))
    .join("");
}

test("any cut of any stream gives the same events", () => {
  fc.assert(
    fc.property(events, ends, fc.array(fc.nat(500), { maxLength: 12 }), (all, end, cuts) => {
      const text = written(all, end);
      const borders = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const chunks = borders.slice(1).map((border, index) => text.slice(borders[index], border));
      expect(parse(...chunks)).toEqual(all.map(({ data, ...rest }) => ({ ...rest, data: data.join("\n") })));
    }),
    { numRuns: 500 },
  );
});

test("cuts inside a character do no harm", async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.integer({ min: 1, max: 7 }), async (all, size) => {
      const bytes = new TextEncoder().encode(written(all, "\n"));
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size));
      expect(await read(...chunks)).toEqual(all.map(({ data, ...rest }) => ({ ...rest, data: data.join("\n") })));
    }),
  );
});
