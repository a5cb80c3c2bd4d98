/** A conversation that the backend keeps, as exchanges of a tab. */
import type { Answer, AnswerEvent } from "../shared/contract";
import type { Exchange } from "../shared/messages";
import { subjectOf } from "../shared/subject";
import type { Told } from "./backend";
import { newTurn, type KeptExchange } from "./conversation";

/** Questions with their answers, oldest first. */
export function restored(messages: Told[]): KeptExchange[] {
  const exchanges: KeptExchange[] = [];
  for (const message of messages) {
    if (message.role === "user") exchanges.push(exchange(message.text, null));
    const last = exchanges.at(-1);
    if (message.role !== "assistant" || !last) continue;
    Object.assign(last, answered(message.answer));
    const about = message.answer && subjectOf(message.answer.entities);
    if (about) last.about = about;
    if (message.feedback) Object.assign(last, { helpful: message.feedback.helpful, comment: message.feedback.comment });
    const compared = (message.comparisons ?? []).filter(({ answer }) => answer !== null);
    if (compared.length) last.comparisons = compared.map(({ model, answer }) => ({ ...exchange(last.question, answer), model }));
  }
  return exchanges;
}

function exchange(question: string, answer: Answer | null): KeptExchange {
  return { question, ...answered(answer), turn: newTurn() };
}

/** An answer that was never finished, because its backend ended, is failed: it can be asked for again. */
function answered(answer: Answer | null): Pick<Exchange, "events" | "state"> {
  const events: AnswerEvent[] = answer ? [{ event: "done", data: answer }] : [];
  return { events, state: answer ? "done" : "failed" };
}
