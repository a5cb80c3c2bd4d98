/** One question and its answer, from the first progress note to the last source. */
import type { Answer, Block, Diagnosis } from "../shared/contract";
import { actions } from "./actions";
import { blockNodes } from "./blocks";
import { ComparisonView } from "./comparison";
import { isRunning, type SectionName, sectionTexts, type Turn } from "./conversation";
import { button, type Child, h, Region, unseen } from "./dom";
import { icon } from "./icons";
import { warningNodes } from "./notes";
import { asMarkdown } from "./plain";
import { type Audience, SectionsView } from "./sections";
import { sources } from "./sources";
import { VerdictView } from "./verdict";
import { pageName } from "./welcome";
import { errorWords, wordedBy } from "./words";

const QUESTION_CHARACTERS = 4_000;

/** What an answer's buttons do. */
export interface Doing {
  ask: (question: string, selection?: string) => void;
  choose: (audience: Audience) => void;
  feedback: (messageId: string, helpful: boolean, comment: string) => void;
  compare: (messageId: string, model: string) => void;
  image: (name: string) => string;
}

/** What an exchange is shown with, beside its turn. */
export interface Beside {
  audience: Audience;
  /** The verdict is told elsewhere, or beside the point. */
  mentioned: boolean;
  /** The name of the page beside the panel. */
  here: string;
  models: string[];
}

export class ExchangeView {
  readonly node: HTMLElement;
  private readonly question: Region;
  private readonly verdict: VerdictView;
  private readonly sections: SectionsView;
  private readonly wordedBy = new Region(h("h3", { class: "worded-by" }));
  private readonly worded: HTMLElement;
  private readonly comparisons: ComparisonView[] = [];
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
    this.worded = h("div", { class: "worded" }, h("div", { class: "wording" }, this.wordedBy.node, this.sections.node, this.warnings.node));
    this.node = h(
      "article",
      { class: "exchange", "aria-labelledby": `${id}-asked` },
      this.question.node,
      h(
        "div",
        { class: "answer" },
        this.verdict.node,
        this.worded,
        this.blocks.node,
        this.sources.node,
        this.status.node,
        this.actions.node,
        this.followUps.node,
      ),
    );
  }

  update(turn: Turn, beside: Beside): void {
    const { audience, here, models, mentioned } = beside;
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
    this.verdict.update(diagnosis, inOurWords(turn) ? recommended(texts, final !== null) : null, mentioned);
    const folded = (diagnosis !== null && !mentioned) || (final?.blocks.some(({ kind }) => kind === "table") ?? false);
    this.sections.update({ texts, citations: written.sources, audience, running, folded });
    this.drawComparisons(turn, audience);
    const blocks = newBlocks(final, diagnosis);
    this.blocks.update([blocks], () => blockNodes(blocks, this.doing.image));
    const { notes, why } = notesOf(final);
    this.warnings.update([notes], () => warningNodes(notes));
    this.sources.update([written.sources], () => sources(written.sources, this.id));
    const settled = final !== null && !running;
    this.status.update([turn.state, turn.progress, written.failure, final?.status, why], () => this.statusNodes(turn, why));
    const others = models.filter((name) => name !== modelOf(turn) && !turn.comparisons.some((one) => one.model === name && (isRunning(one) || one.state === "done")));
    const comparable = final !== null && final.status === "answered" && final.citations.length > 0;
    const offered = comparable ? others : [];
    this.actions.update([settled ? [written.messageId, final.usage, models.length, offered] : null], () => (settled ? [this.actionsNode(final, offered, models.length > 1)] : []));
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
  private statusNodes(turn: Turn, why: string): Child[] {
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
    if (final?.status === "interrupted") return [this.ending("ended", why, true)];
    return [];
  }

  private ending(kind: string, words: string, again: boolean): Node {
    const act = (): void => {
      if (this.turn) this.doing.ask(this.turn.question, this.turn.selection);
    };
    return h("div", { class: kind }, h("p", { dir: "auto" }, words), again && button("button", act, {}, icon("retry"), "Ask again"));
  }

  /** What other models make of the same evidence, under or beside the answer's own words. */
  private drawComparisons({ comparisons, ...turn }: Turn, audience: Audience): void {
    while (this.comparisons.length > comparisons.length) this.comparisons.pop()?.node.remove();
    const label = comparisons.length ? wordedBy(modelOf(turn)) : "";
    this.wordedBy.update([label], () => (label ? [label] : []));
    comparisons.forEach((comparison, i) => {
      const view = (this.comparisons[i] ??= new ComparisonView(`${this.id}-c${i}`, this.doing));
      if (!view.node.isConnected) this.worded.append(view.node);
      view.update(comparison, audience, turn.written.sources, this.id);
    });
  }

  /** Brings the words of the model that was asked last into sight. */
  showComparison(): void {
    this.comparisons.at(-1)?.node.scrollIntoView({ block: "start" });
  }

  private actionsNode(answer: Answer, others: string[], withModels: boolean): Node {
    return actions({
      answer,
      others,
      withModels,
      helpful: this.turn?.helpful,
      comment: this.turn?.comment,
      compare: (model) => this.doing.compare(answer.message_id, model),
      model: this.turn?.written.model ?? "none",
      markdown: () => (this.turn ? asMarkdown(this.turn, this.audience) : ""),
      feedback: (helpful, comment) => this.doing.feedback(answer.message_id, helpful, comment),
    });
  }

  private followUpNodes(answer: Answer): Child[] {
    return answer.follow_ups.map(({ question, why }, i) => {
      const id = `${this.id}-why-${i}`;
      const ask = button("chip", () => this.doing.ask(question), { "aria-describedby": why ? id : null, dir: "auto" }, question);
      return h("li", {}, ask, why && h("small", { id, dir: "auto" }, why));
    });
  }
}

/** The model whose words an answer has; it is told at the start, and in the bill of one that was kept. */
function modelOf({ written: { model, final } }: Pick<Turn, "written">): string {
  return model || (final?.usage.calls.find(({ purpose }) => purpose === "answer")?.model ?? "none");
}

/** Only what is known to be: of our own words a call of "none" tells, also where a model was asked and had none to give. */
function inOurWords({ written: { model, final } }: Turn): boolean {
  return model === "none" || (final?.usage.calls.some(({ model, purpose }) => purpose === "answer" && model === "none") ?? false);
}

/** What the user is advised to do, once the first piece of advice is there in full. */
function recommended(texts: Record<SectionName, string>, complete: boolean): string {
  const list = texts["user.recommendations"];
  return complete || /\n[-*] /.test(list) ? list : "";
}

/** What an answer says of itself; why it was interrupted comes last, and is said where it ends. */
function notesOf(final: Answer | null): { notes: string[]; why: string } {
  const notes = final?.warnings ?? [];
  if (final?.status !== "interrupted") return { notes, why: "" };
  return { notes: notes.slice(0, -1), why: notes.at(-1) ?? "The answer was interrupted before it was finished." };
}

/** The answer's blocks, without log lines that already stand as evidence's context. */
function newBlocks(answer: Answer | null, diagnosis: Diagnosis | null): Block[] {
  const known = new Set(diagnosis?.evidence.map(({ window }) => window?.text));
  return (answer?.blocks ?? []).filter(({ kind, data }) => !(kind === "code" && typeof data.code === "string" && known.has(data.code)));
}
