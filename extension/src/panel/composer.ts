/** The box: the question, the quotation above it, the model beside it, and the button that asks or stops. */
import type { ModelInfo } from "../shared/contract";
import type { Draft } from "../shared/messages";
import { announce } from "./announcer";
import { button, byId, h, kept, Region, sentence, unseen } from "./dom";
import { icon } from "./icons";
import { number } from "./values";

/** The backend refuses more. Counted as it counts: characters, not UTF-16 halves. */
export const QUESTION_LIMIT = 4_000;
/** From here on the count is shown. */
const COUNT_FROM = 3_600;

/** Code points: UTF-16 units less the second halves of pairs. */
function codePoints(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}

export interface Asking {
  ask: (question: string, selection: string | undefined, model: string | null) => void;
  stop: () => void;
  chooseModel: (model: string) => void;
  /** The sidebar is made anew with every page of the monitor: what stands in the box outlives it. */
  keep: (draft: Draft) => void;
}

export class Composer {
  readonly input = byId("question") as HTMLTextAreaElement;
  private readonly form = byId("box") as HTMLFormElement;
  private readonly note = byId("box-note");
  private readonly counter = byId("count");
  private readonly sendButton = byId("send") as HTMLButtonElement;
  private readonly stopButton = byId("stop") as HTMLButtonElement;
  private readonly quotation = new Region(byId("quote"));
  private readonly models = new Region(byId("models"));
  private quoted = "";
  private model: string | null = null;
  private running = false;
  private kept = '["",""]';

  constructor(private readonly asking: Asking) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    byId("tools").addEventListener("mousedown", (event) => {
      if ((event.target as Element).closest("button, select")) return;
      event.preventDefault(); // the box is larger than its text: a click under the words is one into it
      this.input.focus();
    });
    this.input.addEventListener("input", () => this.changed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.altKey) return;
      event.preventDefault();
      this.submit();
    });
    this.stopButton.addEventListener("click", () => asking.stop());
  }

  get selection(): string | undefined {
    return this.quoted || undefined;
  }

  /** Words for the box; words already typed stay, these come under them. */
  put(question: string | undefined, selection: string | undefined): void {
    const words = question?.trim() ?? "";
    const typed = this.input.value.trim();
    if (words && !typed.includes(words)) this.input.value = typed ? `${typed}\n${words}` : words;
    if (selection?.trim()) this.quote(selection.trim());
    this.changed();
  }

  /** The question was taken over: what of it still stands in the box goes. Anything typed since stays. */
  taken(question: string): void {
    if (this.input.value.trim() === question.trim()) this.input.value = "";
    this.quote("");
    this.changed();
  }

  show(state: { running: boolean; models: ModelInfo[]; model: string; placeholder: string }): void {
    this.running = state.running;
    this.input.placeholder = state.placeholder;
    const stopHadFocus = document.activeElement === this.stopButton;
    this.sendButton.hidden = state.running;
    this.stopButton.hidden = !state.running;
    if (stopHadFocus && !state.running) this.focus();
    this.models.update([state.models, state.model], () => this.modelPicker(state.models, state.model));
  }

  focus(): void {
    this.input.focus({ preventScroll: true });
  }

  /** The chosen model; null leaves the choice to the backend. */
  get chosenModel(): string | null {
    return this.model;
  }

  private submit(): void {
    const question = this.input.value.trim();
    const over = codePoints(question) - QUESTION_LIMIT;
    if (this.running) this.say("An answer is still being written. Wait for it, or stop it first.");
    else if (question === "") this.say("Type something to ask first.", true);
    else if (over > 0) this.say(`Too long: take out ${number(over)} characters.`, true);
    else this.asking.ask(question, this.selection, this.model);
  }

  /** A sentence under the box, until the next key. */
  say(words: string, invalid = false): void {
    this.note.replaceChildren(...kept(sentence(words)));
    this.note.hidden = false;
    if (invalid) this.input.setAttribute("aria-invalid", "true");
    announce(this.form, this.note.textContent);
    this.focus();
  }

  private changed(): void {
    const { input } = this;
    this.note.hidden = true;
    this.note.textContent = "";
    input.removeAttribute("aria-invalid");
    const length = codePoints(input.value.trim());
    this.counter.hidden = length < COUNT_FROM;
    this.counter.textContent = `${number(length)} / ${number(QUESTION_LIMIT)}`;
    this.counter.classList.toggle("over", length > QUESTION_LIMIT);
    // The box grows with its text up to the sheet's max-height.
    input.style.setProperty("height", "auto");
    input.style.setProperty("height", `${input.scrollHeight}px`);
    this.keep();
  }

  private quote(selection: string): void {
    this.quoted = selection;
    this.quotation.update([selection], () => {
      if (!selection) return [];
      const act = (): void => {
        this.quote("");
        this.keep();
        this.focus();
      };
      const words = "Remove the quotation";
      const remove = button("tool small", act, { title: words }, icon("close"), unseen(words));
      return [h("blockquote", { dir: "auto", tabindex: 0, "aria-label": "Quotation" }, selection.length > 600 ? `${selection.slice(0, 600)} …` : selection), remove];
    });
  }

  private modelPicker(models: ModelInfo[], current: string): HTMLElement[] {
    // A choice made here is in the settings, so that what comes from them already holds it.
    this.model = null;
    if (!models.some(({ name }) => name !== "none")) {
      return [];
    }
    const options = models.map(({ name, remote }) =>
      h("option", { value: name, selected: name === current }, name === "none" ? "No model" : `${name}${remote ? " (remote)" : ""}`),
    );
    const select = h("select", { "aria-label": "Model" }, ...options);
    select.addEventListener("change", () => this.choose(select.value));
    return [select];
  }

  /** For this question and the next ones. */
  choose(model: string): void {
    const select = byId("models").querySelector("select");
    if (select) select.value = model;
    this.model = model;
    this.asking.chooseModel(model);
  }

  private keep(): void {
    const { value } = this.input;
    const draft = JSON.stringify([value, this.quoted]);
    if (draft !== this.kept) this.asking.keep({ question: value, ...(this.quoted ? { selection: this.quoted } : {}) });
    this.kept = draft;
  }
}
