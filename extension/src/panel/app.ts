/** The panel: messages in, one drawing a frame out. */
import type { FromPanel, Opening, ToPanel } from "../shared/messages";
import { Announcer } from "./announcer";
import { Composer } from "./composer";
import { Connection } from "./connection";
import { EMPTY, hear, isBusy, isRunning, onlyMentions, sectionTexts, type Turn } from "./conversation";
import { byId, h, Region, unseen } from "./dom";
import { ExchangeView } from "./exchange";
import type { Extension } from "./extension";
import { HistoryView, save } from "./history";
import { Reading } from "./reading";
import { type Audience, visibleSections } from "./sections";
import { troubleNodes } from "./trouble";
import { modelName } from "./words";
import { moved, pageName, pageWords, welcome } from "./welcome";

/** Calls back before the next frame; tests draw at once. */
export type Schedule = (draw: () => void) => void;

/** A background that asks a far backend first may take its time; the reader need not. */
const PATIENCE_MS = 1_500;

export class App {
  private conversation = EMPTY;
  private audience: Audience = "user";
  private readonly views: ExchangeView[] = [];
  private readonly connection: Connection;
  private readonly composer: Composer;
  private readonly reading: Reading;
  private readonly history: HistoryView;
  /** What the reader wanted when consent was asked for, where it was no question. */
  private unheard: Extract<FromPanel, { type: "compare" }> | null = null;
  private readonly announcer = new Announcer(byId("live"));
  private readonly page = new Region(byId("page"));
  private readonly welcome = new Region(byId("welcome"));
  private readonly trouble = new Region(byId("trouble"));
  private readonly moved = new Region(byId("moved"));
  private readonly exchanges = byId("exchanges");
  private drawing = false;
  private gone = false;
  /** Whether the background has said which page this is; until then there is nothing fitting to suggest. */
  private told = false;
  private heard = false;
  private patience: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly extension: Extension,
    private readonly schedule: Schedule = (draw) => requestAnimationFrame(draw),
    tabId?: number,
  ) {
    this.composer = new Composer({
      ask: (question, selection, model) => this.ask(question, selection, model),
      stop: () => this.connection.send({ type: "stop" }),
      chooseModel: (model) => this.extension.remember({ model }),
      keep: (draft) => this.connection.send({ type: "draft", ...draft }),
    });
    this.reading = new Reading(byId("conversation"), () => this.newest(), byId("jump"));
    this.history = new HistoryView({ send: (message) => this.connection.send(message), closed: () => this.draw() });
    this.connection = new Connection({
      open: () => extension.connect(),
      hear: (message) => this.hear(message),
      gone: () => this.isGone(),
      tabId,
    });
    this.listen();
  }

  async start(): Promise<void> {
    this.connection.start();
    // The frame may have been given the focus before there was anything here to hear of it.
    if (document.hasFocus()) this.composer.focus();
    this.patience = setTimeout(() => this.isTold(), PATIENCE_MS);
    const { audience } = await this.extension.remembered().catch(() => ({ audience: undefined }));
    if (audience === "expert" || audience === "user") this.audience = audience;
    this.draw();
  }

  close(): void {
    clearTimeout(this.patience);
    this.connection.close();
  }

  private newest(): HTMLElement | undefined {
    return this.conversation.trouble ? this.trouble.node : this.views.at(-1)?.node;
  }

  private listen(): void {
    byId("new").addEventListener("click", () => {
      this.connection.send({ type: "new" });
      this.history.close();
      this.composer.focus();
    });
    byId("options").addEventListener("click", () => this.connection.send({ type: "options" }));
    byId("close").addEventListener("click", () => this.connection.send({ type: "close" }));
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      if (this.history.isOpen) this.history.close();
      else this.connection.send({ type: "close" });
    });
    document.addEventListener("announce", (event) => {
      this.announcer.say(String((event as CustomEvent<unknown>).detail));
    });
    // The content script focuses the frame; inside it the box is what is wanted, unless something here has the focus.
    addEventListener("focus", () => {
      if (document.activeElement === document.body || document.activeElement === null) this.composer.focus();
    });
  }

  private hear(message: ToPanel): void {
    const before = this.conversation;
    this.conversation = hear(before, message);
    if (message.type === "history") this.history.hear(message.words, message.conversations);
    if (message.type === "file") save(message.name, message.mime, message.text);
    if (message.type === "comparison") this.compared(message);
    if (message.type === "notice") this.composer.say(message.text);
    if (message.type === "asked") {
      this.history.close();
      this.composer.taken(message.question);
      this.announcer.begin();
      this.drawNow();
      this.reading.follow();
      return;
    }
    if (message.type === "state") {
      // What was left on the tab's last page, once: later the box itself knows best.
      if (!this.heard && message.draft) this.composer.put(message.draft.question, message.draft.selection);
      this.heard = true;
      // A background that was killed before it could save may not know of the question any more.
      const running = before.turns.at(-1);
      if (running && isRunning(running) && message.exchanges.length < before.turns.length) this.composer.put(running.question, running.selection);
      // One that was ended between taking the question and saying so asks it when it is back.
      const taken = message.exchanges.at(-1);
      if (message.exchanges.length > before.turns.length && taken?.question === this.composer.input.value.trim()) this.composer.taken(taken.question);
      this.isTold();
    }
    if (message.type === "opening") this.open(message.opening);
    if (message.type === "progress") this.announcer.say(message.text);
    if (message.type === "trouble") {
      const turn = before.turns.at(-1);
      // The background gives the question back too; that it is never lost must not hang on the order of messages.
      if (before.turns.length > this.conversation.turns.length && turn) this.composer.put(turn.question, turn.selection);
      this.drawNow();
      this.reading.follow();
    }
    this.announce(message);
    this.draw();
  }

  private open(opening: Opening): void {
    this.composer.put(opening.question, opening.selection ?? opening.error?.message);
    this.composer.focus();
    this.connection.send({ type: "opened" });
  }

  private ask(question: string, selection?: string, model: string | null = this.composer.chosenModel): void {
    if (isBusy(this.conversation.turns)) {
      this.composer.put(question, selection);
      this.announcer.say("An answer is still being written.");
      return;
    }
    this.unheard = null;
    const sent = this.connection.send({ type: "ask", question, selection, audience: this.audience, model });
    if (!sent) this.composer.put(question, selection);
    this.composer.focus();
  }

  private compare(messageId: string, model: string): void {
    this.unheard = { type: "compare", messageId, model };
    this.connection.send(this.unheard);
    this.composer.focus();
  }

  private compared({ of, model, change }: Extract<ToPanel, { type: "comparison" }>): void {
    this.unheard = null;
    this.drawNow();
    const at = this.conversation.turns.findIndex(({ written }) => written.messageId === of);
    if (change === null) this.views[at]?.showComparison();
    if (change?.type === "ended") this.announcer.say(`The words of ${modelName(model)} are there.`);
  }

  private choose(audience: Audience): void {
    this.audience = audience;
    this.extension.remember({ audience });
    this.drawNow();
  }

  /** Asks what the box holds again, after the reader has settled what stood in its way. */
  private askAgain(): void {
    const question = this.composer.input.value.trim();
    this.settled();
    if (question) this.ask(question, this.composer.selection);
  }

  private settled(): void {
    this.conversation = { ...this.conversation, trouble: null };
    this.composer.focus();
    this.draw();
  }

  private isTold(): void {
    clearTimeout(this.patience);
    this.told = true;
    this.draw();
  }

  private isGone(): void {
    this.gone = true;
    this.draw();
  }

  private draw(): void {
    if (this.drawing) return;
    this.drawing = true;
    this.schedule(() => this.drawNow());
  }

  private drawNow(): void {
    this.drawing = false;
    const { turns, context, models, model, trouble } = this.conversation;
    const running = isBusy(turns);
    this.connection.running = running;
    this.page.update([context], () => this.pageChip());
    byId("new").hidden = turns.length === 0;
    const isFirst = this.told && turns.length === 0 && !trouble && !this.gone;
    this.welcome.update([isFirst, context], () => (isFirst ? welcome(context, (question) => this.ask(question)) : []));
    this.drawTurns(turns);
    this.drawMoved(turns.at(-1));
    this.trouble.update([trouble, this.gone], () => this.troubleNodes());
    this.composer.show({ running, models, model, placeholder: turns.length ? "Ask a follow-up" : "Ask about this page, an error, PanDA" });
    this.reading.settle();
  }

  /** A verdict must not be taken for that of the job beside it. */
  private drawMoved(last: Turn | undefined): void {
    const { context } = this.conversation;
    const settled = last && !isRunning(last) ? last : null;
    const asked = pageName(settled?.about ?? null);
    // Who names another job than the page's knows it, until the page is another.
    const about = asked && pageName(settled?.written.subject ?? settled?.about ?? null);
    const here = pageName(context);
    const elsewhere = about && here && asked !== here && about !== here ? context : null;
    this.moved.update([about, elsewhere], () => (elsewhere ? moved(about, elsewhere, (question) => this.ask(question)) : []));
  }

  private drawTurns(turns: Turn[]): void {
    const { context, models } = this.conversation;
    while (this.views.length > turns.length) this.views.pop()?.node.remove();
    turns.forEach((turn, i) => {
      let view = this.views[i];
      if (!view) {
        view = new ExchangeView(`x${i}`, {
          ask: (question, selection) => this.ask(question, selection),
          choose: (audience) => this.choose(audience),
          compare: (messageId, model) => this.compare(messageId, model),
          feedback: (messageId, helpful, comment) => this.connection.send({ type: "feedback", messageId, helpful, comment }),
          image: (name) => this.extension.image(name),
        });
        this.views.push(view);
        this.exchanges.append(view.node);
      }
      view.update(turn, { audience: this.audience, mentioned: onlyMentions(turns, i), here: pageName(context), models: models.map(({ name }) => name) });
    });
  }

  private pageChip(): (Node | string)[] {
    const { context } = this.conversation;
    const [place, ...rest] = pageWords(context);
    if (!place) return [];
    const status = context?.status ?? "";
    return [
      h("span", { class: `dot ${/^\w+$/.test(status) ? status : ""}`, "aria-hidden": "true" }),
      unseen("This page: "),
      h("span", { class: "words", title: [[place, ...rest].join(" · "), context?.built && `As the page stood at ${context.built} UTC`].filter(Boolean).join("\n") }, h("strong", {}, place), ...rest.map((word) => h("span", {}, ` · ${word}`))),
    ];
  }

  private troubleNodes(): ReturnType<typeof troubleNodes> {
    if (this.gone) return [h("h2", {}, "Ask PanDA was updated"), h("p", {}, "Load this page anew to go on; copy what stands in the box first.")];
    const { trouble } = this.conversation;
    if (!trouble) return [];
    return troubleNodes(trouble, {
      options: () => this.connection.send({ type: "options" }),
      retry: () => {
        this.settled();
        this.announcer.say("Trying again.");
        this.connection.sayHello();
      },
      agree: (model) => {
        this.connection.send({ type: "consent", model });
        const { unheard } = this;
        if (!unheard) this.askAgain();
        else {
          this.settled();
          this.connection.send(unheard);
        }
      },
      withoutModel: () => {
        // Who declines for a question is asked once, like who agrees; a comparison is no choice for the next question.
        if (this.unheard) this.settled();
        else {
          this.composer.choose("none");
          this.askAgain();
        }
      },
    });
  }

  private announce(message: ToPanel): void {
    const turn = this.conversation.turns.at(-1);
    if (!turn) return;
    if (message.type === "event" && message.event.event === "diagnosis") this.announcer.say(message.event.data.cause);
    if (message.type === "event" && message.event.event === "token") {
      const { section } = message.event.data;
      if ((visibleSections(this.audience) as string[]).includes(section)) {
        this.announcer.read(section, turn.written.tokens[section] ?? "", false);
      }
    }
    if (message.type === "ended") this.ended(turn);
  }

  private ended(turn: Turn): void {
    const texts = sectionTexts(turn.written);
    const streamed = Object.keys(turn.written.tokens).length > 0;
    for (const name of visibleSections(this.audience)) {
      if (!streamed || turn.written.tokens[name] !== undefined) this.announcer.read(name, streamed ? (turn.written.tokens[name] ?? "") : texts[name], true);
    }
    this.announcer.say({ done: "The answer is complete.", stopped: "Stopped.", failed: "The answer could not be finished.", fetching: "", running: "" }[turn.state]);
  }
}
