import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Connection, PING_MS } from "../../src/panel/connection";
import type { ToPanel } from "../../src/shared/messages";
import { state } from "./fixtures";
import { FakePort } from "./harness";

let ports: FakePort[];
let heard: ToPanel[];
let gone: number;
let line: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  ports = [];
  heard = [];
  gone = 0;
  line = new Connection({
    open: () => {
      const port = new FakePort();
      ports.push(port);
      return port;
    },
    hear: (message) => heard.push(message),
    gone: () => (gone += 1),
    tabId: 7,
  });
  line.start();
});

afterEach(() => {
  line.close();
  vi.useRealTimers();
});

function hide(hidden: boolean): void {
  vi.spyOn(document, "hidden", "get").mockReturnValue(hidden);
  document.dispatchEvent(new Event("visibilitychange"));
}

describe("the line to the background", () => {
  test("begins with hello and the tab", () => {
    expect(ports[0]!.sent).toEqual([{ type: "hello", tabId: 7 }]);
  });

  test("comes back after the background has slept, with a new hello", () => {
    ports[0]!.sleep();
    vi.advanceTimersByTime(250);
    expect(ports).toHaveLength(2);
    expect(ports[1]!.sent).toEqual([{ type: "hello", tabId: 7 }]);
    ports[1]!.feed(state());
    expect(heard).toHaveLength(1);
  });

  test("a message to a port that is cut goes over a new one", () => {
    ports[0]!.cut = true;
    expect(line.send({ type: "stop" })).toBe(true);
    expect(ports[1]!.sent).toEqual([{ type: "hello", tabId: 7 }, { type: "stop" }]);
  });

  test("waits longer each time nothing answers, and begins again once something did", () => {
    ports[0]!.sleep();
    vi.advanceTimersByTime(200);
    ports[1]!.sleep();
    vi.advanceTimersByTime(900);
    expect(ports).toHaveLength(2);
    vi.advanceTimersByTime(100);
    expect(ports).toHaveLength(3);
    ports[2]!.feed(state());
    ports[2]!.sleep();
    vi.advanceTimersByTime(200);
    expect(ports).toHaveLength(4);
  });

  test("pings every 10 s while an answer runs, and only then", () => {
    vi.advanceTimersByTime(3 * PING_MS);
    expect(ports[0]!.sent).toHaveLength(1);
    line.running = true;
    line.running = true;
    vi.advanceTimersByTime(3 * PING_MS);
    expect(ports[0]!.sent.filter(({ type }) => type === "ping")).toHaveLength(3);
    line.running = false;
    vi.advanceTimersByTime(3 * PING_MS);
    expect(ports[0]!.sent.filter(({ type }) => type === "ping")).toHaveLength(3);
  });

  test("a tab out of sight does not keep waking the background, and speaks again when it is seen", () => {
    hide(true);
    ports[0]!.sleep();
    vi.advanceTimersByTime(60_000);
    expect(ports).toHaveLength(1);
    hide(false);
    expect(ports).toHaveLength(2);
  });

  test("an answer on its way brings the line back even out of sight", () => {
    line.running = true;
    hide(true);
    ports[0]!.sleep();
    vi.advanceTimersByTime(200);
    expect(ports).toHaveLength(2);
  });

  test("what an old port still says is not heard", () => {
    ports[0]!.cut = true;
    line.send({ type: "stop" });
    ports[0]!.feed(state());
    expect(heard).toEqual([]);
  });
});

test("an extension that was updated is said to be gone, not retried for ever", () => {
  const lost = vi.fn();
  const dead = new Connection({
    open: () => {
      throw new Error("Extension context invalidated.");
    },
    hear: () => undefined,
    gone: lost,
  });
  dead.start();
  expect(lost).toHaveBeenCalledOnce();
  vi.advanceTimersByTime(60_000);
  expect(lost).toHaveBeenCalledOnce();
  expect(dead.send({ type: "stop" })).toBe(false);
  dead.close();
});
