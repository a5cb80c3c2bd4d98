import { describe, expect, test } from "vitest";
import { asList, EMPTY, hear, isRunning, sectionTexts, type Conversation } from "../../src/panel/conversation";
import type { AnswerEvent } from "../../src/shared/contract";
import type { ToPanel } from "../../src/shared/messages";
import { ANSWER, CITATIONS, done, plainAnswer, STAGE_IN, START, state, token } from "./fixtures";

const asked: ToPanel = { type: "asked", question: "Why?" };
const play = (...messages: ToPanel[]): Conversation => messages.reduce(hear, EMPTY);
const event = (one: AnswerEvent): ToPanel => ({ type: "event", event: one });

describe("an answer as it arrives", () => {
  test("the verdict is there before the first word", () => {
    const turn = play(asked, event(START), event({ event: "diagnosis", data: STAGE_IN })).turns[0]!;
    expect(turn.written.diagnosis).toBe(STAGE_IN);
    expect(sectionTexts(turn.written)["user.problem"]).toBe("");
    expect(isRunning(turn)).toBe(true);
  });

  test("tokens of a section are joined, those of an unknown one are not lost", () => {
    const { written } = play(asked, event(START), event(token("user.problem", "The in")), event(token("user.problem", "put.")), event(token("novel", "More."))).turns[0]!;
    expect(sectionTexts(written)).toMatchObject({ "user.problem": "The input.", details: "More." });
  });

  test("the final answer replaces what was streamed", () => {
    const { written } = play(asked, event(START), event(token("user.problem", "Draft.")), event(done())).turns[0]!;
    expect(sectionTexts(written)["user.problem"]).toBe(ANSWER.sections.user.problem);
    expect(written.sources).toBe(CITATIONS);
  });

  test("an answer without sections shows its text", () => {
    const { written } = play(asked, event({ event: "done", data: { ...plainAnswer(""), text: "Hello." } })).turns[0]!;
    expect(sectionTexts(written).details).toBe("Hello.");
  });

  test("a second round keeps the earlier answer until the better one has words", () => {
    const first = [asked, event(START), event({ event: "diagnosis", data: STAGE_IN }), event(done({ status: "needs" })), event(START)];
    expect(sectionTexts(play(...first).turns[0]!.written)["user.problem"]).toBe(ANSWER.sections.user.problem);
    const second = play(...first, event(token("user.problem", "Better."))).turns[0]!.written;
    expect(sectionTexts(second)).toMatchObject({ "user.problem": "Better.", "user.causes": "" });
    expect(second.diagnosis).toBe(STAGE_IN);
  });

  test("words that come after a stop do not set it running again", () => {
    const turn = play(asked, event(START), { type: "ended", state: "stopped" }, event(token("details", "late"))).turns[0]!;
    expect(turn.state).toBe("stopped");
  });
});

test("state replaces everything and is the same as having listened", () => {
  const events = [START, token("details", "a"), token("details", "b")];
  const heard = play(asked, ...events.map(event));
  const replayed = play(state({ exchanges: [{ question: "Why?", events, state: "running" }] }));
  expect(replayed.turns).toEqual(heard.turns);
});

test("a question that met a trouble before any answer does not stand there unanswered", () => {
  const trouble: ToPanel = { type: "trouble", trouble: "backend_down", message: "down", backend: "http://127.0.0.1:8765" };
  expect(play(asked, trouble).turns).toEqual([]);
  expect(play(asked, event(START), event(token("details", "Half")), trouble).turns).toHaveLength(1);
  expect(play(trouble, state()).trouble).toBeNull();
});

test("an item with several lines stays one item", () => {
  expect(asList(["one\n```\ncode\n```", "- two"])).toBe("- one\n  ```\n  code\n  ```\n- two");
});

test("events without an exchange are ignored", () => {
  expect(play(event(token("details", "x")), { type: "ended", state: "done" }).turns).toEqual([]);
});
