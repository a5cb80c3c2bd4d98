/** The first screen: what this does, and what can be asked about the page at hand. */
import type { PageContext } from "../shared/contract";
import { button, type Child, h } from "./dom";
import { icon } from "./icons";
import { PAGE } from "./words";

const GENERAL = ["What is PanDA?", "How do I run a hello world job with prun?", "Show all pilot error codes"];

/** The page's name: "Job 6519134287", "Queue BNL", "List of jobs"; empty where there is no page. */
export function pageName(about: Pick<PageContext, "page" | "pandaid" | "jeditaskid" | "site"> | null): string {
  if (!about?.page) return "";
  const { page, pandaid, jeditaskid, site } = about;
  if (page === "site" && site) return `${PAGE.site} ${site}`;
  const number = page === "task" ? jeditaskid : page === "job" || page === "filebrowser" ? pandaid : null;
  const place = page === "filebrowser" && number ? "Logs of job" : PAGE[page];
  return number ? `${place} ${number}` : place;
}

/** The page in a few words: "Job 6519134287", "failed", "RO-16-UAIC". */
export function pageWords(context: PageContext | null): string[] {
  if (!context?.page) return [];
  const { page, status, site } = context;
  return [pageName(context), status ?? "", (page !== "site" && site) || ""].filter(Boolean);
}

/** Questions that fit the page, most wanted first. */
export function suggestions(context: PageContext | null): string[] {
  const error = context?.errors?.find(({ component, code }) => component && code !== null);
  const meaning = error ? [`What does ${error.component} ${String(error.code)} mean?`] : [];
  switch (context?.page) {
    case "job":
      return [...aboutJob(context.status ?? ""), ...meaning];
    case "filebrowser":
      return ["Why did this job fail?", "Which log should I read?", "What can I do?"];
    case "task":
      return ["What is happening with this task?", "Why did jobs of this task fail?", "What do the task states mean?"];
    case "jobs":
    case "errors":
      return ["Why do these jobs fail?", ...meaning, "What do the job states mean?"];
    case "user":
      return ["Which of my tasks failed?", ...GENERAL];
    case "home":
      return ["How many jobs failed in the last 12 hours?", ...GENERAL];
    case "tasks":
      return ["Which of my tasks failed?", "What do the task states mean?", ...GENERAL.slice(0, 2)];
    case "site":
      return ["Is this queue healthy?", "What are the limits of this queue?", "How are jobs brokered to queues?"];
    case "harvester":
      return ["How does Harvester work?", ...GENERAL];
    default:
      return GENERAL;
  }
}

function aboutJob(status: string): string[] {
  switch (status) {
    case "failed":
    case "holding":
      return ["Why did this job fail?", "Does a retry help?", "What can I do?"];
    case "closed":
    case "cancelled":
      return [`Why was this job ${status}?`, "Does it count against me?", "What can I do?"];
    case "finished":
      return ["What is going on with this job?", "Where are the logs of this job?"];
    default:
      return ["What is going on with this job?", status ? `What does the job state ${status} mean?` : "What do the job states mean?"];
  }
}

/** Said above the box where the answers are about another page than the one beside them; with what to ask about this one. */
export function moved(about: string, context: PageContext, ask: (question: string) => void): Child[] {
  const [question] = suggestions(context);
  return [
    h("p", {}, "The answer is about ", h("strong", {}, about), ", this page is ", h("strong", {}, pageName(context)), "."),
    question && button("chip", () => ask(question), {}, question),
  ];
}

/** @param ask asks at once */
export function welcome(context: PageContext | null, ask: (question: string) => void): Child[] {
  const failed = context?.page === "job" && context.status === "failed";
  return [
    h("h2", {}, failed ? "What happened to this job?" : "Ask about jobs, tasks and errors"),
    h("p", {}, "Ask PanDA reads this page, its record and its logs, and shows the line that proves what it says."),
    h(
      "ul",
      { class: "suggestions", "aria-label": "Suggestions" },
      ...suggestions(context).map((question) => {
        const suggestion = button("suggestion", () => ask(question), {}, h("span", {}, question), icon("send"));
        return h("li", {}, suggestion);
      }),
    ),
  ];
}
