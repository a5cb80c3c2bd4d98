/** One question and its answer, from the first progress note to the last source. */
import type { Answer, Block, Diagnosis } from "../shared/contract";
import { actions } from "./actions";
import { blockNode } from "./blocks";
import { isRunning, type SectionName, sectionTexts, type Turn } from "./conversation";
import { button, type Child, h, Region, unseen } from "./dom";
import { icon } from "./icons";
import { asMarkdown } from "./plain";
import { type Audience, SectionsView } from "./sections";
import { sources } from "./sources";
import { VerdictView } from "./verdict";
import { pageName } from "./welcome";
import { errorWords } from "./words";

const QUESTION_CHARACTERS = 4_000;

/** What an answer's buttons do. */
export interface Doing {
  ask: (question: string, selection?: string) => void;
  choose: (audience: Audience) => void;
  feedback: (messageId: string, helpful: boolean, comment: string) => void;
  image: (name: string) => string;
}

export class ExchangeView {
  readonly node: HTMLElement;
  private readonly question: Region;
  private readonly verdict: VerdictView;
  private readonly sections: SectionsView;
  private readonly blocks = new Region(h("div", { class: "blocks" }));
  private readonly warnings = new Region(h("ul", { class: "warnings", "aria-label": "Notes" }));
  private readonly sources = new Region(h("section", { class: "source-list" }));
  private readonly status = new Region(h("div", { class: "status" }));
  private readonly actions = new Region(h("div"));
  private readonly followUps = new Region(h("ul", { class: "chips", "aria-label": "Follow-ups" }));
  private turn: Turn | undefined;
  private audience: Audience = "user";

  /** @param id a prefix for ids, unique in the page */
  constructor(
    private readonly id: string,
    private readonly doing: Doing,
  ) {
    this.question = new Region(h("div", { class: "question" }));
    this.verdict = new VerdictView(id);
    this.sections = new SectionsView(id, doing.choose);
    this.node = h(
      "article",
      { class: "exchange", "aria-labelledby": `${id}-asked` },
      this.question.node,
      h(
        "div",
        { class: "answer" },
        this.verdict.node,
        this.sections.node,
        this.blocks.node,
        this.warnings.node,
        this.sources.node,
        this.status.node,
        this.actions.node,
        this.followUps.node,
      ),
    );
  }

  /** @param here the name of the page beside the panel */
  update(turn: Turn, audience: Audience, here: string): void {
    this.turn = turn;
    this.audience = audience;
    const { written } = turn;
    const { final, diagnosis } = written;
    const running = isRunning(turn);
    this.node.setAttribute("aria-busy", String(running));
    const about = pageName(turn.about);
    const elsewhere = about === here ? "" : about;
    this.question.update([turn.question, turn.selection, elsewhere], () => this.questionNodes(turn, elsewhere));
    const texts = sectionTexts(written);
    this.verdict.update(diagnosis, recommended(texts, final !== null));
    const folded = diagnosis !== null || (final?.blocks.some(({ kind }) => kind === "table") ?? false);
    this.sections.update({ texts, citations: written.sources, audience, running, folded });
    const blocks = newBlocks(final, diagnosis);
    this.blocks.update([blocks], () => blocks.map((block) => blockNode(block, this.doing.image)));
    this.warnings.update([final?.warnings ?? []], () => (final?.warnings ?? []).map((warning) => h("li", { dir: "auto" }, icon("info"), h("span", {}, warning))));
    this.sources.update([written.sources], () => sources(written.sources, this.id));
    const settled = final !== null && !running;
    this.status.update([turn.state, turn.progress, written.failure, final?.status], () => this.statusNodes(turn));
    this.actions.update([settled ? [written.messageId, final.usage] : null], () => (settled ? [this.actionsNode(final)] : []));
    this.followUps.update([settled ? final.follow_ups : []], () => (settled ? this.followUpNodes(final) : []));
  }

  private questionNodes(turn: Turn, elsewhere: string): Child[] {
    return [
      turn.selection && h("blockquote", { class: "quotation", dir: "auto", tabindex: 0, "aria-label": "Quotation" }, turn.selection.slice(0, QUESTION_CHARACTERS)),
      h("h2", { id: `${this.id}-asked`, dir: "auto" }, unseen("You asked: "), turn.question),
      elsewhere && h("p", { class: "elsewhere" }, `on ${elsewhere}`),
    ];
  }

  /** What is going on, or how it ended where it did not end well. */
  private statusNodes(turn: Turn): Child[] {
    const { failure, final } = turn.written;
    if (isRunning(turn)) {
      const words = turn.progress || (turn.state === "fetching" ? "Reading the page …" : "Writing …");
      return [h("p", { class: "progress" }, h("span", { class: "spinner", "aria-hidden": "true" }), words)];
    }
    if (turn.state === "failed" || failure || final?.status === "failed") {
      const words = failure ? errorWords(failure) : "The answer could not be finished.";
      return [this.ending("ended bad", words, failure?.retryable !== false)];
    }
    if (turn.state === "stopped") return [this.ending("ended", "Stopped. What was there is kept.", true)];
    if (final?.status === "interrupted") return [this.ending("ended", "The answer was interrupted before it was finished.", true)];
    return [];
  }

  private ending(kind: string, words: string, again: boolean): Node {
    const act = (): void => {
      if (this.turn) this.doing.ask(this.turn.question, this.turn.selection);
    };
    return h("div", { class: kind }, h("p", { dir: "auto" }, words), again && button("button", act, {}, icon("retry"), "Ask again"));
  }

  private actionsNode(answer: Answer): Node {
    return actions({
      answer,
      model: this.turn?.written.model ?? "none",
      markdown: () => (this.turn ? asMarkdown(this.turn, this.audience) : ""),
      feedback: (helpful, comment) => this.doing.feedback(answer.message_id, helpful, comment),
    });
  }

  private followUpNodes(answer: Answer): Child[] {
    return answer.follow_ups.map(({ question, why }, i) => {
      const id = `${this.id}-why-${i}`;
      const chip = button("chip", () => this.doing.ask(question), { title: why || null, "aria-describedby": why ? id : null, dir: "auto" }, question);
      return h("li", {}, chip, why && h("span", { class: "visually-hidden", id }, why));
    });
  }
}

/** What the user is advised to do, once the first piece of advice is there in full. */
function recommended(texts: Record<SectionName, string>, complete: boolean): string {
  const list = texts["user.recommendations"];
  return complete || /\n[-*] /.test(list) ? list : "";
}

/** The answer's blocks, without log lines that already stand as evidence's context. */
function newBlocks(answer: Answer | null, diagnosis: Diagnosis | null): Block[] {
  const known = new Set(diagnosis?.evidence.map(({ window }) => window?.text));
  return (answer?.blocks ?? []).filter(({ kind, data }) => !(kind === "code" && typeof data.code === "string" && known.has(data.code)));
}
